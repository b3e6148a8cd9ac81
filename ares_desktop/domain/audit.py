"""What can be asked of the journal, and what it answers: rows, chains of causes, proofs, bundles."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from ares_desktop.domain.ids import ClientOrderId


class CommandKind(StrEnum):
    """What a command does to the house, which decides how it is recorded."""

    READS = "reads"
    """Changes nothing and is not recorded."""
    CHANGES = "changes"
    """Is recorded before it acts, and not carried out when that fails."""
    REDUCES = "reduces"
    """Can only reduce risk: it acts at once, recorded or not."""


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """Who commands.

    Attributes:
        by: the user of the machine.
        via: ``window``, ``command line``, ``hot key``, ``tray``, ``sentinel`` or the part of the engine that acts.
        pid: the process that asks, 0 when it is the application itself.
        uid: the number of the machine's user, -1 when it is not known.
    """

    by: str
    via: str
    pid: int = 0
    uid: int = -1


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which events to return; empty fields let everything pass.

    Attributes:
        kinds: names of event types.
        since: not older than this, by the wall clock of the append.
        until: older than this.
        who: user, source or door, such as ``window``.
        scope: a strategy, account or instrument, bare or as ``strategy:NAME``.
        order: a client order id; its bracket's exits match as well.
        text: appears anywhere in the event, upper and lower case alike.
        before: only events with a smaller sequence, to go on where a page ended.
        limit: rows of one page.
    """

    kinds: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    who: str = ""
    scope: str = ""
    order: ClientOrderId = ClientOrderId("")
    text: str = ""
    before: int | None = None
    limit: int = 500


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the journal as people read it.

    Attributes:
        who: the user, source or door it came from; empty when the market or a broker told it.
        subject: strategy, scope or account it concerns.
        summary: its content in one line.
        payload: all of its fields as JSON.
    """

    sequence: int
    id: str
    at: datetime
    kind: str
    who: str
    subject: str
    instrument: str
    order: str
    summary: str
    cause: str
    correlation: str
    payload: str


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of rows, newest first.

    Attributes:
        before: where the next page begins, None at the journal's begin.
        canceled: the search was ended before the page was full.
    """

    rows: tuple[AuditRow, ...]
    before: int | None
    canceled: bool = False


class ChainStage(StrEnum):
    """Where an event stands between a command and what came of it."""

    COMMAND = "command"
    INTENT = "intent"
    GATE = "gate"
    SUBMITTED = "submitted"
    BROKER = "broker"
    FILL = "fill"
    BOOK = "book"
    SAFETY = "safety"
    HOUSE = "house"


class ChainLink(msgspec.Struct, frozen=True, kw_only=True):
    """One link of a causal chain.

    Attributes:
        key: unique in the chain.
        parent: key of what led to it, empty for what began the chain.
        depth: steps from the begin.
        title: what happened.
        detail: with what.
        sequence: of the event that tells it; several links may be told by one.
    """

    key: str
    parent: str
    depth: int
    stage: ChainStage
    title: str
    detail: str
    at: datetime
    sequence: int


class CausalChain(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that led to an order and came of it, causes before effects, each branch together."""

    order: ClientOrderId
    links: tuple[ChainLink, ...]


class JournalProof(msgspec.Struct, frozen=True, kw_only=True):
    """How far the journal's hash chain was followed.

    Attributes:
        verified: the last event that follows from all before it, counted from the first.
        total: events there were when the check began.
        ok: nothing wrong was found so far.
        finished: it was followed to its end.
    """

    verified: int
    total: int
    ok: bool
    finished: bool
    at: datetime
    head: str = ""
    problem: str = ""


class BundleReport(msgspec.Struct, frozen=True, kw_only=True):
    """An incident bundle: where it is and what is in it.

    Attributes:
        missing: what could not be put in, and why.
    """

    path: str
    bytes: int
    files: tuple[str, ...]
    events: int
    missing: tuple[str, ...] = ()


class BundleProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an incident bundle is."""

    done: int
    total: int
    doing: str


NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
