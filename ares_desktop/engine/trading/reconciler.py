"""Compares our books with one broker's: in whole, its working orders, or the orders that wait for an answer."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog

from ares_desktop.domain.errors import BrokerError
from ares_desktop.domain.events import CashFlowRecorded, PositionAdjusted, Reconciled
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import SENTINEL, UNASSIGNED, VENUE, AccountId, ClientOrderId, InstrumentId, order_owner
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Order, OrderState
from ares_desktop.domain.positions import Discrepancy
from ares_desktop.engine.ports.broker import Broker, OrderReport, booking_key
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.claims import claimed, owners
from ares_desktop.engine.trading.comparison import differences, doubt, same, unexplained
from ares_desktop.engine.trading.inference import Shortfall, inferred_fills
from ares_desktop.engine.trading.open_differences import OpenDifferences
from ares_desktop.engine.trading.reconcile import BrokerView, Known, missing_events
from ares_desktop.engine.trading.recorder import Recorder

_log = structlog.get_logger(__name__)

_LOOKS: Final = 4
_LOOK_AGAIN_S: Final = 0.25
_ASKED: Final = frozenset({OrderState.PENDING_CANCEL, OrderState.PENDING_UPDATE})
_IN_FLIGHT: Final = _ASKED | {OrderState.SUBMITTED, OrderState.UNKNOWN}


class ReconcileTiming(msgspec.Struct, frozen=True, kw_only=True):
    """How often the books are compared, seconds.

    Attributes:
        in_flight_after_s: an order without an answer for so long is asked for, and again every ``in_flight_every_s``.
        orders_every_s: working orders; ``positions_every_s``: everything.
        look_back_s: executions are asked for from so long before the last comparison on.
    """

    in_flight_after_s: float = 5.0
    in_flight_every_s: float = 2.0
    orders_every_s: float = 10.0
    positions_every_s: float = 60.0
    look_back_s: float = 86_400.0


class Reconciler:
    """Asks a broker, adds what the journal lacks, and keeps what still differs.

    An empty answer is not believed at once, a failed one changes nothing, and what we do not know better than the
    broker is never concluded from one look.

    Args:
        settled: waits until everything the broker said so far is folded.
        adopt: takes the positions and the cash of a look that is believed.

    Attributes:
        differences: what the newest comparison found, and what has gone.
        instruments: what the broker was told to trade.
    """

    def __init__(
        self,
        broker: Broker,
        recorder: Recorder,
        wall: Clock,
        *,
        settled: Callable[[], Awaitable[None]],
        adopt: Callable[[BrokerView], None],
        timing: ReconcileTiming,
    ) -> None:
        self.differences = OpenDifferences()
        self.instruments: dict[InstrumentId, Instrument] = {}
        self._broker = broker
        self._recorder = recorder
        self._wall = wall
        self._settled = settled
        self._adopt = adopt
        self._timing = timing
        self._one_at_a_time = asyncio.Lock()
        self._ever = False
        self._booked: set[str] = set()
        self._in_flight_since: dict[ClientOrderId, float] = {}
        self._sent_before: frozenset[ClientOrderId] = frozenset()

    @property
    def account(self) -> AccountId:
        """The account that is compared."""
        return self._broker.account

    def session_lost(self) -> None:
        """Note that what waits for an answer was sent with a session that is gone: it arrived, or never will."""
        self._sent_before = frozenset(order.id for order in self._working())

    async def compare(self, *, first: bool) -> tuple[Discrepancy, ...]:
        """Fetch orders, fills, positions and cash, add what we lack, and return what still differs.

        Args:
            first: it is the first comparison of a session, which is journaled in any case.

        Raises:
            BrokerError: when an answer is missing or can't be believed; then nothing was changed.
        """
        async with self._one_at_a_time:
            found: list[Discrepancy] = []
            added, why, before, whole = 0, "", None, False
            for attempt in range(_LOOKS):
                if attempt:
                    # Orders may trade between two questions: only what differs again is a difference.
                    await asyncio.sleep(_LOOK_AGAIN_S)
                view = await self._look(whole=whole)
                why = self._why_not(view, before)
                before = view
                if why:
                    continue
                added += await self._add_missing(view)
                short = self._short(view.orders)
                if short and whole:
                    inferred, short = await self._infer(short, view)
                    added += inferred
                whole = whole or bool(short)
                await self._cancel_again(view)
                await self._open_account(view)
                self._adopt(view)
                found = self._compare(view, short)
                if not found:
                    break
            if why:
                msg = f"{self._broker.name} can't be believed: {why}; nothing was changed, and it is asked again"
                raise BrokerError(msg)
            await self._conclude(added, found, first=first)
            return tuple(self.differences.open.values())

    async def ask_orders(self) -> bool:
        """Fetch the working orders and add what happened to ours; return whether everything has to be compared.

        Raises:
            BrokerError: when an answer is missing; then nothing was changed.
        """
        async with self._one_at_a_time:
            reports = await self._broker.orders()
            return await self._take_reports(await self._with_missing(reports, self._working()))

    async def ask_in_flight(self) -> bool:
        """Ask for the orders alone that have waited too long; return whether everything has to be compared.

        Raises:
            BrokerError: when an answer is missing; then nothing was changed.
        """
        async with self._one_at_a_time:
            waiting = [order for order in self._working() if order.id in self._overdue()]
            return await self._take_reports(await self._with_missing((), waiting))

    def is_overdue(self) -> bool:
        """Say whether an order has waited for an answer too long; to be asked more often than that takes."""
        return bool(self._overdue())

    def _overdue(self) -> frozenset[ClientOrderId]:
        now = asyncio.get_running_loop().time()
        waiting = [order.id for order in self._working() if order.state in _IN_FLIGHT]
        self._in_flight_since = {order: self._in_flight_since.get(order, now) for order in waiting}
        after_s = self._timing.in_flight_after_s
        return frozenset(order for order, since in self._in_flight_since.items() if now - since >= after_s)

    def _working(self) -> tuple[Order, ...]:
        return self._recorder.fold.registry.working(account=self.account)

    async def _take_reports(self, asked: tuple[list[OrderReport], frozenset[ClientOrderId]]) -> bool:
        """Add what happened to orders without an execution; one that traded needs the executions, too."""
        await self._settled()
        reports, absent = asked
        if self._short(reports):
            return True
        get, ours = self._recorder.fold.registry.get, self._working()
        if absent or any(get(report.intent.client_order_id) is None for report in reports):
            return True
        drafts = missing_events(ours, BrokerView.of_orders(reports, self._overdue_answers()), Known())
        if drafts:
            await self._recorder.append(*drafts)
        return False

    async def _look(self, *, whole: bool) -> BrokerView:
        since = None if whole else self._since()
        orders = await self._broker.orders()
        fills = [claimed(fill, self._recorder.fold) for fill in await self._broker.fills(since)]
        bookings = await self._broker.bookings(since)
        positions = await self._broker.positions()
        balance = await self._broker.balance()
        orders = [*orders, *await self._venue_orders(orders, fills)]
        orders, absent = await self._with_missing(orders, self._working())
        return BrokerView(
            orders=orders,
            fills=fills,
            bookings=bookings,
            positions=positions,
            balance=balance,
            absent=absent,
            overdue=self._overdue_answers(),
        )

    def _since(self) -> datetime | None:
        """Return the time from which on executions are asked for; None before the account was ever compared."""
        compared = self._recorder.fold.history.reconciled.get(self.account)
        return None if compared is None else compared - timedelta(seconds=self._timing.look_back_s)

    def _overdue_answers(self) -> frozenset[ClientOrderId]:
        working = self._working()
        return frozenset(o.id for o in working if o.state in _ASKED and not self._may_be_on_its_way(o.id))

    async def _with_missing(
        self, reports: Sequence[OrderReport], ours: Iterable[Order]
    ) -> tuple[list[OrderReport], frozenset[ClientOrderId]]:
        """Ask one by one for orders of ours that a broker did not list; return those too that it never had."""
        found, seen = list(reports), {report.intent.client_order_id for report in reports}
        absent: set[ClientOrderId] = set()
        for order in ours:
            if order.id in seen:
                continue
            report = await self._broker.order(order.id)
            if report is not None:
                found.append(report)
            elif order.venue_order_id or not self._may_be_on_its_way(order.id):
                absent.add(order.id)
        return found, frozenset(absent)

    async def _venue_orders(self, orders: Sequence[OrderReport], fills: Sequence[Fill]) -> list[OrderReport]:
        """Return the orders of trades we lack that the venue itself placed too long ago to list them."""
        registry = self._recorder.fold.registry
        seen = {report.intent.client_order_id for report in orders}
        lacking = dict.fromkeys(
            fill.client_order_id
            for fill in fills
            if order_owner(fill.client_order_id) in {VENUE, SENTINEL}
            and fill.client_order_id not in seen
            and not registry.has_trade(self.account, fill.trade_id)
        )
        found = [await self._broker.order(order) for order in lacking]
        return [report for report in found if report is not None]

    def _may_be_on_its_way(self, order: ClientOrderId) -> bool:
        """Say whether this process may be about to send an order that the broker does not know yet."""
        if not self._ever or order in self._sent_before:
            return False
        since = self._in_flight_since.get(order)
        return since is None or asyncio.get_running_loop().time() - since < self._timing.in_flight_after_s

    def _why_not(self, view: BrokerView, before: BrokerView | None) -> str:
        """Return why a look is not believed yet, empty when it is."""
        holds = bool(self._recorder.fold.ledger.net_positions(self.account))
        works = any(order.venue_order_id for order in self._working())
        found = doubt(view, holds=holds, works=works)
        if not found.why or (not found.certain and before is not None and same(before, view)):
            return ""
        _log.warning("broker_not_believed", broker=self._broker.name, why=found.why)
        return found.why

    async def _add_missing(self, view: BrokerView) -> int:
        registry = self._recorder.fold.registry
        await self._settled()
        known = Known(
            trades=frozenset(fill.trade_id for fill in view.fills if registry.has_trade(self.account, fill.trade_id)),
            orders=self._known(view),
            bookings=frozenset(self._booked),
            owners=owners(self._recorder.fold),
        )
        drafts = missing_events(self._working(), view, known)
        added = len(await self._recorder.append(*drafts)) if drafts else 0
        # Those that the journal had already are not offered to it once more.
        self._booked |= {booking_key(booking) for booking in view.bookings}
        return added

    def _known(self, view: BrokerView) -> frozenset[ClientOrderId]:
        get = self._recorder.fold.registry.get
        names = (report.intent.client_order_id for report in view.orders)
        return frozenset(name for name in names if get(name) is not None)

    def _short(self, reports: Iterable[OrderReport]) -> list[Shortfall]:
        get = self._recorder.fold.registry.get
        found = ((get(report.intent.client_order_id), report) for report in reports if report.filled)
        return [
            Shortfall(order, report) for order, report in found if order is not None and report.filled > order.filled
        ]

    async def _infer(self, short: list[Shortfall], view: BrokerView) -> tuple[int, list[Shortfall]]:
        drafts, left = inferred_fills(
            short,
            ours=self._recorder.fold.ledger.net_positions(self.account),
            theirs=view.positions,
            instruments=self.instruments,
        )
        if not drafts:
            return 0, left
        _log.warning("fills_inferred", broker=self._broker.name, orders=[draft.correlation for draft in drafts])
        return len(await self._recorder.append(*drafts)), left

    async def _cancel_again(self, view: BrokerView) -> None:
        """Repeat cancels that were journaled and never came to the broker: that can only reduce risk."""
        get = self._recorder.fold.registry.get
        asked = [get(report.intent.client_order_id) for report in view.orders]
        wanted = [order.id for order in asked if order is not None and order.state is OrderState.PENDING_CANCEL]
        overdue = [order for order in wanted if order in view.overdue]
        if overdue:
            await self._broker.cancel(overdue)

    async def _open_account(self, view: BrokerView) -> None:
        """Book what the account held before this profile ever traded it as unassigned."""
        if self._recorder.fold.ledger.knows(self.account):
            return
        now, cash = self._wall.now(), view.balance.cash
        flows = [
            CashFlowRecorded(
                account=self.account, strategy=UNASSIGNED, currency=currency, amount=amount, kind="deposit", at=now
            )
            for currency, amount in cash.items()
        ]
        holdings = [
            PositionAdjusted(
                account=self.account,
                strategy=UNASSIGNED,
                instrument=position.instrument,
                quantity=position.quantity,
                price=position.average_price or ZERO,
                reason="held before this profile traded the account",
                at=now,
                currency=known.currency,
                multiplier=known.multiplier,
            )
            for position in view.positions
            for known in (self.instruments.get(position.instrument) or Instrument(id=position.instrument),)
        ]
        await self._recorder.record(*flows, *holdings)

    def _compare(self, view: BrokerView, short: list[Shortfall]) -> list[Discrepancy]:
        ledger, now = self._recorder.fold.ledger, self._wall.now()
        found = differences(
            self.account,
            ours=ledger.net_positions(self.account),
            our_cash={item: ledger.account_cash(self.account, item) for item in ledger.currencies(self.account)},
            known_orders=self._known(view),
            view=view,
            at=now,
            steps={name: instrument.lot_size for name, instrument in self.instruments.items()},
            working={order.id: order for order in self._working()},
        )
        return found + [unexplained(self.account, one.order, one.report.filled, now) for one in short]

    async def _conclude(self, added: int, found: list[Discrepancy], *, first: bool) -> None:
        now = self._wall.now()
        if added or first or {item.id for item in found} != self.differences.open.keys():
            await self._recorder.record(
                Reconciled(account=self.account, missing_events=added, discrepancies=len(found), at=now),
            )
        self._ever = True
        self.differences.take(found, now)
