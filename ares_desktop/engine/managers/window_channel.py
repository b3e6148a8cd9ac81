"""Alerts as notifications of the desktop, which the window shows."""

from PySide6.QtCore import QObject

from ares_desktop.domain.alerting import AlertNote, ChannelName
from ares_desktop.domain.errors import DeliveryError
from ares_desktop.engine.managers.signals import SignalOf, signal_of


class WindowChannel(QObject):
    """Implements :class:`~ares_desktop.engine.ports.notifier.AlertChannel` over a signal.

    Signals:
        noted: the window shall show a note.

    Attributes:
        shown: whether a window listens.
        target: where notes appear.
    """

    noted: SignalOf[AlertNote] = signal_of(AlertNote)

    name = ChannelName.DESKTOP

    def __init__(self) -> None:
        super().__init__()
        self.shown = False
        self.target = "this desktop"

    async def deliver(self, note: AlertNote) -> None:
        """Have a note shown.

        Raises:
            DeliveryError: when no window listens.
        """
        if not self.shown:
            msg = "no window is open"
            raise DeliveryError(msg, lasting=True)
        self.noted.emit(note)

    async def close(self) -> None:
        """Nothing is held."""
