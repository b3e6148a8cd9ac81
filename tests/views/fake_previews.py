"""Figures and previews as a backtest would find them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from ares_desktop.domain.accounts import EquityPoint
from ares_desktop.domain.backtests import BacktestFigures
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import to_ns
from ares_desktop.domain.orders import Side
from ares_desktop.domain.previews import Preview, PreviewSide
from ares_desktop.domain.strategies import StrategyInstance
from tests.views.records import NOW, a_fill


def some_figures(**changes: Any) -> BacktestFigures:
    """Return the figures of a plausible backtest."""
    fields: dict[str, Any] = dict.fromkeys(BacktestFigures.__struct_fields__)
    fields |= {
        "bars": 100_000,
        "seconds": 0.5,
        "bars_per_s": 200_000.0,
        "trades": 41,
        "fills": 82,
        "orders": 83,
        "denied": 1,
        "start_ns": 0,
        "end_ns": 1,
        "total_return": 0.125,
        "sharpe": 1.31,
        "max_drawdown": -0.084,
        "commission": 82.0,
        "slippage": 40.0,
        "financing": 0.0,
        "dividends": 0.0,
        "equity_sha256": "",
    }
    return BacktestFigures(**{**fields, **changes})


def a_side(instance: StrategyInstance, *, every: int = 45, gain: float = 0.0001) -> PreviewSide:
    """Return a side with a fill every so many minutes, at the prices of the fake market, and a curve."""
    rng = np.random.default_rng(len("AAPL.SMART"))
    closes = 187.25 + np.cumsum(rng.normal(0, 0.6, 500))
    fills = tuple(
        a_fill(
            number,
            side=Side.BUY if number % 2 else Side.SELL,
            price=Decimal(str(round(float(closes[minute]), 2))),
            at=NOW - timedelta(minutes=500 - minute - 0.5),
        )
        for number, minute in enumerate(range(every, 500, every), 1)
    )
    steps = np.random.default_rng(every).normal(gain, 0.001, 500)
    twr = np.cumprod(1 + steps) - 1
    peak = np.maximum.accumulate(1 + twr)
    curve = tuple(
        EquityPoint(
            to_ns(NOW - timedelta(minutes=500 - minute)),
            10_000 * (1 + float(gained)),
            float((1 + gained) / top - 1),
            float(gained),
        )
        for minute, (gained, top) in enumerate(zip(twr, peak, strict=True))
    )
    figures = some_figures(total_return=float(twr[-1]), trades=len(fills) // 2, fills=len(fills), win_rate=0.55)
    return PreviewSide(parameters=instance.parameters, fills=fills, curve=curve, figures=figures)


def a_preview(instance: StrategyInstance, current: StrategyInstance | None, **changes: Any) -> Preview:
    """Return a preview of two sides that trade at different times."""
    fields: dict[str, Any] = {
        "name": instance.name,
        "instruments": instance.instruments or (InstrumentId("AAPL.SMART"), InstrumentId("SPY.SMART")),
        "since_ns": to_ns(NOW - timedelta(minutes=500)),
        "until_ns": to_ns(NOW),
        "bars": 500,
        "proposed": a_side(instance, every=36, gain=0.0003),
        "current": None if current is None else a_side(current),
    }
    return Preview(**{**fields, **changes})
