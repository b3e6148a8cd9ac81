"""Rehearsals without processes: what is shown is what a test says."""

from __future__ import annotations

from PySide6.QtCore import QObject

from ares_desktop.domain.rehearsals import Moment, Rehearsal, RehearsedRestart
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from tests.views.records import NOW


class FakeRehearsals(QObject):
    """Knows one adapter."""

    changed: SignalOf[Rehearsal] = signal_of(Rehearsal)
    adapters = ("paper",)

    def __init__(self) -> None:
        super().__init__()
        self.running = False
        self.asked: list[int] = []
        self.canceled = 0
        self.shown: tuple[Rehearsal, ...] = ()

    def rehearsals(self) -> tuple[Rehearsal, ...]:
        return self.shown

    async def rehearse(self, adapter: str = "", *, restarts: int, source: str) -> Rehearsal:
        self.asked.append(restarts)
        passed = tuple(
            RehearsedRestart(number=number, moment=Moment.TRADING, orders=3, executions=2, problem="", seconds=4.0)
            for number in range(1, restarts + 1)
        )
        done = Rehearsal(adapter="paper", version="0.1.0", at=NOW, wanted=restarts, restarts=passed, finished=True)
        return self.shown[0] if self.shown else done

    async def cancel(self, *, source: str) -> None:
        self.canceled += 1
