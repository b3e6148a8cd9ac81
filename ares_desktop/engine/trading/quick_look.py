"""A quick look at plain market orders: it can say yes where the full review would, and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import inf
from typing import Final

from ares_desktop.domain.ids import MANUAL, AccountId, InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import NS_PER_SECOND
from ares_desktop.domain.money import is_multiple
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, OrderType, Side, TimeInForce
from ares_desktop.domain.risk import RiskLimits, TradingState
from ares_desktop.engine.ports.broker import BrokerCapabilities
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.exposure import WorkingExposure
from ares_desktop.engine.trading.facts import AccountLink, Facts
from ares_desktop.engine.trading.messages import MessageLog
from ares_desktop.engine.trading.prices import Prices
from ares_desktop.engine.trading.states import Fence

SLACK: Final = 1e-9
"""Part of every amount by which a bound must be kept; the floats of a sum are off by some 1e-15 of it."""

_MARKET: Final = OrderType.MARKET
_BY_STRATEGY: Final = OrderPurpose.STRATEGY
_BUY: Final = Side.BUY
_ACTIVE: Final = TradingState.ACTIVE

Key = tuple[AccountId, StrategyId, InstrumentId]


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for every order of one book in one instrument until somebody changes it.

    Attributes:
        value: of one unit at a price of 1.
        oldest_ns: age that a quote may have.
    """

    instrument: Instrument
    limits: RiskLimits
    link: AccountLink
    able: BrokerCapabilities
    lot: Decimal
    tifs: frozenset[TimeInForce]
    value: float
    margin_rate: float
    leverage: float
    oldest_ns: float

    def holds(self, instrument: Instrument | None) -> bool:
        """Say whether contract and broker are what they were."""
        return instrument is self.instrument and self.link.capabilities is self.able


