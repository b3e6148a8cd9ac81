"""Tells a person that something is finished or needs attention."""

from typing import Protocol

from ares_desktop.domain.alerting import AlertNote, ChannelName
from ares_desktop.domain.monitoring import Severity


class Notifier(Protocol):
    """A way to a person. It must not raise: what can't be delivered is logged."""

    def notify(self, title: str, detail: str, *, severity: Severity, source: str) -> None:
        """Deliver a note."""


class AlertChannel(Protocol):
    """One way to a person, which may be slow, broken or away.

    Attributes:
        target: whom it reaches, without secrets; shown beside its state.
    """

    @property
    def name(self) -> ChannelName:
        """Which channel it is."""

    @property
    def target(self) -> str:
        """Whom it reaches, without secrets."""

    async def deliver(self, note: AlertNote) -> None:
        """Deliver a note; who calls bounds the time.

        Raises:
            DeliveryError: when it certainly or possibly did not arrive.
        """

    async def close(self) -> None:
        """Let go of what it holds; idempotent."""
