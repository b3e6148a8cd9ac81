"""Performance without the effect of money that comes and goes: NAV units, drawdown, profit of the day."""

from datetime import date
from decimal import Decimal

import msgspec

from ares_desktop.domain.money import ZERO


class Nav(msgspec.Struct, kw_only=True):
    """Units of one book or account.

    Money that comes buys units at the price of the moment, money that goes sells them, so only the market and the
    strategy move the price. The price starts at 1; the time-weighted return is what it gained since.

    Attributes:
        units: zero before the first money came and after all of it went.
        price: equity of one unit at the last valuation.
        peak: highest price at a valuation; ``max_drawdown`` the deepest fall from a peak, as a positive fraction.
        capital, equity: at the last valuation, None before it.
        day: the date that ``day_equity`` and ``day_capital`` are the opening values of.
    """

    units: float = 0.0
    price: float = 1.0
    peak: float = 1.0
    max_drawdown: float = 0.0
    capital: Decimal = ZERO
    equity: Decimal | None = None
    day: date | None = None
    day_equity: Decimal = ZERO
    day_capital: Decimal = ZERO

    def value(self, equity: Decimal, capital: Decimal, day: date) -> None:
        """Take a valuation: ``capital`` is all that was paid in less what was paid out, ``day`` the market's date.

        A date opens with the last valuation of the date before, so a gap over night belongs to the new day.
        """
        if day != self.day:
            self.day = day
            self.day_equity = equity if self.equity is None else self.equity
            self.day_capital = capital if self.equity is None else self.capital
        flow = capital - self.capital
        if flow:
            self._flow(float(flow), float(equity - flow))
            self.capital = capital
        self.equity = equity
        if not equity and flow < 0:
            self.units = 0.0
        if self.units <= 0:
            return
        self.price = float(equity) / self.units
        self.peak = max(self.peak, self.price)
        self.max_drawdown = max(self.max_drawdown, 1 - self.price / self.peak)

    def _flow(self, amount: float, equity_before: float) -> None:
        if self.units > 0 and equity_before > 0:
            self.price = equity_before / self.units
        elif self.units > 0:
            # What lost everything and is funded anew is a new investment; the deepest fall is remembered.
            self.price, self.peak, self.units = 1.0, 1.0, 0.0
        self.units = max(0.0, self.units + amount / self.price)

    @property
    def twr(self) -> float | None:
        """Time-weighted return since the start as a fraction, None before the first money came."""
        return self.price - 1 if self.equity is not None and self.units > 0 else None

    @property
    def drawdown(self) -> float | None:
        """Fall of the price from its peak as a positive fraction, None before the first money came."""
        return 1 - self.price / self.peak if self.equity is not None and self.units > 0 else None

    @property
    def day_pnl(self) -> Decimal | None:
        """Change of equity since the day opened, cash flows removed; None before the first valuation."""
        if self.equity is None:
            return None
        return self.equity - self.day_equity - (self.capital - self.day_capital)
