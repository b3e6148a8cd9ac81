"""Plays the rules of the comparison in this project's backtest."""

from decimal import Decimal
from typing import Final

import numpy as np

from ares_desktop.api import Bracket, Strategy
from ares_desktop.domain.backtests import BACKTEST_ACCOUNT, BacktestSpec
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.market import Bar, to_ns
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.simulation import SimulationSettings, SlippageModel
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.backtest.replay.run import run_backtest
from ares_desktop.engine.data.series import Series
from benchmarks.parity.fills import Played, Row
from benchmarks.peers._rules import Action, Rule

NAME: Final = StrategyId("rule")
CASH: Final = Decimal(1_000_000)
CHARGED: Final = "retail"
"""The set of commissions whose crypto entry is a plain percentage of the value."""
LIMITS: Final = RiskLimits(
    max_leverage=Decimal(1000), duplicate_window_s=0.0, price_collar=Decimal(100), max_data_age_bars=1e9
)
"""So wide that the gate, which the peers lack, refuses nothing."""


class Player(Strategy):
    """Carries out what a rule asks for."""

    rule = ""

    def on_start(self) -> None:
        """Make the rule."""
        tick = self.context.instrument(self.context.instruments[0]).tick_size
        self.player = Rule(self.rule, float(tick))

    def on_bar(self, bar: Bar) -> None:
        """Show the rule each new bar."""
        held = float(self.context.position(bar.instrument).quantity)
        for action in self.player.on_bar(bar.high, bar.low, bar.close, held):
            self.carry_out(bar, action)

    def carry_out(self, bar: Bar, action: Action) -> None:
        """Order in the words of the strategy API."""
        if action.kind == "cancel":
            self.context.cancel_all()
            return
        order_of = self.context.buy if action.quantity > 0 else self.context.sell
        order_of(
            bar.instrument,
            abs(action.quantity),
            limit=action.price if action.kind == "limit" else None,
            stop=action.price if action.kind == "stop" else None,
            bracket=_bracket(action) if action.kind == "bracket" else None,
            tif="GTC",
        )


def _bracket(action: Action) -> Bracket:
    return Bracket(stop=Decimal(repr(action.stop)), target=Decimal(repr(action.target)))


def play(rule: str, series: Series, costs: str) -> Played:
    """Return the fills of a rule, with the denials that would explain one that is missing."""
    kind = type("Player", (Player,), {"rule": rule})
    settings = SimulationSettings(
        account=BACKTEST_ACCOUNT,
        currency=series.instrument.currency,
        starting_cash=CASH,
        latency_ms=0.0,
        costs=costs,
        slippage_model=SlippageModel.NONE,
        volume_share=0.0,
    )
    instance = StrategyInstance(
        name=NAME, file="rule.py", account=BACKTEST_ACCOUNT, instruments=(series.instrument.id,), weight=Decimal(1)
    )
    spec = BacktestSpec(strategies=(instance,), data=("bars",), simulation=settings, limits=LIMITS)
    outcome = run_backtest(spec, [series], {NAME: kind})
    rows = [
        Row(int(np.searchsorted(series.ts, to_ns(fill.at))), float(fill.signed_quantity), float(fill.price))
        for fill in outcome.fills
    ]
    notes = tuple(f"{denial.reason.value}: {denial.detail}" for denial in outcome.denials)
    return Played("ours", "", tuple(rows), float(outcome.curve.equity[-1]), notes)
