"""A quick look at plain market orders: it can say yes where the full review would, and nothing else."""

from collections.abc import Callable, Mapping
from math import inf
from typing import Final, NamedTuple

from ares_desktop.domain.ids import MANUAL, AccountId, InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import NS_PER_SECOND
from ares_desktop.domain.money import is_multiple
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, OrderType, Side
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.exposure import WorkingExposure
from ares_desktop.engine.trading.facts import AccountLink, Facts
from ares_desktop.engine.trading.messages import MessageLog
from ares_desktop.engine.trading.prices import Prices
from ares_desktop.engine.trading.states import Fence

_SLACK: Final = 1e-9
"""Part of every amount by which a bound must be kept; the floats of a sum are off by some 1e-15 of it."""

Key = tuple[AccountId, StrategyId, InstrumentId]


class _Standing(NamedTuple):
    """What holds for every order of one book in one instrument until somebody changes it."""

    instrument: Instrument
    limits: RiskLimits
    link: AccountLink
    value: float
    """Of one unit at a price of 1."""
    margin: float
    leverage: float
    oldest_ns: float


class QuickLook:
    """Reviews from floats, with a margin on the safe side; where it does not say yes, the checks decide.

    Args:
        limits: those in force for a strategy.
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
        limits: Callable[[StrategyId], RiskLimits],
        is_running: Callable[[StrategyId], bool],
    ) -> None:
        self._fold = fold
        self._prices = prices
        self._clock = clock
        self._accounts = accounts
        self._exposure = exposure
        self._messages = messages
        self._fence = fence
        self._limits = limits
        self._is_running = is_running
        self._standing: dict[Key, _Standing | None] = {}

    def forget(self) -> None:
        """Look at limits, instruments and accounts anew."""
        self._standing.clear()

    def approves(self, intent: OrderIntent) -> bool:
        """Say whether every check is sure to pass; False means only that it is not sure."""
        if intent.type is not OrderType.MARKET or intent.purpose is not OrderPurpose.STRATEGY:
            return False
        if (
            intent.reduce_only
            or intent.oco_group
            or not (intent.bracket is intent.parent is intent.limit_price is intent.stop_price is intent.trail is None)
        ):
            return False
        name, strategy = intent.instrument, intent.strategy
        key = (intent.account, strategy, name)
        standing = self._standing.get(key)
        if standing is None or standing.instrument is not self._prices.instrument(name):
            standing = self._look(key)
            if standing is None:
                return False
        fold, link = self._fold, standing.link
        if (
            fold.states
            or fold.kill_switch.engaged
            or not self._fence.is_open
            or not (link.connected and link.reconciled)
        ):
            return False
        if intent.tif not in link.capabilities.times_in_force or not self._is_running(strategy):
            return False
        order = intent.client_order_id
        if order in self._exposure or fold.registry.get(order) is not None:
            return False
        quantity = intent.quantity
        if quantity <= 0 or not is_multiple(quantity, standing.instrument.lot_size):
            return False
        price, ts, now_ns = self._prices.last_price(name), self._prices.last_ts(name), self._clock.now_ns()
        if price is None or ts is None or not 0.0 < price < inf or now_ns - ts > self._oldest_ns(standing, name):
            return False
        signed = float(quantity) if intent.side is Side.BUY else -float(quantity)
        return self._is_calm(intent, standing.limits, now_ns) and self._affords(key, standing, signed, price)

    def _look(self, key: Key) -> _Standing | None:
        account, strategy, name = key
        link, instrument = self._accounts.get(account), self._prices.instrument(name)
        if strategy == MANUAL or link is None or instrument is None or not instrument.tradable:
            return None
        able, limits = link.capabilities, self._limits(strategy)
        if OrderType.MARKET not in able.order_types or not (instrument.shortable and able.short_sales):
            return None
        if instrument.min_notional or limits.max_notional is not None or limits.max_quantity is not None:
            return None
        value = float(instrument.multiplier)
        standing = self._standing[key] = _Standing(
            instrument,
            limits,
            link,
            value,
            value * float(instrument.margin_rate),
            float(limits.max_leverage),
            limits.max_quote_age_s * NS_PER_SECOND * (1 - _SLACK),
        )
        return standing

    def _oldest_ns(self, standing: _Standing, name: InstrumentId) -> float:
        interval_ns = self._prices.interval_ns(name)
        return max(standing.oldest_ns, standing.limits.max_data_age_bars * interval_ns * (1 - _SLACK))

    def _is_calm(self, intent: OrderIntent, limits: RiskLimits, now_ns: int) -> bool:
        strategy = intent.strategy
        return (
            self._messages.in_last_second(strategy, now_ns) < limits.messages_per_second
            and self._exposure.open_orders(strategy) < limits.max_open_orders
            and not self._messages.is_duplicate(intent, now_ns, limits.duplicate_window_s)
        )

    def _affords(self, key: Key, standing: _Standing, signed: float, price: float) -> bool:
        """Say whether margin and budget bear the worst that this and all working orders may lead to."""
        account, strategy, name = key
        currency, ledger, exposure = standing.link.currency, self._fold.ledger, self._exposure
        if standing.instrument.currency != currency or not ledger.is_only_in(currency):
            return False
        buying, selling = exposure.account_remaining(account, name)
        held = ledger.net_positions(account)
        equity, others, scale = self._add_up(held, name, account_margin=True)
        if equity is None or exposure.account_has_others(account, name):
            return False
        equity += float(ledger.account_cash(account, currency))
        after = _worst(float(held.get(name, 0)), signed, float(buying), float(selling))
        needed = after * price * standing.margin + others
        if needed > equity - _SLACK * (scale + needed + abs(equity)):
            return False
        held = ledger.book_positions(account, strategy)
        equity, others, scale = self._add_up(held, name, account_margin=False)
        if equity is None:
            return False
        equity += float(ledger.cash(account, strategy, currency))
        buying, selling = exposure.remaining(key)
        after = _worst(float(held.get(name, 0)), signed, float(buying), float(selling))
        needed = after * price * standing.value + others
        return needed <= equity * standing.leverage - _SLACK * (scale + needed + abs(equity)) * max(
            1.0, standing.leverage
        )

    def _add_up(
        self, held: Mapping[InstrumentId, object], apart: InstrumentId, *, account_margin: bool
    ) -> tuple[float | None, float, float]:
        """Return value, margin or exposure of what is apart from one instrument, and the size of the amounts."""
        total, others, scale = 0.0, 0.0, 0.0
        for name, quantity in held.items():
            contract, price = self._prices.instrument(name), self._prices.last_price(name)
            if contract is None or price is None or not -inf < price < inf:
                return None, 0.0, 0.0
            value = float(quantity) * price * float(contract.multiplier)  # type: ignore[arg-type]
            total += value
            scale += abs(value)
            if name != apart:
                others += abs(value) * (float(contract.margin_rate) if account_margin else 1.0)
        return total, others, scale


def _worst(held: float, signed: float, buying: float, selling: float) -> float:
    return abs(held + buying + signed) if signed > 0 else abs(held - selling + signed)
