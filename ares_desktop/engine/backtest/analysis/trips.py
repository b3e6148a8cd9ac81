"""Round trips: a run's fills paired into positions from their opening to their end."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import nan

from ares_desktop.domain.backtests import BacktestOutcome, RoundTrip
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.market import to_ns
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Order, OrderPurpose, OrderType
from ares_desktop.engine.backtest.analysis.excursions import Stay, excursions
from ares_desktop.engine.backtest.analysis.tape import Tape, last_price, tapes_of
from ares_desktop.engine.data.series import Series

_Key = tuple[StrategyId, InstrumentId]
_UNNAMED = {
    OrderType.STOP: "stop order",
    OrderType.STOP_LIMIT: "stop order",
    OrderType.TRAILING_STOP: "trailing stop",
    OrderType.LIMIT: "limit order",
}


class _Leg:
    """A position while its fills come in; values are in the instrument's currency."""

    __slots__ = (
        "closed_value",
        "closed_weight",
        "commission",
        "entry",
        "entry_index",
        "exit",
        "held",
        "most",
        "multiplier",
        "opened_value",
        "opened_weight",
        "side",
    )

    def __init__(self, fill: Fill, index: int) -> None:
        self.side = fill.side
        self.entry = self.exit = fill
        self.entry_index = index
        self.held = self.most = ZERO
        self.multiplier = float(fill.multiplier)
        self.opened_value = self.opened_weight = self.closed_value = self.closed_weight = self.commission = 0.0

    def grow(self, quantity: Decimal, price: float, commission: float) -> None:
        self.held += quantity
        self.most = max(self.most, self.held)
        weight = float(quantity)
        self.opened_weight += weight
        self.opened_value += weight * price
        self.commission += commission

    def shrink(self, fill: Fill, quantity: Decimal, price: float, commission: float) -> None:
        self.held -= quantity
        weight = float(quantity)
        self.closed_weight += weight
        self.closed_value += weight * price
        self.commission += commission
        self.exit = fill


def round_trips(outcome: BacktestOutcome, series: Sequence[Series]) -> tuple[RoundTrip, ...]:
    """Return every position of every strategy, by the time of its end, then of its entry; open ones come last.

    A fill beyond zero closes one position and opens the next, and its commission is shared by quantity. The profit is
    what the fills brought less what they cost; an open position is valued at its mark. Excursions are those of
    :mod:`ares_desktop.engine.backtest.analysis.excursions`.
    """
    closed, opened = _legs(outcome.fills)
    end_ns = int(outcome.curve.ts[-1]) if outcome.curve.ts.size else _last_ns(outcome.fills)
    tapes = tapes_of(series, {leg.entry.instrument for leg in (*closed, *opened)})
    stays = [_stay(leg, outcome.reference, to_ns(leg.exit.at)) for leg in closed]
    stays += [_stay(leg, outcome.reference, end_ns, closed=False) for leg in opened]
    marks = {(position.strategy, position.instrument): position.mark for position in outcome.positions}
    exits = [leg.closed_value / leg.closed_weight for leg in closed]
    exits += [_mark(leg, marks, tapes, end_ns) for leg in opened]
    orders = {order.intent.client_order_id: order for order in outcome.orders}
    found = excursions(stays, exits, tapes)
    trips = [
        _trip(leg, stay, price, orders, *extent)
        for leg, stay, price, extent in zip((*closed, *opened), stays, exits, found, strict=True)
    ]
    return tuple(sorted(trips, key=lambda trip: (not trip.closed, trip.exit_ns, trip.entry_ns)))


def _legs(fills: Sequence[Fill]) -> tuple[list[_Leg], list[_Leg]]:
    """Return the positions that ended, and those that did not."""
    current: dict[_Key, _Leg] = {}
    closed: list[_Leg] = []
    for index, fill in enumerate(fills):
        key = (fill.strategy, fill.instrument)
        quantity, price, commission = fill.quantity, float(fill.price), float(fill.commission)
        leg = current.get(key)
        if leg is not None and leg.side is not fill.side:
            closing = min(leg.held, quantity)
            part = commission if closing == quantity else commission * float(closing / quantity)
            leg.shrink(fill, closing, price, part)
            if leg.held:
                continue
            closed.append(current.pop(key))
            quantity -= closing
            if not quantity:
                continue
            commission -= part
            leg = None
        if leg is None:
            leg = current[key] = _Leg(fill, index)
        leg.grow(quantity, price, commission)
    return closed, list(current.values())


def _last_ns(fills: Sequence[Fill]) -> int:
    return to_ns(fills[-1].at) if fills else 0


def _stay(leg: _Leg, reference: Sequence[float], exit_ns: int, *, closed: bool = True) -> Stay:
    return Stay(
        instrument=leg.entry.instrument,
        direction=leg.side.sign,
        entry_ns=to_ns(leg.entry.at),
        exit_ns=exit_ns,
        entry_price=leg.opened_value / leg.opened_weight,
        first_price=reference[leg.entry_index] if leg.entry_index < len(reference) else nan,
        closed=closed,
    )


def _mark(
    leg: _Leg,
    marks: Mapping[_Key, Decimal | None],
    tapes: Mapping[InstrumentId, Sequence[Tape]],
    end_ns: int,
) -> float:
    mark = marks.get((leg.entry.strategy, leg.entry.instrument))
    return float(mark) if mark is not None else last_price(tapes, leg.entry.instrument, end_ns)


def _trip(
    leg: _Leg,
    stay: Stay,
    exit_price: float,
    orders: Mapping[ClientOrderId, Order],
    bars: int,
    worst: float,
    best: float,
) -> RoundTrip:
    direction = stay.direction
    rest = float(leg.held)
    gained = leg.closed_value + (rest * exit_price if rest else 0.0) - leg.opened_value
    pnl = direction * gained * leg.multiplier - leg.commission
    value = abs(float(leg.most) * stay.entry_price * leg.multiplier)
    return RoundTrip(
        strategy=leg.entry.strategy,
        instrument=stay.instrument,
        direction=direction,
        quantity=leg.most,
        entry_ns=stay.entry_ns,
        exit_ns=stay.exit_ns,
        entry_price=stay.entry_price,
        exit_price=exit_price,
        pnl=pnl,
        commission=leg.commission,
        return_pct=pnl / value * 100 if value else nan,
        bars=bars,
        worst=worst,
        best=best,
        entry_reason=_reason(orders.get(leg.entry.client_order_id)),
        exit_reason=_reason(orders.get(leg.exit.client_order_id)) if stay.closed else "",
        closed=stay.closed,
    )


def _reason(order: Order | None) -> str:
    """Return why an order was placed, or what it was when its strategy did not say."""
    if order is None:
        return ""
    intent = order.intent
    if intent.reason:
        return intent.reason
    if intent.purpose is not OrderPurpose.STRATEGY:
        return intent.purpose.replace("_", " ")
    if intent.parent is not None:
        return "target" if intent.type is OrderType.LIMIT else "stop order"
    return _UNNAMED.get(intent.type, "")
