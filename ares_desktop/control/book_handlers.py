"""The commands about the books: proof, moves, money and differences to the brokers."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from ares_desktop.control.app import SOURCE, App, Handler, done
from ares_desktop.control.documents import Document, time_text
from ares_desktop.control.protocol import Reply
from ares_desktop.domain.book_records import MoveRecord
from ares_desktop.domain.events import CashFlowRecorded
from ares_desktop.domain.ids import UNASSIGNED, AccountId, StrategyId
from ares_desktop.domain.positions import Discrepancy, Proof, ProofLine, Remedy


class _Arguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """No arguments."""


class Move(_Arguments, frozen=True):
    """A holding, or a part of it, from one book to another."""

    instrument: str
    taker: str
    giver: str = UNASSIGNED
    quantity: Decimal | None = None
    price: Decimal | None = None
    account: str | None = None


class Undo(_Arguments, frozen=True):
    """A move by its id."""

    move: str


class Transfer(_Arguments, frozen=True):
    """Cash from one book to another."""

    amount: Decimal
    giver: str
    taker: str
    currency: str | None = None
    note: str = ""
    account: str | None = None


class Pay(_Arguments, frozen=True):
    """Money into an account, or out of it."""

    amount: Decimal
    strategy: str = UNASSIGNED
    currency: str | None = None
    note: str = ""
    account: str | None = None


class Sweep(_Arguments, frozen=True):
    """Profit of a book."""

    strategy: str
    amount: Decimal | None = None
    withdraw: bool = False
    account: str | None = None


class Differences(_Arguments, frozen=True):
    """Which differences to list."""

    resolved: bool = False


class Resolve(_Arguments, frozen=True):
    """A difference, and what to do about it."""

    discrepancy: str
    remedy: Remedy


async def _proof(app: App, _: _Arguments) -> Reply:
    app.managers.portfolio.collect()
    return done(proof_document(app.managers.portfolio.proof()))


async def _moves(app: App, _: _Arguments) -> Reply:
    return done([move_document(record) for record in app.managers.portfolio.moves()])


async def _flows(app: App, _: _Arguments) -> Reply:
    return done([flow_document(record.flow) for record in app.managers.portfolio.flows()])


async def _move(app: App, wanted: Move) -> Reply:
    portfolio = app.managers.portfolio
    moved = await portfolio.move(
        app.managers.data.resolve(wanted.instrument),
        wanted.quantity,
        giver=StrategyId(wanted.giver),
        taker=StrategyId(wanted.taker),
        price=wanted.price,
        account=_account(wanted.account),
        source=SOURCE,
    )
    return _told(app, moved.move)


async def _undo(app: App, wanted: Undo) -> Reply:
    undone = await app.managers.portfolio.undo_move(wanted.move, source=SOURCE)
    return _told(app, undone.move)


async def _transfer(app: App, wanted: Transfer) -> Reply:
    await app.managers.portfolio.transfer(
        wanted.amount,
        giver=StrategyId(wanted.giver),
        taker=StrategyId(wanted.taker),
        currency=wanted.currency,
        account=_account(wanted.account),
        note=wanted.note,
        source=SOURCE,
    )
    return _newest_flows(app, 2)


async def _deposit(app: App, wanted: Pay) -> Reply:
    flow = await app.managers.portfolio.deposit(wanted.amount, **_payment(wanted))
    return done([flow_document(flow)])


async def _withdraw(app: App, wanted: Pay) -> Reply:
    flow = await app.managers.portfolio.withdraw(wanted.amount, **_payment(wanted))
    return done([flow_document(flow)])


async def _sweep(app: App, wanted: Sweep) -> Reply:
    await app.managers.portfolio.sweep(
        StrategyId(wanted.strategy),
        wanted.amount,
        withdraw=wanted.withdraw,
        account=_account(wanted.account),
        source=SOURCE,
    )
    return _newest_flows(app, 3 if wanted.withdraw else 2)


async def _discrepancies(app: App, which: Differences) -> Reply:
    portfolio = app.managers.portfolio
    gone = portfolio.resolved_discrepancies() if which.resolved else ()
    return done([difference_document(item) for item in (*gone, *portfolio.discrepancies())])


async def _resolve(app: App, wanted: Resolve) -> Reply:
    portfolio = app.managers.portfolio
    await portfolio.resolve(wanted.discrepancy, wanted.remedy, source=SOURCE)
    both = (*portfolio.resolved_discrepancies(), *portfolio.discrepancies())
    return done([difference_document(item) for item in both if item.id == wanted.discrepancy])


def _account(name: str | None) -> AccountId | None:
    return None if name is None else AccountId(name)


def _payment(wanted: Pay) -> dict[str, Any]:
    return {
        "strategy": StrategyId(wanted.strategy),
        "currency": wanted.currency,
        "account": _account(wanted.account),
        "note": wanted.note,
        "source": SOURCE,
    }


def _told(app: App, move: str) -> Reply:
    return done([move_document(record) for record in app.managers.portfolio.moves() if record.move.move == move])


def _newest_flows(app: App, count: int) -> Reply:
    return done([flow_document(record.flow) for record in app.managers.portfolio.flows()[-count:]])


def proof_document(proof: Proof) -> Document:
    """Return the outcome of ``books proof``."""
    return {
        "balanced": proof.balanced,
        "held_at": time_text(proof.held_at),
        "held_sequence": proof.held_sequence,
        "broken_by": proof.broken_by or None,
        "broken_at": time_text(proof.broken_at),
        "fault": proof.fault,
        "sequence": proof.sequence,
        "lines": [_line(line) for line in proof.lines],
    }


def _line(line: ProofLine) -> Document:
    states = {None: "not reported", True: "ok", False: "failed"}
    return {
        "account": line.account,
        "item": line.item,
        "books": line.books,
        "unassigned": line.unassigned,
        "broker": line.broker,
        "difference": line.difference,
        "balanced": line.balanced,
        "state": states[line.balanced],
    }


def move_document(record: MoveRecord) -> Document:
    """Return a row of ``books moves``."""
    move = record.move
    return {
        "move": move.move,
        "at": time_text(move.at),
        "kind": move.kind,
        "account": move.account,
        "instrument": move.instrument,
        "quantity": move.quantity,
        "cost": move.cost,
        "value": move.value,
        "currency": move.currency,
        "from": move.giver,
        "to": move.taker,
        "source": move.source,
        "undoes": move.undoes,
        "undone_by": record.undone_by,
        "undoable": not record.why_not,
        "why_not": record.why_not,
        "sequence": record.sequence,
    }


def flow_document(flow: CashFlowRecorded) -> Document:
    """Return a row of ``books flows``."""
    return {
        "at": time_text(flow.at),
        "kind": flow.kind,
        "account": flow.account,
        "strategy": flow.strategy,
        "amount": flow.amount,
        "currency": flow.currency,
        "transfer": flow.transfer,
        "key": flow.key,
        "source": flow.source,
        "note": flow.note,
    }


def difference_document(item: Discrepancy) -> Document:
    """Return a row of ``discrepancies``."""
    return {
        "id": item.id,
        "account": item.account,
        "kind": item.kind,
        "item": item.item,
        "ours": item.ours,
        "broker": item.broker,
        "detail": item.detail,
        "since": time_text(item.since),
        "at": time_text(item.at),
        "seen": item.seen,
        "remedies": list(item.remedies),
        "resolved": item.resolved,
        "resolution": item.resolution,
        "state": "resolved" if item.resolved else "open",
    }


COMMANDS: Final[Mapping[str, tuple[type[msgspec.Struct], Handler]]] = {
    "books.proof": (_Arguments, _proof),
    "books.moves": (_Arguments, _moves),
    "books.flows": (_Arguments, _flows),
    "books.move": (Move, _move),
    "books.undo": (Undo, _undo),
    "books.transfer": (Transfer, _transfer),
    "books.deposit": (Pay, _deposit),
    "books.withdraw": (Pay, _withdraw),
    "books.sweep": (Sweep, _sweep),
    "discrepancies": (Differences, _discrepancies),
    "resolve": (Resolve, _resolve),
}
"""Every command about the books, with what it takes."""
