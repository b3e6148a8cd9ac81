"""Plays the moving-average cross in NautilusTrader over bars.

A market order fills there at the close of the bar that led to it; the bars of :mod:`data` open where the one before
closed, so that this is the next bar's open, at the same moment.
"""

from decimal import Decimal

import nautilus_trader
import numpy as np
import pandas as pd
from _measure import CASH, Task, Trade, read_task, report, trend
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.indicators import SimpleMovingAverage
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.events import OrderFilled
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import Equity
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.trading.strategy import Strategy

VENUE = Venue("SIM")
INSTRUMENT = InstrumentId(Symbol("X"), VENUE)
BAR_TYPE = BarType.from_str(f"{INSTRUMENT}-1-MINUTE-LAST-EXTERNAL")
NS_PER_SECOND = 1_000_000_000


class Cross(Strategy):
    """Long above, flat or short below."""

    def __init__(self, task: Task, instrument: Equity) -> None:
        super().__init__()
        self.task = task
        self.instrument = instrument
        self.fast = SimpleMovingAverage(task.fast)
        self.slow = SimpleMovingAverage(task.slow)
        self.trend = 0
        self.held = 0
        self.trades: list[Trade] = []

    def on_start(self) -> None:
        """Let the platform feed both averages."""
        self.register_indicator_for_bars(BAR_TYPE, self.fast)
        self.register_indicator_for_bars(BAR_TYPE, self.slow)
        self.subscribe_bars(BAR_TYPE)

    def on_bar(self, _bar: Bar) -> None:
        """Trade when the averages cross."""
        if not self.slow.initialized:
            return
        before = self.trend
        self.trend = trend(self.fast.value, self.slow.value, before)
        if not before or self.trend == before:
            return
        wanted = 1 if self.trend > 0 else -int(self.task.shorts)
        change, self.held = wanted - self.held, wanted
        if change:
            side = OrderSide.BUY if change > 0 else OrderSide.SELL
            quantity = self.instrument.make_qty(abs(change))
            self.submit_order(self.order_factory.market(INSTRUMENT, side, quantity))

    def on_order_filled(self, event: OrderFilled) -> None:
        """Keep each execution."""
        quantity = float(event.last_qty) * (1 if event.order_side == OrderSide.BUY else -1)
        self.trades.append((event.ts_event // NS_PER_SECOND, quantity, float(event.last_px)))


def the_instrument(task: Task) -> Equity:
    """Return a share with the commission of the task."""
    return Equity(
        instrument_id=INSTRUMENT,
        raw_symbol=Symbol("X"),
        currency=USD,
        price_precision=2,
        price_increment=Price.from_str("0.01"),
        lot_size=Quantity.from_int(1),
        ts_event=0,
        ts_init=0,
        maker_fee=Decimal(str(task.commission)),
        taker_fee=Decimal(str(task.commission)),
    )


def bars_of(task: Task, instrument: Equity) -> list[Bar]:
    """Return the bars as NautilusTrader's records, stamped with their ends."""
    columns = ["open", "high", "low", "close", "volume"]
    length = int(task.bars[1, 0] - task.bars[0, 0])
    ends = pd.to_datetime(task.bars[:, 0].astype(np.int64) + length, unit="s", utc=True)
    bars: list[Bar] = BarDataWrangler(BAR_TYPE, instrument).process(
        pd.DataFrame(task.bars[:, 1:], index=ends, columns=columns)
    )
    return bars


def main(task: Task) -> None:
    """Run and report."""
    engine = BacktestEngine(config=BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    engine.add_venue(
        venue=VENUE,
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        base_currency=USD,
        starting_balances=[Money(CASH, USD)],
    )
    instrument = the_instrument(task)
    engine.add_instrument(instrument)
    with task.timed("prepare"):
        engine.add_data(bars_of(task, instrument))
    strategy = Cross(task, instrument)
    engine.add_strategy(strategy)
    with task.timed("run"):
        engine.run()
    report("nautilus", nautilus_trader.__version__, task, strategy.trades)
    engine.dispose()


if __name__ == "__main__":
    main(read_task())
