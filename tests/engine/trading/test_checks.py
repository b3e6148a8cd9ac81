"""Each check of the gate denies for its own reason, and REDUCING never lets a position grow or flip."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.limits import ScopeLimits
from ares_desktop.domain.money import ONE
from ares_desktop.domain.orders import Bracket, OrderPurpose, OrderType, Side, TimeInForce
from ares_desktop.domain.risk import DenyReason, RiskLimits, TradingState
from ares_desktop.engine.trading.checks import review
from ares_desktop.engine.trading.gate_view import GateView, ScopeView
from tests.engine.trading.books_builders import AAPL, an_intent
from tests.engine.trading.desk import EVERYTHING

D = Decimal
A_VIEW = GateView(
    trading_state=TradingState.ACTIVE,
    kill_switch=False,
    connected=True,
    reconciled=True,
    running=True,
    known_order=False,
    instrument=Instrument(id=AAPL),
    capabilities=EVERYTHING,
    limits=RiskLimits(),
    price=D(100),
    price_age_s=0.0,
    data_interval_s=0.0,
    position=D(0),
    book_buying=D(0),
    book_selling=D(0),
    account_position=D(0),
    account_buying=D(0),
    account_selling=D(0),
    account_equity=D(100_000),
    margin_used=D(0),
    has_budget=True,
    book_equity=D(50_000),
    book_exposure=D(0),
    messages=0,
    open_orders=0,
    duplicate=False,
    fx_known=True,
)


def a_view(**changes: Any) -> GateView:
    return msgspec.structs.replace(A_VIEW, **changes)


def a_scope(*, multiplier: Decimal = ONE, **fields: Any) -> ScopeView:
    """Return a scope that would hold ten units worth 1,000, three orders and as much equity."""
    facts = {name: fields.pop(name) for name in ("net", "equity") if name in fields}
    view = ScopeView(
        scope="all",
        limits=ScopeLimits(**fields),
        position=D(10),
        position_value=D(1000),
        gross=D(1000),
        net=D(1000),
        equity=D(1000),
        orders=3,
        multiplier=multiplier,
    )
    return msgspec.structs.replace(view, **facts)


RATIONED = msgspec.structs.replace(EVERYTHING, messages_per_second=5.0)
A_CALL = Instrument(id=AAPL, strike=D(100), right="call", underlying=InstrumentId("ACME.SIM"))


def an_instrument(**fields: Any) -> Instrument:
    return Instrument(id=AAPL, **fields)


def reason(intent: Any, view: GateView) -> DenyReason | None:
    refusal = review(intent, view)
    return refusal[0] if refusal else None


def test_a_plain_order_passes() -> None:
    assert review(an_intent(), A_VIEW) is None


@pytest.mark.parametrize(
    ("intent", "view", "expected"),
    [
        ({}, {"kill_switch": True}, DenyReason.KILL_SWITCH),
        ({}, {"trading_state": TradingState.HALTED}, DenyReason.KILL_SWITCH),
        ({}, {"trading_state": TradingState.PAUSED}, DenyReason.TRADING_PAUSED),
        ({}, {"trading_state": TradingState.REDUCING}, DenyReason.REDUCE_ONLY_STATE),
        ({}, {"connected": False}, DenyReason.BROKER_DISCONNECTED),
        ({}, {"reconciled": False}, DenyReason.NOT_RECONCILED),
        ({}, {"known_order": True}, DenyReason.DUPLICATE_ORDER_ID),
        ({}, {"running": False}, DenyReason.STRATEGY_NOT_RUNNING),
        ({}, {"instrument": None}, DenyReason.UNKNOWN_INSTRUMENT),
        ({}, {"instrument": an_instrument(tradable=False)}, DenyReason.NOT_TRADABLE),
        ({"side": Side.SELL}, {"instrument": an_instrument(shortable=False)}, DenyReason.NOT_SHORTABLE),
        ({"quantity": "0"}, {}, DenyReason.INVALID_QUANTITY),
        ({"quantity": "-1"}, {}, DenyReason.INVALID_QUANTITY),
        ({"quantity": "1.5"}, {}, DenyReason.QUANTITY_PRECISION),
        ({"quantity": "11"}, {"limits": RiskLimits(max_quantity=D(10))}, DenyReason.MAX_QUANTITY),
        ({"type": OrderType.LIMIT}, {}, DenyReason.INVALID_PRICE),
        ({"type": OrderType.STOP}, {}, DenyReason.INVALID_PRICE),
        ({"type": OrderType.TRAILING_STOP}, {}, DenyReason.INVALID_PRICE),
        ({"type": OrderType.LIMIT, "limit_price": D(-1)}, {}, DenyReason.INVALID_PRICE),
        ({"type": OrderType.LIMIT, "limit_price": D("99.999")}, {}, DenyReason.PRICE_PRECISION),
        ({"bracket": Bracket(stop=D("95.001"))}, {}, DenyReason.PRICE_PRECISION),
        ({}, {"price": None}, DenyReason.NO_MARKET_DATA),
        ({}, {"price_age_s": 61.0}, DenyReason.STALE_MARKET_DATA),
        ({"type": OrderType.LIMIT, "limit_price": D("110.01")}, {}, DenyReason.PRICE_COLLAR),
        (
            {"type": OrderType.STOP_LIMIT, "stop_price": D(100), "limit_price": D(120)},
            {},
            DenyReason.PRICE_COLLAR,
        ),
        ({}, {"limits": RiskLimits(max_notional=D(999))}, DenyReason.MAX_NOTIONAL),
        ({}, {"instrument": an_instrument(min_notional=D(1001))}, DenyReason.MIN_NOTIONAL),
        ({"reduce_only": True}, {}, DenyReason.REDUCE_ONLY),
        ({}, {"fx_known": False}, DenyReason.NO_FX_RATE),
        ({}, {"account_equity": D(499)}, DenyReason.BUYING_POWER),
        ({}, {"account_equity": None}, DenyReason.BUYING_POWER),
        ({}, {"margin_used": D(99_501)}, DenyReason.BUYING_POWER),
        ({}, {"book_equity": D(999)}, DenyReason.STRATEGY_BUDGET),
        ({}, {"book_equity": None}, DenyReason.STRATEGY_BUDGET),
        ({}, {"book_exposure": D(49_001)}, DenyReason.STRATEGY_BUDGET),
        ({}, {"messages": 50}, DenyReason.MESSAGE_RATE),
        ({}, {"open_orders": 500}, DenyReason.OPEN_ORDERS),
        ({}, {"duplicate": True}, DenyReason.DUPLICATE_INTENT),
        ({}, {"lease": "the sentinel may be acting"}, DenyReason.SENTINEL),
        ({}, {"lock": "locked until noon"}, DenyReason.LOCKED),
        ({}, {"waits": "confirm them"}, DenyReason.EXECUTIONS),
        ({}, {"scopes": (a_scope(max_position=D(9)),)}, DenyReason.MAX_POSITION),
        ({}, {"scopes": (a_scope(max_position_value=D(999)),)}, DenyReason.MAX_POSITION),
        ({}, {"scopes": (a_scope(max_exposure=D(999)),)}, DenyReason.MAX_EXPOSURE),
        ({}, {"scopes": (a_scope(max_exposure=D(1500), multiplier=D("0.5")),)}, DenyReason.MAX_EXPOSURE),
        ({}, {"scopes": (a_scope(max_net_exposure=D(999)),)}, DenyReason.MAX_EXPOSURE),
        ({}, {"scopes": (a_scope(max_net_exposure=D(9999), net=None),)}, DenyReason.MAX_EXPOSURE),
        ({}, {"scopes": (a_scope(max_account_leverage=D("0.5")),)}, DenyReason.MAX_LEVERAGE),
        ({}, {"scopes": (a_scope(max_account_leverage=D(9), equity=None),)}, DenyReason.MAX_LEVERAGE),
        ({}, {"scopes": (a_scope(max_total_orders=3),)}, DenyReason.OPEN_ORDERS),
        ({}, {"venue_messages": 5, "capabilities": RATIONED}, DenyReason.VENUE_RATE),
        ({}, {"book_equity": D(1500), "multiplier": D("0.5")}, DenyReason.STRATEGY_BUDGET),
        ({"side": Side.SELL}, {"instrument": A_CALL, "short_margin": None}, DenyReason.BUYING_POWER),
        ({"side": Side.SELL}, {"instrument": A_CALL, "short_margin": D(20_000)}, DenyReason.BUYING_POWER),
    ],
)
def test_each_check_denies_for_its_own_reason(
    intent: dict[str, Any],
    view: dict[str, Any],
    expected: DenyReason,
) -> None:
    assert reason(an_intent(**intent), a_view(**view)) is expected


def test_what_the_broker_lacks_is_denied_and_never_converted() -> None:
    bare = msgspec.structs.replace(
        EVERYTHING,
        order_types=frozenset({OrderType.MARKET}),
        times_in_force=frozenset({TimeInForce.DAY}),
        brackets=False,
        oco=False,
        reduce_only=False,
    )
    for fields in (
        {"type": OrderType.LIMIT, "limit_price": D(100)},
        {"tif": TimeInForce.GTC},
        {"bracket": Bracket(stop=D(95))},
        {"oco_group": "pair"},
        {"reduce_only": True},
    ):
        assert reason(an_intent(**fields), a_view(capabilities=bare, position=D(-10))) is DenyReason.UNSUPPORTED_ORDER


def test_a_denial_says_what_was_expected_and_what_it_was() -> None:
    refusal = review(an_intent(quantity="1.5"), A_VIEW)
    assert refusal is not None
    assert refusal[1] == "quantity must be a multiple of 1, was 1.5"


def test_bars_may_be_older_than_quotes() -> None:
    daily = a_view(price_age_s=4 * 86_400.0, data_interval_s=86_400.0)
    assert review(an_intent(), daily) is None


def test_only_the_kill_switch_s_own_exits_pass_while_it_is_engaged() -> None:
    halted = a_view(kill_switch=True, trading_state=TradingState.HALTED, position=D(10), account_position=D(10))
    for purpose in OrderPurpose:
        passes = review(an_intent(side=Side.SELL, purpose=purpose, reduce_only=True), halted) is None
        assert passes is (purpose is OrderPurpose.KILL_SWITCH)


def test_while_paused_only_the_trader_s_own_exits_pass() -> None:
    paused = a_view(trading_state=TradingState.PAUSED, position=D(10), account_position=D(10))
    assert review(an_intent(side=Side.SELL, purpose=OrderPurpose.MANUAL), paused) is None
    assert reason(an_intent(side=Side.SELL), paused) is DenyReason.TRADING_PAUSED
    assert reason(an_intent(purpose=OrderPurpose.MANUAL), paused) is DenyReason.TRADING_PAUSED


def test_an_exit_needs_neither_margin_nor_budget() -> None:
    broke = a_view(position=D(10), account_position=D(10), account_equity=D(-5), book_equity=D(-5), fx_known=False)
    assert review(an_intent(side=Side.SELL), broke) is None


@pytest.mark.parametrize(
    "facts",
    [
        {"lock": "locked until noon"},
        {"waits": "confirm them"},
        {"scopes": (a_scope(max_position=D(0)),)},
        {"scopes": (a_scope(max_exposure=D(0), max_net_exposure=D(0), max_account_leverage=D("0.1")),)},
        {"scopes": (a_scope(max_total_orders=0),)},
        {"limits": RiskLimits(max_quantity=D(1), max_notional=D(1))},
    ],
)
def test_a_breached_limit_lets_exits_through(facts: dict[str, Any]) -> None:
    holding = {"position": D(10), "account_position": D(10), **facts}
    assert review(an_intent(side=Side.SELL), a_view(**holding)) is None
    assert review(an_intent(), a_view(**holding)) is not None
    assert review(an_intent(quantity="11", side=Side.SELL), a_view(**holding)) is not None


whole = st.integers(0, 200).map(D)


@given(
    position=st.integers(-200, 200).map(D),
    buying=whole,
    selling=whole,
    quantity=st.integers(1, 400).map(str),
    side=st.sampled_from(Side),
)
def test_under_reducing_nothing_grows_or_flips_a_position(
    position: Decimal,
    buying: Decimal,
    selling: Decimal,
    quantity: str,
    side: Side,
) -> None:
    view = a_view(
        trading_state=TradingState.REDUCING,
        position=position,
        account_position=position,
        book_buying=buying,
        book_selling=selling,
    )
    if review(an_intent(quantity=quantity, side=side), view) is not None:
        return
    working = buying if side is Side.BUY else -selling
    after = position + working + side.sign * D(quantity)
    assert abs(after) < abs(position)
    assert after == 0 or (after > 0) is (position > 0)


@given(st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 100)), max_size=12), st.integers(-150, 150))
def test_no_combination_of_orders_under_reducing_grows_or_flips_a_position(
    orders: list[tuple[Side, int]],
    start: int,
) -> None:
    buying = selling = D(0)
    for side, quantity in orders:
        view = a_view(
            trading_state=TradingState.REDUCING,
            position=D(start),
            account_position=D(start),
            book_buying=buying,
            book_selling=selling,
        )
        if review(an_intent(quantity=str(quantity), side=side), view) is None:
            buying += quantity if side is Side.BUY else 0
            selling += quantity if side is Side.SELL else 0
    # Whichever of the approved orders fill, in any order, the book stays between where it was and flat.
    for bought, sold in ((buying, selling), (buying, D(0)), (D(0), selling)):
        after = start + bought - sold
        assert abs(after) <= abs(start)
        assert after == 0 or start == 0 or (after > 0) is (start > 0)
