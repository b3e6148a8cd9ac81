"""Strategies that know what they can't, or depend on their first day, beside honest ones."""

import random
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from msgspec.structs import replace

from ares_desktop.api import SMA, Bar, Strategy
from ares_desktop.domain.backtests import BacktestOutcome, BacktestSpec, RunFinding
from ares_desktop.domain.market import to_ns
from ares_desktop.domain.monitoring import Severity
from ares_desktop.engine.backtest.analysis.honesty import rerun_findings
from ares_desktop.engine.backtest.analysis.other_data import cut_after, other_market
from ares_desktop.engine.backtest.analysis.report import make_report
from ares_desktop.engine.backtest.replay.run import run_backtest
from ares_desktop.engine.data.series import Series
from tests.engine.backtest.replay.builders import a_spec, bars, quotes, run, trades, wander

PRICES = wander(400)
DATA = bars(PRICES, spread=0.05)
LEVELS = dict(zip(DATA.ts.tolist(), [*PRICES[1:], PRICES[-1]], strict=True))
MOVES = {ts: 1 if LEVELS[ts] > price else -1 for ts, price in zip(DATA.ts.tolist(), PRICES, strict=True)}


class Trader(Strategy):
    """Holds 10, or -10, as its rule says."""

    def on_bar(self, bar: Bar) -> None:
        self.hold(bar, self.rule(bar))

    def rule(self, bar: Bar) -> int:
        raise NotImplementedError

    def hold(self, bar: Bar, side: int) -> None:
        self.context.target(bar.instrument, 10 * side)


class Crossing(Trader):
    def on_start(self) -> None:
        self._fast, self._slow = SMA(3), SMA(8)
        self.context.warm_up(8)

    def rule(self, bar: Bar) -> int:
        self._fast.update(bar.close)
        self._slow.update(bar.close)
        if self.context.warming or not self._slow.ready:
            return 0
        return 1 if self._fast.value > self._slow.value else -1


class Contrarian(Trader):
    def rule(self, bar: Bar) -> int:
        return 1 if bar.close < bar.open else -1


class ByTheClock(Trader):
    def rule(self, bar: Bar) -> int:
        return 1 if bar.end.minute % 10 < 5 else -1


class Holder(Trader):
    def rule(self, bar: Bar) -> int:
        return 1


class KnowsAGlobal(Trader):
    def rule(self, bar: Bar) -> int:
        return MOVES[bar.end_ns]


class KnowsALevel(Trader):
    def rule(self, bar: Bar) -> int:
        return 1 if LEVELS[bar.end_ns] > bar.close else -1


class ReadsTheFile(Trader):
    file: ClassVar[Path]

    def on_start(self) -> None:
        rows = [line.split(",") for line in self.file.read_text().splitlines()]
        self._next = {int(one[0]): float(other[1]) for one, other in pairwise(rows)}

    def rule(self, bar: Bar) -> int:
        return 1 if self._next.get(bar.end_ns, 0.0) > bar.close else -1


class LooksBeyondNow(Trader):
    """Asks the store behind the context for the bar that is not over yet."""

    def rule(self, bar: Bar) -> int:
        desk: Any = self.context._desk
        spec = next(iter(desk._history.specs(bar.instrument)))
        desk._history.deliver(to_ns(bar.end + timedelta(minutes=1)))
        later = desk._history.past(bar.instrument, spec, end_ns=to_ns(bar.end + timedelta(minutes=1)), count=1)
        return 1 if later[-1].close > bar.close else -1


class TossesACoin(Trader):
    def rule(self, bar: Bar) -> int:
        return random.SystemRandom().choice((-1, 1))


class CountsFromItsStart(Trader):
    def on_start(self) -> None:
        self._bars = 0

    def rule(self, bar: Bar) -> int:
        self._bars += 1
        return 1 if self._bars // 7 % 2 else -1


class AccountsForEveryPrice(Trader):
    def rule(self, bar: Bar) -> int:
        if bar.close not in PRICES:
            raise LookupError
        return 1 if bar.close < bar.open else -1


def findings(kind: type[Strategy], series: Series = DATA, **fields: Any) -> tuple[RunFinding, ...]:
    outcome = run(kind, series, **fields)

    def rerun(spec: BacktestSpec, part: Sequence[Series]) -> BacktestOutcome:
        return run_backtest(spec, part, {spec.strategies[0].name: kind})

    found = rerun_findings(rerun, outcome, (series,))
    assert found == rerun_findings(rerun, outcome, (series,))
    return found


@pytest.mark.parametrize("kind", [Crossing, Contrarian, ByTheClock, Holder])
def test_honest_strategies_raise_no_doubt(kind: type[Strategy]) -> None:
    assert findings(kind) == ()


def test_honest_strategies_on_ticks_raise_no_doubt() -> None:
    class Ticks(Strategy):
        def on_trade(self, tick: Any) -> None:
            last = getattr(self, "_last", tick.price)
            self.context.target(tick.instrument, 10 if tick.price < last else -10)
            self._last = tick.price

    assert findings(Ticks, trades(wander(400))) == ()


