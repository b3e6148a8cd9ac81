"""What a run of the application was asked for on the command line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def _ignore(_summary: Mapping[str, Any]) -> None:
    return


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """Options of ``ares-desktop run``.

    Attributes:
        profile: absolute path of the profile's folder.
        feed: feed specification instead of the one in the settings.
        seconds: stop after this long, None to run until told to stop.
        screenshot: PNG file for a picture of the window, taken just before it closes.
        enable: names of strategy instances to switch on at start.
        headless: run the engine without a window.
        json: the caller prints the summary of the run as a JSON document.
        overrides: settings by dotted key as written on the command line, stronger than file and environment.
        report: called once with the summary of the run, before the engine stops.
    """

    profile: Path
    feed: str | None = None
    seconds: float | None = None
    screenshot: Path | None = None
    enable: tuple[str, ...] = ()
    headless: bool = False
    json: bool = False
    overrides: Mapping[str, str] = field(default_factory=dict)
    report: Callable[[Mapping[str, Any]], None] = _ignore
