"""What hangs on the strategies' façade, without an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ares_desktop.domain.errors import AresError
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.preflight import CheckState, Effect, PreflightCheck, PreflightReport
from ares_desktop.domain.strategies import StrategyState, StrategyStatus
from tests.views.fake_editing import FakeDrafts
from tests.views.records import NOW, changed

if TYPE_CHECKING:
    from tests.views.fake_trading import FakeStrategies


def a_check(state: CheckState = CheckState.PASSED, **changes: Any) -> PreflightCheck:
    """Return a check."""
    fields: dict[str, Any] = {
        "code": "DATA_FRESH",
        "title": "Data is fresh",
        "reason": "AAPL.SMART closed its last bar 40 s ago.",
        "remedy": "" if state is CheckState.PASSED else "Check the feed.",
    }
    return PreflightCheck(state=state, **{**fields, **changes})


class FakeLives:
    """Lives that change at once."""

    def __init__(self, strategies: FakeStrategies) -> None:
        self._strategies = strategies
        self.refusal: AresError | None = None

    def _note(self, verb: str, name: str, **changes: object) -> None:
        self._strategies.calls.append((verb, name))
        self._strategies.put(changed(self._strategies.by_name[name], **changes))

    async def enable(self, name: str, *, source: str, force: bool = False) -> None:
        if self.refusal is not None and not force:
            raise self.refusal
        if force:
            self._strategies.calls.append(("force", name))
        await self._strategies.begin(name, source=source)

    async def close_only(self, name: str, *, source: str) -> None:
        del source
        self._note("close_only", name, state=StrategyState.CLOSE_ONLY)

    async def restart(self, name: str, *, source: str) -> None:
        del source
        self._note("restart", name, state=StrategyState.STARTING)

    async def end(self, name: str, *, source: str) -> None:
        del source
        self._note("end", name, state=StrategyState.FAULTED)

    async def reload(self, name: str, *, source: str) -> None:
        del source
        self._note("reload", name, reloaded_at=NOW)


class FakePreflights:
    """Checks that came out as a test says."""

    def __init__(self) -> None:
        self.checks: tuple[PreflightCheck, ...] = (a_check(),)
        self.asked: list[str] = []

    async def preflight(self, name: str) -> PreflightReport:
        self.asked.append(name)
        effects = (Effect(title="Capital", text="10,000.00 USD from the unassigned book"),)
        return PreflightReport(name=StrategyId(name), at=NOW, checks=self.checks, effects=effects)


class FakeEditing(FakeDrafts):
    """Copies and texts of instances."""

    async def duplicate(self, name: str, new_name: str, *, source: str) -> StrategyStatus:
        del source
        self._strategies.calls.append(("duplicate", name, new_name))
        old = self._strategies.by_name[name]
        instance = changed(old.instance, name=new_name, active=False)
        self._strategies.put(changed(old, instance=instance, state=StrategyState.STOPPED))
        return self._strategies.by_name[new_name]

    def export_text(self, names: list[str]) -> str:
        return "".join(f"[[instances]]\nname = '{name}'\n" for name in names)