def test_a_future_in_a_global_is_caught_in_a_market_that_never_was() -> None:
    (found,) = findings(KnowsAGlobal)
    assert (found.check, found.severity) == ("look_ahead", Severity.CRITICAL)
    assert "was not given" in found.title
    assert found.figure is not None
    assert found.figure > 0.9


def test_reading_the_data_file_is_caught(tmp_path: Path) -> None:
    ReadsTheFile.file = tmp_path / "market.csv"
    rows = zip(DATA.ts.tolist(), PRICES, strict=True)
    ReadsTheFile.file.write_text("\n".join(f"{ts},{price}" for ts, price in rows))
    found = findings(ReadsTheFile, data=(str(ReadsTheFile.file),))
    assert [(item.check, item.title) for item in found] == [("look_ahead", "A strategy opens the data of the run")]
    (found_elsewhere,) = findings(ReadsTheFile, data=("SPY",))
    assert (found_elsewhere.check, found_elsewhere.severity) == ("own_data", Severity.WARNING)


def test_a_future_level_that_is_compared_with_the_price_is_too_good_to_be_true() -> None:
    outcome = run(KnowsALevel, DATA)
    checks = {item.check: item.severity for item in make_report(outcome, (DATA,)).findings}
    assert checks["too_good"] is Severity.ERROR
    honest = run(Contrarian, DATA)
    assert "too_good" not in {item.check for item in make_report(honest, (DATA,)).findings}


def test_history_beyond_now_is_caught_by_cutting_the_data() -> None:
    found = findings(LooksBeyondNow)
    assert {item.check for item in found} == {"look_ahead"}
    assert found[0].title == "Decisions depend on later data"


def test_chance_without_a_seed_is_not_taken_for_look_ahead() -> None:
    outcome = run(TossesACoin, DATA)

    def rerun(spec: BacktestSpec, part: Sequence[Series]) -> BacktestOutcome:
        return run_backtest(spec, part, {spec.strategies[0].name: TossesACoin})

    checks = [item.check for item in rerun_findings(rerun, outcome, (DATA,))]
    assert "not_repeatable" in checks
    assert "look_ahead" not in checks


def test_a_rule_that_counts_from_its_first_bar_depends_on_it() -> None:
    (found,) = findings(CountsFromItsStart)
    assert (found.check, found.severity) == ("start_up", Severity.WARNING)
    assert found.figure is not None
    assert found.figure > 0.5


def test_a_strategy_that_fails_on_other_data_is_said_to_be_unchecked() -> None:
    (found,) = findings(AccountsForEveryPrice)
    assert found.check == "not_checked"
    assert "LookupError" in found.detail


def test_a_run_without_orders_needs_no_replay() -> None:
    class Idle(Strategy):
        pass

    outcome = run(Idle, DATA)

    def never(*_: object) -> BacktestOutcome:
        raise AssertionError

    assert rerun_findings(never, outcome, (DATA,)) == ()


def test_data_that_are_cut_end_with_what_is_known_then() -> None:
    (cut,) = cut_after((DATA,), int(DATA.ts[100]))
    assert len(cut) == 101
    (none,) = cut_after((DATA,), int(DATA.ts[0]) - 1)
    assert len(none) == 0


@pytest.mark.parametrize("series", [DATA, trades(PRICES), quotes(PRICES)])
def test_the_other_market_moves_as_far_at_each_step_and_has_whole_bars(series: Series) -> None:
    found = other_market((series,))
    assert found is not None
    (other,) = found
    name = "close" if series.spec else "price" if "price" in series.columns else "bid"
    real, changed = (item.columns[name] for item in (series, other))
    moves, others = np.diff(np.log(real)), np.diff(np.log(changed))
    assert np.abs(others) == pytest.approx(np.abs(moves), rel=1e-2, abs=1e-4)
    assert 0.3 < float(np.mean(np.sign(moves) == np.sign(others))) < 0.7
    if series.spec:
        column = other.columns
        assert np.all(column["high"] >= np.maximum(column["open"], column["close"]))
        assert np.all(column["low"] <= np.minimum(column["open"], column["close"]))
        assert np.array_equal(other.ts, series.ts)


def test_prices_below_zero_have_no_other_market() -> None:
    column = {**DATA.columns, "low": DATA.columns["low"] - 200}
    assert other_market((replace(DATA, columns=column),)) is None


def test_the_specification_of_the_run_is_kept(tmp_path: Path) -> None:
    """Replays differ from the run in data and begin alone."""
    seen: list[BacktestSpec] = []
    outcome = run(Contrarian, DATA, data=(str(tmp_path),), seed=7)

    def rerun(spec: BacktestSpec, part: Sequence[Series]) -> BacktestOutcome:
        seen.append(replace(spec, start=None))
        return run_backtest(spec, part, {spec.strategies[0].name: Contrarian})

    rerun_findings(rerun, outcome, (DATA,))
    assert set(map(repr, seen)) == {repr(a_spec(data=(str(tmp_path),), seed=7))}
