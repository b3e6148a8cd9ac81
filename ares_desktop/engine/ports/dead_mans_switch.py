"""A broker's own timer that cancels orders when nobody refreshes it."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class DeadMansSwitch(Protocol):
    """A broker that cancels the account's orders by itself once it has not heard from us for long enough.

    Exchanges call it ``cancelAllOrdersAfter``. It cancels orders, protective stops among them, and never closes a
    position. Each call replaces the one before.
    """

    async def cancel_all_after(self, seconds: float | None) -> None:
        """Cancel all orders of the account after so long from now; None disarms the timer.

        Raises:
            BrokerTimeoutError: no answer came; it may be armed or not.
            BrokerError: it is as it was before the call.
        """
