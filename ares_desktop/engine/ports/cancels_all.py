"""Canceling everything at once, where a broker can."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from ares_desktop.domain.ids import ClientOrderId


@runtime_checkable
class CancelsAll(Protocol):
    """A broker that takes the cancel of many orders as one message, which is its fastest path."""

    async def cancel_all(self, orders: Sequence[ClientOrderId] | None = None) -> None:
        """Hand the cancel of ``orders`` over; None stands for every working order of the account.

        Outcomes arrive as events.

        Raises:
            BrokerTimeoutError: when it was handed over but no answer came.
            BrokerError: when it could not be handed over.
        """
