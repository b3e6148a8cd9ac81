"""Outcomes made by hand: bars, fills at them, and the equity that follows by adding up cash and holdings."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.backtests import (
    BACKTEST_ACCOUNT,
    BacktestOutcome,
    BacktestSpec,
    CashEntry,
)
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, InstrumentId, StrategyId, TradeId, client_order_id
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import BarSpec, DataKind, from_ns, to_ns
from ares_desktop.domain.orders import Order, OrderIntent, OrderState, OrderType, Side
from ares_desktop.domain.positions import Position
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.data.series import Series

SPY = InstrumentId("SPY.ARCX")
TREND = StrategyId("trend")
DAY = 86_400_000_000_000
MINUTE = 60_000_000_000
MONDAY = to_ns(datetime(2024, 3, 4, tzinfo=UTC))
CASH = 100_000.0


def an_instrument(name: InstrumentId = SPY, **changes: Any) -> Instrument:
    return Instrument(**{"id": name, "calendar": "24/7", **changes})


def bars(  # noqa: PLR0913 - the columns of a bar
    close: Sequence[float],
    *,
    opens: Sequence[float] | None = None,
    high: Sequence[float] | None = None,
    low: Sequence[float] | None = None,
    volume: Sequence[float] | None = None,
    instrument: Instrument | None = None,
    step: int = DAY,
    start: int = MONDAY,
    spec: str = "1d",
) -> Series:
    """Return bars of equal length without gaps; a bar opens at the close before it."""
    closes = np.array(close, dtype=np.float64)
    opened = np.concatenate((closes[:1], closes[:-1])) if opens is None else np.array(opens, dtype=np.float64)
    starts = start + step * np.arange(len(closes), dtype=np.int64)
    columns: dict[str, NDArray[np.float64] | NDArray[np.int64]] = {
        "start": starts,
        "end": starts + step,
        "open": opened,
        "high": np.maximum(opened, closes) if high is None else np.array(high, dtype=np.float64),
        "low": np.minimum(opened, closes) if low is None else np.array(low, dtype=np.float64),
        "close": closes,
        "volume": np.full(len(closes), 1e6) if volume is None else np.array(volume, dtype=np.float64),
    }
    return Series(
        instrument=instrument or an_instrument(), kind=DataKind.BARS, spec=BarSpec.parse(spec), columns=columns
    )


def a_fill(
    number: int,
    quantity: float,
    price: float,
    at_ns: int,
    *,
    commission: float = 0.0,
    instrument: Instrument | None = None,
    strategy: StrategyId = TREND,
    order: int | None = None,
) -> Fill:
    """Return a fill; a negative quantity is a sale."""
    instrument = instrument or an_instrument()
    return Fill(
        trade_id=TradeId(f"T-{number}"),
        client_order_id=client_order_id(strategy, number if order is None else order),
        strategy=strategy,
        account=BACKTEST_ACCOUNT,
        instrument=instrument.id,
        side=Side.BUY if quantity > 0 else Side.SELL,
        quantity=abs(Decimal(str(quantity))),
        price=Decimal(str(price)),
        at=from_ns(at_ns),
        commission=Decimal(str(commission)),
        currency=instrument.currency,
        multiplier=instrument.multiplier,
    )


def an_order(fill: Fill, **changes: Any) -> Order:
    """Return the filled order behind a fill."""
    intent = OrderIntent(
        client_order_id=fill.client_order_id,
        strategy=fill.strategy,
        account=fill.account,
        instrument=fill.instrument,
        side=fill.side,
        quantity=fill.quantity,
        created_at=fill.at,
        **{"type": OrderType.MARKET, **changes},
    )
    return Order(intent=intent, state=OrderState.FILLED, updated_at=fill.at, filled=fill.quantity)


def a_curve(ts: Sequence[int] | NDArray[np.int64], equity: Sequence[float], *, book: str = "all") -> EquityCurve:
    values = np.array(equity, dtype=np.float64)
    peak = np.maximum.accumulate(np.concatenate((values[:1], values)))[1:] if values.size else values
    return EquityCurve(
        book=book,
        ts=np.array(ts, dtype=np.int64),
        equity=values,
        drawdown=values / peak - 1.0,
        twr=values / values[0] - 1.0 if values.size else values,
    )


def a_spec(**changes: Any) -> BacktestSpec:
    strategies = changes.pop("strategies", None) or (an_instance(),)
    cash = Decimal(str(changes.pop("cash", CASH)))
    simulation = changes.pop("simulation", None) or SimulationSettings(account=BACKTEST_ACCOUNT, starting_cash=cash)
    return BacktestSpec(strategies=strategies, data=("SPY",), simulation=simulation, **changes)


def an_instance(name: StrategyId = TREND, **parameters: Any) -> StrategyInstance:
    return StrategyInstance(
        name=name, file=f"/strategies/{name}.py", account=BACKTEST_ACCOUNT, instruments=(SPY,), parameters=parameters
    )


def an_outcome(
    series: Sequence[Series],
    fills: Sequence[Fill] = (),
    *,
    cash: Sequence[CashEntry] = (),
    curve: EquityCurve | None = None,
    reasons: Mapping[ClientOrderId, str] | None = None,
    spec: BacktestSpec | None = None,
    **changes: Any,
) -> BacktestOutcome:
    """Return the run that made these fills: equity is cash and holdings at the close of each row."""
    ts, equity, gross, net = _equity(series, fills, cash)
    given = curve or a_curve(ts, equity.tolist())
    orders = {
        fill.client_order_id: an_order(fill, reason=(reasons or {}).get(fill.client_order_id, "")) for fill in fills
    }
    outcome = BacktestOutcome(
        spec=spec or a_spec(),
        instruments=tuple(item.instrument for item in series),
        events=sum(len(item) for item in series),
        seconds=1.0,
        fills=tuple(fills),
        reference=tuple(float(fill.price) for fill in fills),
        orders=tuple(orders.values()),
        denials=(),
        cash=tuple(cash),
        records=(),
        logs=(),
        curve=given,
        books=(replace(given, book=TREND),),
        gross=gross if curve is None else np.zeros(given.ts.size),
        net=net if curve is None else np.zeros(given.ts.size),
        positions=_positions(series, fills),
    )
    return replace(outcome, **changes)


def _equity(
    series: Sequence[Series], fills: Sequence[Fill], cash: Sequence[CashEntry]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    ts = np.unique(np.concatenate([item.ts for item in series]))
    money = np.full(ts.size, CASH)
    long, short = np.zeros(ts.size), np.zeros(ts.size)
    for entry in cash:
        money[np.searchsorted(ts, to_ns(entry.at)) :] += float(entry.amount)
    for item in series:
        held = np.zeros(ts.size)
        for fill in fills:
            if fill.instrument == item.instrument.id:
                first = int(np.searchsorted(ts, to_ns(fill.at)))
                signed = float(fill.signed_quantity) * float(fill.multiplier)
                held[first:] += signed
                money[first:] -= signed * float(fill.price) + float(fill.commission)
        rows = np.maximum(np.searchsorted(item.ts, ts, side="right") - 1, 0)
        value = held * item.columns["close"][rows]
        long += np.maximum(value, 0)
        short += np.maximum(-value, 0)
    equity = money + long - short
    return ts, equity, (long + short) / equity, (long - short) / equity


def _positions(series: Sequence[Series], fills: Sequence[Fill]) -> tuple[Position, ...]:
    last = {item.instrument.id: Decimal(str(item.columns["close"][-1])) for item in series if len(item)}
    held: dict[tuple[StrategyId, InstrumentId], Decimal] = {}
    for fill in fills:
        key = (fill.strategy, fill.instrument)
        held[key] = held.get(key, Decimal(0)) + fill.signed_quantity
    return tuple(
        Position(account=BACKTEST_ACCOUNT, strategy=key[0], instrument=key[1], quantity=quantity, mark=last[key[1]])
        for key, quantity in held.items()
        if quantity
    )
