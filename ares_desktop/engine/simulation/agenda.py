"""What time alone brings about at the venue, and when it must be looked at."""

from collections import deque
from collections.abc import Iterable
from typing import Final

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import NS_PER_SECOND
from ares_desktop.domain.market_actions import ActionKind, MarketAction
from ares_desktop.engine.simulation.carry import Carry
from ares_desktop.engine.simulation.expiring import Expiring
from ares_desktop.engine.simulation.session import NEVER_NS
from ares_desktop.engine.simulation.state import Counters

_KINDS: Final = tuple(ActionKind)
_DAY_NS: Final = 86_400 * NS_PER_SECOND


class Agenda:
    """Knows the actions of instruments, the midnights (UTC) that cost something and the contracts that expire.

    Each takes effect before the first event later than its time. The action of an instrument waits for the next event
    of that instrument, so that position and price change together.

    Attributes:
        next_ns: nothing happens at or before it.
    """

    def __init__(self, carry: Carry, expiring: Expiring, counters: Counters) -> None:
        self._carry = carry
        self._expiring = expiring
        self._counters = counters
        self._actions: dict[InstrumentId, deque[MarketAction]] = {}
        for action in counters.overdue:
            self._actions.setdefault(action.instrument, deque()).append(action)
        counters.overdue = ()
        self.next_ns = NEVER_NS
        self._plan()

    def register(self, instrument: Instrument) -> None:
        """Watch a contract that expires."""
        self._expiring.register(instrument)
        self._plan()

    def schedule(self, actions: Iterable[MarketAction], *, anew: bool = False) -> None:
        """Take actions in, in any order; ``anew`` forgets those that came before and are not among them.

        Those earlier than the present market time are left out, and so is one of an instrument, kind and time that
        came before: bars of two lengths tell the same dividend.
        """
        fresh = {(action.instrument, action.ts, action.kind): action for action in actions}
        waiting = {action for queue in self._actions.values() for action in queue}
        known = {(action.instrument, action.ts, action.kind): action for action in waiting}
        fresh |= {key: action for key, action in known.items() if key in fresh or not anew}
        self._actions = {}
        for action in sorted(fresh.values(), key=_by_time):
            if action.ts >= self._counters.clock_ns or action in waiting:
                self._actions.setdefault(action.instrument, deque()).append(action)
        self._plan()

    def overdue(self) -> tuple[MarketAction, ...]:
        """Return the actions that are older than the market time: their instruments had no event since."""
        now_ns = self._counters.clock_ns
        queues = [queue for queue in self._actions.values() if queue[0].ts < now_ns]
        return tuple(action for queue in queues for action in queue if action.ts < now_ns)

    def rewind(self, ns: int) -> None:
        """Forget all actions and count nights from a time on."""
        self._actions = {}
        self.begin(ns)

    def begin(self, ns: int) -> None:
        """Count nights from a time on."""
        self._counters.night_ns = ns // _DAY_NS * _DAY_NS
        self._plan()

    def run(self, ns: int, instrument: InstrumentId) -> None:
        """Carry out what is due before an event of an instrument."""
        if not self._counters.night_ns:
            self.begin(ns)
        # Nights come first: they are charged on units and prices of before a split.
        midnight = (ns - 1) // _DAY_NS * _DAY_NS
        nights = (midnight - self._counters.night_ns) // _DAY_NS
        if self._carry.charges_nights and nights > 0:
            self._carry.nights(nights, midnight)
        self._counters.night_ns = max(midnight, self._counters.night_ns)
        actions = self._actions.get(instrument)
        while actions and actions[0].ts < ns:
            self._carry.act(actions.popleft())
        if actions is not None and not actions:
            del self._actions[instrument]
        if ns > self._expiring.next_ns:
            self._expiring.by_clock(ns)
        self._plan()

    def _plan(self) -> None:
        next_ns = min((actions[0].ts for actions in self._actions.values()), default=NEVER_NS)
        if self._carry.charges_nights:
            next_ns = min(next_ns, self._counters.night_ns + _DAY_NS if self._counters.night_ns else 0)
        self.next_ns = min(next_ns, self._expiring.next_ns)


def _by_time(action: MarketAction) -> tuple[int, str, int]:
    return action.ts, action.instrument, _KINDS.index(action.kind)
