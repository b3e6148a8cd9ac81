"""The pre-trade gate: gathers what is known, asks the checks, and denies by default."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from ares_desktop.domain.events import InstanceSaved, JournalEvent, LimitsChanged
from ares_desktop.domain.ids import MANUAL, AccountId, InstrumentId, StrategyId
from ares_desktop.domain.market import NS_PER_SECOND
from ares_desktop.domain.money import ONE, ZERO
from ares_desktop.domain.orders import OrderIntent, OrderPurpose
from ares_desktop.domain.risk import ALL_SCOPE, RiskLimits
from ares_desktop.engine.ports.broker import BrokerCapabilities
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.checks import Refusal, review
from ares_desktop.engine.trading.exposure import WorkingExposure
from ares_desktop.engine.trading.facts import AccountLink, Facts
from ares_desktop.engine.trading.fold import Applied
from ares_desktop.engine.trading.gate_view import GateView
from ares_desktop.engine.trading.messages import MessageLog, sender
from ares_desktop.engine.trading.opening_hours import OpeningHours
from ares_desktop.engine.trading.prices import Prices, exact
from ares_desktop.engine.trading.quick_look import QuickLook, Standing
from ares_desktop.engine.trading.states import Fence, effective_state

__all__ = ["AccountLink", "RiskGate"]

_NO_BROKER = BrokerCapabilities(
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
        self._default_limits = default_limits
        self._is_running = is_running
        self._hours = hours
        self._accounts: dict[AccountId, AccountLink] = {}
        self._messages = MessageLog()
        self.exposure = WorkingExposure()
        for order in fold.registry.working():
            self.exposure.update(order)
        self.fence = Fence()
        self.lease: Callable[[], str] = lambda: ""
        self._quick = QuickLook(
            fold,
            prices,
            clock,
            accounts=self._accounts,
            exposure=self.exposure,
            messages=self._messages,
            fence=self.fence,
            limits=self.limits,
            is_running=is_running,
            has_hours=lambda strategy: hours is not None and hours.bind(strategy),
        )

    def set_default_limits(self, limits: RiskLimits) -> None:
        """Set the limits that hold where none were set for a scope."""
        self._default_limits = limits
        self._quick.forget()

    def add_account(self, account: AccountId, link: AccountLink) -> None:
        """Let orders of ``account`` be reviewed; without it they are denied."""
        self._accounts[account] = link
        self._quick.forget()

    def recorded(self, event: JournalEvent, applied: Applied) -> None:
        """Take an order's present remainder from what was folded."""
        if applied.order is not None:
            self.exposure.update(applied.order)
        elif isinstance(event.payload, LimitsChanged | InstanceSaved):
            self._quick.forget()

    def limits(self, strategy: StrategyId) -> RiskLimits:
        """Return the limits in force: the strategy's own, else those of everything, else the defaults."""
        limits = self._fold.limits
        own = limits.get(f"strategy:{strategy}")
        return own or limits.get(ALL_SCOPE) or self._default_limits

    def review(self, intent: OrderIntent) -> Refusal | None:
        """Approve and reserve an intent, or return why it is denied."""
        if not self._quick.approves(intent):
            refusal = review(intent, self._view(intent))
            if refusal is not None:
                return refusal
        self.let_through(intent)
        return None

    def standing(self, account: AccountId, strategy: StrategyId, instrument: InstrumentId) -> Standing | None:
        """Return what holds for a book's plain market orders until limits or the broker change, see the quick look."""
        return self._quick.standing((account, strategy, instrument))

    def let_through(self, intent: OrderIntent) -> None:
        """Reserve and count an intent that passed."""
        self.exposure.reserve(intent)
        self._messages.passed(intent, self._sent_ns(intent))

    def count(self, intent: OrderIntent, at_ns: int) -> None:
        """Count an intent that passed by what :meth:`standing` tells, and whose order is over already."""
        self._messages.passed(intent, at_ns)

    def equity(self, account: AccountId) -> Decimal | None:
        """Return what an account is worth at the newest prices, None when one or a rate is missing."""
        return self._account_money(account, InstrumentId(""))[0]

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
        account, strategy, instrument_id = intent.account, intent.strategy, intent.instrument
        link, instrument = self._accounts.get(account), self._prices.instrument(instrument_id)
        limits = self.limits(strategy)
        buying, selling = self.exposure.remaining((account, strategy, instrument_id))
        account_buying, account_selling = self.exposure.account_remaining(account, instrument_id)
        now_ns, sent_ns = self._clock.now_ns(), self._sent_ns(intent)
        equity, margin = self._account_money(account, instrument_id)
        book_equity, book_exposure = self._book_money(account, strategy, instrument_id)
        rate = None if link is None or instrument is None else self._prices.rate(instrument.currency, link.currency)
        return GateView(
            trading_state=effective_state(self._fold.states, account, strategy, instrument_id),
            kill_switch=self.fence.holds(self._fold.kill_switch, account, strategy, instrument_id),
            connected=link is not None and link.connected,
            reconciled=link is not None and link.reconciled,
            running=intent.purpose is not OrderPurpose.STRATEGY or self._is_running(strategy),
            known_order=self._is_known(intent),
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
            open_orders=self.exposure.open_orders(strategy),
            duplicate=self._messages.is_duplicate(intent, sent_ns, limits.duplicate_window_s),
            fx_known=rate is not None,
            fx_rate=ONE if rate is None else rate,
            outside_hours="" if instrument is None else self._outside_hours(strategy, instrument.calendar, now_ns),
        )

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

    def _value(self, instrument: InstrumentId, quantity: Decimal, currency: str) -> tuple[Decimal, Decimal] | None:
        """Return value and margin of a quantity in a currency at the newest price, None when they can't be known."""
        contract, price = self._prices.instrument(instrument), exact(self._prices.last_price(instrument))
        rate = None if contract is None else self._prices.rate(contract.currency, currency)
        if contract is None or price is None or rate is None:
            return None
        value = quantity * price * contract.multiplier * rate
        return value, abs(value) * contract.margin_rate

    def _account_money(self, account: AccountId, apart: InstrumentId) -> tuple[Decimal | None, Decimal | None]:
        """Return equity, and margin used by the positions and working orders of all instruments but one."""
        link = self._accounts.get(account)
        if link is None:
            return None, None
        ledger = self._fold.ledger
        equity, _, margin = self._add_up(
            link.currency,
            {currency: ledger.account_cash(account, currency) for currency in ledger.currencies(account)},
            ledger.net_positions(account),
            self.exposure.account_instruments(account),
            lambda instrument: self.exposure.account_remaining(account, instrument),
            apart,
        )
        return equity, margin

    def _book_money(
        self,
        account: AccountId,
        strategy: StrategyId,
        apart: InstrumentId,
    ) -> tuple[Decimal | None, Decimal | None]:
        """Return a book's equity, and its exposure after its working orders in all instruments but one."""
        link = self._accounts.get(account)
        if link is None:
            return None, None
        ledger = self._fold.ledger
        equity, exposure, _ = self._add_up(
            link.currency,
            {currency: ledger.cash(account, strategy, currency) for currency in ledger.currencies(account)},
            ledger.book_positions(account, strategy),
            self.exposure.book_instruments(account, strategy),
            lambda instrument: self.exposure.remaining((account, strategy, instrument)),
            apart,
        )
        return equity, exposure

    def _add_up(
        self,
        currency: str,
        cash: Mapping[str, Decimal],
        held: Mapping[InstrumentId, Decimal],
        working: set[InstrumentId],
        remaining: Callable[[InstrumentId], tuple[Decimal, Decimal]],
        apart: InstrumentId,
    ) -> tuple[Decimal, Decimal, Decimal] | tuple[None, None, None]:
        """Return equity, and worst-case exposure and margin of all instruments but one; None without price or rate."""
        equity, exposure, margin = ZERO, ZERO, ZERO
        for unit, amount in cash.items():
            rate = self._prices.rate(unit, currency) if amount else ONE
            if rate is None:
                return None, None, None
            equity += amount * rate
        for instrument in held.keys() | working:
            quantity = held.get(instrument, ZERO)
            valued = self._value(instrument, quantity, currency)
            if valued is None:
                if quantity == ZERO and instrument == apart:
                    continue
                return None, None, None
            equity += valued[0]
            if instrument == apart:
                continue
            buying, selling = remaining(instrument)
            worst = self._value(instrument, max(abs(quantity + buying), abs(quantity - selling)), currency)
            exposure += abs(worst[0]) if worst else ZERO
            margin += worst[1] if worst else ZERO
        return equity, exposure, margin
