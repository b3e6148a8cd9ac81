"""Runs under way: stage, share, rate, what remains, the best so far, and a way to end each."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from ares_desktop.domain.accounts import EquityPoint
from ares_desktop.domain.runs import Run, RunKind, RunProgress, RunState
from ares_desktop.views.formats import MISSING, age, fixed, percent, translated, word
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, push_button, set_property

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_HZ: Final = 8.0
_QUIET_S: Final = 5.0
_SCALE: Final = 1000
_MILLION: Final = 1_000_000
_THOUSAND: Final = 10_000


def rate_text(rate: float | None, unit: str) -> str:
    """Return a speed in few digits: ``1.2 M bars/s``, ``14 sets/s``."""
    if rate is None:
        return ""
    what = unit or translated("steps")
    if rate >= _MILLION:
        return f"{rate / _MILLION:.1f} M {what}/s"
    if rate >= _THOUSAND:
        return f"{rate / 1000:,.0f} k {what}/s"
    return f"{rate:,.0f} {what}/s" if rate >= 10 else f"{rate:.1f} {what}/s"  # noqa: PLR2004 - two digits are enough


def facts(progress: RunProgress) -> str:
    """Return what is known of a run under way beside its stage, parted by dots."""
    done = f"{progress.done:,} / {progress.total:,} {progress.unit}".strip() if progress.total else ""
    left = "" if progress.remaining_s is None else translated("{0} left").format(age(progress.remaining_s))
    best = "" if progress.best is None else translated("best {0}").format(fixed(progress.best, 3))
    parts = (done, rate_text(progress.rate, progress.unit), left, best)
    return " \N{MIDDLE DOT} ".join(part for part in parts if part)


class ProgressRow(QFrame):
    """One run under way.

    Signals:
        chosen: a click on it.
        cancel_asked: a click on its button.
    """

    chosen = Signal()
    cancel_asked = Signal()

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.setProperty("surface", "strip")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._heard = time.monotonic()
        self._stage = ""
        self._kind = word(run.kind)
        self.title = label(run.title or run.id, part="strong")
        self.stage = label(tone=Tone.MUTED)
        self.facts = label(tone=Tone.MUTED, part="caption")
        self.share = label()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(translated("Progress of {0}").format(self.title.text()))
        self.cancel = push_button(translated("Cancel"), self.cancel_asked.emit)
        self.cancel.setAccessibleName(translated("Cancel {0}").format(self.title.text()))
        for text in (self.stage, self.facts):
            text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._arrange()
        self.show_run(run)

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.title)
        top.addWidget(self.stage, 1)
        top.addWidget(self.share)
        texts = QVBoxLayout()
        texts.setSpacing(3)
        texts.addLayout(top)
        texts.addWidget(self.bar)
        texts.addWidget(self.facts)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 5, 10, 5)
        row.setSpacing(10)
        row.addLayout(texts, 1)
        row.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_run(self, run: Run) -> None:
        """Show the state while nothing is known of its progress."""
        if not self._stage:
            self.stage.setText(f"{self._kind} \N{MIDDLE DOT} {word(run.state).lower()}")
            self.share.setText("")
            self.bar.setRange(0, _SCALE if run.state is RunState.WAITING else 0)

    def show_progress(self, progress: RunProgress) -> None:
        """Show how far it is."""
        self._heard = time.monotonic()
        self._stage = f"{self._kind} \N{MIDDLE DOT} {progress.stage}"
        self.stage.setText(self._stage)
        set_property(self.stage, "tone", Tone.MUTED.value)
        self.facts.setText(facts(progress))
        known = progress.share is not None
        self.bar.setRange(0, _SCALE if known else 0)
        self.bar.setValue(round(_SCALE * (progress.share or 0.0)))
        self.share.setText(percent(progress.share, 0) if known else MISSING)

    def show_age(self) -> None:
        """Say when nothing was heard of it for a while."""
        quiet = time.monotonic() - self._heard
        if quiet > _QUIET_S:
            text = self._stage or self._kind
            self.stage.setText(translated("{0} \N{MIDDLE DOT} no news for {1}").format(text, age(quiet)))
            set_property(self.stage, "tone", Tone.WARNING.value)

    def show_cancel(self) -> None:
        """Offer its end again."""
        self.cancel.setEnabled(True)
        self.cancel.setText(translated("Cancel"))

    def show_canceling(self) -> None:
        """Say that its end was asked for."""
        self.cancel.setEnabled(False)
        self.cancel.setText(translated("Canceling\N{HORIZONTAL ELLIPSIS}"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the run."""
        super().mousePressEvent(event)
        self.chosen.emit()


