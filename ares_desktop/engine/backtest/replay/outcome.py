"""What a finished replay tells."""

from collections.abc import Iterable
from decimal import Decimal

import numpy as np

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.backtests import BacktestOutcome, BacktestSpec, CashEntry
from ares_desktop.domain.events import CarryBooked, PositionSplit
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.positions import Position
from ares_desktop.engine.backtest.replay.checks import capital_of
from ares_desktop.engine.backtest.replay.curves import ALL, Floats, Marks, Times, curve_of, share, steps_of, value_of
from ares_desktop.engine.backtest.replay.floor import Floor
from ares_desktop.engine.backtest.replay.prepared import PreparedData
from ares_desktop.engine.backtest.replay.replay import Replay
from ares_desktop.engine.trading.prices import exact


def outcome_of(spec: BacktestSpec, data: PreparedData, replay: Replay, seconds: float) -> BacktestOutcome:
    """Return everything that happened."""
    floor = replay.floor
    ts = data.ts[replay.first : replay.last]
    moments = ts if len(ts) < 2 or bool(np.all(ts[1:] > ts[:-1])) else np.unique(ts)  # noqa: PLR2004 - neighbours
    curves, gross, net = _curves(spec, data, floor, moments)
    actors = [replay.actors[instance.name] for instance in spec.strategies]
    return BacktestOutcome(
        spec=spec,
        instruments=tuple(data.instruments.values()),
        events=replay.last - replay.first,
        seconds=seconds,
        fills=tuple(fill for _, fill in floor.fills),
        reference=tuple(replay.broker.references),
        orders=floor.fold.registry.orders(),
        denials=floor.fold.registry.denials(),
        cash=tuple(_cash_entries(item for _, item in floor.bookings)),
        records=tuple(record for actor in actors for record in actor.desk.records),
        logs=tuple(line for actor in actors for line in actor.desk.lines),
        curve=curves[0],
        books=tuple(curves[1:]),
        gross=gross,
        net=net,
        positions=_positions(floor, replay),
    )


def _curves(
    spec: BacktestSpec, data: PreparedData, floor: Floor, moments: Times
) -> tuple[list[EquityCurve], Floats, Floats]:
    currency = spec.simulation.currency
    marks = Marks(data.tracks, data.instruments, moments, currency)
    steps = steps_of(floor.fills, floor.bookings)
    cash = spec.simulation.starting_cash
    account = value_of(steps, cash, currency, data.instruments, marks, moments)
    curves = [curve_of(ALL, moments, account.equity, float(cash))]
    gross, net = share(account.gross, account.equity), share(account.net, account.equity)
    for instance in spec.strategies:
        capital: Decimal = capital_of(instance, spec)
        own = [step for step in steps if step.strategy == instance.name]
        value = value_of(own, capital, currency, data.instruments, marks, moments)
        curves.append(curve_of(instance.name, moments, value.equity, float(capital)))
    return curves, gross, net


def _cash_entries(bookings: Iterable[CarryBooked | PositionSplit]) -> Iterable[CashEntry]:
    for item in bookings:
        if isinstance(item, CarryBooked):
            kind, amount = item.kind, item.amount
        elif item.cash:
            kind, amount = "settlement", item.cash
        else:
            continue
        yield CashEntry(
            strategy=item.strategy,
            instrument=item.instrument,
            kind=kind,
            amount=amount,
            currency=item.currency,
            at=item.at,
        )


def _positions(floor: Floor, replay: Replay) -> tuple[Position, ...]:
    positions = []
    for key, held in floor.fold.ledger.positions().items():
        price = exact(replay.market.last_price(key.instrument)) if held.quantity else None
        ts = replay.market.last_ts(key.instrument)
        positions.append(
            Position(
                account=key.account,
                strategy=StrategyId(key.strategy),
                instrument=key.instrument,
                quantity=held.quantity,
                average_price=held.average_price,
                realized=held.realized,
                commission=held.commission,
                mark=price,
                marked_at=None if price is None or ts is None else from_ns(ts),
                unrealized=held.unrealized(price) if price is not None else None if held.quantity else Decimal(0),
                market_value=held.market_value(price) if price is not None else None if held.quantity else Decimal(0),
                currency=floor.fold.ledger.currency(key),
            ),
        )
    return tuple(positions)
