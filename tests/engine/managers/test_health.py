"""The condition of the engine is measured, not guessed."""

import errno
import os

import psutil
import pytest

from ares_desktop.domain.monitoring import HealthReport, LogLine
from ares_desktop.engine.managers.health import HealthManager
from ares_desktop.engine.runtime.clocks import WallClock
from ares_desktop.engine.runtime.lag import LagMeter
from tests.engine.house import House


async def test_a_report_comes_each_second_with_what_is_true(house: House) -> None:
    shown: list[HealthReport] = []
    health = house.managers.health
    health.reported.connect(shown.append)
    await house.until(lambda: shown)
    health.reported.disconnect(shown.append)
    report = shown[0]
    assert health.report() == report
    assert report.journal_ok
    assert report.workers == 0
    assert report.uptime_s > 0
    assert 0 < report.memory_mb < 2 * psutil.Process(os.getpid()).memory_info().rss / 2**20
    assert report.tasks > 3
    assert report.lag_max_total_ms >= report.lag_p99_total_ms >= 0


def test_the_newest_lines_of_the_log_are_kept() -> None:
    health = HealthManager(
        LagMeter(), WallClock(), events_seen=lambda: 0, journal_failure=lambda: "", workers=lambda: 0
    )
    shown: list[LogLine] = []
    health.log_written.connect(shown.append)
    for number in range(5010):
        health.write_log(LogLine(at=WallClock().now(), level="info", logger="test", event=str(number), fields=""))
    assert len(shown) == 5010
    assert [line.event for line in health.log_lines()[:2]] == ["10", "11"]
    assert len(health.log_lines()) == 5000
    assert health.report() is None


async def test_reports_go_on_after_a_second_without_a_file_descriptor(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    missed: list[int] = []
    shown: list[HealthReport] = []

    def no_descriptor(*_: object) -> None:
        missed.append(1)
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr(HealthManager, "_measure", no_descriptor)
        await house.until(lambda: missed)
    house.managers.health.reported.connect(shown.append)
    await house.until(lambda: shown)
    house.managers.health.reported.disconnect(shown.append)
