"""What led to an order and what came of it, drawn from its events."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from ares_desktop.domain import events as e
from ares_desktop.domain.audit import CausalChain, ChainLink, ChainStage
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.orders import Side
from ares_desktop.engine.trading.decision_steps import APPROVED, fill_text, intent_text, order_of
from ares_desktop.engine.trading.provenance import submission_id

_STAGES: Final[dict[type, ChainStage]] = {
    **dict.fromkeys((e.CommandIssued, e.CommandFinished), ChainStage.COMMAND),
    **dict.fromkeys(
        (e.KillSwitchEngaged, e.KillSwitchStepped, e.KillSwitchReleased, e.TradingStateSet, e.LimitsChanged),
        ChainStage.SAFETY,
    ),
    **dict.fromkeys((e.LockPlaced, e.LockLifted, e.LadderStepped, e.ExecutionsConfirmed), ChainStage.SAFETY),
    **dict.fromkeys(
        (e.CarryBooked, e.CashFlowRecorded, e.PositionAdjusted, e.PositionMoved, e.PositionSplit, e.CommissionReported),
        ChainStage.BOOK,
    ),
}
_WORDS: Final[dict[type, str]] = {
    e.OrderAccepted: "Accepted",
    e.OrderRejected: "Rejected by the broker",
    e.OrderTriggered: "Triggered",
    e.CommissionReported: "Commission",
    e.CancelRequested: "Cancel asked for",
    e.CancelRejected: "Cancel rejected",
    e.OrderCanceled: "Canceled",
    e.OrderExpired: "Expired",
    e.UpdateRequested: "Change asked for",
    e.OrderUpdated: "Changed",
    e.UpdateRejected: "Change rejected",
    e.OrderOutcomeUnknown: "Outcome unknown",
    e.KillSwitchEngaged: "Kill switch engaged",
    e.KillSwitchStepped: "Kill switch went on",
    e.TradingStateSet: "Trading state set",
    e.LadderStepped: "Loss ladder stepped",
}
_TELLING: Final = ("reason", "detail", "scope", "holder", "rung", "kind", "source", "outcome", "venue_order_id")


class _Part(NamedTuple):
    stage: ChainStage
    title: str
    detail: str


def causal_chain(order: ClientOrderId, events: Iterable[e.JournalEvent]) -> CausalChain:
    """Return the links of an order's chain, each branch together, causes before effects.

    Args:
        order: whose chain it is.
        events: everything related, oldest first.
    """
    known: dict[str, ChainLink] = {}
    begins: dict[str, list[ChainLink]] = defaultdict(list)
    last_of: dict[str, str] = {}
    for event in sorted(events, key=lambda item: (_recorded_late(item), item.sequence)):
        parent = last_of.get(event.cause, "") or _submission(event, last_of)
        for number, part in enumerate(_parts(event.payload)):
            key = f"{event.sequence}.{number}"
            depth = known[parent].depth + 1 if parent else 0
            link = ChainLink(
                key=key,
                parent=parent,
                depth=depth,
                stage=part.stage,
                title=part.title,
                detail=part.detail,
                at=event.at,
                sequence=event.sequence,
            )
            known[key] = link
            begins[parent].append(link)
            parent = key
        last_of[event.id] = parent
    return CausalChain(order=order, links=tuple(_walk("", begins)))


def _recorded_late(event: e.JournalEvent) -> int:
    """A command that reduces risk is recorded after what it did, and is its cause nevertheless."""
    return 0 if isinstance(event.payload, e.CommandIssued) else 1


def _submission(event: e.JournalEvent, last_of: dict[str, str]) -> str:
    """Return the link of an order's submission, for events of a program that named no causes."""
    order = order_of(event.payload)
    return "" if order is None else last_of.get(submission_id(order), "")


def _walk(parent: str, begins: dict[str, list[ChainLink]]) -> Iterator[ChainLink]:
    waiting = sorted(begins.get(parent, ()), key=lambda item: item.sequence, reverse=True)
    while waiting:
        link = waiting.pop()
        yield link
        waiting += sorted(begins.get(link.key, ()), key=lambda item: item.sequence, reverse=True)


def _parts(payload: e.Payload) -> Sequence[_Part]:
    make = _MAKERS.get(type(payload))
    if make is not None:
        return make(payload)
    kind = type(payload)
    default = ChainStage.BROKER if order_of(payload) is not None else ChainStage.HOUSE
    return (_Part(_STAGES.get(kind, default), _WORDS.get(kind) or _title(kind.__name__), _detail(payload)),)


def _command(payload: e.CommandIssued) -> Sequence[_Part]:
    arguments = ", ".join(f"{name} {value}" for name, value in payload.arguments.items())
    who = f"by {payload.by} from {payload.via}" + (f", process {payload.pid}" if payload.pid else "")
    told = "; ".join(part for part in (who, arguments, payload.outcome and f"failed: {payload.outcome}") if part)
    return (_Part(ChainStage.COMMAND, payload.command, told),)


def _finished(payload: e.CommandFinished) -> Sequence[_Part]:
    title = "Command failed" if payload.outcome else "Command done"
    return (_Part(ChainStage.COMMAND, title, f"{payload.outcome or payload.command}, {payload.took_ms:.1f} ms"),)


def _decided(payload: e.OrderSubmitted | e.OrderDenied, gate: str) -> list[_Part]:
    intent = payload.intent
    inputs = ", ".join(f"{name} {value}" for name, value in intent.inputs.items())
    told = f"{intent.strategy}: {intent_text(intent)}" + (f"; inputs {inputs}" if inputs else "")
    return [_Part(ChainStage.INTENT, f"Intent {intent.client_order_id}", told), _Part(ChainStage.GATE, "Gate", gate)]


def _submitted(payload: e.OrderSubmitted) -> Sequence[_Part]:
    return (*_decided(payload, APPROVED), _Part(ChainStage.SUBMITTED, "Submitted", f"to {payload.intent.account}"))


def _denied(payload: e.OrderDenied) -> Sequence[_Part]:
    return _decided(payload, f"denied, {payload.reason.value}: {payload.detail}")


def _filled(payload: e.OrderFilled) -> Sequence[_Part]:
    fill = payload.fill
    return (_Part(ChainStage.FILL, "Fill", fill_text(fill)), _Part(ChainStage.BOOK, "Booked", _booking(fill)))


def _booking(fill: Fill) -> str:
    """Return what the ledger books of a fill: quantity to the position, and money from or to the cash."""
    bought = fill.side is Side.BUY
    signed = fill.quantity if bought else -fill.quantity
    cash = (-fill.notional if bought else fill.notional) - fill.commission
    return f"{fill.strategy}: {signed:+f} {fill.instrument}, cash {cash:+f} {fill.currency}, trade {fill.trade_id}"


_MAKERS: Final[dict[type, Callable[[Any], Sequence[_Part]]]] = {
    e.CommandIssued: _command,
    e.CommandFinished: _finished,
    e.OrderSubmitted: _submitted,
    e.OrderDenied: _denied,
    e.OrderFilled: _filled,
}


def _detail(payload: e.Payload) -> str:
    fields = msgspec.to_builtins(payload)
    for name in ("state", "lock", "report"):
        if isinstance(fields.get(name), dict):
            fields = fields[name] | fields
    return ", ".join(str(fields[name]) for name in _TELLING if isinstance(fields.get(name), str) and fields[name])


def _title(kind: str) -> str:
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind).strip()
    return words[:1].upper() + words[1:]
