"""The managers that a ``manage_strategy`` file works with, each a thin cover over the strategy's context."""

import queue
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from ares_desktop.api.context import Context
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, InstrumentId
from ares_desktop.domain.orders import Order
from ares_desktop.engine.hosting.seed.bridge import Bridge
from ares_desktop.engine.hosting.seed.trade import SeedOrder, SeedTrade

_BARS: Final = 100_000
_MESSAGES_MAX: Final = 10_000
_TYPES: Final = frozenset({"MKT", "LMT", "STP", "STP LMT", "TRAIL"})


class SeedTradeManager:
    """Places and cancels orders."""

    def __init__(self, context: Context, bridge: Bridge) -> None:
        self._context = context
        self._bridge = bridge
        self._trades: dict[ClientOrderId, SeedTrade] = {}

    def trade(  # noqa: PLR0913, PLR0917 - the signature that files call
        self,
        contract: Any,  # noqa: ANN401 - a contract of ib_async, a symbol or an instrument
        quantity: float,
        order_type: str = "MKT",
        algo: bool = True,
        urgency: str = "Patient",
        orderRef: str = "",  # noqa: N803 - as above
        limit: float | None = None,
        useRth: bool = False,  # noqa: N803 - as above
        stop: float | None = None,
        trail: float | None = None,
    ) -> SeedTrade:
        """Place an order: ``quantity`` above zero buys, below zero sells.

        ``algo``, ``urgency`` and ``useRth`` are wishes that the paper broker has no use for; they are kept as the
        order's reason.

        Raises:
            ValueError: when the contract is none of the instance's, the quantity is zero or the type is unknown.
        """
        kind = order_type.upper()
        if kind not in _TYPES:
            msg = f"order_type must be one of {', '.join(sorted(_TYPES))}, was {order_type!r}"
            raise ValueError(msg)
        if not quantity:
            raise ValueError("quantity must not be zero")
        if kind in {"LMT", "STP LMT"} and limit is None:
            msg = f"an order of type {kind} needs a limit"
            raise ValueError(msg)
        instrument = find_instrument(self._context, contract)
        wishes = (urgency.lower(), *(["adaptive"] if algo else []), *(["regular hours"] if useRth else []))
        reason = orderRef or ", ".join(wishes)

        def place() -> SeedTrade:
            submit = self._context.buy if quantity > 0 else self._context.sell
            asked = Decimal(str(abs(quantity)))
            wanted = limit if kind in {"LMT", "STP LMT"} else None
            handle = submit(instrument, asked, limit=wanted, stop=stop, trail=trail, reason=reason)
            action = "BUY" if quantity > 0 else "SELL"
            order = SeedOrder(handle.id, action, float(asked), kind, limit, orderRef)
            made = self._trades[handle.id] = SeedTrade(handle, contract, order)
            made.orderStatus.remaining = float(asked)
            return made

        return self._bridge.ask(place)

    def cancel(self, trade: SeedTrade) -> None:
        """Ask for the cancel of an order."""
        self._bridge.ask(trade.handle.cancel)

    cancelOrder = cancel  # noqa: N815 - the name that ib_async gives it

    def open_trades(self) -> list[SeedTrade]:
        """Return the orders that are not done."""
        return [trade for trade in self._trades.values() if not trade.done]

    def take(self, event: Order | Fill) -> None:
        """Pass news of an order on to the file's own loop."""
        trade = self._trades.get(event.id if isinstance(event, Order) else event.client_order_id)
        if trade is None:
            return
        if isinstance(event, Order):
            self._bridge.tell(trade.take, event)
        else:
            self._bridge.tell(trade.book, event)


class SeedPortfolioManager:
    """Tells what the instance's own book holds; other strategies' positions are not seen."""

    def __init__(self, context: Context, bridge: Bridge) -> None:
        self._context = context
        self._bridge = bridge

    def get_positions(self) -> Any:  # noqa: ANN401 - a pandas data frame, which is slow to load
        """Return a row for each position.

        Columns: symbol, asset class, position, averageCost, marketPrice, marketValue, pnl, currency, strategy,
        contract, timestamp.
        """
        from pandas import DataFrame  # noqa: PLC0415 - slow to load, so only where a file asks for it

        return DataFrame(self._bridge.ask(self._rows), columns=list(_COLUMNS))

    match_ib_positions_with_arcticdb = get_positions
    get_positions_from_ib = get_positions

    def position(self, contract: Any) -> float:  # noqa: ANN401 - a contract, a symbol or an instrument
        """Return the signed quantity held of a contract."""
        instrument = find_instrument(self._context, contract)
        return float(self._bridge.ask(lambda: self._context.position(instrument).quantity))

    def get_portfolio_summary(self) -> dict[str, float]:
        """Return equity, cash, realized and unrealized P&L of the instance's book; NaN for what is not known."""

        def sums() -> dict[str, float]:
            rows = [self._context.position(item) for item in self._context.instruments]
            open_pnl = [row.unrealized for row in rows if row.quantity]
            return {
                "equity": float(self._context.equity),
                "cash": float(self._context.cash),
                "realized": float(sum((row.realized for row in rows), Decimal(0))),
                "unrealized": float("nan") if None in open_pnl else float(sum(map(Decimal, filter(None, open_pnl)))),
            }

        return self._bridge.ask(sums)

    def calculate_pnl(self) -> float:
        """Return realized and unrealized P&L together; NaN while a price is missing."""
        summary = self.get_portfolio_summary()
        return summary["realized"] + summary["unrealized"]

    def _rows(self) -> list[tuple[Any, ...]]:
        context = self._context
        rows = []
        for instrument in context.instruments:
            held = context.position(instrument)
            if not held.quantity:
                continue
            definition, price = context.instrument(instrument), context.price(instrument)
            quantity = float(held.quantity)
            worth = None if price is None else quantity * price * float(definition.multiplier)
            profit = None if held.unrealized is None else float(held.unrealized)
            kind = definition.asset_class.value
            average = None if held.average_price is None else float(held.average_price)
            row = (definition.symbol, kind, quantity, average, price, worth, profit)
            rows.append((*row, definition.currency, context.name, instrument, context.now))
        return rows


