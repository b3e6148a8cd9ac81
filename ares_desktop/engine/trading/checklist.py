"""The kill switch's steps as they happen: what runs, since when, and with which outcome."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import msgspec

from ares_desktop.domain.risk import KillStep, KillSwitchReport, StepState

STEPS: Final = ("latch", "fence", "cancel", "confirm", "flatten", "stop strategies", "verify", "report")


class Checklist:
    """A kill switch report that grows step by step.

    ``publish`` gets it at the end of each turn of the loop that changed it, so that no step waits for who looks on.
    """

    def __init__(self, report: KillSwitchReport, publish: Callable[[KillSwitchReport], None]) -> None:
        self._began = time.perf_counter()
        self._publish = publish
        self._telling = False
        self.report = msgspec.structs.replace(
            report,
            steps=tuple(KillStep(name=name, state=StepState.WAITING) for name in STEPS),
        )

    def elapsed_ms(self) -> float:
        """Return milliseconds since the kill switch was engaged."""
        return (time.perf_counter() - self._began) * 1000

    def update(self, **changes: object) -> None:
        """Set fields of the report; it is published soon."""
        self.report = msgspec.structs.replace(self.report, **changes)
        if not self._telling:
            self._telling = True
            asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        self._telling = False
        self._publish(self.report)

    def begin(self, name: str) -> None:
        """Mark a step as running."""
        self._change(name, state=StepState.RUNNING, started_ms=self.elapsed_ms())

    def end(self, name: str, detail: str = "", *, state: StepState = StepState.DONE) -> None:
        """Mark a step as ended."""
        self._change(name, state=state, finished_ms=self.elapsed_ms(), detail=detail)

    def _change(self, name: str, **changes: object) -> None:
        steps = tuple(
            msgspec.structs.replace(step, **changes) if step.name == name else step for step in self.report.steps
        )
        self.update(steps=steps)
