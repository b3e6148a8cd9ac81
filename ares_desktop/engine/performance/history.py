"""The value of a book's NAV unit at the end of each day, and what it held and owned on average."""

from typing import Final

import msgspec
import numpy as np
import structlog

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.engine.backtest.analysis.days import DAY_NS

_log = structlog.get_logger(__name__)
_NS: Final = 1e9


class Valued(msgspec.Struct, frozen=True, kw_only=True):
    """A book at one moment of market time.

    Attributes:
        value: of one NAV unit: 1 + time-weighted return.
        gross: sum of the absolute values of its holdings, None when a mark is missing.
        traded: absolute value of all its executions so far, None when a currency has no rate.
    """

    ns: int
    value: float
    equity: float
    gross: float | None
    traded: float | None


class DayClose(msgspec.Struct, frozen=True, array_like=True):
    """The last valuation of a UTC day of market time."""

    ns: int
    value: float
    equity: float


class BookHistory(msgspec.Struct, kw_only=True):
    """One book from its first valuation on.

    Averages weigh each moment by the market time until the next one.

    Attributes:
        first: the first valuation.
        closes: one a day, ascending; the last one is of the day that is not over.
        traded: value of its executions since the first valuation, None when a rate is missing.
    """

    first: DayClose
    first_traded: float | None
    closes: list[DayClose]
    traded: float | None
    weight_s: float = 0.0
    equity_s: float = 0.0
    exposed_s: float = 0.0
    exposure_s: float = 0.0
    gross: float | None = None

    @classmethod
    def begin(cls, valued: Valued) -> "BookHistory":
        """Return the history of a book that is valued for the first time."""
        close = DayClose(valued.ns, valued.value, valued.equity)
        traded = None if valued.traded is None else 0.0
        return cls(first=close, first_traded=valued.traded, closes=[close], traded=traded, gross=valued.gross)

    def extend(self, valued: Valued) -> None:
        """Take a later valuation."""
        last = self.closes[-1]
        seconds = (valued.ns - last.ns) / _NS
        self.weight_s += seconds
        self.equity_s += seconds * last.equity
        if self.gross is not None and last.equity > 0:
            self.exposed_s += seconds
            self.exposure_s += seconds * self.gross / last.equity
        self.gross = valued.gross
        known = valued.traded is not None and self.first_traded is not None
        self.traded = valued.traded - self.first_traded if known else None  # type: ignore[operator]
        close = DayClose(valued.ns, valued.value, valued.equity)
        if valued.ns // DAY_NS == last.ns // DAY_NS:
            self.closes[-1] = close
        else:
            self.closes.append(close)

    @property
    def mean_equity(self) -> float | None:
        """Equity on average, None where no time has passed or there was none."""
        return self.equity_s / self.weight_s if self.weight_s > 0 and self.equity_s > 0 else None

    @property
    def exposure(self) -> float | None:
        """Gross exposure as a share of equity on average, None where it was never known."""
        return self.exposure_s / self.exposed_s if self.exposed_s > 0 else None

    def daily(self) -> EquityCurve:
        """Return the closes as a curve; its return is since the first valuation."""
        base = self.first.value
        return EquityCurve(
            book="",
            ts=np.array([close.ns for close in self.closes], dtype=np.int64),
            equity=np.array([close.equity for close in self.closes], dtype=np.float64),
            drawdown=np.zeros(len(self.closes)),
            twr=np.array([close.value / base - 1.0 for close in self.closes], dtype=np.float64),
        )


class NavHistory:
    """The histories of all books by name.

    Market time that goes back a day or more begins one anew, and so does what lost everything and is funded again.
    """

    def __init__(self) -> None:
        self._books: dict[str, BookHistory] = {}

    def note(self, book: str, valued: Valued) -> bool:
        """Take a valuation; return whether a day of the book was completed by it."""
        known = self._books.get(book)
        behind = 0 if known is None else known.closes[-1].ns - valued.ns
        if known is None or behind >= DAY_NS or min(known.first.value, known.closes[-1].value) <= 0:
            self._books[book] = BookHistory.begin(valued)
            return True
        if behind > 0:
            return False
        days = len(known.closes)
        known.extend(valued)
        return len(known.closes) > days

    def book(self, name: str) -> BookHistory | None:
        """Return a copy of a book's history, None before its first valuation; safe to hand to a thread."""
        known = self._books.get(name)
        return None if known is None else msgspec.structs.replace(known, closes=list(known.closes))

    def books(self) -> tuple[str, ...]:
        """Return the names that have a history."""
        return tuple(self._books)

    def encode(self) -> bytes:
        """Return everything, to be kept over a restart."""
        return msgspec.msgpack.encode(self._books)

    def restore(self, state: bytes) -> None:
        """Take what :meth:`encode` returned; what can't be read leaves the histories as they are."""
        try:
            self._books = msgspec.msgpack.decode(state, type=dict[str, BookHistory])
        except msgspec.MsgspecError as error:
            _log.warning("nav_history_not_restored", error=str(error))
