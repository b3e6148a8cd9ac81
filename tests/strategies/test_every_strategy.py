"""What holds for every bundled strategy, whatever its rule is."""

import ast
import importlib.util
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from ares_desktop.api import Bar, Strategy
from ares_desktop.api.desk import StrategyEvent
from ares_desktop.api.strategy import Handled
from ares_desktop.api.testing import Trial, run_on_bars
from ares_desktop.domain.backtests import BACKTEST_ACCOUNT, BacktestSpec
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import BarSpec, DataKind
from ares_desktop.domain.orders import OrderIntent
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.simulation import SimulationSettings, SlippageModel
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.backtest.replay.kinds import load_kinds
from ares_desktop.engine.backtest.replay.run import run_backtest
from ares_desktop.engine.data.series import Series, bars_of
from tests.strategies.markets import ACME, INDEX, OTHER, VIX, merged, minutes, wandering
from tests.strategies.recorded import STRATEGIES
from tests.strategies.synthetic import earnings_options, put_call_ratio, vix_futures

FILES = sorted(file for file in STRATEGIES.glob("*.py") if not file.stem.startswith("_"))
ALLOWED = sys.stdlib_module_names | {"numpy"}
WIDE = RiskLimits(max_leverage=Decimal(1000), duplicate_window_s=0.0, price_collar=Decimal(100), max_data_age_bars=1e9)
QUICK: dict[str, dict[str, Any]] = {
    "four_day_decline": {"declines": 2, "trend": 20},
    "ltmt": {"period": "week", "periods": 4},
    "short_rsi_thrust": {"thrust": 70.0, "limit": 0.005, "least_range": 0.0},
    "sie": {"top": 1, "quarter": 10},
}
"""Parameters with which a rule trades on a few hundred random bars."""
FREE = SimulationSettings(
    account=BACKTEST_ACCOUNT,
    starting_cash=Decimal(100_000),
    costs="none",
    slippage_model=SlippageModel.NONE,
    latency_ms=0.0,
    volume_share=0.0,
)
"""A venue that charges nothing and fills all at once, as the trial of a unit test does."""
NEEDY = {"pea_oss", "pea_oss_options", "s2", "short_vix", "svix"}
"""What refuses to start on one share alone."""
every_strategy = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
on_minutes = pytest.mark.parametrize(
    "file", [file for file in FILES if file.stem not in NEEDY], ids=lambda file: file.stem
)


