"""Which event led to what is recorded now: a command's event is the cause of everything it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from ares_desktop.domain.ids import EventId

_NONE: Final = EventId("")


@dataclass
class _Act:
    """What goes on now; tasks that outlive it keep it, but it is no cause of what they do later."""

    event: EventId
    over: bool = False


_act: ContextVar[_Act | None] = ContextVar("act", default=None)


def current_cause() -> EventId:
    """Return the event that leads to what happens now, empty when none is known."""
    act = _act.get()
    return _NONE if act is None or act.over else act.event


@contextmanager
def because_of(event: EventId) -> Iterator[None]:
    """Let everything recorded inside, also by tasks started inside while it lasts, name ``event`` as its cause."""
    act = _Act(event)
    token = _act.set(act)
    try:
        yield
    finally:
        act.over = True
        _act.reset(token)


def begin_cause(event: EventId) -> None:
    """Let everything that this task records from now on, and tasks it starts, name ``event`` as its cause."""
    _act.set(_Act(event))
