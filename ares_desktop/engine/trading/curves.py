"""Equity curves, thinned so that they never grow without end."""

from typing import Final

import msgspec
import numpy as np
import structlog
from numpy.typing import NDArray

from ares_desktop.domain.accounts import AccountSnapshot, BookSnapshot, CurvePoint, EquityCurve, EquityPoint
from ares_desktop.domain.market import to_ns

MOST_POINTS: Final = 20_000
_log = structlog.get_logger(__name__)


def equity_point(snapshot: BookSnapshot | AccountSnapshot) -> EquityPoint | None:
    """Return the point that a valuation adds to a curve, None where it has no equity or no return."""
    if snapshot.equity is None or snapshot.twr is None or snapshot.drawdown is None:
        return None
    return EquityPoint(to_ns(snapshot.at), float(snapshot.equity), 0.0 - snapshot.drawdown, snapshot.twr)


class _KeptCurve(msgspec.Struct, frozen=True):
    """A curve as bytes: times, then equity, drawdown and return."""

    interval_ns: int
    ts: bytes
    figures: bytes


class EquityCurves:
    """One curve a book (and one an account, under a name of the caller's), of market time.

    A curve takes at most one point an interval. Once it is full, each two neighbours become one, with the later
    equity and the deeper drawdown, and its interval doubles: it always spans everything, evenly. Market time that
    goes back, as with another feed, begins the curve anew.
    """

    def __init__(self, *, interval_ns: int, capacity: int = MOST_POINTS) -> None:
        self._interval_ns = interval_ns
        self._capacity = capacity - capacity % 2
        self._curves: dict[str, _Curve] = {}

    def append(self, book: str, point: EquityPoint) -> CurvePoint | None:
        """Add a point; return it where it was due, None where the last one is younger than the interval."""
        curve = self._curves.get(book)
        if curve is None:
            curve = self._curves[book] = _Curve(self._capacity, self._interval_ns)
        return CurvePoint(book=book, point=point) if curve.append(point) else None

    def books(self) -> tuple[str, ...]:
        """Return the names that have a curve."""
        return tuple(self._curves)

    def curve(self, book: str) -> EquityCurve:
        """Return a copy of a curve, an empty one where there is none."""
        curve = self._curves.get(book) or _Curve(0, self._interval_ns)
        size = curve.size
        equity, drawdown, twr = curve.figures[:, :size].copy()
        return EquityCurve(book=book, ts=curve.ts[:size].copy(), equity=equity, drawdown=drawdown, twr=twr)

    def encode(self) -> bytes:
        """Return every curve, to be kept over a restart."""
        kept = {
            book: _KeptCurve(
                curve.interval_ns, curve.ts[: curve.size].tobytes(), curve.figures[:, : curve.size].tobytes()
            )
            for book, curve in self._curves.items()
        }
        return msgspec.msgpack.encode(kept)

    def restore(self, state: bytes) -> None:
        """Take what :meth:`encode` returned; what can't be read leaves the curves empty."""
        try:
            kept = msgspec.msgpack.decode(state, type=dict[str, _KeptCurve])
        except msgspec.MsgspecError as error:
            _log.warning("curves_not_restored", error=str(error))
            return
        for book, item in kept.items():
            curve = self._curves[book] = _Curve(self._capacity, item.interval_ns)
            ts = np.frombuffer(item.ts, dtype=np.int64)[-self._capacity :]
            figures = np.frombuffer(item.figures, dtype=np.float64).reshape(3, -1)[:, -self._capacity :]
            curve.size = ts.size
            curve.ts[: ts.size] = ts
            curve.figures[:, : ts.size] = figures


class _Curve:
    def __init__(self, capacity: int, interval_ns: int) -> None:
        self.ts: NDArray[np.int64] = np.empty(capacity, dtype=np.int64)
        self.figures: NDArray[np.float64] = np.empty((3, capacity), dtype=np.float64)
        self.size = 0
        self.interval_ns = interval_ns

    def append(self, point: EquityPoint) -> bool:
        size = self.size
        if size and point.ts < self.ts[size - 1]:
            size = self.size = 0
        if size and point.ts - self.ts[size - 1] < self.interval_ns:
            return False
        if size == self.ts.size:
            self._merge()
            size = self.size
        self.ts[size] = point.ts
        self.figures[:, size] = point.equity, point.drawdown, point.twr
        self.size = size + 1
        return True

    def _merge(self) -> None:
        half = self.size // 2
        equity, drawdown, twr = self.figures
        self.ts[:half] = self.ts[1::2]
        self.figures[:, :half] = equity[1::2], np.minimum(drawdown[::2], drawdown[1::2]), twr[1::2]
        self.size = half
        self.interval_ns *= 2
