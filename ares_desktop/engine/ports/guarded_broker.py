"""What the sentinel needs of a broker: enough to cancel, to close and to be sure of both."""

from collections.abc import Sequence
from typing import Protocol

from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, ClientOrderId
from ares_desktop.domain.orders import OrderIntent
from ares_desktop.domain.positions import NetPosition
from ares_desktop.engine.ports.broker import OrderReport


class GuardedBroker(Protocol):
    """A session of the sentinel's own, under a client id of its own; every call may raise BrokerError.

    The subset of :class:`~ares_desktop.engine.ports.broker.Broker` that an adapter must offer to be guarded, with the
    same meaning of every call.
    """

    @property
    def name(self) -> str:
        """Shown to people."""

    @property
    def account(self) -> AccountId:
        """The account its orders belong to."""

    async def connect(self) -> None:
        """Open the session; where the broker's process runs on this machine and is gone, start it."""

    async def disconnect(self) -> None:
        """Close the session; idempotent."""

    async def submit(self, intents: Sequence[OrderIntent]) -> None:
        """Hand orders over; one whose client order id the broker knows changes nothing."""

    async def cancel(self, orders: Sequence[ClientOrderId]) -> None:
        """Hand cancels over."""

    async def orders(self) -> Sequence[OrderReport]:
        """Return all working orders of the account, whoever placed them, and those that ended lately."""

    async def order(self, order: ClientOrderId) -> OrderReport | None:
        """Return one order, None when the broker is sure that it never had it."""

    async def fills(self) -> Sequence[Fill]:
        """Return executions of the account, oldest first."""

    async def positions(self) -> Sequence[NetPosition]:
        """Return net positions that are not zero."""
