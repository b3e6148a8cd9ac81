"""Sessions of the sentinel's own with the brokers that it guards."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ares_desktop.domain.errors import BrokerError
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, ClientOrderId
from ares_desktop.domain.orders import OrderIntent
from ares_desktop.domain.positions import NetPosition
from ares_desktop.domain.sentinel import GuardedAccount
from ares_desktop.engine.adapters.brokers.paper.client import PaperBroker
from ares_desktop.engine.ports.broker import OrderReport
from ares_desktop.engine.ports.guarded_broker import GuardedBroker
from ares_desktop.paths import Profile

CLIENT_ID: Final = "ares-sentinel"
PAPER: Final = "paper"


class PaperGuard:
    """A session with the paper broker that is opened when it is needed, so that the process may end without us."""

    name = PAPER

    def __init__(self, profile: Profile, account: AccountId) -> None:
        self._folder = profile.paper
        self._account = account
        self._session = PaperBroker(self._folder, CLIENT_ID, starts=False)

    @property
    def account(self) -> AccountId:
        """The account its orders belong to."""
        return self._account

    async def connect(self) -> None:
        """Open the session; a process that is gone is started again."""
        if self._session.is_connected:
            return
        try:
            await self._session.connect()
        except BrokerError:
            await self._session.disconnect()
            self._session = PaperBroker(self._folder, CLIENT_ID)
            await self._session.connect()

    async def disconnect(self) -> None:
        """Close the session."""
        await self._session.disconnect()

    async def submit(self, intents: Sequence[OrderIntent]) -> None:
        """Hand orders over."""
        await self._session.submit(intents)

    async def cancel(self, orders: Sequence[ClientOrderId]) -> None:
        """Hand cancels over."""
        await self._session.cancel(orders)

    async def orders(self) -> Sequence[OrderReport]:
        """Return all working orders and those that ended lately."""
        return await self._session.orders()

    async def order(self, order: ClientOrderId) -> OrderReport | None:
        """Return one order, None when the broker never had it."""
        return await self._session.order(order)

    async def fills(self) -> Sequence[Fill]:
        """Return all executions."""
        return await self._session.fills()

    async def positions(self) -> Sequence[NetPosition]:
        """Return net positions that are not zero."""
        return await self._session.positions()


ADAPTERS: Final[Mapping[str, Callable[[Profile, AccountId], GuardedBroker]]] = {PAPER: PaperGuard}
"""How a session is made, by the name of the broker in a plan."""


def session(profile: Profile, guarded: GuardedAccount) -> GuardedBroker:
    """Return a session that is not open yet.

    Raises:
        BrokerError: when there is no adapter for such a broker.
    """
    adapter = ADAPTERS.get(guarded.broker)
    if adapter is None:
        msg = f"the sentinel has no session for {guarded.broker} (account {guarded.account})"
        raise BrokerError(msg)
    return adapter(profile, guarded.account)
