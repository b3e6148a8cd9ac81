"""The kill switch's steps as they happen: what runs, since when, where, and with which outcome."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.kill import BrokerLine, KillStep, KillSwitchReport, StepState

STEPS: Final = ("latch", "fence", "cancel", "confirm", "flatten", "stop strategies", "verify", "report")
BROKER_STEPS: Final = ("cancel", "confirm", "flatten", "verify")
_PUBLISH_EVERY_S: Final = 0.05
_ENDED: Final = frozenset({StepState.DONE, StepState.FAILED, StepState.SKIPPED})


class Checklist:
    """A kill switch report that grows step by step.

    A step that brokers take begins with the first of them and ends with the last. ``publish`` gets the report a moment
    after it changed, many changes at once, so that no step waits for who looks on.

    Args:
        lines: the brokers, each with its mode.
    """

    def __init__(
        self, report: KillSwitchReport, publish: Callable[[KillSwitchReport], None], lines: Sequence[BrokerLine] = ()
    ) -> None:
        self._began = time.perf_counter()
        self._publish = publish
        self._telling: asyncio.TimerHandle | None = None
        waiting = tuple(KillStep(name=name, state=StepState.WAITING) for name in BROKER_STEPS)
        told = (
            report.brokers if report.finished else tuple(msgspec.structs.replace(line, steps=waiting) for line in lines)
        )
        self._lines = {line.account: line for line in told}
        if report.finished:
            self.report = report
            return
        self.report = msgspec.structs.replace(
            report,
            steps=tuple(KillStep(name=name, state=StepState.WAITING) for name in STEPS),
            brokers=tuple(self._lines.values()),
        )

    def elapsed_ms(self) -> float:
        """Return milliseconds since the kill switch was engaged."""
        return (time.perf_counter() - self._began) * 1000

    def update(self, **changes: object) -> None:
        """Set fields of the report; it is published soon."""
        self.report = msgspec.structs.replace(self.report, **changes)
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(_PUBLISH_EVERY_S, self.publish)

    def publish(self) -> None:
        """Tell the report as it is now."""
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        self._publish(self.report)

    def begin(self, name: str, account: AccountId | None = None) -> None:
        """Mark a step as running, at one broker or as a whole."""
        now = self.elapsed_ms()
        if account is None:
            self._change(name, state=StepState.RUNNING, started_ms=now, finished_ms=None, detail="")
            return
        self._change_line(account, name, state=StepState.RUNNING, started_ms=now, finished_ms=None, detail="")
        whole = next(step for step in self.report.steps if step.name == name)
        started = now if whole.started_ms is None or whole.state in _ENDED else whole.started_ms
        self._change(name, state=StepState.RUNNING, started_ms=started, finished_ms=None)

    def end(
        self, name: str, detail: str = "", *, state: StepState = StepState.DONE, account: AccountId | None = None
    ) -> None:
        """Mark a step as ended, at one broker or as a whole."""
        now = self.elapsed_ms()
        if account is None:
            self._change(name, state=state, finished_ms=now, detail=detail)
            return
        self._change_line(account, name, state=state, finished_ms=now, detail=detail)
        steps = [(line.broker, step) for line in self._lines.values() for step in line.steps if step.name == name]
        states = {step.state for _, step in steps}
        if not states <= _ENDED:
            return
        whole = StepState.FAILED if StepState.FAILED in states else StepState.DONE
        if states == {StepState.SKIPPED}:
            whole = StepState.SKIPPED
        told = [step.detail if len(steps) == 1 else f"{broker}: {step.detail}" for broker, step in steps]
        self._change(name, state=whole, finished_ms=now, detail="; ".join(told))

    def has_ended(self, name: str) -> bool:
        """Say whether a step is over everywhere."""
        return next(step for step in self.report.steps if step.name == name).state in _ENDED

    def set_modes(self, report: KillSwitchReport) -> None:
        """Take over what is now asked for at each account."""
        self._lines = {
            account: msgspec.structs.replace(line, mode=report.modes.get(account, line.mode))
            for account, line in self._lines.items()
        }
        self.update(mode=report.mode, modes=report.modes, brokers=tuple(self._lines.values()))

    def _change_line(self, account: AccountId, name: str, **changes: object) -> None:
        line = self._lines[account]
        self._lines[account] = msgspec.structs.replace(line, steps=_changed(line.steps, name, changes))
        self.update(brokers=tuple(self._lines.values()))

    def _change(self, name: str, **changes: object) -> None:
        self.update(steps=_changed(self.report.steps, name, changes))


def _changed(steps: Sequence[KillStep], name: str, changes: dict[str, object]) -> tuple[KillStep, ...]:
    return tuple(msgspec.structs.replace(step, **changes) if step.name == name else step for step in steps)
