"""Small markets and specifications for backtests."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from ares_desktop.api import Strategy
from ares_desktop.domain.backtests import BACKTEST_ACCOUNT, BacktestOutcome, BacktestSpec
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.domain.market import BarSpec, DataKind, to_ns
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.simulation import SimulationSettings, SlippageModel
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.backtest.replay.run import run_backtest
from ares_desktop.engine.data.series import Series

BEGIN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MINUTE = 60_000_000_000
ACME = Instrument(id=InstrumentId("ACME.SIM"), calendar="24/7")
PLAIN = SimulationSettings(account=BACKTEST_ACCOUNT, costs="none", slippage_model=SlippageModel.NONE)


def an_instrument(name: str, **fields: Any) -> Instrument:
    return Instrument(**{"id": InstrumentId(name), "calendar": "24/7", **fields})


def a_pair(name: str = "EURUSD.SIM") -> Instrument:
    return an_instrument(name, asset_class=AssetClass.FX, tick_size=Decimal("0.00001"), margin_rate=Decimal("0.02"))


def bars(
    closes: Sequence[float], instrument: Instrument = ACME, *, first: int = 0, step: int = MINUTE, spread: float = 0.0
) -> Series:
    """Return bars that open where the last one closed, with highs and lows ``spread`` beyond both."""
    close = np.array(closes, dtype=np.float64)
    open_ = np.concatenate((close[:1], close[:-1]))
    start = to_ns(BEGIN) + (first + np.arange(len(close), dtype=np.int64)) * step
    columns = {
        "start": start,
        "end": start + step,
        "open": open_,
        "high": np.maximum(open_, close) + spread,
        "low": np.minimum(open_, close) - spread,
        "close": close,
        "volume": np.full(len(close), 1e6),
    }
    units = {MINUTE: "1m", 60 * MINUTE: "1h"}
    return Series(instrument=instrument, kind=DataKind.BARS, spec=BarSpec.parse(units[step]), columns=columns)


def quotes(
    prices: Sequence[float], instrument: Instrument = ACME, *, spread: float = 0.02, step: int = 1_000_000_000
) -> Series:
    """Return quotes around prices."""
    middle = np.array(prices, dtype=np.float64)
    columns = {
        "ts": to_ns(BEGIN) + np.arange(len(middle), dtype=np.int64) * step,
        "bid": middle - spread / 2,
        "ask": middle + spread / 2,
        "bid_size": np.full(len(middle), 1000.0),
        "ask_size": np.full(len(middle), 1000.0),
    }
    return Series(instrument=instrument, kind=DataKind.QUOTES, spec=None, columns=columns)


def trades(
    prices: Sequence[float], instrument: Instrument = ACME, *, step: int = 1_000_000_000, first_ns: int = 0
) -> Series:
    """Return prints."""
    price = np.array(prices, dtype=np.float64)
    ts = to_ns(BEGIN) + first_ns + np.arange(len(price), dtype=np.int64) * step
    columns = {"ts": ts, "price": price, "size": np.full(len(price), 1000.0)}
    return Series(instrument=instrument, kind=DataKind.TRADES, spec=None, columns=columns)


def wander(count: int, seed: int = 7, start: float = 100.0) -> list[float]:
    """Return prices on the tick that wander."""
    steps = np.random.default_rng(seed).normal(0, 0.3, count)
    return [round(float(price), 2) for price in np.maximum(start + np.cumsum(steps), 5.0)]


def an_instance(name: str = "alpha", **fields: Any) -> StrategyInstance:
    values: dict[str, Any] = {
        "name": StrategyId(name),
        "file": f"{name}.py",
        "account": BACKTEST_ACCOUNT,
        "instruments": (),
        "weight": Decimal(1),
        **fields,
    }
    return StrategyInstance(**values)


def a_spec(*instances: StrategyInstance, **fields: Any) -> BacktestSpec:
    values: dict[str, Any] = {
        "strategies": instances or (an_instance(),),
        "data": ("here",),
        "simulation": PLAIN,
        "limits": RiskLimits(max_leverage=Decimal(100), duplicate_window_s=0.0),
        **fields,
    }
    return BacktestSpec(**values)


def run(kind: type[Strategy], *series: Series, **fields: Any) -> BacktestOutcome:
    """Run one strategy."""
    spec = a_spec(**fields)
    return run_backtest(spec, series, {spec.strategies[0].name: kind})
