"""The line below the audit's table: is the journal whole, and an incident bundle in one click."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Signal
from PySide6.QtGui import QImage, QImageWriter
from PySide6.QtWidgets import QProgressBar, QSpinBox, QVBoxLayout, QWidget

from ares_desktop.domain.audit import BundleProgress, BundleReport, CommandKind, JournalProof
from ares_desktop.views.formats import count, translated
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton, label, push_button, set_property, strip

if TYPE_CHECKING:
    from ares_desktop.domain.errors import AresError
    from ares_desktop.views.desk import Desk

_MINUTES: Final = 30
_BAR_WIDTH: Final = 120


class AuditTools(QWidget):
    """Integrity at the left, the incident bundle at the right.

    Signals:
        verified: a verification has ended.
    """

    verified = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._audit = desk.managers.audit
        self.proof = label(translated("Not verified in this run"), tone=Tone.MUTED)
        self.verify = push_button(
            translated("Verify"), self.start_verify, tooltip=translated("Follow the journal's hash chain")
        )
        self.progress = _bar(translated("Progress of the verification"))
        self.stop_verify = IconButton(desk.theme, "close", translated("End the verification"))
        self.stop_verify.clicked.connect(self._audit_cancel_verify)
        self.minutes = QSpinBox()
        self.minutes.setRange(1, 100_000)
        self.minutes.setValue(_MINUTES)
        self.minutes.setSuffix(translated(" min"))
        self.minutes.setAccessibleName(translated("Minutes of the journal in the bundle"))
        self.minutes.setToolTip(self.minutes.accessibleName())
        self.bundle = push_button(
            translated("Incident bundle"),
            self.write_bundle,
            role="primary",
            tooltip=translated("Journal, logs, settings and states in one file, without secrets"),
        )
        self.packing = _bar(translated("Progress of the bundle"))
        self.stop_bundle = IconButton(desk.theme, "close", translated("Give the bundle up"))
        self.stop_bundle.clicked.connect(self._audit_cancel_bundle)
        self._arrange()
        self._audit.proof_changed.connect(self.show_proof)
        self._audit.bundle_progressed.connect(self._show_packing)
        if self._audit.proof is not None:
            self.show_proof(self._audit.proof)

    def _arrange(self) -> None:
        frame, row = strip("toolbar")
        for widget in (self.proof, self.progress, self.stop_verify, self.verify):
            row.addWidget(widget)
        row.addStretch(1)
        for tool in (self.packing, self.stop_bundle, self.minutes, self.bundle):
            row.addWidget(tool)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(frame)
        for hidden in (self.progress, self.stop_verify, self.packing, self.stop_bundle):
            hidden.hide()

    # integrity

    def start_verify(self) -> None:
        """Follow the hash chain from the first event to the last."""
        self._show_verifying(on=True)
        self._desk.runner.read(
            translated("Verify the journal"), self._audit.verify, done=self._verified, failed=self._not_verified
        )

    def show_proof(self, proof: JournalProof) -> None:
        """Show how far the chain was followed."""
        self.progress.setRange(0, max(1, proof.total))
        self.progress.setValue(proof.verified)
        if not proof.ok:
            text, tone = translated("DAMAGED: {0}").format(proof.problem), Tone.NEGATIVE
        elif proof.finished:
            text = translated("Whole: {0} verified at {1} UTC, head {2}").format(
                count(proof.verified, "{0} event", "{0} events"), f"{proof.at:%H:%M:%S}", proof.head[:12]
            )
            tone = Tone.POSITIVE
        else:
            text = translated("Verified to {0} of {1}").format(f"{proof.verified:,}", f"{proof.total:,}")
            tone = Tone.MUTED
        self.proof.setText(text)
        set_property(self.proof, "tone", tone.value)

    def _verified(self, proof: JournalProof) -> None:
        self._show_verifying(on=False)
        self.show_proof(proof)
        self.verified.emit()

    def _not_verified(self, _: AresError) -> bool:
        self._show_verifying(on=False)
        return False

    def _show_verifying(self, *, on: bool) -> None:
        self.progress.setVisible(on)
        self.stop_verify.setVisible(on)
        self.verify.setEnabled(not on)

    def _audit_cancel_verify(self) -> None:
        self._audit.cancel_verify()

    # bundle

    def write_bundle(self) -> None:
        """Write an incident bundle into the person's folder."""
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        file = Path.home() / f"ares-incident-{stamp}.zip"
        picture, minutes = self.window().grab().toImage(), float(self.minutes.value())
        self._show_bundling(on=True)
        self._desk.runner.run(
            translated("Write an incident bundle"),
            lambda: self._write(file, minutes, picture),
            done=self._bundled,
            failed=self._not_bundled,
            kind=CommandKind.READS,
        )

    async def _write(self, file: Path, minutes: float, picture: QImage) -> BundleReport:
        # To compress a large picture takes longer than the loop may stand still.
        compressed = await asyncio.to_thread(_png, picture)
        return await self._audit.write_bundle(file, minutes=minutes, screenshot=compressed)

    def _bundled(self, report: BundleReport) -> None:
        self._show_bundling(on=False)
        told = translated("{0} in {1}, {2} KB").format(
            count(report.events, "{0} event", "{0} events"),
            count(len(report.files), "{0} file", "{0} files"),
            f"{report.bytes / 1024:,.0f}",
        )
        self._desk.notices.inform(translated("The incident bundle is written"), report.path, told, *report.missing)

    def _not_bundled(self, _: AresError) -> bool:
        self._show_bundling(on=False)
        return False

    def _show_packing(self, progress: BundleProgress) -> None:
        self.packing.setRange(0, max(1, progress.total))
        self.packing.setValue(progress.done)
        self.packing.setToolTip(progress.doing)

    def _show_bundling(self, *, on: bool) -> None:
        self.packing.setVisible(on)
        self.stop_bundle.setVisible(on)
        self.bundle.setEnabled(not on)

    def _audit_cancel_bundle(self) -> None:
        self._audit.cancel_bundle()


def _bar(name: str) -> QProgressBar:
    bar = QProgressBar()
    bar.setFixedWidth(_BAR_WIDTH)
    bar.setTextVisible(False)
    bar.setAccessibleName(name)
    return bar


def _png(picture: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(picture)
    return bytes(buffer.data().data())
