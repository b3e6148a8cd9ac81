"""What the commands of the control socket act on, and how they answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ares_desktop.control.protocol import ExitCode, Reply, encode

if TYPE_CHECKING:
    from ares_desktop.engine.managers.bundle import Managers

SOURCE: Final = "command line"


@dataclass(frozen=True, kw_only=True)
class App:
    """What commands act on.

    Attributes:
        raise_window: bring the window to the front; does nothing without one.
        stop: end the application in order.
    """

    managers: "Managers"
    version: str
    raise_window: Callable[[], None]
    stop: Callable[[], None]


Handler = Callable[[App, Any], Awaitable[Reply]]
"""Does a command; its second argument is the struct that the command's table names."""


def done(document: object, exit_code: ExitCode = ExitCode.DONE) -> Reply:
    """Return the reply with a document."""
    return Reply(exit_code=exit_code, document=msgspec.Raw(encode(document)))
