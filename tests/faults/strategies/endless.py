"""Never returns from its second bar."""

from ares_desktop.api import Bar, Strategy


class Endless(Strategy):
    """Loops for ever."""

    seen = 0

    def on_bar(self, _bar: Bar) -> None:
        """Stop answering."""
        self.seen += 1
        while self.seen > 1:
            pass
