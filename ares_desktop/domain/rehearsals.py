"""Restart rehearsals: what was tried on paper, and what held."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Moment(StrEnum):
    """When the rehearsed application is ended."""

    STARTING = "while it starts"
    TRADING = "while it trades"
    POWER_CUT = "together with the broker"
    STOPPING = "while it stops"
    KILLING = "while the kill switch works"


class RehearsedRestart(msgspec.Struct, frozen=True, kw_only=True):
    """One sudden end and the restart after it.

    Attributes:
        orders, executions: that the journal held at the end of it.
        problem: what did not hold, empty when all did.
        seconds: it took.
    """

    number: int
    moment: Moment
    orders: int
    executions: int
    problem: str
    seconds: float


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """A series of restarts with one adapter.

    Attributes:
        adapter: name of the broker.
        version: of the program that was rehearsed.
        wanted: restarts that were asked for.
        strategies: that traded in it.
        problem: why it could not be carried out to its end, empty when it could.
        canceled: a person ended it.
    """

    adapter: str
    version: str
    at: datetime
    wanted: int
    restarts: tuple[RehearsedRestart, ...] = ()
    strategies: int = 0
    problem: str = ""
    canceled: bool = False
    finished: bool = False

    @property
    def passed(self) -> int:
        """How many restarts lost and doubled nothing."""
        return sum(not restart.problem for restart in self.restarts)

    @property
    def problems(self) -> tuple[str, ...]:
        """Return everything that did not hold."""
        return (*filter(None, (self.problem, *(restart.problem for restart in self.restarts))),)

    @property
    def whole(self) -> bool:
        """Whether every restart that was asked for was tried and passed: only that is evidence."""
        return self.finished and not self.problems and self.passed == self.wanted
