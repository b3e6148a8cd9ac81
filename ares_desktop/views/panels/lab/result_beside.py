"""Works something out beside the loop when it is large, and at once when it is small."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

T = TypeVar("T")

SMALL: Final = 50_000
"""Up to so many values are worked out faster than another thread is asked."""


def work_out(desk: Desk, title: str, size: int, work: Callable[[], T], done: Callable[[T], object]) -> None:
    """Call ``done`` with what ``work`` returns.

    Args:
        desk: its runner carries the work.
        title: what is being done, in the words of a person.
        size: how many values are looked at.
        work: touches no widget.
        done: called on the loop; it must find out itself whether its result is still wanted.
    """
    if size <= SMALL:
        done(work())
    else:
        desk.runner.read(title, lambda: asyncio.to_thread(work), done=done)
