"""A scope that names nothing is refused; what is still held counts as known."""

import pytest

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.events import OrderFilled
from ares_desktop.domain.ids import MANUAL, AccountId, InstrumentId, StrategyId
from ares_desktop.domain.risk import ALL_SCOPE
from ares_desktop.engine.managers.scopes import Scopes
from tests.engine.trading.books_builders import PAPER, a_fill
from tests.engine.trading.desk import Desk


@pytest.fixture
def scopes(desk: Desk) -> Scopes:
    return Scopes(desk.fold, (PAPER, AccountId("SECOND")), desk.hub.instruments)


@pytest.mark.parametrize(
    "scope", [ALL_SCOPE, "account:PAPER", "account:SECOND", "instrument:AAPL.SMART", "strategy:manual"]
)
def test_what_is_there_passes(scopes: Scopes, scope: str) -> None:
    scopes.check(scope)


@pytest.mark.parametrize(
    "scope", ["", "all:", "ALL", "account", "account:", "strategy:unassigned", "instrument:aapl.smart", "book:manual"]
)
def test_what_names_nothing_is_refused(scopes: Scopes, scope: str) -> None:
    with pytest.raises(UsageError, match="scope"):
        scopes.check(scope)


async def test_the_book_of_a_removed_strategy_and_what_it_holds_stay_known(desk: Desk, scopes: Scopes) -> None:
    gone = InstrumentId("GONE.SIM")
    with pytest.raises(UsageError):
        scopes.book("gone")
    await desk.recorder.record(OrderFilled(fill=a_fill(strategy=StrategyId("gone"), instrument=gone)))
    assert scopes.book("gone") == "gone"
    scopes.check("strategy:gone")
    scopes.check(f"instrument:{gone}")
    assert scopes.book(MANUAL) == MANUAL
