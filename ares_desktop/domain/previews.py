"""What an instance would have done on the last stored bars, with the values in force and with proposed ones."""

from typing import Any

import msgspec

from ares_desktop.domain.accounts import EquityPoint
from ares_desktop.domain.backtests import BacktestFigures
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import InstrumentId, StrategyId


class PreviewSide(msgspec.Struct, frozen=True, kw_only=True):
    """One set of values tried out.

    Attributes:
        faults: why there is no result, in words; then the rest is empty.
    """

    parameters: dict[str, Any]
    fills: tuple[Fill, ...] = ()
    curve: tuple[EquityPoint, ...] = ()
    figures: BacktestFigures | None = None
    faults: tuple[str, ...] = ()


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """Two sides over the same bars.

    Attributes:
        instruments: what was traded, in the instance's order.
        since_ns, until_ns: the span of the bars.
        bars: how many of each instrument at most.
        current: None where nothing is in force yet (a new instance).
    """

    name: StrategyId
    instruments: tuple[InstrumentId, ...]
    since_ns: int
    until_ns: int
    bars: int
    proposed: PreviewSide
    current: PreviewSide | None = None
