"""Allocates without end."""

from ares_desktop.api import Bar, Strategy


class Hungry(Strategy):
    """Keeps everything."""

    def on_bar(self, _bar: Bar) -> None:
        """Take all the memory there is."""
        kept = []
        while True:
            kept.append(bytearray(64 << 20))
