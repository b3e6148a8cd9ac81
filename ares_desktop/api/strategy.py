"""The base of every strategy."""

from collections.abc import Awaitable
from typing import Any, ClassVar, Final

from ares_desktop.api.context import Context
from ares_desktop.api.desk import StrategyEvent, Timer, TopicMessage
from ares_desktop.api.parameters import Params
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.market import Bar, Quote, TradeTick
from ares_desktop.domain.orders import Order

Handled = Awaitable[None] | None
"""A handler may be plain or ``async def``."""

_HANDLERS: Final = {
    Bar: "on_bar",
    Quote: "on_quote",
    TradeTick: "on_trade",
    Order: "on_order",
    Fill: "on_fill",
}


class Strategy:
    """Override what you need; every handler may be ``async def``.

    Attributes:
        context: the market, this instance's money and the way to its orders.
        params: parameters in force; a change comes in at the next bar.
    """

    Params: ClassVar[type[Params]] = Params
    context: Context

    @property
    def params(self) -> Any:  # noqa: ANN401 - each strategy has a Params class of its own
        """Parameters in force, an object of the strategy's own ``Params``."""
        return self.context.params

    def on_start(self) -> Handled:
        """Make indicators, ask for warm-up and timers; it runs again when parameters change."""

    def on_bar(self, bar: Bar) -> Handled:
        """Look at a closed bar."""

    def on_quote(self, quote: Quote) -> Handled:
        """Look at a quote."""

    def on_trade(self, tick: TradeTick) -> Handled:
        """Look at a print."""

    def on_order(self, order: Order) -> Handled:
        """Look at a change of one of this instance's orders, a denied one too."""

    def on_fill(self, fill: Fill) -> Handled:
        """Look at an execution; the position has it already."""

    def on_timer(self, name: str) -> Handled:
        """Do what is due."""

    def on_message(self, topic: str, payload: Any) -> Handled:  # noqa: ANN401 - what the sender published
        """Look at what another strategy published."""

    def on_stop(self) -> Handled:
        """Clean up; a stopping instance gets no new exposure, its orders are denied."""

    def snapshot(self) -> dict[str, Any]:
        """Return state to carry over a restart; plain values only. Positions and orders come back by themselves."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Take back what :meth:`snapshot` returned; called between ``on_start`` and the warm-up."""

    async def run_strategy(self) -> None:
        """Hand every event to its handler, one after the other; override it for a life of your own."""
        async for event in self.context.events():
            handled = self.dispatch(event)
            if handled is not None:
                await handled

    def dispatch(self, event: StrategyEvent) -> Handled:
        """Call the handler of an event."""
        name = _HANDLERS.get(type(event))
        if name is not None:
            return getattr(self, name)(event)  # type: ignore[no-any-return]
        if isinstance(event, Timer):
            return self.on_timer(event.name)
        if isinstance(event, TopicMessage):
            return self.on_message(event.topic, event.payload)
        return None
