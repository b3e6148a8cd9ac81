"""What every part of the kill switch works with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol

from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.money import round_down
from ares_desktop.domain.orders import Order, OrderPurpose
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.engine.trading.flatten import Holding, holdings
from ares_desktop.engine.trading.gate import RiskGate
from ares_desktop.engine.trading.opening_hours import Calendars
from ares_desktop.engine.trading.order_ids import OrderIds
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.router import OrderRouter
from ares_desktop.engine.trading.states import covers

StopStrategies = Callable[[str], Awaitable[int]]
_AHEAD_NS: Final = 14 * 86_400_000_000_000


class Markets(Protocol):
    """What is known of contracts and of when they trade."""

    def instrument(self, instrument: InstrumentId) -> Instrument | None:
        """Return a contract, None for one that is not known."""

    def next_open(self, instrument: InstrumentId) -> datetime | None:
        """Return when a closed market opens; None while it is open, and where that is not known."""


class UnknownMarkets:
    """Knows nothing: markets count as open."""

    def instrument(self, instrument: InstrumentId) -> Instrument | None:
        """Return None."""
        del instrument
        return None

    def next_open(self, instrument: InstrumentId) -> datetime | None:
        """Return None."""
        del instrument
        return None


class CalendarMarkets:
    """Knows contracts from the market data, and sessions from the trading calendars at hand."""

    def __init__(self, find: Callable[[InstrumentId], Instrument | None], calendars: Calendars, clock: Clock) -> None:
        self._find = find
        self._calendars = calendars
        self._clock = clock

    def instrument(self, instrument: InstrumentId) -> Instrument | None:
        """Return a contract, None for one that is not known."""
        return self._find(instrument)

    def next_open(self, instrument: InstrumentId) -> datetime | None:
        """Return when a closed market opens; None while it is open, and where that is not known."""
        contract, now = self._find(instrument), self._clock.now_ns()
        sessions = None if contract is None else self._calendars.sessions(contract.calendar, now, now + _AHEAD_NS)
        if sessions is None or any(
            begin <= now < end for begin, end in zip(sessions.opens, sessions.closes, strict=True)
        ):
            return None
        following = [begin for begin in sessions.opens if begin > now]
        return from_ns(following[0]) if following else None


@dataclass(kw_only=True)
class KillTools:
    """The services under the kill switch.

    Attributes:
        cancel_elsewhere: whether orders of a live account that were placed elsewhere are canceled too.
        sending: holdings whose closing order is on its way to the journal or the broker, of every engagement.
    """

    recorder: Recorder
    gate: RiskGate
    router: OrderRouter
    ids: OrderIds
    clock: Clock
    wall: Clock
    stop_strategies: StopStrategies
    markets: Markets
    tasks: TaskSet
    confirm_within_s: float
    cancel_elsewhere: bool = False
    sending: set[Holding] = field(default_factory=set)

    def working(self, scope: str, account: AccountId | None = None, *, closing: bool = False) -> list[Order]:
        """Return the working orders in a scope that others placed, or with ``closing`` the kill switch's own."""
        return [
            order
            for order in self.recorder.fold.registry.working(account=account)
            if (order.intent.purpose is OrderPurpose.KILL_SWITCH) is closing
            and covers(scope, order.intent.account, order.intent.strategy, order.intent.instrument)
        ]

    def held(self, scope: str, account: AccountId | None = None) -> list[Holding]:
        """Return what the books in a scope hold, without the unassigned one."""
        return [item for item in holdings(self.recorder.fold, scope) if account is None or item[0] == account]

    def quantity(self, holding: Holding) -> Decimal:
        """Return how much a book holds."""
        return self.recorder.fold.ledger.position(*holding).quantity

    def largest(self, holding: Holding, quantity: Decimal) -> Decimal:
        """Return how much of a quantity one order may close: whole lots, and no more than one order may be of.

        Less than a lot is returned as it is: the gate says why it can't be sold.
        """
        contract = self.markets.instrument(holding[2])
        whole = quantity if contract is None else round_down(quantity, contract.lot_size)
        bound = self.gate.limits(StrategyId(holding[1])).max_quantity
        if bound is not None and contract is not None:
            whole = min(whole, round_down(bound, contract.lot_size))
        return whole or quantity
