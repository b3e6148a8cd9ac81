"""Pairs what was really traded with what a backtest traded, order by order."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ares_desktop.domain.fidelity import FillPair
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.market import NS_PER_SECOND, to_ns
from ares_desktop.domain.orders import Side

_Key = tuple[StrategyId, InstrumentId, Side]


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """All fills of one order: their quantity, mean price and the time of the first."""

    ns: int
    quantity: float
    price: float


def pair_fills(live: Iterable[Fill], backtest: Iterable[Fill], tolerance_ns: int) -> tuple[FillPair, ...]:
    """Return every execution of both runs, paired where one of the other run is near enough, in order of time.

    Partial fills of one order are one execution. Executions of one strategy, instrument and side are paired in order
    of time: the two that come next, when they are at most ``tolerance_ns`` apart and neither has a nearer one after it.
    """
    lived, tested = _executions(live), _executions(backtest)
    pairs: list[tuple[int, FillPair]] = []
    for key in dict.fromkeys([*lived, *tested]):
        for one, other in _aligned(lived.get(key, ()), tested.get(key, ()), tolerance_ns):
            pairs.append((min(item.ns for item in (one, other) if item is not None), _pair(key, one, other)))
    pairs.sort(key=lambda item: item[0])
    return tuple(pair for _, pair in pairs)


def _executions(fills: Iterable[Fill]) -> Mapping[_Key, Sequence[Execution]]:
    orders: dict[tuple[_Key, ClientOrderId], list[Fill]] = {}
    for fill in fills:
        key = (fill.strategy, fill.instrument, fill.side)
        orders.setdefault((key, fill.client_order_id), []).append(fill)
    found: dict[_Key, list[Execution]] = {}
    for (key, _), parts in orders.items():
        quantity = sum(part.quantity for part in parts)
        value = sum(part.quantity * part.price for part in parts)
        ns = min(to_ns(part.at) for part in parts)
        found.setdefault(key, []).append(Execution(ns=ns, quantity=float(quantity), price=float(value / quantity)))
    for executions in found.values():
        executions.sort(key=lambda item: item.ns)
    return found


def _aligned(
    live: Sequence[Execution], backtest: Sequence[Execution], tolerance_ns: int
) -> Iterable[tuple[Execution | None, Execution | None]]:
    one, other = 0, 0
    while one < len(live) and other < len(backtest):
        apart = abs(live[one].ns - backtest[other].ns)
        if one + 1 < len(live) and abs(live[one + 1].ns - backtest[other].ns) < apart:
            yield live[one], None
            one += 1
        elif other + 1 < len(backtest) and abs(live[one].ns - backtest[other + 1].ns) < apart:
            yield None, backtest[other]
            other += 1
        elif apart <= tolerance_ns:
            yield live[one], backtest[other]
            one, other = one + 1, other + 1
        elif live[one].ns < backtest[other].ns:
            yield live[one], None
            one += 1
        else:
            yield None, backtest[other]
            other += 1
    for left in live[one:]:
        yield left, None
    for left in backtest[other:]:
        yield None, left


def _pair(key: _Key, live: Execution | None, backtest: Execution | None) -> FillPair:
    strategy, instrument, side = key
    worse, delay = None, None
    if live is not None and backtest is not None:
        worse = side.sign * (live.price - backtest.price) / abs(backtest.price) * 1e4 if backtest.price else None
        delay = (live.ns - backtest.ns) / NS_PER_SECOND
    return FillPair(
        strategy=strategy,
        instrument=instrument,
        side=side.value,
        live_ns=None if live is None else live.ns,
        backtest_ns=None if backtest is None else backtest.ns,
        live_quantity=None if live is None else live.quantity,
        backtest_quantity=None if backtest is None else backtest.quantity,
        live_price=None if live is None else live.price,
        backtest_price=None if backtest is None else backtest.price,
        price_bps=worse,
        delay_s=delay,
    )
