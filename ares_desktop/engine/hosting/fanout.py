"""Market data on its way to many workers."""

from collections.abc import Iterable, Sequence

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import MarketEvent
from ares_desktop.engine.hosting.host import Host
from ares_desktop.engine.hosting.wire import encode_event, market_frame


class _Group:
    """Hosts with the same instruments share each frame."""

    __slots__ = ("bodies", "events", "hosts")

    def __init__(self) -> None:
        self.hosts: list[Host] = []
        self.events: list[MarketEvent] = []
        self.bodies: list[bytes] = []


class Fanout:
    """Encodes each event once and each frame once for every set of instruments."""

    def __init__(self) -> None:
        self._groups: list[_Group] = []
        self._routes: dict[InstrumentId, list[_Group]] = {}

    def rebuild(self, hosts: Iterable[Host]) -> None:
        """Take over which hosts there are."""
        groups: dict[frozenset[InstrumentId], _Group] = {}
        for host in hosts:
            groups.setdefault(frozenset(host.instruments), _Group()).hosts.append(host)
        self._groups = list(groups.values())
        self._routes = {}
        for instruments, group in groups.items():
            for instrument in instruments:
                self._routes.setdefault(instrument, []).append(group)

    def send(self, events: Sequence[MarketEvent]) -> None:
        """Send events, in one write for each host."""
        routes = self._routes
        for event in events:
            groups = routes.get(event.instrument)
            if groups:
                body = encode_event(event)
                for group in groups:
                    group.events.append(event)
                    group.bodies.append(body)
        for group in self._groups:
            if group.bodies:
                frame = market_frame(group.bodies)
                for host in group.hosts:
                    host.send_market(frame, group.events, group.bodies)
                group.events, group.bodies = [], []
