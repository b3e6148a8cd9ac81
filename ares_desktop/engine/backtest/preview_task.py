"""What a worker process is told of a preview: one side, with the data it is tried out on."""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import BarSpec, DataKind
from ares_desktop.domain.market_actions import MarketAction
from ares_desktop.engine.data.series import TIME_COLUMNS, Series

PREVIEW_JOB: Final = "ares_desktop.engine.backtest.preview_worker:PreviewWorker"


class PackedBars(msgspec.Struct, frozen=True, kw_only=True):
    """A series of bars that travels: its columns are int64 and float64 in the machine's own byte order."""

    instrument: Instrument
    spec: BarSpec | None
    columns: dict[str, bytes]
    actions: tuple[MarketAction, ...] = ()


class PreviewTask(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a preview.

    Attributes:
        spec: of the one instance, with the absolute path of its file.
        bars: what it sees, older bars than those it trades on included.
    """

    spec: BacktestSpec
    bars: tuple[PackedBars, ...]


def pack(series: Series) -> PackedBars:
    """Return a series of bars as it travels."""
    return PackedBars(
        instrument=series.instrument,
        spec=series.spec,
        columns={name: np.ascontiguousarray(values).tobytes() for name, values in series.columns.items()},
        actions=series.actions,
    )


def unpack(packed: PackedBars) -> Series:
    """Return the series that was packed; its columns can't be written."""
    columns: dict[str, NDArray[np.int64] | NDArray[np.float64]] = {
        name: np.frombuffer(body, dtype=np.int64) if name in TIME_COLUMNS else np.frombuffer(body, dtype=np.float64)
        for name, body in packed.columns.items()
    }
    return Series(
        instrument=packed.instrument, kind=DataKind.BARS, spec=packed.spec, columns=columns, actions=packed.actions
    )
