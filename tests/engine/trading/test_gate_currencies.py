"""The gate adds money up over currencies, and denies where it can't."""

from decimal import Decimal
from typing import Any

import pytest

from ares_desktop.domain.events import CashFlowRecorded
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId, TradeId
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.domain.market import Bar, from_ns
from ares_desktop.domain.orders import OrderIntent, Side
from ares_desktop.domain.risk import DenyReason, RiskLimits
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.runtime.clocks import MarketClock
from ares_desktop.engine.trading.fold import Fold
from ares_desktop.engine.trading.gate import AccountLink, RiskGate
from tests.engine.trading.desk import EVERYTHING

D = Decimal
ACCOUNT, OWNER, NOW = AccountId("PAPER"), StrategyId("one"), 1_800_000_000_000_000_000
SAP, PAIR = InstrumentId("SAP.SIM"), InstrumentId("EURUSD.SIM")


class Desk:
    """A gate over an account in dollars, with a share in euros and their rate."""

    def __init__(self, rate: float | None, cash: str = "10000") -> None:
        self.fold = Fold()
        share = Instrument(id=SAP, currency="EUR", margin_rate=D("0.5"))
        self.hub = DataHub([share, Instrument(id=PAIR, asset_class=AssetClass.FX)])
        clock = MarketClock(NOW)
        self.gate = RiskGate(
            self.fold, self.hub, clock, wall=clock, default_limits=RiskLimits(), is_running=lambda _: True
        )
        link = AccountLink(EVERYTHING, "USD")
        link.connected = link.reconciled = True
        self.gate.add_account(ACCOUNT, link)
        self.fold.ledger.post_flow(
            CashFlowRecorded(
                account=ACCOUNT, strategy=OWNER, currency="USD", amount=D(cash), kind="deposit", at=from_ns(NOW)
            )
        )
        self.mark(SAP, 100.0)
        if rate is not None:
            self.mark(PAIR, rate)

    def mark(self, name: InstrumentId, price: float) -> None:
        self.hub.publish([Bar(name, NOW - 60_000_000_000, NOW, price, price, price, price, 1.0)])

    def buy(self, quantity: int) -> Any:
        self.number = getattr(self, "number", 0) + 1
        return self.gate.review(
            OrderIntent(
                client_order_id=ClientOrderId(f"one-{self.number:06d}"),
                strategy=OWNER,
                account=ACCOUNT,
                instrument=SAP,
                side=Side.BUY,
                quantity=D(quantity),
                created_at=from_ns(NOW),
            )
        )

    def hold(self, quantity: int, price: str) -> None:
        self.fold.ledger.post_fill(
            Fill(
                trade_id=TradeId("t1"),
                client_order_id=ClientOrderId("x"),
                strategy=OWNER,
                account=ACCOUNT,
                instrument=SAP,
                side=Side.BUY,
                quantity=D(quantity),
                price=D(price),
                at=from_ns(NOW),
                currency="EUR",
            )
        )


@pytest.mark.parametrize(("quantity", "refused"), [(79, None), (80, None), (81, DenyReason.STRATEGY_BUDGET)])
def test_a_budget_in_dollars_bounds_an_exposure_in_euros(quantity: int, refused: DenyReason | None) -> None:
    answer = Desk(1.25).buy(quantity)
    assert (answer and answer[0]) == refused


def test_equity_counts_foreign_cash_and_holdings_at_the_rate() -> None:
    desk = Desk(1.25)
    desk.hold(10, "90")
    assert desk.gate.equity(ACCOUNT) == D(10_000) - 900 * D("1.25") + 1000 * D("1.25")


def test_without_a_rate_nothing_is_bought_and_the_equity_is_unknown() -> None:
    desk = Desk(None)
    assert desk.buy(1)[0] is DenyReason.NO_FX_RATE
    assert desk.gate.equity(ACCOUNT) == D(10_000)
    desk.hold(10, "90")
    assert desk.gate.equity(ACCOUNT) is None
