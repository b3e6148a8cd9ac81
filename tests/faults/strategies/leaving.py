"""Ends its process without a word."""

import os

from ares_desktop.api import Bar, Strategy


class Leaving(Strategy):
    """Leaves."""

    def on_bar(self, _bar: Bar) -> None:
        """Be gone."""
        os._exit(3)
