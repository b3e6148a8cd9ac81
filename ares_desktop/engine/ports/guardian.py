"""The sentinel as the application sees it."""

from collections.abc import Callable
from typing import Protocol

from ares_desktop.domain.errors import AresError
from ares_desktop.domain.sentinel import GuardPlan, SentinelAct, SentinelStatus


class SentinelError(AresError):
    """The sentinel can't be started, reached or understood."""


class Guardian(Protocol):
    """One connection to the sentinel of a profile; every call may raise SentinelError."""

    def on_status(self, receiver: Callable[[SentinelStatus], None]) -> None:
        """Call ``receiver`` on the loop for every status that comes, asked for or not."""

    def left_behind(self) -> SentinelAct | None:
        """Return the act on the disk that no application took over, also when no sentinel runs; takes no socket."""

    def is_running(self) -> bool:
        """Say whether a sentinel listens; asked without a message, so that it holds nothing up."""

    async def open(self, plan: GuardPlan) -> SentinelStatus:
        """Connect, starting the process where none runs, and have it watch this process."""

    async def beat(self) -> SentinelStatus:
        """Show that this process is alive, and return how the sentinel is."""

    async def take_over(self, act: str) -> None:
        """End an act: from now on what it left is the application's. Works on the disk alone where none runs."""

    async def farewell(self) -> None:
        """Say that this process ends in order, and close the connection; never raises."""

    def drop(self) -> None:
        """Close the connection at once."""
