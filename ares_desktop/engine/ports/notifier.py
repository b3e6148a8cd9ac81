"""Tells a person that something is finished or needs attention."""

from typing import Protocol

from ares_desktop.domain.monitoring import Severity


class Notifier(Protocol):
    """A way to a person. It must not raise: what can't be delivered is logged."""

    def notify(self, title: str, detail: str, *, severity: Severity, source: str) -> None:
        """Deliver a note."""