def kind_of(file: Path) -> type[Strategy]:
    """Import a strategy the way a worker does."""
    spec = importlib.util.spec_from_file_location(f"every_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    own = [item for item in vars(module).values() if isinstance(item, type) and item.__module__ == spec.name]
    (found,) = (item for item in own if issubclass(item, Strategy))
    return found


def told(intents: Sequence[OrderIntent]) -> list[tuple[Any, ...]]:
    return [
        (item.instrument, item.side, item.quantity, item.type, item.limit_price, item.stop_price, item.reason)
        for item in intents
    ]


def filled(fills: Sequence[Fill]) -> list[tuple[Any, ...]]:
    return [(fill.at, fill.instrument, fill.side, fill.quantity, fill.price) for fill in fills]


def uneven() -> list[Bar]:
    """Days of two shares and an index: the second share begins late, ends early and misses days."""
    one, two, index = wandering(420), wandering(420, OTHER, 8), wandering(420, VIX, 9)
    return merged(one, [bar for at, bar in enumerate(two[150:380]) if at % 17], index)


def term_structure() -> list[Series]:
    """An index of near and one of far volatility, and what is traded on them."""
    near, far, vehicle = VIX, InstrumentId("VIX3M.XNYS"), ACME
    bars = [wandering(225, near, 9), wandering(225, far, 10), wandering(225, vehicle)]
    return series_of(merged(*bars), "1d")


MARKETS: dict[str, Callable[[], list[Series]]] = {
    "pea_oss": lambda: put_call_ratio(years=2),
    "pea_oss_options": lambda: earnings_options(years=1),
    "short_vix": lambda: vix_futures(years=1),
    "svix": term_structure,
}
"""Days of the instruments that a rule can't do without."""


@cache
def days_for(name: str) -> tuple[list[Bar], list[Instrument]]:
    """Return daily bars that a strategy can be tried on, and their instruments."""
    if name not in MARKETS:
        return uneven(), [INDEX]
    made = MARKETS[name]()
    return merged(*(bars_of(item, 0, len(item)) for item in made)), [item.instrument for item in made]


@cache
def intraday() -> list[Bar]:
    """Minutes of three sessions, with a gap in one."""
    random = np.random.default_rng(3)
    days = []
    for day in (2, 3, 4):
        closes = np.round(100 + np.cumsum(random.normal(0, 0.05, 390)), 2).tolist()
        bars = minutes(closes, day=day, spread=0.02)
        days += bars if day != 3 else bars[:100] + bars[160:]
    return days


@every_strategy
def test_it_imports_nothing_but_the_api_and_what_python_brings(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            ours = name == "ares_desktop.api" or name.startswith("ares_desktop.api.")
            assert ours or name.partition(".")[0] in ALLOWED, name


@every_strategy
def test_it_does_the_same_again_and_trades_only_what_can_be_traded(file: Path) -> None:
    bars, instruments = days_for(file.stem)
    params = QUICK.get(file.stem, {})
    one = run_on_bars(kind_of(file), bars, params, instruments=instruments)
    other = run_on_bars(kind_of(file), bars, params, instruments=instruments)
    assert told(one.intents) == told(other.intents)
    assert one.equity == other.equity
    index = {instrument.id for instrument in instruments if not instrument.tradable}
    assert not any(intent.instrument in index for intent in one.intents), "an index can't be traded"
    assert all(intent.quantity == int(intent.quantity) for intent in one.intents), "shares and contracts are whole"
    assert one.records or not one.intents, "what it knew is recorded"


@on_minutes
def test_it_runs_on_minutes_with_gaps(file: Path) -> None:
    run = run_on_bars(kind_of(file), intraday(), QUICK.get(file.stem, {}))
    assert run.records or not run.intents
    if file.stem in {"vow", "opening_range_breakout"}:
        assert run.fills
        assert run.position(ACME) == 0


class Replaced(Strategy):
    """Lets a strategy run, and a fresh one of its kind take over from it in the middle."""

    kind: type[Strategy]
    at = 0

    def on_start(self) -> Handled:
        self.seen: list[Bar] = []
        return self.begin()

    def begin(self) -> Handled:
        self.inner = self.kind()
        self.inner.context = self.context
        return self.inner.on_start()

    def dispatch(self, event: StrategyEvent) -> Handled:
        if isinstance(event, Bar):
            fresh = not self.seen or event.end_ns > self.seen[-1].end_ns
            if self.at and fresh and len(self.seen) >= self.at:
                self.at = 0
                self.take_over()
            self.seen.append(event)
        return self.inner.dispatch(event)

    def take_over(self) -> None:
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(self.inner.snapshot()))
        self.begin()
        if state:
            self.inner.restore(state)
        wanted: list[Bar] = []
        for name in self.context.instruments:
            own = [bar for bar in self.seen if bar.instrument == name]
            wanted += own[-self.context.warm_up_bars :] if self.context.warm_up_bars else []
        self.context.warming = True
        for bar in sorted(wanted, key=lambda bar: bar.end_ns):
            self.inner.on_bar(bar)
        self.context.warming = False


def run_replaced(
    kind: type[Strategy], at: int, bars: list[Bar], params: dict[str, Any], instruments: Sequence[Instrument]
) -> Trial:
    made = type("Replaced", (Replaced,), {"kind": kind, "at": at, "Params": kind.Params})
    return run_on_bars(made, bars, params, instruments=instruments)


def assert_a_restart_changes_nothing(file: Path, bars: list[Bar], instruments: Sequence[Instrument]) -> None:
    kind, params = kind_of(file), QUICK.get(file.stem, {})
    whole = run_replaced(kind, 0, bars, params, instruments)
    for part in (0.4, 0.7, 0.85):
        again = run_replaced(kind, int(part * len(bars)), bars, params, instruments)
        assert told(again.intents) == told(whole.intents)


@every_strategy
def test_a_restart_in_the_middle_changes_no_trade(file: Path) -> None:
    assert_a_restart_changes_nothing(file, *days_for(file.stem))


@on_minutes
def test_a_restart_within_a_session_changes_no_trade(file: Path) -> None:
    assert_a_restart_changes_nothing(file, intraday(), ())


def series_of(bars: Sequence[Bar], spec: str) -> list[Series]:
    """Return the bars of each instrument as a backtest reads them."""
    made = []
    for name in dict.fromkeys(bar.instrument for bar in bars):
        own = [bar for bar in bars if bar.instrument == name]
        columns = {
            "start": np.array([bar.start_ns for bar in own], np.int64),
            "end": np.array([bar.end_ns for bar in own], np.int64),
        }
        for column in ("open", "high", "low", "close", "volume"):
            columns[column] = np.array([getattr(bar, column) for bar in own], np.float64)
        instrument = Instrument(id=name)
        if name.startswith("VIX"):
            instrument = msgspec.structs.replace(INDEX, id=name)
        made.append(Series(instrument=instrument, kind=DataKind.BARS, spec=BarSpec.parse(spec), columns=columns))
    return made


@every_strategy
def test_a_backtest_trades_what_the_trial_of_a_unit_test_trades(file: Path) -> None:
    if file.stem in MARKETS:
        series = MARKETS[file.stem]()
        bars = days_for(file.stem)[0]
    else:
        bars = merged(wandering(225), wandering(225, OTHER, 8))
        series = series_of(bars, "1d")
    names = tuple(dict.fromkeys(bar.instrument for bar in bars))
    params = QUICK.get(file.stem, {})
    instance = StrategyInstance(
        name=StrategyId(file.stem),
        file=str(file),
        account=BACKTEST_ACCOUNT,
        instruments=names,
        parameters=params,
        weight=Decimal(1),
    )
    spec = BacktestSpec(strategies=(instance,), data=("bars",), simulation=FREE, limits=WIDE)
    with load_kinds(spec) as kinds:
        outcome = run_backtest(spec, series, kinds)
    trial = run_on_bars(kind_of(file), bars, params, instruments=[item.instrument for item in series])
    assert sorted(filled(outcome.fills)) == sorted(filled(trial.fills))
    assert trial.fills or file.stem not in QUICK
