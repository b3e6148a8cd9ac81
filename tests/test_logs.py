"""Where log lines go, and what they never contain."""

import io
import json
import logging
import logging.handlers
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from ares_desktop.domain.monitoring import LogLine
from ares_desktop.logs import Logs, configure_logging

Open = Callable[..., tuple[Logs, io.StringIO]]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Configure logs that end with the test."""
    all_logs: list[Logs] = []

    def configure(**settings: Any) -> tuple[Logs, io.StringIO]:
        stream = io.StringIO()
        all_logs.append(configure_logging(stream=stream, **settings))
        return all_logs[-1], stream

    yield configure
    for logs in all_logs:
        logs.close()
    structlog.reset_defaults()


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_reaches_the_stream_the_file_and_the_tap(opened: Open, tmp_path: Path) -> None:
    logs, stream = opened(file=tmp_path / "log")
    heard: list[LogLine] = []
    logs.tap(heard.append)
    structlog.get_logger("engine.gate").info("order_denied", client_order_id="a-1")
    logs.close()
    assert "order_denied" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()
    (written,) = lines(tmp_path / "log")
    assert (written["event"], written["client_order_id"], written["level"]) == ("order_denied", "a-1", "info")
    assert written["at"].endswith("Z")
    (line,) = heard
    assert (line.event, line.level, line.logger) == ("order_denied", "info", "engine.gate")
    assert line.fields == "client_order_id=a-1"


def test_the_standard_library_and_warnings_are_logged_too(opened: Open) -> None:
    logs, stream = opened(json_lines=True)
    logging.getLogger("foreign").warning("hello %s", "there")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old thing", stacklevel=1)
    logs.close()
    events = [json.loads(line)["event"] for line in stream.getvalue().splitlines()]
    assert events[0] == "hello there"
    assert "old thing" in events[1]


def test_lines_below_the_level_are_left_out_until_it_is_lowered(opened: Open) -> None:
    logs, stream = opened(level="WARNING")
    log = structlog.get_logger("x")
    log.info("unseen")
    logs.set_level("INFO")
    log.info("seen")
    logs.close()
    assert "unseen" not in stream.getvalue()
    assert "seen" in stream.getvalue()


def fail() -> None:
    raise ValueError("secret='hunter 77' is wrong")


def test_a_secret_is_nowhere(opened: Open, tmp_path: Path) -> None:
    logs, stream = opened(file=tmp_path / "log")
    heard: list[LogLine] = []
    logs.tap(heard.append)
    logs.redactor.remember("hunter22")
    log = structlog.get_logger("x")
    log.info("connected", api_key="hunter11", nested={"password": "hunter33"}, url="https://me:hunter44@venue/x")
    log.warning("refused token=hunter55 by hunter22")
    logging.getLogger("foreign").warning("Authorization: Bearer hunter66hunter66")
    try:
        fail()
    except ValueError:
        log.exception("failed")
    logs.close()
    everything = stream.getvalue() + (tmp_path / "log").read_text() + repr(heard)
    assert "hunter" not in everything
    assert everything.count("ValueError") >= 3


def test_a_tap_that_left_hears_nothing(opened: Open) -> None:
    logs, _ = opened()
    heard: list[LogLine] = []
    logs.untap(logs.tap(heard.append))
    structlog.get_logger("x").info("unheard")
    assert heard == []


def test_the_file_is_rotated(opened: Open, tmp_path: Path) -> None:
    logs, _ = opened(file=tmp_path / "log", max_bytes=500, keep=2)
    for number in range(30):
        structlog.get_logger("x").info("line", number=number)
    logs.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "log.1", "log.2"]


def test_a_full_disk_is_told_once_and_the_stream_goes_on(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_handler: object, _record: object) -> None:
        raise OSError(28, "No space left on device")

    logs, stream = opened(file=tmp_path / "log")
    monkeypatch.setattr(logging.handlers.RotatingFileHandler, "shouldRollover", full)
    for _ in range(3):
        structlog.get_logger("x").info("line")
    logs.close()
    assert stream.getvalue().count("line") == 3
    assert capsys.readouterr().err.count("No space left") == 1


def test_closing_twice_leaves_nothing_behind(opened: Open) -> None:
    before = list(logging.getLogger().handlers)
    logs, _ = opened()
    logs.close()
    logs.close()
    assert logging.getLogger().handlers == before
