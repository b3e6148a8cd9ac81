"""What a scope holds, and could hold once everything that works filled."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.money import ONE, ZERO
from ares_desktop.domain.orders import OrderIntent, Side
from ares_desktop.domain.risk import ALL_SCOPE
from ares_desktop.engine.trading.exposure import WorkingExposure
from ares_desktop.engine.trading.facts import Facts
from ares_desktop.engine.trading.prices import Prices, exact


class Reach(NamedTuple):
    """Where a position may come to: from ``low`` if every sale filled to ``high`` if every purchase did."""

    low: Decimal
    high: Decimal

    @property
    def worst(self) -> Decimal:
        """The greater of both, without its sign."""
        return max(abs(self.low), abs(self.high))


Reaches = Mapping[InstrumentId, Reach]


class Worth(NamedTuple):
    """Of a scope in one currency: gross and net exposure at their worst, and each instrument's."""

    gross: Decimal
    net: Decimal
    each: Mapping[InstrumentId, Decimal]


class ScopeSums:
    """Adds up by scope; an account's instruments are netted over its books, accounts are not netted."""

    def __init__(self, fold: Facts, prices: Prices, exposure: WorkingExposure, accounts: Iterable[AccountId]) -> None:
        self._fold = fold
        self._prices = prices
        self._exposure = exposure
        self._accounts = accounts

    def reaches(self, scope: str, intent: OrderIntent | None = None) -> list[Reaches]:
        """Return where the positions of a scope may come to, one mapping for each account in it."""
        kind, _, name = scope.partition(":")
        accounts = [AccountId(name)] if kind == "account" else list(self._accounts)
        if intent is not None and intent.account not in accounts:
            accounts.append(intent.account)
        book = StrategyId(name) if kind == "strategy" else None
        only = InstrumentId(name) if kind == "instrument" else None
        return [self._reaches(account, book, only, intent) for account in accounts]

    def _reaches(
        self, account: AccountId, book: StrategyId | None, only: InstrumentId | None, intent: OrderIntent | None
    ) -> Reaches:
        ledger, exposure = self._fold.ledger, self._exposure
        if book is None:
            held, working = ledger.net_positions(account), exposure.account_instruments(account)
        else:
            held, working = ledger.book_positions(account, book), exposure.book_instruments(account, book)
        adds = intent if intent is not None and intent.account == account else None
        names = {*held, *working, *([adds.instrument] if adds is not None else [])}
        found: dict[InstrumentId, Reach] = {}
        for name in names if only is None else names & {only}:
            buying, selling = (
                exposure.account_remaining(account, name) if book is None else exposure.remaining((account, book, name))
            )
            if adds is not None and adds.instrument == name:
                buying += adds.quantity if adds.side is Side.BUY else ZERO
                selling += adds.quantity if adds.side is Side.SELL else ZERO
            quantity = held.get(name, ZERO)
            found[name] = Reach(quantity - selling, quantity + buying)
        return found

    def worth(self, reaches: Iterable[Reaches], currency: str) -> Worth | None:
        """Return exposure in a currency at the newest prices, None when one or a rate is missing."""
        gross, low, high = ZERO, ZERO, ZERO
        each: dict[InstrumentId, Decimal] = {}
        for some in reaches:
            for name, reach in some.items():
                unit = self.unit_value(name, currency) if reach.low or reach.high else ZERO
                if unit is None:
                    return None
                gross += reach.worst * unit
                low += reach.low * unit
                high += reach.high * unit
                each[name] = each.get(name, ZERO) + reach.worst * unit
        return Worth(gross, max(abs(low), abs(high)), each)

    def unit_value(self, name: InstrumentId, currency: str) -> Decimal | None:
        """Return what one unit is worth in a currency, None without a price or a rate."""
        contract, price = self._prices.instrument(name), exact(self._prices.last_price(name))
        if contract is None or price is None:
            return None
        rate = ONE if contract.currency == currency else self._prices.rate(contract.currency, currency)
        return None if rate is None else abs(price) * contract.multiplier * rate

    def orders(self, scope: str) -> int:
        """Return how many orders of a scope work."""
        kind, _, name = scope.partition(":")
        if scope == ALL_SCOPE:
            return self._exposure.all_orders()
        if kind == "account":
            return self._exposure.account_orders(AccountId(name))
        if kind == "strategy":
            return self._exposure.open_orders(StrategyId(name))
        return self._exposure.instrument_orders(InstrumentId(name))
