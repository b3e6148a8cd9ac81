"""A run holds its profile, shows its log, follows changed settings and lets go of everything."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import structlog

from ares_desktop.application import Application
from ares_desktop.config.store import SettingsStore
from ares_desktop.control.client import ControlClient
from ares_desktop.domain.errors import AresError, UsageError
from ares_desktop.domain.strategies import CatalogEntry
from ares_desktop.engine.runtime.locks import lock_holder
from ares_desktop.paths import Profile
from ares_desktop.run_options import RunOptions
from tests.engine.adapters.brokers.paper.processes import end_server
from tests.engine.house import IDLE, bars_file

MakeApplication = Callable[..., Application]
WITHIN_S = 20.0


@pytest.fixture
def profile(tmp_path: Path) -> Iterator[Profile]:
    found = Profile.at(tmp_path / "profile")
    interval = sys.getswitchinterval()
    yield found
    sys.setswitchinterval(interval)
    structlog.reset_defaults()
    end_server(found.paper)


@pytest.fixture
def make_application(tmp_path: Path, profile: Profile) -> MakeApplication:
    def make(**options: Any) -> Application:
        folder = tmp_path / "strategies"
        folder.mkdir(exist_ok=True)
        (folder / "idle.py").write_text(IDLE)
        overrides = {"strategies.folders": str(folder), **options.pop("overrides", {})}
        feed = f"replay:{bars_file(tmp_path, [100.0] * 50)}@5"
        return Application(
            RunOptions(profile=profile.root, headless=True, **{"feed": feed, "overrides": overrides, **options})
        )

    return make


async def running(application: Application, until: Callable[[], object]) -> int:
    """Run until a condition holds, then stop, close, and return the exit code."""
    task = asyncio.ensure_future(application.run(raise_window=lambda: None, before_stop=lambda: None))
    try:
        async with asyncio.timeout(WITHIN_S):
            while not (task.done() or until()):
                await asyncio.sleep(0.01)
        application.request_stop()
        return await task
    finally:
        application.close()


def is_ready(application: Application) -> Callable[[], object]:
    return lambda: all(status.reconciled for status in application.engine.managers.connections.connections())


async def test_a_run_holds_the_profile_answers_others_and_lets_go(
    make_application: MakeApplication, profile: Profile
) -> None:
    summaries: list[Mapping[str, Any]] = []
    application = make_application(report=summaries.append)
    assert lock_holder(profile.lock) is not None
    with pytest.raises(AresError, match="run"):
        make_application()
    assert await running(application, profile.control_socket.exists) == 0
    assert lock_holder(profile.lock) is None
    assert not profile.control_socket.exists()
    (summary,) = summaries
    assert summary["ledger_balanced"] in {True, None}
    with pytest.raises(AresError), ControlClient(profile.control_socket) as client:
        client.request("status")


async def test_it_stops_by_itself_after_the_time_that_was_asked_for(make_application: MakeApplication) -> None:
    application = make_application(seconds=0.2)
    assert await running(application, lambda: False) == 0


async def test_the_log_is_shown_where_the_health_is(make_application: MakeApplication) -> None:
    application = make_application()
    lines = application.engine.managers.health.log_lines
    await running(application, lambda: any(line.event == "session_started" for line in lines()))
    assert any(line.event == "session_started" for line in lines())
    seen = len(lines())
    structlog.get_logger("test").warning("after_the_end")
    await asyncio.sleep(0)
    assert len(lines()) == seen


async def test_strategy_folders_are_the_profiles_own_and_those_of_the_settings_as_they_change(
    tmp_path: Path, profile: Profile
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "idle.py").write_text(IDLE)
    profile.prepare()
    (profile.strategies / "own.py").write_text(IDLE)
    (profile.strategies / "breakout.py").write_text(IDLE)
    application = Application(
        RunOptions(profile=profile.root, headless=True, feed=f"replay:{bars_file(tmp_path, [100.0] * 50)}@5")
    )
    strategies = application.engine.managers.strategies

    def entries() -> dict[str, CatalogEntry]:
        return {entry.name: entry for entry in strategies.catalog()}

    def found() -> bool:
        if "own" in entries() and not application.settings.current.strategies.folders:
            application.settings.change({"strategies.folders": [str(other)]})
        return "idle" in entries()

    await running(application, found)
    assert entries()["idle"].file == str(other / "idle.py")
    hidden = [fault.file for fault in entries()["breakout"].faults if fault.kind == "warning"]
    assert hidden == [str(profile.strategies / "breakout.py")]


async def test_strategies_are_switched_on_by_name_and_what_fails_is_an_alert(make_application: MakeApplication) -> None:
    application = make_application(enable=("idle", "nowhere"))
    managers = application.engine.managers

    def done() -> bool:
        on = {item.instance.name for item in managers.strategies.statuses() if item.state.value == "running"}
        return "idle" in on and any(alert.key == "enable:nowhere" for alert in managers.alerts.alerts())

    await running(application, done)
    assert done() or managers.strategies.status("idle").instance.active


async def test_a_changed_setting_takes_effect_and_a_wrong_one_is_told_and_changes_nothing(
    make_application: MakeApplication, profile: Profile
) -> None:
    application = make_application()
    managers = application.engine.managers
    other = SettingsStore(profile.settings_file)
    wrong = "[risk]\nmax_quantity = -3\n"

    async def person() -> None:
        other.change({"risk.max_quantity": 33})
        while managers.totals.limits().max_quantity != 33:
            await asyncio.sleep(0.01)
        profile.settings_file.write_text(wrong)

    writing: list[asyncio.Task[None]] = []

    def told() -> bool:
        if not writing and is_ready(application)():
            writing.append(asyncio.ensure_future(person()))
        return any(alert.key == "settings" for alert in managers.alerts.alerts())

    await running(application, told)
    assert managers.totals.limits().max_quantity == 33
    (alert,) = (alert for alert in managers.alerts.alerts() if alert.key == "settings")
    assert "max_quantity" in alert.detail


def test_wrong_settings_are_told_all_at_once_and_the_profile_is_free_again(
    make_application: MakeApplication, profile: Profile
) -> None:
    with pytest.raises(UsageError) as refused:
        make_application(overrides={"risk.max_quantity": "-1", "feed.speed": "fast", "no.such": "1"})
    assert len(refused.value.findings) == 3
    assert lock_holder(profile.lock) is None


def test_an_engine_that_can_t_be_built_leaves_nothing_open(make_application: MakeApplication, profile: Profile) -> None:
    with pytest.raises(UsageError, match="telepathy"):
        make_application(feed="telepathy")
    assert lock_holder(profile.lock) is None
    profile.log_file.unlink()
