"""Option selling after earnings: a short straddle or strangle while options still cost more than the shares move.

Rule: the announcement is over, so what options charged for it should fade. On the first sessions after an
announcement, at most ``within`` days later, the mean implied volatility of a call and a put of the first expiry at
least ``min_days`` away is compared with the realized volatility of ``window`` bars. Where it is more than ``edge``
times as high both are sold: at one strike (``straddle``) or ``width`` away from the price (``strangle``), for
``weight`` of the equity by the value of the shares they stand for. Both are bought back when they cost ``stop`` times
what they brought or ``profit`` of it less, when the deltas of both together go beyond ``max_delta``, or ``close_days``
days before they expire. Both are sold or none: when one is refused or left over, the other is closed. Each
announcement is used once.
Source: the fall of implied volatility after announcements in J. Patell and M. Wolfson, Anticipated Information
Releases Reflected in Call Option Prices (Journal of Accounting and Economics, 1979); the premium of implied over
realized volatility in P. Carr and L. Wu, Variance Risk Premiums (Review of Financial Studies, 2009); short straddles
on it in A. Goyal and A. Saretto, Cross-section of Option Returns and Volatility (Journal of Financial Economics,
2009).
Data: daily bars of shares and of options on them (instruments with strike, right, expiry and underlying, from symbols
such as ACME240315C00100000), and the days of the announcements: in ``earnings``, or as an instrument ^ACME_EARNINGS
that only informs, with a bar above zero on such a day. A day is over before anything is sold: for news before the open
write the day before.
Parameters: the days, what is sold and how wide, the days to expiry, the window, the edge, the weight, stop, profit,
the bound of delta, the last days, the riskless rate.
Weaknesses: the loss is not bounded and comes overnight, when no stop works; prices of single options are wide and old,
options that do not trade every day delay decisions; American options and dividends are taken for European without; the
margin is that of each leg by itself, and the budget counts short options by their price alone.
"""

from datetime import date, timedelta
from math import isfinite
from typing import Any, Literal

from ares_desktop.api import Bar, Order, Params, Strategy, options, param
from ares_desktop.api.options import OptionPair
from ares_desktop.api.rounds import BarRound
from ares_desktop.api.universe import InstrumentId, informing, tradable


class _Share:
    """One underlying, its options, its announcements and what was sold."""

    def __init__(self, name: InstrumentId, chain: frozenset[InstrumentId], days: set[date]) -> None:
        self.name = name
        self.chain = chain
        self.days = days
        self.used: set[date] = set()
        self.legs: tuple[InstrumentId, ...] = ()
        self.round = BarRound()
        self.alive: set[InstrumentId] = set()
        self.end_ns = 0


