"""Holds ten or none of each instrument, and fails when it finds anything else: it would have lost or doubled a fill."""

from ares_desktop.api import Bar, Strategy


class InAndOut(Strategy):
    """Buys ten, sells them, and so on."""

    def on_bar(self, bar: Bar) -> None:
        """Trade whenever nothing works."""
        held = self.context.position(bar.instrument).quantity
        if not 0 <= held <= 10:
            message = f"holds {held} of {bar.instrument}"
            raise ValueError(message)
        if self.context.orders(bar.instrument):
            return
        if held:
            self.context.sell(bar.instrument, held)
        else:
            self.context.buy(bar.instrument, 10)
