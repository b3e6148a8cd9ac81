"""The numbered points between an intent and its fill at which a fault can strike, wrapped from outside the program.

The product has no hooks: a process of the harness replaces the methods on these seams by ones that first ask whether a
fault is planned there.
"""

import functools
import inspect
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from ares_desktop.domain import events as e
from ares_desktop.engine.adapters.brokers.paper.client import PaperBroker
from ares_desktop.engine.adapters.brokers.paper.service import PaperService
from ares_desktop.engine.adapters.brokers.paper.store import PaperStore
from ares_desktop.engine.adapters.brokers.paper.wire import Wire
from ares_desktop.engine.adapters.stores.bookmark_file import BookmarkFile
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.engine.adapters.stores.journal_writer import JournalWriter
from ares_desktop.engine.adapters.stores.state_folder import StateFolder
from ares_desktop.engine.engine import Engine
from ares_desktop.engine.trading.gate import RiskGate
from ares_desktop.engine.trading.inbox import BrokerInbox
from ares_desktop.engine.trading.intake import IntentIntake
from ares_desktop.engine.trading.kill_broker import BrokerPart
from ares_desktop.engine.trading.kill_sequence import KillSequence
from ares_desktop.engine.trading.kill_switch import KillSwitch
from ares_desktop.engine.trading.link import BrokerLink
from ares_desktop.engine.trading.reconciler import Reconciler
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.router import OrderRouter


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What goes wrong, and when.

    Attributes:
        kind: ``kill``, or another of :mod:`tests.faults.engine_life` and :mod:`tests.faults.between`.
        at: name of the point.
        nth: how often the point must be reached, the first time is 1.
        amount: seconds, hours or a share of a file, as the kind needs.
    """

    kind: str
    at: str
    nth: int = 1
    amount: float = 0.0


class Point(NamedTuple):
    """A place in the program.

    Attributes:
        owner, method: what is wrapped.
        after: whether it is the moment after the call instead of before.
        carries: the kinds of events that must be among the arguments, any when empty.
        text: for people.
    """

    name: str
    owner: Any
    method: str
    text: str
    after: bool = False
    carries: tuple[type, ...] = ()


_TRADE: Final = (e.OrderFilled,)
_ORDER: Final = (e.OrderSubmitted,)

ENGINE: Final = (
    Point("intent-received", IntentIntake, "put_intents", "a worker's intent has arrived"),
    Point("before-review", RiskGate, "review", "the gate is about to look at an intent"),
    Point("after-review", RiskGate, "review", "the gate has approved and reserved it", after=True),
    Point("before-append", SqliteJournal, "append", "an order is about to be journaled", carries=_ORDER),
    Point("before-write", JournalWriter, "_write", "the journal's thread is about to write rows"),
    Point("after-write", JournalWriter, "_write", "rows are committed and synced, nobody knows yet", after=True),
    Point("before-deliver", SqliteJournal, "_deliver", "committed events are about to be folded"),
    Point("before-fold", Recorder, "_committed", "an order is journaled and not folded", carries=_ORDER),
    Point("after-fold", Recorder, "_committed", "an order is folded and not sent", after=True, carries=_ORDER),
    Point("before-send", PaperBroker, "submit", "orders are about to be handed to the broker"),
    Point("half-sent", Wire, "_write", "half of a message's bytes are sent"),
    Point("after-send", PaperBroker, "submit", "the broker has answered, the router not gone on", after=True),
    Point("ack-received", BrokerLink, "_received", "an acknowledgement has arrived", carries=(e.OrderAccepted,)),
    Point("fill-received", BrokerLink, "_received", "an execution has arrived", carries=_TRADE),
    Point("end-received", BrokerLink, "_received", "a cancel has been confirmed", carries=(e.OrderCanceled,)),
    Point("before-fill-append", BrokerInbox, "_commit", "an execution is about to be journaled", carries=_TRADE),
    Point("after-fill-append", BrokerInbox, "_commit", "it is journaled and folded", after=True, carries=_TRADE),
    Point("fill-before-fold", Recorder, "_committed", "it is journaled and not folded", carries=_TRADE),
    Point("before-cancel", OrderRouter, "cancel", "a cancel is about to be journaled"),
    Point("cancel-journaled", PaperBroker, "cancel", "a cancel is journaled and not sent"),
    Point("cancel-sent", PaperBroker, "cancel", "a cancel is handed over", after=True),
    Point("state", StateFolder, "save", "a small state file is about to be written"),
    Point("snapshot", SqliteJournal, "save_snapshot", "a snapshot is about to be written"),
    Point("snapshot-written", SqliteJournal, "save_snapshot", "the snapshot is written", after=True),
    Point("bookmark", BookmarkFile, "put", "the market's place is about to be noted"),
    Point("market-step", PaperBroker, "on_market", "market data is about to be passed to the broker"),
    Point("start-connecting", PaperBroker, "connect", "the session is about to be opened"),
    Point("start-connected", PaperBroker, "connect", "the session is open, nothing compared", after=True),
    Point("before-missing", Reconciler, "_add_missing", "what the journal lacks is about to be added"),
    Point("after-missing", Reconciler, "_add_missing", "it is added, nothing concluded", after=True),
    Point("reconciled", Reconciler, "_conclude", "books are compared", after=True),
    Point("kill-latch", KillSwitch, "engage", "the kill switch is about to be latched"),
    Point("kill-latched", KillSequence, "_run", "the latch was handed to the disk, nothing is canceled"),
    Point("kill-cancel", BrokerPart, "_cancel", "the kill switch is about to cancel"),
    Point("kill-canceled", BrokerPart, "_cancel", "the kill switch has sent its cancels", after=True),
    Point("kill-confirmed", BrokerPart, "_confirm", "its cancels are confirmed", after=True),
    Point("kill-flattened", BrokerPart, "_flatten", "its closing orders are sent", after=True),
    Point("kill-verified", BrokerPart, "verify", "it has verified", after=True),
    Point("kill-finish", KillSequence, "_finish", "its report is about to be kept"),
    Point("stopping", Engine, "stop", "the engine is about to end in order"),
)
"""Those of the application's process; a number is a place in this list, counted from 1."""

