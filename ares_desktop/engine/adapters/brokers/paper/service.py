"""The paper broker as a service: requests in, one transaction, then news and answers out."""

import asyncio
import logging
import os
from collections import deque
from collections.abc import Sequence
from time import monotonic

from ares_desktop.domain.events import OrderSubmitted
from ares_desktop.domain.ids import SENTINEL, order_owner
from ares_desktop.domain.orders import FINAL_STATES, OrderIntent
from ares_desktop.domain.simulation import AccountMode
from ares_desktop.engine.adapters.brokers.paper import protocol
from ares_desktop.engine.adapters.brokers.paper.dead_man import DeadManTimer
from ares_desktop.engine.adapters.brokers.paper.feed_watch import FeedWatch
from ares_desktop.engine.adapters.brokers.paper.sessions import PaperSession
from ares_desktop.engine.adapters.brokers.paper.settings import PaperSettings
from ares_desktop.engine.adapters.brokers.paper.store import PaperStore
from ares_desktop.engine.ports.broker import BrokerEvent, booking_key
from ares_desktop.engine.simulation.simulated import SimulatedBroker

_log = logging.getLogger(__name__)
_TICK_S = 0.1
_SAVE_MARKS_S = 1.0
_WAIT_FOR_PREDECESSOR_S = 1.0


