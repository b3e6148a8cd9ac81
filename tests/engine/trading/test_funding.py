"""Capital moves from the unassigned book as one transfer with two sides, and never twice."""

import asyncio
from decimal import Decimal

import pytest
from msgspec.structs import replace

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.events import CashFlowRecorded
from ares_desktop.domain.ids import UNASSIGNED, AccountId, StrategyId
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.runtime.clocks import WallClock
from ares_desktop.engine.trading.funding import Funding
from tests.engine.trading.books_builders import AAPL, PAPER, TREND, a_flow
from tests.engine.trading.desk import Desk

MILLION = Decimal(1_000_000)


def an_instance(name: str = TREND, capital: str | None = None, weight: str = "0.1") -> StrategyInstance:
    return StrategyInstance(
        name=StrategyId(name),
        file="trend.py",
        account=PAPER,
        instruments=(AAPL,),
        weight=Decimal(weight),
        capital=None if capital is None else Decimal(capital),
    )


@pytest.fixture
def funding(desk: Desk) -> Funding:
    return Funding(desk.recorder, WallClock())


def cash(desk: Desk, book: str) -> Decimal:
    return desk.fold.ledger.cash(PAPER, StrategyId(book))


async def test_a_weight_is_a_share_of_all_that_was_paid_in(desk: Desk, funding: Funding) -> None:
    await funding.ensure(an_instance("one", weight="0.25"))
    await funding.ensure(an_instance("two", weight="0.25"))
    assert [cash(desk, book) for book in ("one", "two", UNASSIGNED)] == [Decimal(250_000)] * 2 + [Decimal(500_000)]
    assert desk.fold.ledger.account_cash(PAPER) == MILLION


async def test_both_sides_of_a_transfer_carry_its_name(desk: Desk, funding: Funding) -> None:
    await funding.ensure(an_instance(capital="5000"))
    sides = [e.payload for e in desk.journal.read() if isinstance(e.payload, CashFlowRecorded)][-2:]
    assert sides[0].transfer == sides[1].transfer != ""
    assert sum(side.amount for side in sides) == 0


async def test_a_fixed_capital_is_given_once(desk: Desk, funding: Funding) -> None:
    for _ in range(3):
        await funding.ensure(an_instance(capital="5000"))
    assert cash(desk, TREND) == 5000


async def test_the_same_money_is_not_given_to_two_that_start_together(desk: Desk, funding: Funding) -> None:
    results = await asyncio.gather(
        *(funding.ensure(an_instance(name, capital="600000")) for name in ("one", "two")), return_exceptions=True
    )
    assert [type(result) for result in results] == [type(None), UsageError]
    assert cash(desk, UNASSIGNED) == 400_000


@pytest.mark.parametrize("result", ["-400", "300"])
async def test_what_is_given_back_is_what_there_is_and_a_fresh_start_gets_all_of_its_capital(
    desk: Desk, funding: Funding, result: str
) -> None:
    instance = an_instance(capital="5000")
    await funding.ensure(instance)
    await desk.recorder.record(replace(a_flow(result), kind="fee"))
    await funding.give_back(instance)
    assert cash(desk, TREND) == 0
    assert cash(desk, UNASSIGNED) == MILLION + Decimal(result)
    await funding.ensure(instance)
    assert cash(desk, TREND) == 5000


async def test_an_empty_book_has_nothing_to_give_back(desk: Desk, funding: Funding) -> None:
    before = desk.fold.last_sequence
    await funding.give_back(an_instance())
    assert desk.fold.last_sequence == before


async def changed(desk: Desk, funding: Funding, present: StrategyInstance, wanted: StrategyInstance) -> Decimal:
    """Carry a change of money out and return what it moved."""
    due = funding.due(present, wanted)
    async with funding.change(present, wanted) as flows:
        if flows:
            await desk.recorder.record(*flows)
    assert sum((flow.amount for flow in flows), Decimal(0)) == 0
    assert sum((flow.amount for flow in flows if flow.strategy == TREND), Decimal(0)) == due
    return due


async def test_a_change_of_capital_moves_the_difference_both_ways(desk: Desk, funding: Funding) -> None:
    present = an_instance(capital="5000")
    assert await changed(desk, funding, present, an_instance(capital="7000")) == 0  # not funded yet
    await funding.ensure(present)
    assert await changed(desk, funding, present, an_instance(capital="7000.50")) == Decimal("2000.50")
    assert await changed(desk, funding, an_instance(capital="7000.50"), an_instance(capital="100")) == Decimal(
        "-6900.50"
    )
    assert await changed(desk, funding, an_instance(capital="100"), an_instance(weight="0.2")) == 199_900
    assert await changed(desk, funding, an_instance(weight="0.2"), an_instance(weight="0.1")) == -100_000
    assert cash(desk, TREND) + cash(desk, UNASSIGNED) == MILLION


async def test_a_weight_that_capital_overrules_moves_nothing(desk: Desk, funding: Funding) -> None:
    present = an_instance(capital="5000", weight="0.1")
    await funding.ensure(present)
    assert await changed(desk, funding, present, an_instance(capital="5000", weight="0.9")) == 0


async def test_more_than_is_free_is_refused(desk: Desk, funding: Funding) -> None:
    present = an_instance(capital="5000")
    await funding.ensure(present)
    with pytest.raises(UsageError, match="no strategy has"):
        await changed(desk, funding, present, an_instance(capital="1000001"))
    assert cash(desk, TREND) == 5000


async def test_a_book_that_changes_its_account_gives_all_its_cash_back(desk: Desk, funding: Funding) -> None:
    present = an_instance(capital="5000")
    await funding.ensure(present)
    assert await changed(desk, funding, present, replace(present, account=AccountId("OTHER"))) == -5000
    assert cash(desk, UNASSIGNED) == MILLION
