"""Feeds from their specification, as typed on the command line or kept in the settings."""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.engine.adapters.feeds.loading import ReplaySource, load_sources
from ares_desktop.engine.adapters.feeds.replay import DEFAULT_SPEED, ReplayFeed
from ares_desktop.engine.adapters.feeds.sample import SampleFeed
from ares_desktop.engine.adapters.feeds.synthetic import DEFAULT_RATE, SyntheticFeed
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.ports.bar_store import BarStore
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.feed import MarketDataFeed
from ares_desktop.engine.runtime.clocks import WallClock

FEED_FORMS: Final = "sample[@SPEED], replay:FILE_OR_SYMBOL[,...][@SPEED], synthetic:SEED[@RATE]"
_PLACE: Final = "feed"
_FASTEST: Final = "max"
_FILE: Final = re.compile(r"[/\\]|\.(csv|txt|gz|parquet|pq)$", re.IGNORECASE)


def parse_feed(spec: str, *, store: BarStore | None, clock: Clock | None = None) -> MarketDataFeed:
    """Return the feed of a specification; nothing is read yet.

    Args:
        spec: one of ``FEED_FORMS``; SPEED and RATE are events a second, or ``max``.
        store: where symbols are looked up, None when there is none.
        clock: stamps synthetic events, None for the wall clock.

    Raises:
        UsageError: with every finding, when the specification is wrong or names a file that is not there.
    """
    text = spec.strip()
    name, _, rest = text.partition(":")
    if name.partition("@")[0] == "sample" and not rest:
        return SampleFeed(speed=_speed(text, text.partition("@")[2], DEFAULT_SPEED))
    if name == "replay":
        items, speed = _divide(text, rest, DEFAULT_SPEED)
        return _replay(text, items, speed, store)
    if name == "synthetic":
        seed, rate = _divide(text, rest, DEFAULT_RATE)
        if not seed.isdecimal():
            raise _wrong(spec, "needs a whole number as seed", "Write for example synthetic:42@1000.")
        return SyntheticFeed(text, seed=int(seed), clock=clock or WallClock(), rate=rate)
    if name in {"ib", "ccxt"}:
        problem = f"this build has no adapter for {name}"
        raise _wrong(spec, problem, "Use the paper account with sample, replay:FILE_OR_SYMBOL or synthetic:SEED.")
    raise _wrong(spec, "is not a feed", f"Use one of {FEED_FORMS}.")


def _divide(spec: str, rest: str, default: float) -> tuple[str, float]:
    """Return what comes before the last ``@``, and the speed after it."""
    if "@" not in rest:
        return rest, default
    head, _, speed = rest.rpartition("@")
    return head, _speed(spec, speed, default)


def _speed(spec: str, text: str, default: float) -> float:
    if not text and "@" not in spec:
        return default
    if text == _FASTEST:
        return 0.0
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not (math.isfinite(speed) and speed > 0):
        problem = f"speed must be events a second above zero or {_FASTEST}, was {text!r}"
        raise _wrong(spec, problem, "Write for example @60.")
    return speed


def _replay(spec: str, items: str, speed: float, store: BarStore | None) -> ReplayFeed:
    names = [item.strip() for item in items.split(",")]
    if not all(names):
        raise _wrong(spec, "names no file or stored symbol", "Write replay:FILE_OR_SYMBOL[,...][@SPEED].")
    sources = [source_of(name) for name in names]
    findings = [
        Finding(place=_PLACE, value=source.name, problem="no such file", remedy="Check the path.")
        for source in sources
        if source.path is not None and not source.path.is_file()
    ]
    findings += [
        Finding(place=_PLACE, value=source.name, problem="is no file, and there is no store", remedy="Name a file.")
        for source in sources
        if source.path is None and store is None
    ]
    if findings:
        raise UsageError(*findings)

    def load() -> Sequence[Series]:
        return load_sources(sources, store)

    # Another speed is the same market: it goes on where it was.
    return ReplayFeed(f"replay:{','.join(names)}", load, speed=speed)


def source_of(name: str) -> ReplaySource:
    """Return what a name means: a file where it is one or looks like one, else a symbol of the store."""
    path = Path(name).expanduser()
    return ReplaySource(name=name, path=path if path.is_file() or _FILE.search(name) else None)


def _wrong(spec: str, problem: str, remedy: str) -> UsageError:
    return UsageError(Finding(place=_PLACE, value=spec, problem=problem, remedy=remedy))
