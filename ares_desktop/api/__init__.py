"""All that a strategy may import; the same file runs live, on paper and in a backtest."""

from typing import Final

from ares_desktop.api.averages import EMA, SMA, ZScore
from ares_desktop.api.context import Context
from ares_desktop.api.orders import OrderHandle
from ares_desktop.api.oscillators import ATR, RSI, VWAP
from ares_desktop.api.parameters import Params, param
from ares_desktop.api.series import Bars
from ares_desktop.api.strategy import Strategy
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.market import Bar, Quote, TradeTick
from ares_desktop.domain.orders import Bracket, Order
from ares_desktop.domain.positions import Position

API_VERSION: Final = 1

__all__ = [
    "API_VERSION",
    "ATR",
    "EMA",
    "RSI",
    "SMA",
    "VWAP",
    "Bar",
    "Bars",
    "Bracket",
    "Context",
    "Fill",
    "Order",
    "OrderHandle",
    "Params",
    "Position",
    "Quote",
    "Strategy",
    "TradeTick",
    "ZScore",
    "param",
]
