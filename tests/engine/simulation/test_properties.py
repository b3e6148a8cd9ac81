"""What must hold whatever orders and prices come."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ares_desktop.domain.events import OrderFilled, OrderUpdated
from ares_desktop.domain.market import MarketEvent
from ares_desktop.domain.orders import FINAL_STATES, OrderState, Side, TimeInForce
from ares_desktop.domain.simulation import SlippageModel
from ares_desktop.engine.ports.broker import BrokerEvent
from tests.engine.simulation.builders import MINUTE, Desk, a_bar, a_quote, a_trade, only, plain

Step = Callable[[Desk], list[BrokerEvent]]
prices = st.integers(80, 120).map(float)
quantities = st.integers(1, 40)
volumes = st.sampled_from([float("nan"), 0.0, 100.0, 5_000.0])


@st.composite
def bars(draw: st.DrawFn, minute: int) -> MarketEvent:
    a, b, c, d = sorted(draw(st.tuples(prices, prices, prices, prices)))
    first, last = draw(st.sampled_from([(b, c), (c, b)]))
    return a_bar(minute, first, d, a, last, volume=draw(volumes))


@st.composite
def markets(draw: st.DrawFn, minute: int) -> MarketEvent:
    match draw(st.sampled_from(["bar", "bar", "quote", "trade"])):
        case "quote":
            price = draw(prices)
            size = draw(st.sampled_from([0.0, 5.0, 50.0]))
            return a_quote(minute * MINUTE / 1e6, price, price + 1, bid_size=size, ask_size=size)
        case "trade":
            return a_trade(minute * MINUTE / 1e6, draw(prices), draw(st.sampled_from([0.0, 3.0, 300.0])))
        case _:
            return draw(bars(minute))


@st.composite
def steps(draw: st.DrawFn, minute: int) -> Step:
    kind = draw(st.sampled_from(["market", "market", "market", "order", "order", "bracket", "oco", "cancel", "update"]))
    if kind == "market":
        event = draw(markets(minute))
        return lambda desk: desk.market(event)
    if kind in {"cancel", "update"}:
        number, quantity = draw(st.integers(0, 30)), draw(quantities)
        return lambda desk: _change(desk, number, None if kind == "cancel" else quantity)
    fields: dict[str, Any] = {"tif": draw(st.sampled_from(TimeInForce)), "reduce_only": draw(st.booleans())}
    for name in ("limit_price", "stop_price"):
        if draw(st.booleans()):
            fields[name] = draw(prices)
    if "stop_price" not in fields and draw(st.integers(0, 4)) == 0:
        fields = {"tif": fields["tif"], "trail": float(draw(st.integers(1, 10)))}
    if kind == "oco":
        fields["oco_group"] = "group"
    side, quantity = draw(st.sampled_from(Side)), draw(quantities)
    if kind == "bracket":
        stop, target = draw(prices), draw(prices)
        return lambda desk: _bracket(desk, quantity, stop, target)
    return lambda desk: _order(desk, side, quantity, fields)


def _order(desk: Desk, side: Side, quantity: int, fields: dict[str, Any]) -> list[BrokerEvent]:
    before = len(desk.events)
    (desk.buy if side is Side.BUY else desk.sell)(quantity, **fields)
    return desk.events[before:]


def _bracket(desk: Desk, quantity: int, stop: float, target: float) -> list[BrokerEvent]:
    before = len(desk.events)
    desk.bracket(quantity, stop, target)
    return desk.events[before:]


def _change(desk: Desk, number: int, quantity: int | None) -> list[BrokerEvent]:
    orders = desk.broker.orders()
    if not orders:
        return []
    name = orders[number % len(orders)].intent.client_order_id
    now = desk.broker.clock_ns
    if quantity is None:
        found = desk.broker.cancel([name], now)
    else:
        found = desk.broker.update(name, now, quantity=Decimal(quantity))
    desk.events += found
    return found


scripts = st.integers(5, 45).flatmap(lambda count: st.tuples(*(steps(minute) for minute in range(count))))
costly = plain(costs="retail", slippage_model=SlippageModel.BPS, slippage=1.0, latency_ms=5.0)


@settings(max_examples=50)
@given(scripts)
def test_cash_and_positions_are_what_the_fills_made_them(script: tuple[Step, ...]) -> None:
    desk = Desk(costly)
    for step in script:
        step(desk)
    fills = [event.fill for event in only(desk.events, OrderFilled)]
    spent = sum((fill.signed_quantity * fill.price + fill.commission for fill in fills), Decimal(0))
    balance = desk.broker.balance()
    assert balance.cash["USD"] == costly.starting_cash - spent
    assert desk.position == sum((fill.signed_quantity for fill in fills), Decimal(0))
    assert len({fill.trade_id for fill in fills}) == len(fills)


@settings(max_examples=50)
@given(scripts)
def test_no_order_fills_beyond_its_quantity_or_outside_its_limit(script: tuple[Step, ...]) -> None:
    desk = Desk(costly)
    for step in script:
        step(desk)
    for report in desk.broker.orders():
        fills = [event.fill for event in only(desk.events, OrderFilled)]
        own = [fill for fill in fills if fill.client_order_id == report.intent.client_order_id]
        assert sum((fill.quantity for fill in own), Decimal(0)) == report.filled <= report.intent.quantity
        assert (report.state is OrderState.FILLED) <= (report.filled == report.intent.quantity)
        limit = report.intent.limit_price
        for fill in own:
            assert fill.quantity > 0
            assert limit is None or (fill.price <= limit if fill.side is Side.BUY else fill.price >= limit)


@settings(max_examples=50)
@given(scripts)
def test_an_order_that_may_only_reduce_never_grows_or_turns_a_position(script: tuple[Step, ...]) -> None:
    desk = Desk(costly)
    position = Decimal(0)
    for step in script:
        for event in step(desk):
            if isinstance(event, OrderFilled):
                report = desk.broker.order(event.fill.client_order_id)
                assert report is not None
                after = position + event.fill.signed_quantity
                if report.intent.reduce_only:
                    assert abs(after) < abs(position)
                    assert after * position >= 0
                position = after


@settings(max_examples=25)
@given(scripts)
def test_the_same_inputs_lead_to_the_same_events(script: tuple[Step, ...]) -> None:
    one, two = Desk(costly), Desk(costly)
    for step in script:
        assert step(one) == step(two)


@settings(max_examples=25)
@given(scripts, st.integers(0, 40))
def test_a_snapshot_at_any_point_changes_nothing(script: tuple[Step, ...], at: int) -> None:
    desk, other = Desk(costly), Desk(costly)
    for number, step in enumerate(script):
        if number == at:
            other.broker = type(other.broker)(costly, state=other.broker.snapshot())
        assert step(desk) == step(other)


@settings(max_examples=25)
@given(scripts)
def test_exits_never_ask_for_more_than_their_entry_filled(script: tuple[Step, ...]) -> None:
    desk = Desk(costly)
    for step in script:
        step(desk)
        for report in desk.broker.orders():
            entry = None if report.intent.parent is None else desk.broker.order(report.intent.parent)
            if entry is not None and entry.filled and report.state not in FINAL_STATES:
                assert report.intent.quantity <= entry.filled
    assert all(event.quantity is None or event.quantity > 0 for event in only(desk.events, OrderUpdated))
