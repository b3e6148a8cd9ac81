"""What happened, by whom and why: queries over the journal, chains of causes, proofs, and incident bundles."""

import asyncio
import getpass
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import structlog
from PySide6.QtCore import QObject

from ares_desktop.domain.audit import (
    AuditPage,
    AuditQuery,
    BundleProgress,
    BundleReport,
    CausalChain,
    Issuer,
    JournalProof,
)
from ares_desktop.domain.errors import AresError, StorageError
from ares_desktop.domain.events import JournalEvent
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.engine.managers.command_record import CommandRecord
from ares_desktop.engine.managers.incident import IncidentBundle
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.journal_search import Canceled, JournalSearch
from ares_desktop.engine.trading.causal_chain import causal_chain
from ares_desktop.engine.trading.fold import Applied
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.redaction import Redactor

T = TypeVar("T")
_CANCELED: Final = "it was canceled"

_log = structlog.get_logger(__name__)


class AuditManager(QObject):
    """Asks the journal off the loop, and records every command.

    Signals:
        committed: an event was committed; for a live tail.
        proof_changed: the journal's chain was followed further.
        bundle_progressed: an incident bundle is being made.

    Attributes:
        commands: the door that every command comes through.
        redactor: takes secrets out of what is kept and shown.
        bundle: what an incident bundle is made of.
        proof: how far the chain was followed last, None before it was.
    """

    committed: SignalOf[JournalEvent] = signal_of(JournalEvent)
    proof_changed: SignalOf[JournalProof] = signal_of(JournalProof)
    bundle_progressed: SignalOf[BundleProgress] = signal_of(BundleProgress)

    def __init__(
        self, recorder: Recorder, journal: JournalSearch, *, wall: Clock, redactor: Redactor, bundle: IncidentBundle
    ) -> None:
        super().__init__()
        self._journal = journal
        self._recorder = recorder
        self._user = _user()
        self.redactor = redactor
        self.bundle = bundle
        self.commands = CommandRecord(recorder, wall, redactor)
        self.proof: JournalProof | None = None
        self._verifying = threading.Event()
        self._bundling = threading.Event()
        recorder.subscribe(self._recorded)

    def issuer(self, via: str) -> Issuer:
        """Return who sits at this machine, for a command from a part of the application."""
        return Issuer(by=self._user, via=via, pid=os.getpid(), uid=os.getuid())

    @property
    def last_sequence(self) -> int:
        """Number of the newest event."""
        return self._recorder.fold.last_sequence

    async def page(self, query: AuditQuery) -> AuditPage:
        """Return one page of what matches; canceling the task ends the search.

        Raises:
            StorageError: when the journal can't be read.
        """
        return await _in_thread(lambda canceled: self._journal.page(query, canceled))

    async def chain(self, order: ClientOrderId) -> CausalChain:
        """Return what led to an order and what came of it.

        Raises:
            StorageError: when the journal can't be read.
        """

        def drawn(canceled: Canceled) -> CausalChain:
            return causal_chain(order, self._journal.related(order, canceled))

        return await _in_thread(drawn)

    async def verify(self) -> JournalProof:
        """Follow the journal's hash chain from its begin; progress comes as a signal, canceling the task ends it.

        Raises:
            StorageError: when the journal can't be read.
        """
        loop = asyncio.get_running_loop()

        def report(proof: JournalProof) -> None:
            loop.call_soon_threadsafe(self._proven, proof)

        self._verifying = threading.Event()
        proof = await _in_thread(lambda canceled: self._journal.verify(report, canceled), self._verifying)
        self._proven(proof)
        return proof

    def cancel_verify(self) -> None:
        """End a verification at its next look; what was followed so far stays."""
        self._verifying.set()

    def cancel_bundle(self) -> None:
        """Give up the incident bundle that is being made; it leaves no file."""
        self._bundling.set()

    async def write_bundle(self, file: Path, *, minutes: float = 30.0, screenshot: bytes | None = None) -> BundleReport:
        """Write what is needed to understand an incident into one zip file; canceling the task leaves no file.

        Args:
            file: the zip file.
            minutes: how much of the journal goes in.
            screenshot: the window as a PNG, where there is one.

        Raises:
            StorageError: when the file can't be written.
        """
        loop = asyncio.get_running_loop()

        def report(progress: BundleProgress) -> None:
            loop.call_soon_threadsafe(self.bundle_progressed.emit, progress)

        parts = self.bundle.gather(screenshot)
        self._bundling = threading.Event()
        return await _in_thread(
            lambda canceled: self.bundle.write(
                file, parts, minutes=minutes, journal=self._journal, report=report, canceled=canceled
            ),
            self._bundling,
        )

    async def close(self) -> None:
        """Finish what is being recorded."""
        await self.commands.close()

    def _proven(self, proof: JournalProof) -> None:
        self.proof = proof
        self.proof_changed.emit(proof)

    def _recorded(self, event: JournalEvent, applied: Applied) -> None:
        del applied
        self.committed.emit(event)


async def _in_thread(work: Callable[[Canceled], T], given_up: threading.Event | None = None) -> T:
    """Do blocking work on a thread; when the task is canceled the thread is told and ends at its next look.

    Raises:
        StorageError: the work was given up by its thread.
    """
    given_up = given_up or threading.Event()
    try:
        return await asyncio.to_thread(work, given_up.is_set)
    except (AresError, asyncio.CancelledError):
        raise
    except OSError as error:
        raise StorageError(str(error)) from error
    finally:
        given_up.set()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
