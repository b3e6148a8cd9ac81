"""The proof of a rehearsal tells what is lost, doubled or orphaned."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from ares_desktop.domain.events import JournalEvent, OrderSubmitted, Payload
from ares_desktop.domain.ids import AccountId, ClientOrderId, CorrelationId, EventId, InstrumentId, StrategyId
from ares_desktop.domain.orders import OrderIntent, Side
from ares_desktop.engine.adapters.brokers.paper.store import PaperStore
from ares_desktop.engine.adapters.rehearsals import proof

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ACCOUNT = AccountId("PAPER")


def event(sequence: int, payload: Payload) -> JournalEvent:
    return JournalEvent(
        sequence=sequence,
        id=EventId(f"#{sequence}"),
        at=AT,
        cause=EventId(""),
        correlation=CorrelationId(""),
        payload=payload,
    )


def submitted() -> OrderSubmitted:
    intent = OrderIntent(
        client_order_id=ClientOrderId("a-000001"),
        strategy=StrategyId("a"),
        account=ACCOUNT,
        instrument=InstrumentId("ACME.SIM"),
        side=Side.BUY,
        quantity=Decimal(1),
        created_at=AT,
    )
    return OrderSubmitted(intent=intent, at=AT)


def test_an_order_that_was_submitted_twice_is_told() -> None:
    events = [event(1, submitted()), event(2, submitted())]
    assert proof.doubled(events) == ["order a-000001 was submitted 2 times"]
    assert proof.doubled(events[:1]) == []


def test_an_order_in_doubt_and_missing_money_are_told(tmp_path: Path) -> None:
    PaperStore(tmp_path).close()
    found = proof.differences(proof.folded([event(1, submitted())]), ACCOUNT, tmp_path)
    assert found == [
        "cash USD: 0 here, 1000000 at the broker",
        "order a-000001 is SUBMITTED and not the broker's",
    ]