BROKER: Final = (
    Point("broker-before-turn", PaperService, "_turn", "the broker has a request and did nothing yet"),
    Point("broker-before-save", PaperStore, "save", "the broker carried it out and did not save it"),
    Point("broker-after-save", PaperStore, "save", "the broker saved it and told nobody", after=True),
    Point("broker-after-answer", PaperService, "_flush", "the broker has answered", after=True),
)
"""Those of the paper broker's process."""


class Reached:
    """Counts how often each point was reached, and lets what is planned there happen.

    Args:
        strike: does what a fault says.
    """

    def __init__(self, planned: list[Fault], strike: Callable[[Fault, tuple[Any, ...]], None]) -> None:
        self._planned = {(fault.at, fault.nth): fault for fault in planned}
        self._names = {fault.at for fault in planned}
        self._strike = strike
        self.counts: Counter[str] = Counter()

    def install(self, points: tuple[Point, ...]) -> None:
        """Wrap the methods of the points that something is planned for."""
        for point in points:
            if point.name in self._names:
                _wrap(point, self)

    def at(self, name: str, arguments: tuple[Any, ...] = ()) -> None:
        """Note that a point was reached."""
        self.counts[name] += 1
        fault = self._planned.get((name, self.counts[name]))
        if fault is not None:
            self._strike(fault, arguments)


def _wrap(point: Point, reached: Reached) -> None:
    method = getattr(point.owner, point.method)

    def concerns(arguments: tuple[Any, ...]) -> bool:
        return not point.carries or any(_carries(item, point.carries) for item in arguments)

    if inspect.iscoroutinefunction(method):

        @functools.wraps(method)
        async def waited(*arguments: Any, **named: Any) -> Any:
            if not point.after and concerns(arguments):
                reached.at(point.name, arguments)
            result = await method(*arguments, **named)
            if point.after and concerns(arguments):
                reached.at(point.name, arguments)
            return result

        setattr(point.owner, point.method, waited)
        return

    @functools.wraps(method)
    def called(*arguments: Any, **named: Any) -> Any:
        if not point.after and concerns(arguments):
            reached.at(point.name, arguments)
        result = method(*arguments, **named)
        if point.after and concerns(arguments):
            reached.at(point.name, arguments)
        return result

    setattr(point.owner, point.method, called)


def _carries(item: Any, kinds: tuple[type, ...]) -> bool:
    if isinstance(item, tuple | list):
        return any(_carries(part, kinds) for part in item)
    return isinstance(getattr(item, "payload", item), kinds)
