"""Sessions with brokers."""

from collections.abc import Sequence

from PySide6.QtCore import QObject

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.monitoring import ConnectionStatus
from ares_desktop.domain.positions import Discrepancy
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.trading.link import BrokerLink


class ConnectionManager(QObject):
    """Shows broker sessions, and compares books with a broker on request.

    Signals:
        connection_changed: a session's state changed.
    """

    connection_changed: SignalOf[ConnectionStatus] = signal_of(ConnectionStatus)

    def __init__(self, links: Sequence[BrokerLink]) -> None:
        super().__init__()
        self._links = {link.broker.name: link for link in links}
        for link in links:
            link.on_status(self.connection_changed.emit)

    def connections(self) -> tuple[ConnectionStatus, ...]:
        """Return every session's state."""
        return tuple(link.status for link in self._links.values())

    async def reconcile(self, name: str) -> tuple[Discrepancy, ...]:
        """Compare books with a broker; return what differs.

        Raises:
            UsageError: for an unknown broker.
            BrokerError: when the broker did not answer; then nothing was changed.
        """
        return await self._link(name).reconcile()

    async def reconnect(self, name: str) -> None:
        """Open a broken session at once instead of at its next turn.

        Raises:
            UsageError: for an unknown broker.
            BrokerError: when it can't be opened.
        """
        await self._link(name).reconnect()

    def _link(self, name: str) -> BrokerLink:
        link = self._links.get(name)
        if link is None:
            known = ", ".join(sorted(self._links))
            raise UsageError(
                Finding(place="broker", value=name, problem="is not known", remedy=f"Known ones are {known}."),
            )
        return link
