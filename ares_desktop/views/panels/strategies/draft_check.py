"""Asks the engine about what is typed, once typing pauses: everything that is wrong, and what applying would do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from ares_desktop.domain.errors import AresError, Finding, RefusedError, UsageError
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.domain.versions import Change
from ares_desktop.views.formats import translated

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_PAUSE_MS: Final = 300


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the engine says of a draft.

    Attributes:
        change: what applying would do, None for a new instance and where it can't be applied.
        refusal: why it can't be applied although nothing is wrong with it.
    """

    draft: StrategyInstance
    findings: tuple[Finding, ...] = ()
    change: Change | None = None
    refusal: str = ""


class DraftCheck(QObject):
    """Keeps to the newest draft: an answer to an older one is dropped.

    Signals:
        judged: the verdict on the newest draft.
    """

    judged = Signal(object)

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._draft: StrategyInstance | None = None
        self._new = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._ask)

    def ask(self, draft: StrategyInstance, *, new: bool) -> None:
        """Ask about a draft when nothing else is asked for a moment."""
        self._draft, self._new = draft, new
        self._pause.start()

    def forget(self) -> None:
        """Ask nothing, and drop the answer that may be on its way."""
        self._draft = None
        self._pause.stop()

    def _ask(self) -> None:
        draft = self._draft
        if draft is not None:
            self._desk.runner.read(
                translated("Check {0}").format(draft.name),
                partial(self._judge, draft, new=self._new),
                done=self._show,
                failed=lambda error: self._fail(draft, error),
            )

    async def _judge(self, draft: StrategyInstance, *, new: bool) -> Verdict:
        editing = self._desk.managers.strategies.editing
        findings = await editing.validate(draft, new=new)
        if findings or new:
            return Verdict(draft, findings=tuple(findings))
        try:
            return Verdict(draft, change=await editing.change_of(draft))
        except UsageError as error:
            return Verdict(draft, findings=error.findings)
        except RefusedError as error:
            return Verdict(draft, refusal=error.detail)

    def _show(self, verdict: Verdict) -> None:
        if verdict.draft is self._draft:
            self.judged.emit(verdict)

    def _fail(self, draft: StrategyInstance, error: AresError) -> bool:
        self._show(Verdict(draft, refusal=str(error)))
        return True
