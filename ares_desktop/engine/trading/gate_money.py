"""What accounts and books are worth and need at the newest prices, at the worst their working orders lead to."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.money import ONE, ZERO, decimal
from ares_desktop.domain.option_margin import short_option_margin
from ares_desktop.domain.risk import ALL_SCOPE
from ares_desktop.engine.trading.exposure import WorkingExposure
from ares_desktop.engine.trading.facts import AccountLink, Facts
from ares_desktop.engine.trading.prices import Prices, exact


class GateMoney:
    """Adds up by account and by book; a figure that lacks a price or a rate is None, never zero."""

    def __init__(
        self, fold: Facts, prices: Prices, exposure: WorkingExposure, accounts: Mapping[AccountId, AccountLink]
    ) -> None:
        self._fold = fold
        self._prices = prices
        self._exposure = exposure
        self._accounts = accounts

    def account(self, account: AccountId, apart: InstrumentId) -> tuple[Decimal | None, Decimal | None]:
        """Return equity, and margin used by the positions and working orders of all instruments but one."""
        link = self._accounts.get(account)
        if link is None:
            return None, None
        ledger = self._fold.ledger
        equity, _, margin = self._add_up(
            link.currency,
            {currency: ledger.account_cash(account, currency) for currency in ledger.currencies(account)},
            ledger.net_positions(account),
            self._exposure.account_instruments(account),
            lambda instrument: self._exposure.account_remaining(account, instrument),
            apart,
        )
        return equity, margin

    def book(
        self, account: AccountId, strategy: StrategyId, apart: InstrumentId
    ) -> tuple[Decimal | None, Decimal | None]:
        """Return a book's equity, and its exposure after its working orders in all instruments but one."""
        link = self._accounts.get(account)
        if link is None:
            return None, None
        ledger = self._fold.ledger
        equity, exposure, _ = self._add_up(
            link.currency,
            {currency: ledger.cash(account, strategy, currency) for currency in ledger.currencies(account)},
            ledger.book_positions(account, strategy),
            self._exposure.book_instruments(account, strategy),
            lambda instrument: self._exposure.remaining((account, strategy, instrument)),
            apart,
        )
        return equity, exposure

    def scope_equity(self, scope: str, currency: str) -> Decimal | None:
        """Return the equity of an account, or of all accounts that are kept in a currency; None for other scopes."""
        kind, _, name = scope.partition(":")
        if kind == "account":
            return self.account(AccountId(name), InstrumentId(""))[0]
        if scope != ALL_SCOPE or any(link.currency != currency for link in self._accounts.values()):
            return None
        found = [self.account(account, InstrumentId(""))[0] for account in self._accounts]
        known = [equity for equity in found if equity is not None]
        return sum(known, ZERO) if len(known) == len(found) else None

    def short_margin(self, contract: Instrument) -> Decimal | None:
        """Return what one unit of an option sold short needs beside its value, per point of its multiplier.

        None for what is no option, and while the price of its underlying is not known.
        """
        if contract.underlying is None or contract.strike is None or contract.right not in {"call", "put"}:
            return None
        price = self._prices.last_price(contract.underlying)
        if price is None:
            return None
        return decimal(short_option_margin(float(contract.strike), price, call=contract.right == "call"))

    def _needs(self, contract: Instrument, low: Decimal, worst: Decimal, rate: Decimal) -> Decimal:
        """Return the margin of a position that may come to ``low`` units, and to a value of ``worst``."""
        need = worst * contract.margin_rate
        if low >= 0 or contract.underlying is None or contract.strike is None:
            return need
        # Without a price of the underlying the strike stands for it, as at the simulated venue.
        each = self.short_margin(contract) or decimal(
            short_option_margin(float(contract.strike), float(contract.strike), call=contract.right == "call")
        )
        return max(need, -low * each * contract.multiplier * rate)

    def _add_up(
        self,
        currency: str,
        cash: Mapping[str, Decimal],
        held: Mapping[InstrumentId, Decimal],
        working: set[InstrumentId],
        remaining: Callable[[InstrumentId], tuple[Decimal, Decimal]],
        apart: InstrumentId,
    ) -> tuple[Decimal, Decimal, Decimal] | tuple[None, None, None]:
        """Return equity, and worst-case exposure and margin of all instruments but one; None without price or rate."""
        equity, exposure, margin = ZERO, ZERO, ZERO
        for unit, amount in cash.items():
            rate = self._prices.rate(unit, currency) if amount else ONE
            if rate is None:
                return None, None, None
            equity += amount * rate
        for name in held.keys() | working:
            quantity = held.get(name, ZERO)
            contract, price = self._prices.instrument(name), exact(self._prices.last_price(name))
            rate = None if contract is None else self._prices.rate(contract.currency, currency)
            if contract is None or price is None or rate is None:
                if quantity == ZERO and name == apart:
                    continue
                return None, None, None
            each = price * contract.multiplier * rate
            equity += quantity * each
            if name == apart:
                continue
            buying, selling = remaining(name)
            worst = abs(max(abs(quantity + buying), abs(quantity - selling)) * each)
            exposure += worst
            margin += self._needs(contract, quantity - selling, worst, rate)
        return equity, exposure, margin
