"""Runs what a button starts, and shows what went wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from ares_desktop.domain.audit import NOTHING, CommandKind
from ares_desktop.domain.errors import AresError
from ares_desktop.views.widgets.notice import NoticeArea

if TYPE_CHECKING:
    from ares_desktop.engine.managers.audit import AuditManager

T = TypeVar("T")
Spawn = Callable[[Coroutine[Any, Any, Any], str], object]
"""Starts a named background task that somebody else owns and ends."""

_log = structlog.get_logger(__name__)


class ActionRunner:
    """Starts coroutines from plain Qt slots: a slot never waits, an error never gets lost, and a command is recorded.

    Args:
        spawn: starts what a button asks for.
        notices: shows what went wrong.
        audit: records commands; None records nothing.
    """

    def __init__(self, spawn: Spawn, notices: NoticeArea, audit: AuditManager | None = None) -> None:
        self._spawn = spawn
        self._notices = notices
        self._audit = audit

    def run(
        self,
        title: str,
        start: Callable[[], Coroutine[Any, Any, T]],
        *,
        done: Callable[[T], object] | None = None,
        failed: Callable[[AresError], bool] | None = None,
        kind: CommandKind = CommandKind.CHANGES,
        arguments: Mapping[str, object] = NOTHING,
        via: str = "window",
    ) -> None:
        """Run ``start()`` in the background.

        Args:
            title: what is being done, in the words of a person; it heads an error message.
            start: makes the coroutine.
            done: gets the result.
            failed: gets an error first; True says that it showed the error itself.
            kind: whether it changes something, only reads, or can only reduce risk and therefore waits for no record.
            arguments: what it is done with, for the record; secrets are left out.
            via: where it was commanded: ``window``, ``hot key`` or ``tray``.
        """
        self._spawn(self._guarded(title, self._recorded(title, start, kind, arguments, via), done, failed), title)

    def read(
        self,
        title: str,
        start: Callable[[], Coroutine[Any, Any, T]],
        *,
        done: Callable[[T], object] | None = None,
        failed: Callable[[AresError], bool] | None = None,
    ) -> None:
        """Run what changes nothing in the house, and is therefore not recorded."""
        self.run(title, start, done=done, failed=failed, kind=CommandKind.READS)

    def reduce(
        self,
        title: str,
        start: Callable[[], Coroutine[Any, Any, T]],
        *,
        done: Callable[[T], object] | None = None,
        failed: Callable[[AresError], bool] | None = None,
        arguments: Mapping[str, object] = NOTHING,
    ) -> None:
        """Run what can only reduce risk: it waits for no record, and goes on without one."""
        self.run(title, start, done=done, failed=failed, kind=CommandKind.REDUCES, arguments=arguments)

    def _recorded(
        self,
        title: str,
        start: Callable[[], Coroutine[Any, Any, T]],
        kind: CommandKind,
        arguments: Mapping[str, object],
        via: str,
    ) -> Callable[[], Coroutine[Any, Any, T]]:
        audit = self._audit
        if audit is None or kind is CommandKind.READS:
            return start
        issuer = audit.issuer(via)
        return lambda: audit.commands.carry_out(title, start, issuer=issuer, kind=kind, arguments=arguments)

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
