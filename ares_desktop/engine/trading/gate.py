"""The pre-trade gate: gathers what is known, asks the checks, and denies by default."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from msgspec.structs import replace

from ares_desktop.domain.events import InstanceSaved, JournalEvent, LimitsChanged
from ares_desktop.domain.ids import MANUAL, AccountId, ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import NS_PER_SECOND
from ares_desktop.domain.money import ONE
from ares_desktop.domain.orders import Order, OrderIntent, OrderPurpose
from ares_desktop.domain.risk import LimitsInForce, LimitUse, RiskLimits
from ares_desktop.engine.ports.broker import BrokerCapabilities
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.checks import review
from ares_desktop.engine.trading.execution_log import ExecutionLog
from ares_desktop.engine.trading.exits import Refusal
from ares_desktop.engine.trading.exposure import WorkingExposure
from ares_desktop.engine.trading.facts import AccountLink, Facts
from ares_desktop.engine.trading.fold import Applied
from ares_desktop.engine.trading.gate_money import GateMoney
from ares_desktop.engine.trading.gate_view import GateView, ScopeView
from ares_desktop.engine.trading.limit_scopes import LimitScopes
from ares_desktop.engine.trading.limit_uses import LimitUses, scope_view
from ares_desktop.engine.trading.locks import locked_by
from ares_desktop.engine.trading.messages import MessageLog, sender
from ares_desktop.engine.trading.opening_hours import OpeningHours
from ares_desktop.engine.trading.prices import Prices, exact
from ares_desktop.engine.trading.quick_look import QuickLook, Standing
from ares_desktop.engine.trading.scope_sums import ScopeSums
from ares_desktop.engine.trading.states import Fence, effective_state, risk_multiplier, scope_multiplier

__all__ = ["AccountLink", "RiskGate"]

_NO_INSTRUMENT: Final = InstrumentId("")
_NO_BROKER: Final = BrokerCapabilities(
    order_types=frozenset(),
    times_in_force=frozenset(),
    brackets=False,
    oco=False,
    reduce_only=False,
    short_sales=False,
)


class RiskGate:
    """Reviews one intent after the other; what it approves is reserved at once.

    Attributes:
        exposure: working orders, approved ones that are not sent yet included.
        scopes: which limits hold together.
        fence: closed by the kill switch before it writes anything.
        lease: says why nothing may be sent at this moment, empty while all is well; set by who keeps the lease with
            the sentinel.
    """

    def __init__(
        self,
        fold: Facts,
        prices: Prices,
        clock: Clock,
        *,
        wall: Clock,
        default_limits: RiskLimits,
        is_running: Callable[[StrategyId], bool],
        hours: OpeningHours | None = None,
    ) -> None:
        self._fold = fold
        self._prices = prices
        self._clock = clock
        self._wall = wall
        self.scopes = LimitScopes(fold, default_limits)
        self._is_running = is_running
        self._hours = hours
        self._accounts: dict[AccountId, AccountLink] = {}
        self._messages = MessageLog()
        self._executions = ExecutionLog(fold.registry.orders)
        self.exposure = WorkingExposure()
        for order in fold.registry.working():
            self.exposure.update(order)
        self.fence = Fence()
        self.lease: Callable[[], str] = lambda: ""
        self._money = GateMoney(fold, prices, self.exposure, self._accounts)
        self._sums = ScopeSums(fold, prices, self.exposure, self._accounts)
        self._uses = self._limit_uses()
        self._quick = self._quick_look()

    def _limit_uses(self) -> LimitUses:
        return LimitUses(
            self._fold,
            scopes=self.scopes,
            sums=self._sums,
            money=self._money,
            exposure=self.exposure,
            messages=self._messages,
            executions=self._executions,
            accounts=self._accounts,
            clock=self._clock,
        )

    def _quick_look(self) -> QuickLook:
        return QuickLook(
            self._fold,
            self._prices,
            self._clock,
            accounts=self._accounts,
            exposure=self.exposure,
            messages=self._messages,
            fence=self.fence,
            limits=self.scopes.in_force,
            is_bounded=lambda key: bool(self.scopes.bounding(key)),
            lease=self._lease_lost,
            is_running=self._is_running,
            has_hours=lambda strategy: self._hours is not None and self._hours.bind(strategy),
        )

    def set_default_limits(self, limits: RiskLimits) -> None:
        """Set the limits that hold where none were set for a scope."""
        self.scopes.set_defaults(limits)
        self._quick.forget()

    def add_account(self, account: AccountId, link: AccountLink) -> None:
        """Let orders of ``account`` be reviewed; without it they are denied."""
        self._accounts[account] = link
        self._quick.forget()

    def capabilities(self, account: AccountId) -> BrokerCapabilities:
        """Return what an account's broker carries out, nothing for an unknown account."""
        link = self._accounts.get(account)
        return _NO_BROKER if link is None else link.capabilities

    def accounts(self) -> tuple[AccountId, ...]:
        """Return the accounts whose orders are reviewed."""
        return tuple(self._accounts)

    def recorded(self, event: JournalEvent, applied: Applied) -> None:
        """Take an order's present remainder from what was folded, and limits anew when one was set."""
        if applied.order is not None:
            self.exposure.update(applied.order)
            if applied.fill is not None:
                self._executions.note(applied.order, applied.fill.at)
        elif isinstance(event.payload, LimitsChanged | InstanceSaved):
            self.scopes.forget()
            self._quick.forget()

    @property
    def counts_executions(self) -> bool:
        """Whether any limit on them was looked at so far."""
        return self._executions.is_loaded

    def executed(self, order: Order, at: datetime) -> None:
        """Count what a strategy executed, where no journal tells of it."""
        self._executions.note(order, at)

    def limits(
        self, strategy: StrategyId, account: AccountId | None = None, instrument: InstrumentId = _NO_INSTRUMENT
    ) -> RiskLimits:
        """Return the limits in force: of each the tightest of every scope that covers the strategy.

        Without an account it is the only one that there is.
        """
        if account is None:
            account = next(iter(self._accounts), AccountId("")) if len(self._accounts) == 1 else AccountId("")
        return self.scopes.in_force((account, strategy, instrument))

    def limits_of(self, scope: str) -> RiskLimits:
        """Return the limits in force for a scope."""
        return self._uses.limits(scope)

    def uses(self, scope: str) -> tuple[LimitUse, ...]:
        """Return every limit of a scope with what is used of it."""
        return self._uses.of(scope)

    def view_of(self, account: AccountId, strategy: StrategyId) -> LimitsInForce:
        """Return a strategy's own view of its limits."""
        return self._uses.seen_by(account, strategy)

    def review(self, intent: OrderIntent) -> Refusal | None:
        """Approve and reserve an intent, or return why it is denied."""
        if not self._quick.approves(intent):
            refusal = review(intent, self._view(intent))
            if refusal is not None:
                return refusal
        self.let_through(intent)
        return None

    def review_growth(self, order: Order, quantity: Decimal) -> Refusal | None:
        """Return why a working order may not become one of ``quantity``, None when it may; a smaller one always may.

        What it grows by, beyond what its OCO group counts for already, is looked at as one more order beside it.
        """
        more = quantity - order.filled - max(order.remaining, self.exposure.joined(order.intent))
        if more <= 0:
            return None
        beside = ClientOrderId(f"{order.id}:{quantity}")
        grown = replace(order.intent, client_order_id=beside, quantity=more, oco_group="", bracket=None)
        return review(grown, self._view(grown))

    def standing(self, account: AccountId, strategy: StrategyId, instrument: InstrumentId) -> Standing | None:
        """Return what holds for a book's plain market orders until limits or the broker change, see the quick look."""
        return self._quick.standing((account, strategy, instrument))

    def let_through(self, intent: OrderIntent) -> None:
        """Reserve and count an intent that passed."""
        self.exposure.reserve(intent)
        self._messages.passed(intent, self._sent_ns(intent))
        link = self._accounts.get(intent.account)
        if link is not None and link.capabilities.messages_per_second is not None:
            self._messages.sent(intent.account, self._wall.now_ns())

    def canceled(self, account: AccountId, count: int) -> None:
        """Count cancels that were handed to a broker: they are never denied, and leave less room for orders."""
        link = self._accounts.get(account)
        if link is not None and link.capabilities.messages_per_second is not None:
            now_ns = self._wall.now_ns()
            for _ in range(count):
                self._messages.sent(account, now_ns)

    def count(self, intent: OrderIntent, at_ns: int) -> None:
        """Count an intent that passed by what :meth:`standing` tells, and whose order is over already."""
        self._messages.passed(intent, at_ns)

    def equity(self, account: AccountId) -> Decimal | None:
        """Return what an account is worth at the newest prices, None when one or a rate is missing."""
        return self._money.account(account, _NO_INSTRUMENT)[0]

    def withdraw(self, intent: OrderIntent) -> None:
        """Free what an approved intent reserved, since it will not be sent: the same may be asked for again."""
        self.exposure.release(intent.client_order_id)
        self._messages.withdrawn(intent)

    def halted(self, intent: OrderIntent) -> bool:
        """Say whether the kill switch covers an approved intent that was not sent yet."""
        if intent.purpose is OrderPurpose.KILL_SWITCH:
            return False
        return self.fence.holds(self._fold.kill_switch, intent.account, intent.strategy, intent.instrument)

    def _view(self, intent: OrderIntent) -> GateView:
        account, strategy, instrument_id = key = intent.account, intent.strategy, intent.instrument
        link, instrument = self._accounts.get(account), self._prices.instrument(instrument_id)
        limits = self.scopes.in_force(key)
        buying, selling = self.exposure.remaining(key)
        account_buying, account_selling = self.exposure.account_remaining(account, instrument_id)
        now_ns, sent_ns = self._clock.now_ns(), self._sent_ns(intent)
        equity, margin = self._money.account(account, instrument_id)
        book_equity, book_exposure = self._money.book(account, strategy, instrument_id)
        rate = None if link is None or instrument is None else self._prices.rate(instrument.currency, link.currency)
        return GateView(
            trading_state=effective_state(self._fold.states, account, strategy, instrument_id),
            kill_switch=self.fence.holds(self._fold.kill_switch, account, strategy, instrument_id),
            connected=link is not None and link.connected,
            reconciled=link is not None and link.reconciled,
            instrument=instrument,
            capabilities=link.capabilities if link else _NO_BROKER,
            limits=limits,
            price=exact(self._prices.last_price(instrument_id)),
            price_age_s=self._price_age_s(instrument_id, now_ns),
            data_interval_s=self._prices.interval_ns(instrument_id) / NS_PER_SECOND,
            position=self._fold.ledger.position(account, strategy, instrument_id).quantity,
            book_buying=buying,
            book_selling=selling,
            account_position=self._fold.ledger.net(account, instrument_id),
            account_buying=account_buying,
            account_selling=account_selling,
            account_equity=equity,
            margin_used=margin,
            has_budget=strategy != MANUAL,
            book_equity=book_equity,
            book_exposure=book_exposure,
            messages=self._messages.in_last_second(sender(intent), sent_ns),
            venue_messages=self._messages.to_venue(account, self._wall.now_ns()),
            open_orders=self.exposure.open_orders(strategy),
            duplicate=self._messages.is_duplicate(intent, sent_ns, limits.duplicate_window_s),
            fx_known=rate is not None,
            fx_rate=ONE if rate is None else rate,
            **self._standing_facts(intent, limits, instrument, link),
        )

    def _standing_facts(
        self, intent: OrderIntent, limits: RiskLimits, instrument: Instrument | None, link: AccountLink | None
    ) -> dict[str, Any]:
        """Return what stands in the way of an intent beside prices and money: fields of the view."""
        account, strategy, safety = intent.account, intent.strategy, self._fold.safety
        exits_buying, exits_selling = self.exposure.exits((account, strategy, intent.instrument))
        calendar = None if instrument is None else instrument.calendar
        return {
            "running": intent.purpose is not OrderPurpose.STRATEGY or self._is_running(strategy),
            "known_order": self._is_known(intent),
            "outside_hours": "" if calendar is None else self._outside_hours(strategy, calendar, self._clock.now_ns()),
            "lease": self.lease(),
            "lock": locked_by(safety.locks, account, strategy, intent.instrument, self._clock),
            "waits": self._executions.waits(strategy, limits, safety.confirmed),
            "multiplier": risk_multiplier(safety.ladders, account, strategy) if safety.ladders else ONE,
            "scopes": self._scopes(intent, link),
            "short_margin": None if instrument is None else self._money.short_margin(instrument),
            "exits_buying": exits_buying,
            "exits_selling": exits_selling,
            "joined": self.exposure.joined(intent),
        }

    def _scopes(self, intent: OrderIntent, link: AccountLink | None) -> tuple[ScopeView, ...]:
        bounding = self.scopes.bounding((intent.account, intent.strategy, intent.instrument))
        if not bounding or link is None:
            return ()
        ladders = self._fold.safety.ladders
        return tuple(
            scope_view(
                scope,
                limits,
                self._sums,
                intent,
                currency=link.currency,
                equity=self._money.scope_equity(scope, link.currency),
                multiplier=scope_multiplier(ladders, scope, intent.account, intent.strategy),
            )
            for scope, limits in bounding
        )

    def _lease_lost(self) -> str:
        return self.lease()

    def _price_age_s(self, instrument: InstrumentId, now_ns: int) -> float | None:
        ts = self._prices.last_ts(instrument)
        return None if ts is None else max(0, now_ns - ts) / NS_PER_SECOND

    def _outside_hours(self, strategy: StrategyId, calendar: str, now_ns: int) -> str:
        return "" if self._hours is None else self._hours.closed(strategy, calendar, now_ns)

    def _sent_ns(self, intent: OrderIntent) -> int:
        """Return the time that counts for rates: a person types by the wall clock, also while a replay stands."""
        return (self._wall if intent.purpose is OrderPurpose.MANUAL else self._clock).now_ns()

    def _is_known(self, intent: OrderIntent) -> bool:
        order = intent.client_order_id
        return order in self.exposure or self._fold.registry.get(order) is not None