class PaperService:
    """Serves one account to all sessions.

    Whatever arrived since the last turn of the loop is carried out in order and saved in one transaction; only then
    is anybody told. If it can't be saved the service ends, so that memory never runs ahead of the disk.

    Attributes:
        ended: done, with the reason, when the process shall end.
        failed: it ends without another save: something could not be carried out, or its files are gone.
    """

    def __init__(self, settings: PaperSettings, store: PaperStore) -> None:
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._settings = settings
        self._store = store
        state = store.load(settings)
        self._broker = SimulatedBroker(settings, state=state, archive=store.find, saved=True)
        self._dead_man = DeadManTimer(store)
        self._feed = FeedWatch(self._broker, settings.silence_s)
        self._sessions: set[PaperSession] = set()
        self._waiting: deque[tuple[PaperSession, float]] = deque()
        self._inbox: deque[tuple[PaperSession, protocol.Request | None]] = deque()
        self._outbox: list[tuple[PaperSession | int, bytes]] = []
        self._sequence = 0
        self.failed = False
        self._alone_since = self._marks_saved_at = monotonic()
        self._save(always=True)
        self._timer = asyncio.get_running_loop().call_later(_TICK_S, self._tick)

    def new_session(self) -> PaperSession:
        """Return the protocol of a new connection."""
        return PaperSession(self._received, self._sessions.add, self._closed)

    def _received(self, session: PaperSession, request: protocol.Request) -> None:
        self._queue(session, request)

    def _closed(self, session: PaperSession) -> None:
        self._queue(session, None)

    def _queue(self, session: PaperSession, request: protocol.Request | None) -> None:
        if not self._inbox:
            asyncio.get_running_loop().call_soon(self._turn)
        self._inbox.append((session, request))

    def _turn(self) -> None:
        if self.ended.done():
            return
        try:
            while self._inbox:
                self._carry_out(*self._inbox.popleft())
            self._welcome_waiting()
            self._flush()
        except Exception as error:  # noqa: BLE001 process boundary: end rather than run ahead of the disk
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        _log.error("service_failed", exc_info=error)
        self.abandon(f"{type(error).__name__}: {error}")

    def abandon(self, reason: str) -> None:
        """End without another save."""
        self.failed = True
        self._end(reason)

    def _end(self, reason: str) -> None:
        if not self.ended.done():
            self.ended.set_result(reason)

    def _save(self, *, always: bool = False) -> None:
        marks = []
        if monotonic() - self._marks_saved_at >= _SAVE_MARKS_S:
            marks = self._feed.unsaved()
            self._marks_saved_at = monotonic()
        changes = self._broker.take_changes(drifted=bool(marks))
        if changes or marks or always:
            self._store.save(changes, marks)

    def _flush(self) -> None:
        self._save()
        outbox, self._outbox = self._outbox, []
        for receiver, frame in outbox:
            if isinstance(receiver, PaperSession):
                receiver.send(frame)
                continue
            for session in self._sessions:
                if session.client and session.since < receiver:
                    session.send(frame)

    def _publish(self, events: list[BrokerEvent]) -> None:
        if events:
            self._sequence += 1
            self._outbox.append((self._sequence, protocol.frame(protocol.news(self._sequence, events))))

    def _answer(self, session: PaperSession, message: protocol.Message) -> None:
        self._outbox.append((session, protocol.frame(message)))

    def _carry_out(self, session: PaperSession, request: protocol.Request | None) -> None:
        if request is None:
            self._forget(session)
        elif isinstance(request, protocol.Hello):
            self._waiting.append((session, monotonic() + _WAIT_FOR_PREDECESSOR_S))
            session.hello = request
        elif not session.client:
            _log.warning("session_was_not_opened request=%s", type(request).__name__)
            session.end()
        else:
            self._serve(session, request)

    def _serve(self, session: PaperSession, request: protocol.Request) -> None:
        broker, now = self._broker, self._broker.clock_ns
        match request:
            case protocol.Market(request=number, events=events):
                self._publish(self._feed.take(session, events))
                if number:
                    self._answer(session, protocol.Done(number))
                return
            case protocol.Submit(intents=intents):
                self._publish(self._begun_elsewhere(intents))
                self._publish(broker.submit(intents, now, owner=session.client))
                self._publish(self._feed.fill_waiting())
            case protocol.Update(order=order, quantity=quantity, limit_price=limit, stop_price=stop):
                self._publish(broker.update(order, now, quantity=quantity, limit_price=limit, stop_price=stop))
            case protocol.Cancel(orders=orders):
                self._publish(broker.cancel(orders, now))
            case protocol.CancelAll():
                self._cancel_all()
            case protocol.CancelAfter(seconds=seconds):
                self._dead_man.set(seconds)
            case protocol.Decide() | protocol.Register() | protocol.Schedule():
                self._arrange(session, request)
            case protocol.Shutdown(request=number):
                self._shutdown(session, number)
                return
            case _:
                self._query(session, request)
                return
        self._answer(session, protocol.Done(request.request))

    def _cancel_all(self) -> None:
        working = [report for report in self._broker.orders() if report.state not in FINAL_STATES]
        canceled = self._broker.cancel([report.intent.client_order_id for report in working], self._broker.clock_ns)
        self._publish(canceled)

    def _begun_elsewhere(self, intents: Sequence[OrderIntent]) -> list[BrokerEvent]:
        """Return how orders of the sentinel begin, which no other session has written down before they were sent."""
        return [
            OrderSubmitted(intent=intent, at=intent.created_at)
            for intent in intents
            if order_owner(intent.client_order_id) == SENTINEL and self._broker.order(intent.client_order_id) is None
        ]

    def _arrange(self, session: PaperSession, request: protocol.Decide | protocol.Register | protocol.Schedule) -> None:
        match request:
            case protocol.Register(instruments=instruments):
                self._broker.register(instruments)
            case protocol.Schedule(actions=actions):
                self._feed.schedule(session, actions)
            case protocol.Decide(decided=decided):
                self._save()
                if not self._store.has_booking(booking_key(decided)):
                    self._publish(self._broker.carry_out(decided))

    def _query(self, session: PaperSession, request: protocol.Request) -> None:
        broker = self._broker
        match request:
            case protocol.AskOrders(request=number, order=None):
                self._answer(session, protocol.Orders(number, tuple(broker.orders())))
            case protocol.AskOrders(request=number, order=order) if order is not None:
                found = broker.order(order)
                self._answer(session, protocol.Orders(number, () if found is None else (found,)))
            case protocol.AskFills(request=number, since=since):
                self._save()
                self._answer(session, protocol.Fills(number, self._store.fills(since)))
            case protocol.AskBookings(request=number, since=since):
                self._save()
                self._answer(session, protocol.Bookings(number, self._store.bookings(since)))
            case protocol.AskAccount(request=number):
                state = protocol.AccountState(number, tuple(broker.positions()), broker.balance())
                self._answer(session, state)
            case _:
                _log.warning("request_not_known request=%s", type(request).__name__)

    def _shutdown(self, session: PaperSession, number: int) -> None:
        living = [other for other in self._sessions if other is not session and not other.peer_is_gone]
        others = [other.client for other in living if other.client]
        if others:
            self._answer(session, protocol.Failed(number, f"other sessions are open: {', '.join(sorted(others))}"))
            return
        self._answer(session, protocol.Done(number))
        self._end(f"shut down by {session.client}")

    def _forget(self, session: PaperSession) -> None:
        self._sessions.discard(session)
        self._feed.forget(session)
        if session.client:
            _log.info("session_closed client=%s", session.client)
        if not self._sessions:
            self._alone_since = monotonic()

    def _welcome_waiting(self) -> None:
        """Open the sessions that wait, once everything that the dead ones had sent was carried out."""
        for _ in range(len(self._waiting)):
            session, deadline = self._waiting.popleft()
            hello = session.hello
            if hello is None or session not in self._sessions:
                continue
            undrained = any(other.peer_is_gone for other in self._sessions if other is not session)
            holder = next((other for other in self._sessions if other.client == hello.client), None)
            if not undrained and holder is None:
                self._welcome(session, hello)
            elif monotonic() < deadline or (undrained and holder is None):
                self._waiting.append((session, deadline))
            else:
                text = f"client id {hello.client} is in use by a living session"
                self._answer(session, protocol.Refused(text, in_use=True))

    def _welcome(self, session: PaperSession, hello: protocol.Hello) -> None:
        if hello.version != protocol.VERSION or not hello.client:
            reason = f"protocol version {hello.version} with client id {hello.client!r}, expected {protocol.VERSION}"
            self._answer(session, protocol.Refused(reason))
            return
        session.client, session.since = hello.client, self._sequence
        _log.info("session_opened client=%s", hello.client)
        account, short_sales = self._settings.account, self._settings.mode is AccountMode.MARGIN
        message = protocol.Welcome(
            account,
            os.getpid(),
            self._sequence,
            short_sales,
            bookings=True,
            decisions=True,
            cancels_all=True,
            dead_man=True,
        )
        self._answer(session, message)

    def _tick(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_TICK_S, self._tick)
        try:
            if self._dead_man.is_due():
                _log.warning("dead_man_timer_ran_out")
                self._cancel_all()
            self._publish(self._feed.fill_waiting())
            self._welcome_waiting()
            self._flush()
        except Exception as error:  # noqa: BLE001 process boundary: end rather than run ahead of the disk
            self._fail(error)
        if not self._sessions and monotonic() - self._alone_since >= self._settings.idle_minutes * 60:
            self._end("no session for long")

    def close(self) -> None:
        """Save the newest prices and close every session."""
        self._timer.cancel()
        if not self.failed:
            self._store.save(self._broker.take_changes(drifted=True), self._feed.unsaved())
        for session in list(self._sessions):
            session.end()