class QuickLook:
    """Reviews from floats, with a margin on the safe side; where it does not say yes, the checks decide.

    Args:
        limits: those in force for a book in an instrument.
        is_bounded: says whether a scope bounds everything in it together, which takes sums that are not made here.
        lease: says why nothing may be sent.
        has_hours: says whether a strategy's hours must be looked at.
    """

    def __init__(  # noqa: PLR0913 - what the gate itself looks at
        self,
        fold: Facts,
        prices: Prices,
        clock: Clock,
        *,
        accounts: Mapping[AccountId, AccountLink],
        exposure: WorkingExposure,
        messages: MessageLog,
        fence: Fence,
        limits: Callable[[Key], RiskLimits],
        is_bounded: Callable[[Key], bool],
        lease: Callable[[], str],
        is_running: Callable[[StrategyId], bool],
        has_hours: Callable[[StrategyId], bool] = lambda _: False,
    ) -> None:
        self._fold = fold
        self._prices = prices
        self._clock = clock
        self._accounts = accounts
        self._exposure = exposure
        self._messages = messages
        self._fence = fence
        self._limits = limits
        self._is_bounded = is_bounded
        self._lease = lease
        self._is_running = is_running
        self._has_hours = has_hours
        self._standing: dict[Key, Standing | None] = {}

    def standing(self, key: Key) -> Standing | None:
        """Return what holds for plain market orders of a book, None where the checks must look at each."""
        return self._look(key)

    def forget(self) -> None:
        """Look at limits, hours, instruments and accounts anew."""
        self._standing.clear()

    def approves(self, intent: OrderIntent) -> bool:
        """Say whether every check is sure to pass; False means only that it is not sure."""
        if intent.type is not _MARKET or intent.purpose is not _BY_STRATEGY or not is_plain(intent):
            return False
        name, strategy = intent.instrument, intent.strategy
        key = (intent.account, strategy, name)
        standing = self._standing.get(key)
        if standing is None or not standing.holds(self._prices.instrument(name)):
            standing = self._look(key)
            if standing is None:
                return False
        if not self._is_open(intent, standing):
            return False
        newest, now_ns = self._prices.newest(name), self._clock.now_ns()
        if newest is None:
            return False
        price, ts = newest
        if not 0.0 < price < inf or (
            now_ns - ts > standing.oldest_ns and now_ns - ts > self._oldest_ns(standing, name)
        ):
            return False
        limits = standing.limits
        return (
            self._messages.in_last_second(strategy, now_ns) < limits.messages_per_second
            and self._exposure.open_orders(strategy) < limits.max_open_orders
            and not self._messages.is_duplicate(intent, now_ns, limits.duplicate_window_s)
            and self._affords(key, standing, intent, price)
        )

    def _is_open(self, intent: OrderIntent, standing: Standing) -> bool:
        """Say whether trading is free, and the order's id, form and quantity are good."""
        fold, link, order, quantity = self._fold, standing.link, intent.client_order_id, intent.quantity
        if fold.kill_switch.engaged or not self._fence.is_open or self._lease():
            return False
        if fold.states and not all(state.state is _ACTIVE for state in fold.states.values()):
            return False
        if fold.safety.locks or fold.safety.ladders:
            return False
        if not (
            link.connected and link.reconciled and intent.tif in standing.tifs and self._is_running(intent.strategy)
        ):
            return False
        if order in self._exposure or fold.registry.get(order) is not None:
            return False
        return quantity > 0 and is_multiple(quantity, standing.lot)

    def _look(self, key: Key) -> Standing | None:
        account, strategy, name = key
        link, instrument = self._accounts.get(account), self._prices.instrument(name)
        if (
            strategy == MANUAL
            or self._has_hours(strategy)
            or link is None
            or instrument is None
            or not instrument.tradable
        ):
            return None
        able, limits = link.capabilities, self._limits(key)
        if limits.max_executions is not None or able.messages_per_second is not None or self._is_bounded(key):
            return None
        if OrderType.MARKET not in able.order_types or not (instrument.shortable and able.short_sales):
            return None
        if instrument.min_notional or limits.max_notional is not None or limits.max_quantity is not None:
            return None
        standing = self._standing[key] = Standing(
            instrument,
            limits,
            link,
            able,
            instrument.lot_size,
            able.times_in_force,
            float(instrument.multiplier),
            float(instrument.margin_rate),
            float(limits.max_leverage),
            limits.max_quote_age_s * NS_PER_SECOND * (1 - SLACK),
        )
        return standing

    def _oldest_ns(self, standing: Standing, name: InstrumentId) -> float:
        interval_ns = self._prices.interval_ns(name)
        return standing.limits.max_data_age_bars * interval_ns * (1 - SLACK)

    def _affords(self, key: Key, standing: Standing, intent: OrderIntent, price: float) -> bool:
        """Say whether margin and budget bear the worst that this and all working orders may lead to."""
        account, strategy, name = key
        currency, ledger, exposure = standing.link.currency, self._fold.ledger, self._exposure
        if standing.instrument.currency != currency or not ledger.is_only_in(currency):
            return False
        if exposure.account_has_others(account, name):
            return False
        signed = float(intent.quantity) if intent.side is _BUY else -float(intent.quantity)
        working = exposure.account_remaining(account, name)
        held, cash = ledger.net_positions(account), ledger.account_cash(account, currency)
        if not self._bears(held, cash, working, signed, name, price, standing, by_margin=True):
            return False
        held, cash = ledger.book_positions(account, strategy), ledger.cash(account, strategy, currency)
        working = exposure.remaining(key)
        return self._bears(held, cash, working, signed, name, price, standing, by_margin=False)

    def _bears(
        self,
        held: Mapping[InstrumentId, Decimal],
        cash: Decimal,
        working: tuple[Decimal, Decimal],
        signed: float,
        apart: InstrumentId,
        price: float,
        standing: Standing,
        *,
        by_margin: bool,
    ) -> bool:
        """Say whether margin is sure to be within the equity, or exposure within the budget, once all orders filled."""
        rate, leverage = (standing.margin_rate, 1.0) if by_margin else (1.0, standing.leverage)
        equity = scale = float(cash)
        mine = others = 0.0
        for name, quantity in held.items():
            amount = float(quantity)
            if name == apart:
                mine = amount
                value = amount * price * standing.value
            else:
                worth = self._worth(name, amount, by_margin=by_margin)
                if worth is None:
                    return False
                value, margin = worth
                others += margin
            equity += value
            scale = abs(scale) + abs(value)
        buying, selling = working
        if signed > 0:
            after = mine + signed + float(buying) if buying else mine + signed
        else:
            after = mine + signed - float(selling) if selling else mine + signed
        needed = abs(after) * price * standing.value * rate + others
        return needed <= equity * leverage - SLACK * (abs(scale) + needed) * (1.0 + leverage)

    def _worth(self, name: InstrumentId, amount: float, *, by_margin: bool) -> tuple[float, float] | None:
        """Return value, and margin or exposure, of a holding of another instrument; None when it can't be known."""
        contract, newest = self._prices.instrument(name), self._prices.newest(name)
        if contract is None or newest is None or not -inf < newest[0] < inf:
            return None
        value = amount * newest[0] * float(contract.multiplier)
        return value, abs(value) * (float(contract.margin_rate) if by_margin else 1.0)


def is_plain(intent: OrderIntent) -> bool:
    """Say whether an intent has nothing beyond side and quantity."""
    return (
        not intent.reduce_only
        and not intent.oco_group
        and intent.bracket is None
        and intent.parent is None
        and intent.limit_price is None
        and intent.stop_price is None
        and intent.trail is None
    )
