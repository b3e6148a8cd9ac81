"""The proof line by line, with when it last held and which event broke it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from ares_desktop.domain.positions import Proof
from ares_desktop.views.formats import moment, translated
from ares_desktop.views.icons import icon_pixmap
from ares_desktop.views.models.columns import RowShade
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.books.page import BooksPage
from ares_desktop.views.panels.proof import proof_columns
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, set_property
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_ICON = 16


def verdict(proof: Proof) -> tuple[Tone, str, str, str]:
    """Return how the proof stands: its tone, its icon, in one line, and since when."""
    held = translated("Last held {0}, after event {1}.").format(moment(proof.held_at), f"{proof.held_sequence:,}")
    if proof.held_at is None:
        held = translated("It has not held yet in this session.")
    if proof.fault:
        text = translated("The books do not balance by themselves since event {0}: {1}")
        return Tone.NEGATIVE, "error", text.format(f"{proof.broken_by:,}", proof.fault), held
    if proof.broken_by:
        wrong = ", ".join(line.item for line in proof.lines if line.balanced is False)
        text = translated("Broken by event {0}{1}").format(f"{proof.broken_by:,}", f": {wrong}" if wrong else "")
        return Tone.NEGATIVE, "error", text, held
    if proof.balanced is None:
        return Tone.MUTED, "ring", translated("Waiting for the broker's report"), held
    if not proof.balanced:
        return Tone.WARNING, "half", translated("Waiting for the broker's report of the newest events"), held
    return Tone.POSITIVE, "check", translated("Books + unassigned = broker, every line"), held


class ProofPage(BooksPage):
    """One line for each instrument and currency of each account."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.mark = QLabel()
        self.text = label(part="strong")
        self.since = label(part="caption")
        self.model = RecordTableModel(
            proof_columns(),
            key=lambda line: (line.account, line.item),
            shade=lambda line: RowShade.FAULT if line.balanced is False else RowShade.NONE,
            parent=self,
        )
        self.table = RecordTable(
            desk,
            self.model,
            "proof",
            empty=translated("The broker has not reported yet."),
            sort=("item", Qt.SortOrder.AscendingOrder),
            units=("{0} line", "{0} lines"),
        )
        self.column.addWidget(self.line(self.mark, self.text, self.since))
        self.column.addWidget(self.table, 1)
        self.portfolio.proof_changed.connect(self.show_proof)
        desk.theme.changed.connect(self.second_passed)
        self.second_passed()

    def second_passed(self) -> None:
        """Show when the proof held last."""
        self.show_proof(self.portfolio.proof())

    def show_proof(self, proof: Proof) -> None:
        """Show a proof."""
        present = {(line.account, line.item) for line in proof.lines}
        self.model.remove([key for one in self.model.records() if (key := (one.account, one.item)) not in present])
        self.model.upsert(proof.lines)
        tone, icon, text, since = verdict(proof)
        color = self.desk.theme.tokens.color(tone)
        self.mark.setPixmap(icon_pixmap(icon, color, _ICON, self.devicePixelRatioF()))
        self.text.setText(text)
        set_property(self.text, "tone", tone.value)
        self.since.setText(since)