class PEAOSSOptions(Strategy):
    """Sells options once the news is out."""

    class Params(Params):
        """What can be set."""

        earnings: str = param(
            "",
            title="Announcements",
            description="ACME 2024-01-25 2024-04-25; OTHER 2024-02-01; one share needs no name",
        )
        kind: Literal["straddle", "strangle"] = param("straddle", title="What is sold")
        width: float = param(0.05, title="Width of a strangle", unit="share of price", gt=0, le=0.5)
        within: int = param(4, title="Entry", unit="days after", ge=1, le=30)
        min_days: int = param(14, title="Expiry", unit="days at least", ge=1, le=365)
        window: int = param(21, title="Realized volatility", unit="bars", ge=5, le=252)
        edge: float = param(1.1, title="Edge", unit="implied / realized", gt=0, le=10, search=(1, 1.5, 0.1))
        weight: float = param(0.3, title="Weight", unit="share of equity", gt=0, le=2)
        stop: float = param(2.0, title="Stop", unit="times the proceeds", gt=1, le=20)
        profit: float = param(0.5, title="Profit", unit="share of proceeds", gt=0, le=1)
        max_delta: float = param(0.5, title="Greatest delta", unit="shares of one", gt=0, le=1)
        close_days: int = param(3, title="Close", unit="days before expiry", ge=0, le=60)
        rate: float = param(0.0, title="Riskless rate", unit="a year", ge=-0.1, le=0.5)

    def on_start(self) -> None:
        """Find the shares, their options and the days."""
        context = self.context
        items = [context.instrument(name) for name in tradable(context)]
        shares = [item.id for item in items if item.strike is None]
        chains = {name: frozenset(item.id for item in items if item.underlying == name) for name in shares}
        sold = [name for name in shares if chains[name]]
        if not sold:
            msg = f"pea_oss_options needs a share and options on it; it has {', '.join(context.instruments)}"
            raise ValueError(msg)
        days = _days(self.params.earnings, [context.instrument(name).symbol for name in sold])
        self._shares = {name: _Share(name, chains[name], days[context.instrument(name).symbol]) for name in sold}
        self._news = {
            news: self._shares[name]
            for news in informing(context)
            for name in sold
            if context.instrument(news).symbol == f"^{context.instrument(name).symbol}_EARNINGS"
        }
        for share in self._shares.values():
            share.legs = tuple(name for name in sorted(share.chain) if context.position(name).quantity)
        # So that it is known which options have bars.
        context.warm_up(2)

    def on_bar(self, bar: Bar) -> None:
        """Take announcements in; look at a share once it and its options have their bars."""
        news = self._news.get(bar.instrument)
        if news is not None and bar.close > 0:
            news.days.add(bar.start.date())
        for share in self._shares.values():
            if bar.instrument != share.name and bar.instrument not in share.chain:
                continue
            if share.end_ns != bar.end_ns:
                share.end_ns = bar.end_ns
                share.alive = {share.name, *(item.id for item in options.chain(self.context, share.name))}
            complete = share.round.update(bar, share.alive)
            if self.context.warming or any(self.context.orders(name) for name in share.legs):
                continue
            held = [name for name in share.legs if self.context.position(name).quantity]
            if held:
                self._look_after(share, held, complete=complete)
            elif complete:
                self._look_for(share, bar.start.date())

    def on_order(self, order: Order) -> None:
        """Close the other leg when one is refused or ends without its fill."""
        if not order.is_final or order.filled == order.intent.quantity or order.intent.reason.startswith("close"):
            return
        for share in self._shares.values():
            if order.intent.instrument in share.legs:
                self._close(share, "the other leg was not filled")

    def _look_for(self, share: _Share, today: date) -> None:
        """Sell where an announcement is fresh and volatility dear."""
        fresh = {day for day in share.days - share.used if day < today <= day + timedelta(days=self.params.within)}
        pair = self._pair(share) if fresh else None
        closes = self.context.bars(share.name, self.params.window + 1).close
        if pair is None or len(closes) <= self.params.window:
            return
        found = [options.volatility_of(self.context, name, rate=self.params.rate) for name in pair]
        known = [value for value in found if value is not None]
        realized = options.realized_volatility(closes)
        if len(known) != len(found) or not isfinite(realized):
            return
        implied = sum(known) / len(known)
        self.context.record(f"implied {share.name}", implied)
        self.context.record(f"realized {share.name}", realized)
        quantity = self._quantity(share, pair)
        if implied > self.params.edge * realized and quantity:
            share.used |= fresh
            share.legs = tuple(pair)
            for name in pair:
                text = f"implied {implied:.1%}, realized {realized:.1%} after the announcement of {max(fresh)}"
                self.context.sell(name, quantity, reason=text)

    def _pair(self, share: _Share) -> OptionPair | None:
        expiry = options.nearest_expiry(self.context, share.name, min_days=self.params.min_days)
        if expiry is None:
            return None
        if self.params.kind == "straddle":
            return options.straddle(self.context, share.name, expiry)
        return options.strangle(self.context, share.name, expiry, self.params.width)

    def _quantity(self, share: _Share, pair: OptionPair) -> int:
        """Return how many of each are sold."""
        context, spot = self.context, self.context.price(share.name) or 0.0
        unit = spot * float(context.instrument(pair.call).multiplier)
        money = self.params.weight * float(min(context.equity, context.budget)) / len(self._shares)
        return int(money / unit) if unit > 0 and isfinite(money) else 0

    def _look_after(self, share: _Share, held: list[InstrumentId], *, complete: bool) -> None:
        """Buy back what earned or lost enough, drifted away or is about to end."""
        context, params = self.context, self.params
        left = [item.expiry - context.now for item in map(context.instrument, held) if item.expiry is not None]
        if len(held) != len(OptionPair._fields):
            self._close(share, "one leg alone is held")
        elif min(left) <= timedelta(days=params.close_days):
            self._close(share, "the expiry is near")
        elif complete:
            positions = [context.position(name) for name in held]
            brought = sum(float(item.average_price or 0) for item in positions)
            costs = sum(context.price(name) or 0.0 for name in held)
            delta = self._delta(held)
            context.record(f"cost / proceeds {share.name}", costs / brought if brought else 0.0)
            if delta is not None:
                context.record(f"delta {share.name}", delta)
            if costs >= params.stop * brought:
                self._close(share, "they cost more than the stop")
            elif costs <= (1 - params.profit) * brought:
                self._close(share, "the profit is made")
            elif delta is not None and abs(delta) > params.max_delta:
                self._close(share, "the delta is too great")

    def _delta(self, held: list[InstrumentId]) -> float | None:
        """Return the delta of one of each, None where a volatility can't be told."""
        total = 0.0
        for name in held:
            terms = options.terms(self.context, name, rate=self.params.rate)
            implied = options.volatility_of(self.context, name, rate=self.params.rate)
            if terms is None or implied is None:
                return None
            total -= options.delta(terms, implied)
        return total

    def _close(self, share: _Share, why: str) -> None:
        for name in share.legs:
            self.context.flatten(name, reason=f"close: {why}")

    def snapshot(self) -> dict[str, Any]:
        """Keep the announcements that were used and those that data told."""
        return {
            name: {"used": sorted(map(str, share.used)), "days": sorted(map(str, share.days))}
            for name, share in self._shares.items()
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take them back."""
        for name, share in self._shares.items():
            kept = state.get(name, {})
            share.used |= {date.fromisoformat(day) for day in kept.get("used", ())}
            share.days |= {date.fromisoformat(day) for day in kept.get("days", ())} if self._news else set()


def _days(text: str, symbols: list[str]) -> dict[str, set[date]]:
    """Read the announcements, by symbol.

    Raises:
        ValueError: when a symbol is not among ``symbols`` or a day can't be read.
    """
    days: dict[str, set[date]] = {symbol: set() for symbol in symbols}
    for part in filter(None, map(str.strip, text.split(";"))):
        words = part.replace(",", " ").split() or [symbols[0]]
        symbol = symbols[0] if words[0][0].isdigit() and len(symbols) == 1 else words.pop(0)
        if symbol not in days:
            msg = f"earnings must name one of {', '.join(symbols)} before its days, was {symbol!r}"
            raise ValueError(msg)
        try:
            days[symbol] |= {date.fromisoformat(word) for word in words}
        except ValueError:
            msg = f"earnings must have days such as 2024-01-25, was {part!r}"
            raise ValueError(msg) from None
    return days
