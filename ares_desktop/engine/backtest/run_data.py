"""The bars that a run saw, out of the data it keeps."""

from pathlib import Path

import numpy as np

from ares_desktop.api.series import Bars
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import BarSpec, DataKind
from ares_desktop.engine.backtest.dataset import open_dataset
from ares_desktop.engine.backtest.jobs import DATA
from ares_desktop.engine.data.resampling import resample
from ares_desktop.engine.data.series import Series

_PREFERENCE = {DataKind.BARS: 0, DataKind.TRADES: 1, DataKind.QUOTES: 2}
_LENGTHS = tuple(BarSpec.parse(text) for text in ("1m", "5m", "15m", "1h", "4h", "1d"))
_MOST_BUILT = 20_000


def bars_of_run(folder: Path, instrument: InstrumentId) -> Bars:
    """Return a run's bars of an instrument, of ticks those that they make; none where it has no such instrument.

    Raises:
        StorageError: when its data can't be read.
    """
    found = [item.tracks()[0] for item in open_dataset(folder / DATA) if item.instrument.id == instrument]
    if not found:
        none, nothing = np.empty(0, np.int64), np.empty(0, np.float64)
        return Bars(instrument, none, none, nothing, nothing, nothing, nothing, nothing)
    track = min(found, key=lambda item: (_PREFERENCE[item.kind], item.spec.duration_ns if item.spec else 0))
    return _columns(track if track.kind is DataKind.BARS else _built(track))


def bars_of_all(folder: Path) -> dict[InstrumentId, Bars]:
    """Return a run's bars of all its instruments; errors as :func:`bars_of_run`."""
    names = dict.fromkeys(item.instrument.id for item in open_dataset(folder / DATA))
    return {name: bars_of_run(folder, name) for name in names}


def _built(track: Series) -> Series:
    """Return bars of ticks, of a length that a chart can show."""
    span = int(track.ts[-1] - track.ts[0]) if len(track) else 0
    spec = next((item for item in _LENGTHS if span / item.duration_ns <= _MOST_BUILT), _LENGTHS[-1])
    return resample(track, spec)


def _columns(series: Series) -> Bars:
    times = [np.asarray(series.columns[name], dtype=np.int64) for name in ("start", "end")]
    names = ("open", "high", "low", "close", "volume")
    values = [np.asarray(series.columns[name], dtype=np.float64) for name in names]
    return Bars(series.instrument.id, times[0], times[1], values[0], values[1], values[2], values[3], values[4])