_COLUMNS: Final = (
    "symbol",
    "asset class",
    "position",
    "averageCost",
    "marketPrice",
    "marketValue",
    "pnl",
    "currency",
    "strategy",
    "contract",
    "timestamp",
)


class SeedDataManager:
    """Gives stored and live prices."""

    def __init__(self, context: Context, bridge: Bridge) -> None:
        self._context = context
        self._bridge = bridge

    def get_data_from_arctic(self, library_name: str, symbol: str) -> Any:  # noqa: ANN401 - a pandas data frame
        """Return the bars of a symbol, newest first, indexed by their end; any library holds the same bars.

        Raises:
            ValueError: when the symbol is none of the instance's.
        """
        del library_name
        return self.get_bars(symbol).sort_index(ascending=False)

    def get_bars(self, contract: Any, count: int = _BARS) -> Any:  # noqa: ANN401 - a contract in, a data frame out
        """Return the last bars of a contract, oldest first: open, high, low, close, volume, indexed by their end."""
        from pandas import DataFrame, to_datetime  # noqa: PLC0415 - slow to load, so only where a file asks for it

        instrument = find_instrument(self._context, contract)
        bars = self._bridge.ask(lambda: self._context.bars(instrument, count))
        columns = {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
        return DataFrame(columns, index=to_datetime(bars.end, utc=True))

    def get_price(self, contract: Any) -> float | None:  # noqa: ANN401 - a contract, a symbol or an instrument
        """Return the newest price, None before there is one."""
        instrument = find_instrument(self._context, contract)
        return self._bridge.ask(lambda: self._context.price(instrument))

    def now(self) -> datetime:
        """Return the time of the clock in force, aware UTC."""
        return self._context.now


class SeedStrategyManager:
    """What ``manage_strategy`` is given.

    Attributes:
        trade_manager, portfolio_manager, data_manager: see their classes.
        message_queue: takes dictionaries, whose text appears in the instance's log; full, it drops what comes.
        strategy_loops: the loops that the file registered.
        name: of the instance.
        parameters: in force.
        bounds: target, smallest and greatest weight.
        say: writes a line into the instance's log.
    """

    def __init__(self, context: Context, bridge: Bridge, client_id: int, say: Callable[[str], None]) -> None:
        self.trade_manager = SeedTradeManager(context, bridge)
        self.portfolio_manager = SeedPortfolioManager(context, bridge)
        self.data_manager = SeedDataManager(context, bridge)
        self.message_queue: queue.Queue[Any] = _Said(say)
        self.strategy_loops: dict[int, Any] = {}
        self.name = context.name
        self.parameters: dict[str, Any] = context.params.model_dump()
        self.bounds = context.weights
        self.say = say
        self.clientId = client_id
        self.ib_client = None


class _Said(queue.Queue[Any]):
    """A queue that nobody has to empty: what is put in is said, and the newest are kept."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self._say = say

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: ANN401 - the signature of the standard library
        """Say a message and keep it."""
        text = item.get("info") or item.get("type") if isinstance(item, dict) else item
        self._say(str(text))
        while self.qsize() >= _MESSAGES_MAX:
            self.get_nowait()
        super().put(item, block, timeout)


def find_instrument(context: Context, contract: Any) -> InstrumentId:  # noqa: ANN401 - a contract, a symbol or an instrument
    """Return the instance's instrument that a contract, a symbol or an id means.

    Raises:
        ValueError: when it is none of them.
    """
    symbol = contract if isinstance(contract, str) else getattr(contract, "symbol", "")
    for instrument in context.instruments:
        if symbol in {instrument, context.instrument(instrument).symbol}:
            return instrument
    msg = f"contract must be one of {', '.join(context.instruments)}, was {contract!r}"
    raise ValueError(msg)
