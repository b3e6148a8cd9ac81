"""The gate's quick look says yes only where the review would."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.events import CashFlowRecorded, TradingStateSet
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId, TradeId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.limits import ScopeLimits
from ares_desktop.domain.market import Bar, from_ns
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, OrderType, Side, TimeInForce
from ares_desktop.domain.protections import LadderState, Lock, LockKind, LossMeasure, Rung
from ares_desktop.domain.risk import RiskLimits, TradingState
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.runtime.clocks import MarketClock
from ares_desktop.engine.trading.checks import review
from ares_desktop.engine.trading.fold import Fold
from ares_desktop.engine.trading.gate import AccountLink, RiskGate
from tests.engine.trading.desk import EVERYTHING

ACCOUNT, ONE, TWO = AccountId("PAPER"), StrategyId("one"), StrategyId("two")
NOW = 1_800_000_000_000_000_000
FIRST, SECOND = InstrumentId("A.SIM"), InstrumentId("B.SIM")
D = Decimal
ONE_UNIT = D(1)

quantities = st.integers(-40, 40).map(D)
prices = st.decimals("0.01", "500", places=2)


class House:
    """A gate over books that were filled by hand."""

    def __init__(self, limits: RiskLimits, *, currency: str = "USD", multiplier: str = "1", rate: str = "0.5") -> None:
        self.fold = Fold()
        contract = Instrument(
            id=FIRST, currency=currency, multiplier=D(multiplier), margin_rate=D(rate), lot_size=D("0.5")
        )
        self.hub = DataHub([contract, Instrument(id=SECOND)])
        self.clock = MarketClock(NOW)
        self.link = AccountLink(EVERYTHING)
        self.link.connected = self.link.reconciled = True
        self.gate = RiskGate(
            self.fold, self.hub, self.clock, wall=self.clock, default_limits=limits, is_running=lambda _: True
        )
        self.gate.add_account(ACCOUNT, self.link)
        self.trades = 0

    def pay(self, strategy: StrategyId, amount: Decimal) -> None:
        self.fold.ledger.post_flow(
            CashFlowRecorded(
                account=ACCOUNT, strategy=strategy, currency="USD", amount=amount, kind="deposit", at=from_ns(NOW)
            )
        )

    def hold(self, strategy: StrategyId, instrument: InstrumentId, quantity: Decimal, price: Decimal) -> None:
        if quantity:
            self.trades += 1
            fill = Fill(
                trade_id=TradeId(f"t{self.trades}"),
                client_order_id=ClientOrderId("x"),
                strategy=strategy,
                account=ACCOUNT,
                instrument=instrument,
                side=Side.BUY if quantity > 0 else Side.SELL,
                quantity=abs(quantity),
                price=price,
                at=from_ns(NOW),
            )
            self.fold.ledger.post_fill(fill)

    def price(self, instrument: InstrumentId, price: float, age_s: float = 0.0) -> None:
        end = NOW - int(age_s * 1e9)
        self.hub.publish([Bar(instrument, end - 60_000_000_000, end, price, price, price, price, 1.0)])

    def quick(self, intent: OrderIntent) -> bool:
        return self.gate._quick.approves(intent)

    def full(self, intent: OrderIntent) -> Any:
        return review(intent, self.gate._view(intent))


def an_order(quantity: Decimal = ONE_UNIT, side: Side = Side.BUY, **fields: Any) -> OrderIntent:
    values: dict[str, Any] = {
        "client_order_id": ClientOrderId("one-000001"),
        "strategy": ONE,
        "account": ACCOUNT,
        "instrument": FIRST,
        "side": side,
        "quantity": quantity,
        "created_at": from_ns(NOW),
        **fields,
    }
    return OrderIntent(**values)


def locked(house: House, scope: str = "strategy:one") -> None:
    lock = Lock(id="l", scope=scope, kind=LockKind.PERSON, reason="enough", since=from_ns(NOW))
    house.fold.safety.locks["l"] = lock


def on_a_ladder(house: House) -> None:
    state = LadderState(scope="all", measure=LossMeasure.DAY, rung=Rung.WARNED, at=from_ns(NOW), multiplier=D("0.5"))
    house.fold.safety.ladders["all", LossMeasure.DAY] = state


def without_lease(house: House) -> None:
    house.gate.lease = lambda: "the sentinel may be acting"


def in_state(house: House, state: TradingState = TradingState.REDUCING) -> None:
    house.fold.safety.states["all"] = TradingStateSet(scope="all", state=state, reason="", source="", at=from_ns(NOW))


def rationed(house: House) -> None:
    house.link.capabilities = msgspec.structs.replace(EVERYTHING, messages_per_second=0.0)


SAFETY: dict[str, Callable[[House], None]] = {
    "locked": locked,
    "another is locked": lambda house: locked(house, "strategy:two"),
    "ladder": on_a_ladder,
    "lease": without_lease,
    "reducing": in_state,
    "active again": lambda house: in_state(house, TradingState.ACTIVE),
    "venue": rationed,
}
OWN_LIMITS: tuple[dict[str, ScopeLimits], ...] = (
    {},
    {"all": ScopeLimits(max_exposure=D(500))},
    {f"account:{ACCOUNT}": ScopeLimits(max_position=D(5))},
    {"strategy:one": ScopeLimits(max_leverage=D("0.2"))},
    {"strategy:two": ScopeLimits(max_total_orders=0)},
    {f"instrument:{FIRST}": ScopeLimits(max_open_orders=0, max_position_value=D(100))},
    {"strategy:one": ScopeLimits(max_executions=1), "all": ScopeLimits(max_account_leverage=D("0.1"))},
)


@given(
    cash=st.tuples(st.decimals("0", "20000", places=2), st.decimals("0", "20000", places=2)),
    held=st.lists(
        st.tuples(st.sampled_from([ONE, TWO]), st.sampled_from([FIRST, SECOND]), quantities, prices), max_size=4
    ),
    working=st.lists(
        st.tuples(st.sampled_from([FIRST, SECOND]), st.sampled_from(list(Side)), st.integers(1, 20)), max_size=3
    ),
    order=st.tuples(st.sampled_from(list(Side)), st.integers(1, 400).map(lambda n: D(n) / 4)),
    marks=st.tuples(st.floats(0.01, 500), st.floats(0.01, 500)),
    rules=st.tuples(
        st.sampled_from(["0.5", "1", "3"]), st.sampled_from(["1", "5"]), st.sampled_from(["0.05", "0.5", "1"])
    ),
    age_s=st.sampled_from([0.0, 59.0, 200.0, 301.0, 4000.0]),
    safety=st.lists(st.sampled_from(sorted(SAFETY)), max_size=2, unique=True),
    own=st.sampled_from(OWN_LIMITS),
)
def test_a_quick_yes_is_a_full_yes(  # noqa: PLR0913, PLR0917 - hypothesis names what it draws
    cash: Any, held: Any, working: Any, order: Any, marks: Any, rules: Any, age_s: float, safety: Any, own: Any
) -> None:
    leverage, multiplier, rate = rules
    house = House(RiskLimits(max_leverage=D(leverage)), multiplier=multiplier, rate=rate)
    for name in safety:
        SAFETY[name](house)
    for scope, limits in own.items():
        house.fold.safety.limits[scope] = limits
    house.pay(ONE, cash[0])
    house.pay(TWO, cash[1])
    for strategy, instrument, quantity, price in held:
        house.hold(strategy, instrument, quantity, price)
    house.price(FIRST, round(marks[0], 2), age_s)
    house.price(SECOND, marks[1])
    for number, (instrument, side, quantity) in enumerate(working):
        house.gate.exposure.reserve(
            an_order(D(quantity), side, instrument=instrument, client_order_id=ClientOrderId(f"one-9{number}"))
        )
    intent = an_order(order[1], order[0])
    if house.quick(intent):
        assert house.full(intent) is None


def test_a_state_that_is_active_again_leaves_the_quick_look_on() -> None:
    house = House(RiskLimits())
    house.pay(ONE, D(10_000))
    house.price(FIRST, 100.0)
    in_state(house, TradingState.ACTIVE)
    assert house.quick(an_order(D(50)))
    in_state(house)
    assert not house.quick(an_order(D(50)))


def test_an_order_well_within_its_means_is_approved_at_a_quick_look() -> None:
    house = House(RiskLimits())
    house.pay(ONE, D(10_000))
    house.price(FIRST, 100.0)
    assert house.quick(an_order(D(50)))
    assert not house.quick(an_order(D(500)))


@pytest.mark.parametrize(
    "fields",
    [
        {"type": OrderType.LIMIT, "limit_price": D(100)},
        {"reduce_only": True},
        {"oco_group": "pair"},
        {"parent": ClientOrderId("one-000000")},
        {"purpose": OrderPurpose.FLATTEN},
        {"quantity": D("0.3")},
        {"quantity": D(-1)},
        {"instrument": InstrumentId("C.SIM")},
        {"account": AccountId("OTHER")},
    ],
)
def test_whatever_is_not_plain_is_left_to_the_review(fields: dict[str, Any]) -> None:
    house = House(RiskLimits())
    house.pay(ONE, D(10_000))
    house.price(FIRST, 100.0)
    assert not house.quick(msgspec.structs.replace(an_order(), **fields))


def test_what_changes_meanwhile_is_seen_at_once() -> None:
    house = House(RiskLimits())
    house.pay(ONE, D(10_000))
    house.price(FIRST, 100.0)
    assert house.quick(an_order())
    house.link.connected = False
    assert not house.quick(an_order())
    house.link.connected = True
    house.gate.set_default_limits(RiskLimits(max_leverage=D("0.001")))
    assert not house.quick(an_order())
    house.gate.set_default_limits(RiskLimits())
    house.hub.add_instruments([Instrument(id=FIRST, tradable=False)])
    assert not house.quick(an_order())
    house.hub.add_instruments([Instrument(id=FIRST)])
    assert house.quick(an_order())
    house.gate.fence.close("all")
    assert not house.quick(an_order())
    house.gate.fence.open("all")
    house.fold.safety.states["all"] = TradingStateSet(
        scope="all", state=TradingState.PAUSED, reason="", source="", at=from_ns(NOW)
    )
    assert not house.quick(an_order())


def test_a_foreign_or_stale_price_is_left_to_the_review() -> None:
    house = House(RiskLimits(), currency="EUR")
    house.pay(ONE, D(10_000))
    house.price(FIRST, 100.0)
    assert not house.quick(an_order())
    stale = House(RiskLimits())
    stale.pay(ONE, D(10_000))
    stale.price(FIRST, 100.0, age_s=301.0)
    assert not stale.quick(an_order())
    assert not stale.quick(an_order(tif=TimeInForce.GTC))
