"""Asks for a hundred thousand orders at once."""

from ares_desktop.api import Bar, Strategy


class Flooding(Strategy):
    """Floods."""

    def on_bar(self, bar: Bar) -> None:
        """Order and order."""
        for _ in range(100_000):
            self.context.buy(bar.instrument, 1)