class ProgressArea(QWidget):
    """A row for each run under way; no room is taken while there is none.

    Signals:
        chosen: id of a run that was clicked.
        progressed: a :class:`RunProgress`, a few times a second, its equity points gathered.
        focus_left: a row had the keyboard and can't keep it.
    """

    chosen = Signal(str)
    progressed = Signal(object)
    focus_left = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.rows: dict[str, ProgressRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        pipelines = desk.managers.pipelines
        # Every message counts: each has its own part of the equity curve.
        self._number = 0
        self._updates: Coalescer[tuple[int, RunProgress]] = Coalescer(
            self._show_batch, key=lambda numbered: numbered[0], hz=_HZ, parent=self
        )
        pipelines.run_changed.connect(self.show_run)
        pipelines.progressed.connect(self._push)
        pipelines.ended.connect(lambda ended: self.drop(ended.run.id))
        pipelines.removed.connect(lambda removed: self.drop(removed.run))
        for run in pipelines.runs():
            self.show_run(run)
        self._show_room()

    def _show_room(self) -> None:
        self.setVisible(bool(self.rows))

    def show_run(self, run: Run) -> None:
        """Show a run while it is under way."""
        if run.state.is_final or run.kind is RunKind.LIVE:
            self.drop(run.id)
            return
        row = self.rows.get(run.id)
        if row is None:
            row = self.rows[run.id] = ProgressRow(run)
            row.chosen.connect(partial(self.chosen.emit, run.id))
            row.cancel_asked.connect(partial(self.cancel, run.id))
            self._column.addWidget(row)
            self._show_room()
        row.show_run(run)

    def drop(self, run: str) -> None:
        """Take a run away that is not under way any more."""
        row = self.rows.pop(run, None)
        if row is not None:
            self._give_focus_up(row)
            row.hide()
            row.deleteLater()
            self._show_room()

    def _give_focus_up(self, row: ProgressRow) -> None:
        # Qt would hand the keyboard to the next button of the window, whatever that does.
        if row.cancel.hasFocus():
            self.focus_left.emit()

    def cancel(self, run: str) -> None:
        """End a run; what it has found so far stays where its pipeline keeps it."""
        row = self.rows.get(run)
        title = run if row is None else row.title.text()
        if row is not None:
            self._give_focus_up(row)
            row.show_canceling()
        self._desk.runner.reduce(
            translated("Cancel {0}").format(title),
            partial(self._desk.managers.pipelines.cancel, run),
            failed=lambda _: self._not_canceled(run),
        )

    def _not_canceled(self, run: str) -> bool:
        row = self.rows.get(run)
        if row is not None:
            row.show_cancel()
        return False

    def cancel_all(self) -> None:
        """End every run under way."""
        for run in tuple(self.rows):
            self.cancel(run)

    def _push(self, progress: RunProgress) -> None:
        self._number += 1
        self._updates.push((self._number, progress))

    def _show_batch(self, batch: list[tuple[int, RunProgress]]) -> None:
        for progress in gathered([one for _, one in batch]):
            row = self.rows.get(progress.run)
            if row is not None:
                row.show_progress(progress)
                self.progressed.emit(progress)

    def second_passed(self) -> None:
        """Let rows say how long nothing was heard of them."""
        for row in self.rows.values():
            row.show_age()

    def coalescers(self) -> tuple[Coalescer[tuple[int, RunProgress]], ...]:
        """Return what holds updates back."""
        return (self._updates,)


def gathered(messages: list[RunProgress]) -> list[RunProgress]:
    """Return one message a run: the newest, with the equity points of all."""
    newest: dict[str, RunProgress] = {}
    for one in messages:
        before = newest.get(one.run)
        points = (*before.equity, *one.equity) if before is not None and before.equity else one.equity
        newest[one.run] = _with_points(one, points) if points is not one.equity else one
    return list(newest.values())


def _with_points(progress: RunProgress, points: tuple[EquityPoint, ...]) -> RunProgress:
    return msgspec.structs.replace(progress, equity=points)
