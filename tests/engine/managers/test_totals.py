"""Totals add up what is known, and limits hold where they are enforced."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from ares_desktop.domain.accounts import AccountSnapshot
from ares_desktop.domain.errors import RefusedError, UsageError
from ares_desktop.domain.events import LimitsChanged
from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.orders import Side
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.tickets import OrderTicket
from ares_desktop.engine.managers.totals import GlobalPortfolioManager, add_up
from tests.engine.house import House

SOURCE = "test"


@pytest.fixture
def totals(house: House) -> GlobalPortfolioManager:
    return house.managers.totals


async def the_account(house: House) -> AccountSnapshot:
    await house.until(house.managers.portfolio.account)
    account = house.managers.portfolio.account()
    assert account is not None
    return account


async def test_the_total_of_one_account_is_that_account(house: House, totals: GlobalPortfolioManager) -> None:
    account = await the_account(house)
    total = totals.totals()
    assert total is not None
    assert (total.equity, total.day_pnl, total.gross) == (account.equity, account.day_pnl, account.gross)
    assert total.equity == Decimal(1_000_000)


async def test_what_one_account_does_not_know_is_unknown_for_all(house: House) -> None:
    one = await the_account(house)
    other = replace(one, account=AccountId("OTHER"), equity=None, stale=True)
    total = add_up((one, other), one)
    assert total.equity is None
    assert total.stale
    assert total.day_pnl == Decimal(0)
    assert total.drawdown is None


async def test_money_of_two_currencies_is_not_added(house: House) -> None:
    one = await the_account(house)
    total = add_up((one, replace(one, account=AccountId("OTHER"), currency="EUR")), one)
    assert (total.equity, total.gross, total.net) == (None, None, None)


async def test_a_strategy_s_own_limits_come_before_those_of_everything(
    house: House, totals: GlobalPortfolioManager
) -> None:
    shown: list[LimitsChanged] = []
    totals.limits_changed.connect(shown.append)
    name = await house.add("idle", "bounded")
    await totals.set_limits(RiskLimits(max_quantity=Decimal(100)), source=SOURCE)
    await totals.set_limits(RiskLimits(max_quantity=Decimal(5)), source=SOURCE, scope=f"strategy:{name}")
    totals.limits_changed.disconnect(shown.append)
    assert totals.limits().max_quantity == 100
    assert totals.limits(f"strategy:{name}").max_quantity == 5
    assert [item.scope for item in shown] == ["all", f"strategy:{name}"]
    with pytest.raises(RefusedError, match="at most 5"):
        await house.managers.trades.submit(
            OrderTicket(side=Side.BUY, quantity=Decimal(6), instrument="ACME", strategy=name)
        )


@pytest.mark.parametrize("scope", ["account:PAPER", "instrument:ACME.SIM", "strategy:nobody", "nonsense"])
async def test_limits_that_nothing_would_enforce_are_refused(totals: GlobalPortfolioManager, scope: str) -> None:
    with pytest.raises(UsageError, match="scope"):
        await totals.set_limits(RiskLimits(), source=SOURCE, scope=scope)
