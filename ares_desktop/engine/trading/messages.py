"""Counts messages and remembers the latest intents of each strategy and of the trader."""

from collections import defaultdict, deque

from ares_desktop.domain.ids import MANUAL, AccountId, StrategyId
from ares_desktop.domain.market import NS_PER_SECOND
from ares_desktop.domain.orders import OrderIntent, OrderPurpose

_REMEMBERED = 256


def _likeness(intent: OrderIntent) -> tuple[object, ...]:
    return (
        intent.account,
        intent.instrument,
        intent.side,
        intent.quantity,
        intent.type,
        intent.limit_price,
        intent.stop_price,
        intent.trail,
        intent.oco_group,
        intent.parent,
    )


def sender(intent: OrderIntent) -> StrategyId:
    """Return who sent an intent: the trader's own orders count apart, in whichever book they are placed."""
    return MANUAL if intent.purpose is OrderPurpose.MANUAL else intent.strategy


class MessageLog:
    """The last second of messages and the last intents of every sender, each on the sender's own clock."""

    def __init__(self) -> None:
        self._times: defaultdict[StrategyId, deque[int]] = defaultdict(deque)
        self._venues: defaultdict[AccountId, deque[int]] = defaultdict(deque)
        self._intents: defaultdict[StrategyId, deque[tuple[int, OrderIntent]]] = defaultdict(
            lambda: deque(maxlen=_REMEMBERED),
        )

    def passed(self, intent: OrderIntent, now_ns: int) -> None:
        """Note an intent that the gate let through."""
        who = sender(intent)
        self._times[who].append(now_ns)
        self._intents[who].append((now_ns, intent))

    def sent(self, account: AccountId, wall_ns: int) -> None:
        """Note a message to a broker that takes only so many in a second."""
        self._venues[account].append(wall_ns)

    def to_venue(self, account: AccountId, wall_ns: int) -> int:
        """Return how many messages went to an account's broker in the last second of the wall clock."""
        times = self._venues.get(account)
        if times is None:
            return 0
        while times and times[0] <= wall_ns - NS_PER_SECOND:
            times.popleft()
        return len(times)

    def withdrawn(self, intent: OrderIntent) -> None:
        """Forget the newest intent like this one: it was let through and never sent."""
        likeness = _likeness(intent)
        entries = self._intents[sender(intent)]
        for entry in reversed(entries):
            if _likeness(entry[1]) == likeness:
                entries.remove(entry)
                return

    def in_last_second(self, who: StrategyId, now_ns: int) -> int:
        """Return how many messages passed in the last second."""
        times = self._times[who]
        since = now_ns - NS_PER_SECOND
        while times and times[0] <= since:
            times.popleft()
        return len(times)

    def is_duplicate(self, intent: OrderIntent, now_ns: int, window_s: float) -> bool:
        """Say whether an equal intent passed within ``window_s`` seconds."""
        if window_s <= 0:
            return False
        since = now_ns - int(window_s * NS_PER_SECOND)
        entries = self._intents[sender(intent)]
        if not entries or entries[-1][0] <= since:
            return False
        likeness = _likeness(intent)
        for at, other in reversed(entries):
            if at <= since:
                return False
            if _likeness(other) == likeness:
                return True
        return False
