"""What the gate must know: the facts of the fold, and of an account's broker session."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from ares_desktop.domain.events import TradingStateSet
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.limits import ScopeLimits
from ares_desktop.domain.orders import Order
from ares_desktop.domain.risk import KillSwitchReport
from ares_desktop.engine.ports.broker import BrokerCapabilities
from ares_desktop.engine.trading.ledger import Ledger
from ares_desktop.engine.trading.safety import Safety


class AccountLink:
    """What the gate must know of an account's broker session; its link keeps it up to date.

    Attributes:
        currency: of the account, which all its money is added up in.
    """

    def __init__(self, capabilities: BrokerCapabilities, currency: str = "USD") -> None:
        self.capabilities = capabilities
        self.currency = currency
        self.connected = False
        self.reconciled = False


class KnownOrders(Protocol):
    """Orders by their ids."""

    def get(self, order: ClientOrderId) -> Order | None:
        """Return an order, None when there is none of that id."""

    def orders(self) -> Iterable[Order]:
        """Return every order, in the order in which they were made."""

    def working(self) -> Iterable[Order]:
        """Return orders that are, or may be, live."""


class Facts(Protocol):
    """The state of the house as far as the gate looks at it; see :class:`~ares_desktop.engine.trading.fold.Fold`."""

    @property
    def registry(self) -> KnownOrders:
        """Orders."""

    @property
    def ledger(self) -> Ledger:
        """Positions and cash."""

    @property
    def states(self) -> Mapping[str, TradingStateSet]:
        """Trading states by scope."""

    @property
    def limits(self) -> Mapping[str, ScopeLimits]:
        """Risk limits by scope."""

    @property
    def kill_switch(self) -> KillSwitchReport:
        """Its newest report."""

    @property
    def safety(self) -> Safety:
        """Locks, ladders and confirmations beside what is above."""
