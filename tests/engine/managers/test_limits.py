"""Limits of several scopes hold together, are set in one piece or not at all, and are told to whom they concern."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio

from ares_desktop.domain.errors import RefusedError, StorageError, UsageError
from ares_desktop.domain.ids import MANUAL, UNASSIGNED
from ares_desktop.domain.limits import offered
from ares_desktop.domain.orders import Side
from ares_desktop.domain.risk import ALL_SCOPE, DenyReason, LimitUse
from ares_desktop.domain.tickets import OrderTicket
from tests.engine.house import ACME, House

SOURCE = "test"
TREND = "strategy:keeper"


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def keeper(house: House) -> None:
    """One strategy that buys ten at the next bar."""
    await house.add("holder", name="keeper")


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def without_limits(house: House, keeper: None) -> AsyncIterator[None]:
    """Leave no limit behind."""
    del keeper
    yield
    limits = house.managers.limits
    none = {scope: dict.fromkeys(info.name for info in offered(scope)) for scope in (ALL_SCOPE, TREND)}
    await limits.change(none, source=SOURCE, note="the test is over")


def use(house: House, scope: str, name: str) -> LimitUse:
    return next(one for one in house.managers.limits.uses(scope) if one.name == name)


async def test_the_tightest_of_all_scopes_holds_and_a_global_change_reaches_every_strategy(house: House) -> None:
    limits = house.managers.limits
    await limits.change({TREND: {"max_open_orders": "20", "max_leverage": "3"}}, source=SOURCE)
    assert (limits.limits(TREND).max_open_orders, limits.limits(TREND).max_leverage) == (20, Decimal(3))
    await limits.change({ALL_SCOPE: {"max_open_orders": "5", "max_leverage": "2"}}, source=SOURCE)
    assert (limits.limits(TREND).max_open_orders, limits.limits(TREND).max_leverage) == (5, Decimal(2))
    view = limits.seen_by("keeper")
    assert (view.max_open_orders, view.max_leverage) == (5, Decimal(2))
    assert "max_leverage" in {one.name for one in view.uses}


async def test_every_scope_that_is_offered_can_be_asked_also_where_money_is_unassigned(house: House) -> None:
    limits = house.managers.limits
    assert UNASSIGNED in {book for _, book in house.engine._services.recorder.fold.ledger.all_books()}  # type: ignore[union-attr]
    assert TREND in limits.scopes()
    for scope in limits.scopes():
        assert limits.uses(scope)


async def test_every_finding_is_told_at_once_and_nothing_is_changed(house: House) -> None:
    limits = house.managers.limits
    wrong = {
        ALL_SCOPE: {"max_exposure": "-1", "max_open_orders": "2.5", "nonsense": "1", "max_quantity": "7"},
        "strategy:nobody": {"max_quantity": "1"},
        f"instrument:{ACME}": {"max_leverage": "2"},
    }
    with pytest.raises(UsageError) as caught:
        await limits.change(wrong, source=SOURCE)
    assert len(caught.value.findings) == 5
    assert limits.own().max_quantity is None


async def test_loosening_asks_for_a_note_and_the_history_tells_who_and_why(house: House) -> None:
    limits = house.managers.limits
    await limits.change({ALL_SCOPE: {"max_exposure": "1000"}, TREND: {"max_position": "5"}}, source=SOURCE)
    with pytest.raises(UsageError, match="looser"):
        await limits.change({ALL_SCOPE: {"max_exposure": "2000"}}, source=SOURCE)
    with pytest.raises(UsageError, match="looser"):
        await limits.change({ALL_SCOPE: {"max_exposure": "none"}}, source=SOURCE)
    assert limits.own().max_exposure == 1000
    await limits.change({ALL_SCOPE: {"max_exposure": "none"}}, source="anna", note="more capital")
    newest, *others = (await limits.history())[:3]
    assert (newest.scope, newest.source, newest.note, newest.limits.max_exposure) == (
        *(ALL_SCOPE, "anna", "more capital"),
        None,
    )
    assert {one.scope for one in others} == {ALL_SCOPE, TREND}


async def test_what_the_journal_can_t_keep_changes_nothing(house: House) -> None:
    limits = house.managers.limits
    with house.locked_journal(), pytest.raises(StorageError):
        await limits.change({ALL_SCOPE: {"max_quantity": "1"}, TREND: {"max_quantity": "1"}}, source=SOURCE)
    assert limits.own().max_quantity is None
    assert limits.own(TREND).max_quantity is None


async def test_a_tighter_limit_is_shown_as_breached_and_lets_exits_through(house: House) -> None:
    managers = house.managers
    await house.play(3)
    await house.until(lambda: use(house, TREND, "max_position").used == 10)
    breached = await managers.limits.change({TREND: {"max_position": "4"}}, source=SOURCE)
    assert [(one.name, one.fraction, one.where) for one in breached] == [("max_position", 2.5, ACME)]
    ticket = OrderTicket(side=Side.BUY, instrument=ACME, quantity=Decimal(1), strategy="keeper")
    with pytest.raises(RefusedError, match="at most 4"):
        await managers.trades.submit(ticket)
    assert managers.limits.denials(DenyReason.MAX_POSITION)
    assert managers.limits.denial_counts()[DenyReason.MAX_POSITION] == 1
    await managers.trades.flatten(source=SOURCE, scope=TREND)


async def test_the_trader_s_own_book_uses_no_leverage_of_strategies(house: House) -> None:
    ticket = OrderTicket(side=Side.BUY, quantity=Decimal(20), instrument=ACME)
    await house.managers.trades.submit(ticket)
    await house.play(1)
    await house.until(lambda: any(position.strategy == MANUAL for position in house.managers.portfolio.positions()))
    assert use(house, ALL_SCOPE, "max_leverage").where != MANUAL
