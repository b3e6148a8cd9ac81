"""Runs what a button starts, and shows what went wrong with it."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import structlog

from ares_desktop.domain.errors import AresError
from ares_desktop.views.widgets.notice import NoticeArea

T = TypeVar("T")
Spawn = Callable[[Coroutine[Any, Any, Any], str], object]
"""Starts a named background task that somebody else owns and ends."""

_log = structlog.get_logger(__name__)


class ActionRunner:
    """Starts coroutines from plain Qt slots: a slot never waits, and an error never gets lost."""

    def __init__(self, spawn: Spawn, notices: NoticeArea) -> None:
        self._spawn = spawn
        self._notices = notices

    def run(
        self,
        title: str,
        start: Callable[[], Coroutine[Any, Any, T]],
        *,
        done: Callable[[T], object] | None = None,
        failed: Callable[[AresError], bool] | None = None,
    ) -> None:
        """Run ``start()`` in the background.

        Args:
            title: what is being done, in the words of a person; it heads an error message.
            start: makes the coroutine.
            done: gets the result.
            failed: gets an error first; True says that it showed the error itself.
        """
        self._spawn(self._guarded(title, start, done, failed), title)

    async def _guarded(
        self,
        title: str,
        start: Callable[[], Coroutine[Any, Any, T]],
        done: Callable[[T], object] | None,
        failed: Callable[[AresError], bool] | None,
    ) -> None:
        try:
            result = await start()
        except AresError as error:
            _log.info("action_refused", action=title, error=str(error))
            if failed is None or not failed(error):
                self._notices.show_error(title, error)
        except OSError as error:
            _log.warning("action_failed", action=title, error=str(error))
            self._notices.show_error(title, error)
        else:
            if done is not None:
                done(result)
