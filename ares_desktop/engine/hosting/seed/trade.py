"""The order of a ``manage_strategy`` file, in the shape that it knows from ib_async."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Self

from ares_desktop.api.orders import OrderHandle
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.orders import FINAL_STATES, Order, OrderState

STATUS: Final = {
    OrderState.INITIALIZED: "PendingSubmit",
    OrderState.DENIED: "Inactive",
    OrderState.SUBMITTED: "PendingSubmit",
    OrderState.ACCEPTED: "Submitted",
    OrderState.REJECTED: "Inactive",
    OrderState.TRIGGERED: "Submitted",
    OrderState.PARTIALLY_FILLED: "Submitted",
    OrderState.FILLED: "Filled",
    OrderState.PENDING_UPDATE: "Submitted",
    OrderState.PENDING_CANCEL: "PendingCancel",
    OrderState.CANCELED: "Cancelled",
    OrderState.EXPIRED: "Cancelled",
    OrderState.UNKNOWN: "PendingSubmit",
}
"""Order states in the words of the IB API."""


class Event:
    """Listeners that are added with ``+=`` and called one after the other."""

    def __init__(self) -> None:
        self._listeners: list[Callable[..., Any]] = []

    def __iadd__(self, listener: Callable[..., Any]) -> Self:
        self._listeners.append(listener)
        return self

    def __isub__(self, listener: Callable[..., Any]) -> Self:
        self._listeners.remove(listener)
        return self

    def emit(self, *values: Any) -> None:  # noqa: ANN401 - what the event carries
        """Call every listener."""
        for listener in tuple(self._listeners):
            listener(*values)


@dataclass
class SeedOrder:
    """What was asked for."""

    orderId: str  # noqa: N815 - the name that ib_async gives it
    action: str
    totalQuantity: float  # noqa: N815 - as above
    orderType: str  # noqa: N815 - as above
    lmtPrice: float | None  # noqa: N815 - as above
    orderRef: str  # noqa: N815 - as above


@dataclass
class SeedStatus:
    """How the order is."""

    status: str = STATUS[OrderState.INITIALIZED]
    filled: float = 0.0
    remaining: float = 0.0
    avgFillPrice: float = 0.0  # noqa: N815 - the name that ib_async gives it
    whyHeld: str = ""  # noqa: N815 - as above


@dataclass
class SeedExecution:
    """One execution."""

    execId: str  # noqa: N815 - the name that ib_async gives it
    shares: float
    price: float
    side: str
    time: Any


@dataclass
class SeedFill:
    """One execution with its contract and commission."""

    contract: Any
    execution: SeedExecution
    commission: float


@dataclass
class SeedTrade:
    """An order that the file placed.

    Attributes:
        handle: the order as the engine knows it; it belongs to the engine's thread.
        fillEvent: called with the trade and a fill.
        statusEvent: called with the trade.
        filledEvent: called with the trade once it is filled.
        cancelledEvent: called with the trade once it is canceled.
    """

    handle: OrderHandle
    contract: Any
    order: SeedOrder
    orderStatus: SeedStatus = field(default_factory=SeedStatus)  # noqa: N815 - the name that ib_async gives it
    fills: list[SeedFill] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    fillEvent: Event = field(default_factory=Event)  # noqa: N815 - as above
    statusEvent: Event = field(default_factory=Event)  # noqa: N815 - as above
    filledEvent: Event = field(default_factory=Event)  # noqa: N815 - as above
    cancelledEvent: Event = field(default_factory=Event)  # noqa: N815 - as above
    done: bool = False

    def isDone(self) -> bool:  # noqa: N802 - the name that ib_async gives it
        """Say whether nothing more will happen to it."""
        return self.done

    def isActive(self) -> bool:  # noqa: N802 - as above
        """Say whether something may still happen to it."""
        return not self.done

    def take(self, order: Order) -> None:
        """Take a change over and tell listeners; runs on the file's own loop."""
        before = self.orderStatus.status
        status = STATUS[order.state]
        self.done = order.state in FINAL_STATES
        self.orderStatus.status = status
        self.orderStatus.filled = float(order.filled)
        self.orderStatus.remaining = float(order.remaining)
        self.orderStatus.avgFillPrice = float(order.average_price or 0)
        self.orderStatus.whyHeld = order.reason
        if order.reason:
            self.log.append(order.reason)
        if status != before:
            self.statusEvent.emit(self)
            if status == STATUS[OrderState.FILLED]:
                self.filledEvent.emit(self)
            elif status == STATUS[OrderState.CANCELED]:
                self.cancelledEvent.emit(self)

    def book(self, fill: Fill) -> None:
        """Take an execution over and tell listeners; runs on the file's own loop."""
        side = "BOT" if fill.side.sign > 0 else "SLD"
        execution = SeedExecution(fill.trade_id, float(fill.quantity), float(fill.price), side, fill.at)
        told = SeedFill(self.contract, execution, float(fill.commission))
        self.fills.append(told)
        self.fillEvent.emit(self, told)
