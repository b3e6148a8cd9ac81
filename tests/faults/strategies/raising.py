"""Raises at its first bar."""

from ares_desktop.api import Bar, Strategy


class Raising(Strategy):
    """Divides by zero on line 11."""

    def on_bar(self, _bar: Bar) -> None:
        """Fail."""
        _ = 1 / 0
