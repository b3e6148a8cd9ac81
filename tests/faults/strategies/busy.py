"""Trades in every way there is, by the number of its bar alone."""

from decimal import Decimal

from ares_desktop.api import Bar, Bracket, Strategy

_ROUND = 7


class Busy(Strategy):
    """Plain orders, brackets, limits and cancels, one after the other."""

    bars_seen = 0

    def on_bar(self, bar: Bar) -> None:
        """Do the next thing."""
        self.bars_seen += 1
        step = int(bar.close * 100) % _ROUND
        context, instrument, price = self.context, bar.instrument, bar.close
        held = context.position(instrument).quantity
        if step == 0 and held < 30:
            stop, target = Decimal(str(round(price * 0.99, 2))), Decimal(str(round(price * 1.01, 2)))
            context.buy(instrument, 6, bracket=Bracket(stop=stop, target=target))
        elif step == 1:
            context.buy(instrument, 3, limit=round(price * 0.999, 2))
        elif step == 2:
            context.cancel_all(instrument)
        elif step in (3, 4) and held > 0:
            context.sell(instrument, min(held, Decimal(4)))
        elif held < 40:
            context.buy(instrument, 5)
