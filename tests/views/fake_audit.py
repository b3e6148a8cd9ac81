"""An audit without a journal: rows in a list, and every command noted and done at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from ares_desktop.domain.audit import (
    AuditPage,
    AuditQuery,
    AuditRow,
    BundleProgress,
    BundleReport,
    CausalChain,
    CommandKind,
    Issuer,
    JournalProof,
)
from ares_desktop.domain.events import JournalEvent
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from tests.views.records import NOW


class FakeCommands:
    """Notes what came through the door."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, CommandKind]] = []
        self.issuers: list[Issuer] = []

    async def carry_out(
        self, command: str, act: Callable[[], Awaitable[Any]], *, issuer: Issuer, kind: CommandKind, **_: object
    ) -> Any:
        if kind is not CommandKind.READS:
            self.seen.append((command, issuer.via, kind))
            self.issuers.append(issuer)
        return await act()


class FakeAudit(QObject):
    """Rows that a test fills."""

    committed: SignalOf[JournalEvent] = signal_of(JournalEvent)
    proof_changed: SignalOf[JournalProof] = signal_of(JournalProof)
    bundle_progressed: SignalOf[BundleProgress] = signal_of(BundleProgress)

    def __init__(self) -> None:
        super().__init__()
        self.commands = FakeCommands()
        self.rows: list[AuditRow] = []
        self.links = CausalChain(order="", links=())  # type: ignore[arg-type]
        self.asked: list[AuditQuery] = []
        self.proof: JournalProof | None = None
        self.bundles: list[tuple[Path, float, bytes | None]] = []

    def issuer(self, via: str) -> Issuer:
        return Issuer(by="trader", via=via)

    @property
    def last_sequence(self) -> int:
        return self.rows[0].sequence if self.rows else 0

    async def page(self, query: AuditQuery) -> AuditPage:
        self.asked.append(query)
        left = [row for row in self.rows if query.before is None or row.sequence < query.before]
        rows = tuple(left[: query.limit])
        return AuditPage(rows=rows, before=rows[-1].sequence if len(left) > query.limit else None)

    async def chain(self, order: str) -> CausalChain:
        return self.links

    async def verify(self) -> JournalProof:
        total = self.last_sequence
        self.proof = JournalProof(verified=total, total=total, ok=True, finished=True, at=NOW, head="ab" * 32)
        self.proof_changed.emit(self.proof)
        return self.proof

    async def write_bundle(self, file: Path, *, minutes: float = 30.0, screenshot: bytes | None = None) -> BundleReport:
        self.bundles.append((file, minutes, screenshot))
        return BundleReport(path=str(file), bytes=10, files=("journal.jsonl",), events=3)
