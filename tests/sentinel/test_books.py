"""What may be closed, and what is known of the books when the journal is damaged or held."""

import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.events import EventDraft, OrderFilled, PositionAdjusted
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import UNASSIGNED, AccountId, ClientOrderId, InstrumentId, StrategyId, TradeId
from ares_desktop.domain.orders import Side
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.sentinel.books import Books, Holdings, to_close

ACCOUNT, ACME = AccountId("PAPER"), InstrumentId("ACME.SIM")
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SIZES = st.integers(-20, 20).map(Decimal)


def fill(number: int, quantity: int, strategy: str = "alpha") -> Fill:
    return Fill(
        trade_id=TradeId(f"T-{number}"),
        client_order_id=ClientOrderId(f"{strategy}-{number:06d}"),
        strategy=StrategyId(strategy),
        account=ACCOUNT,
        instrument=ACME,
        side=Side.BUY if quantity > 0 else Side.SELL,
        quantity=Decimal(abs(quantity)),
        price=Decimal(100),
        at=NOW,
    )


@given(own=st.lists(SIZES, max_size=4), outside=SIZES, net=SIZES)
def test_closing_shrinks_every_book_and_never_flips_what_is_held_on_one_side(
    own: list[Decimal], outside: Decimal, net: Decimal
) -> None:
    held = {(StrategyId(f"s{number}"), ACME): quantity for number, quantity in enumerate(own) if quantity}
    closing = to_close(Holdings(held, {ACME: outside} if outside else {}), {ACME: net})
    for book, quantity in closing.items():
        assert quantity * held[book] > 0
        assert abs(quantity) <= abs(held[book])
    sides = {quantity > 0 for quantity in (*held.values(), outside) if quantity}
    if len(sides) == 1:
        left = net - sum(closing.values())
        assert left == 0 or (left > 0) == (net > 0)
    if net == sum(held.values()) + outside:
        assert closing == held, "books that agree are closed in full"


async def _journal(path: Path) -> None:
    journal = SqliteJournal(path)
    journal.open()
    adjusted = PositionAdjusted(
        account=ACCOUNT, strategy=UNASSIGNED, instrument=ACME, quantity=Decimal(7), price=Decimal(90), reason="", at=NOW
    )
    await journal.append(EventDraft(payload=adjusted), EventDraft(payload=OrderFilled(fill=fill(1, 10))))
    await journal.close()


async def test_executions_that_the_journal_lacks_count_once_and_what_is_held_outside_stays_apart(
    tmp_path: Path,
) -> None:
    await _journal(tmp_path / "journal.sqlite")
    books = Books.read(tmp_path / "journal.sqlite")
    holdings = books.holdings(ACCOUNT, [fill(1, 10), fill(2, -4), fill(3, 5, "beta")])
    assert books.note == ""
    assert holdings.own == {("alpha", ACME): Decimal(6), ("beta", ACME): Decimal(5)}
    assert holdings.outside == {ACME: Decimal(7)}


async def test_a_journal_that_somebody_writes_to_is_read_all_the_same(tmp_path: Path) -> None:
    await _journal(tmp_path / "journal.sqlite")
    other = sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        assert Books.read(tmp_path / "journal.sqlite").holdings(ACCOUNT, []).own == {("alpha", ACME): Decimal(10)}
    finally:
        other.close()


async def test_a_damaged_journal_counts_up_to_the_damage_and_the_rest_comes_from_the_broker(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    await _journal(path)
    damage = sqlite3.connect(path, isolation_level=None)
    damage.execute("DROP TRIGGER events_are_never_changed")
    damage.execute("UPDATE events SET payload = 'x' WHERE sequence = 2")
    damage.close()
    books = Books.read(path)
    assert "up to event 1" in books.note
    assert books.holdings(ACCOUNT, [fill(1, 10)]).own == {("alpha", ACME): Decimal(10)}


def test_without_a_journal_the_executions_of_the_broker_tell_the_books(tmp_path: Path) -> None:
    books = Books.read(tmp_path / "journal.sqlite")
    assert books.note
    assert books.holdings(ACCOUNT, [fill(1, 10), fill(2, -3)]).own == {("alpha", ACME): Decimal(7)}
