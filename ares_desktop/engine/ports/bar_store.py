"""The local store of market data."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import DataKind, StoredSymbol

Columns = Mapping[str, NDArray[np.float64] | NDArray[np.int64]]
"""Equally long columns: ``start``/``end`` (bars) or ``ts`` in nanoseconds UTC, then floats."""


class BarStore(Protocol):
    """Keeps bars, quotes and trades by symbol. Its methods block: call them off the loop."""

    def write(self, symbol: str, kind: DataKind, spec: str, instrument: InstrumentId, columns: Columns) -> StoredSymbol:
        """Replace a symbol's series as a new version; the old version stays until it is pruned."""

    def append(self, symbol: str, kind: DataKind, columns: Columns) -> StoredSymbol:
        """Add rows later than the last one; rows that are there already are left out.

        Raises:
            StorageError: when it fails; the series is then what it was.
        """

    def read(self, symbol: str, kind: DataKind) -> Columns:
        """Return a whole series.

        Raises:
            UsageError: when there is none.
        """

    def symbols(self) -> Sequence[StoredSymbol]:
        """Return what is stored."""

    def close(self) -> None:
        """Release the store; idempotent."""
