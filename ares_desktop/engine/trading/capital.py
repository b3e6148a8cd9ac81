"""What an instance's capital comes to."""

from decimal import Decimal
from typing import Final

from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.money import round_down
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.trading.ledger import Ledger

CENT: Final = Decimal("0.01")


def paid_in(ledger: Ledger, account: AccountId, currency: str) -> Decimal:
    """Return everything that was paid into an account."""
    return sum((ledger.capital(account, book, currency) for book in ledger.books(account)), Decimal(0))


def wanted_capital(ledger: Ledger, instance: StrategyInstance, currency: str) -> Decimal:
    """Return the capital that an instance asks for, else its weight times everything that was paid in."""
    if instance.capital is not None:
        return instance.capital
    return round_down(instance.weight * paid_in(ledger, instance.account, currency), CENT)
