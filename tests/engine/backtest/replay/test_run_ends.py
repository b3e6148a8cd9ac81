"""How a run fails, tells how far it is, and ends."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ares_desktop.api import Bar, Strategy
from ares_desktop.domain.errors import StrategyError, UsageError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.engine.backtest.replay.replay import ReplayProgress
from ares_desktop.engine.backtest.replay.run import run_backtest
from tests.engine.backtest.replay.builders import a_spec, an_instance, bars, run
from tests.engine.backtest.replay.test_run import BETA, Buyer, Cross


@pytest.mark.parametrize("kind", ["start", "bar", "late", "life", "async"])
def test_what_a_strategy_raises_becomes_a_fault_of_its_file(kind: str) -> None:
    class Broken(Strategy):
        def on_start(self) -> None:
            self.bars = 0
            if kind == "start":
                raise ValueError("no start")

        def on_bar(self, bar: Bar) -> None:
            self.bars += 1
            if kind == "bar" or (kind == "late" and self.bars == 3):
                raise ValueError("no bar")

    class BrokenLife(Broken):
        async def run_strategy(self) -> None:
            async for _ in self.context.events():
                raise ValueError("no life")

    class BrokenLater(Broken):
        async def on_bar(self, bar: Bar) -> None:  # type: ignore[override]  # a handler may be either
            raise ValueError("no bar")

    instance = an_instance(file=__file__)
    broken = {"life": BrokenLife, "async": BrokenLater}.get(kind, Broken)
    with pytest.raises(StrategyError, match="no ") as caught:
        run(broken, bars([1.0] * 5), strategies=(instance,))
    fault = caught.value.fault
    assert fault is not None
    assert fault.file == __file__
    assert fault.line is not None
    assert str(caught.value).endswith(f"({Path(__file__).name}, line {fault.line})")
    assert "ValueError" in fault.trace


def test_everything_wrong_with_a_specification_is_said_at_once() -> None:
    one = an_instance("one", instruments=(InstrumentId("NONE.SIM"),), bar_spec="often", parameters={"fast": "quick"})
    two = an_instance("one", account="OTHER")
    with pytest.raises(UsageError) as caught:
        run_backtest(a_spec(one, two, start=datetime(2030, 1, 1, tzinfo=UTC)), (bars([1.0]),), {one.name: Cross})
    problems = " ".join(finding.problem for finding in caught.value.findings)
    for part in (
        "more than once",
        "not in the data",
        "bar length",
        "simulated account",
        "all strategies together",
        "nothing to trade in",
    ):
        assert part in problems
    assert any(finding.place.endswith("fast") for finding in caught.value.findings)


def test_progress_is_told_with_the_equity_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ares_desktop.engine.backtest.replay.replay._TELL_EVERY_S", 0.0)
    heard: list[ReplayProgress] = []
    spec = a_spec()
    run_backtest(
        spec, (bars([100.0, 100.0, 101.0]), bars([1.0] * 3, BETA)), {spec.strategies[0].name: Buyer}, tell=heard.append
    )
    assert [(item.done, item.total) for item in heard] == [(2, 6), (4, 6), (6, 6)]
    assert heard[-1].points[0].equity == pytest.approx(1_000_010.0)


def test_a_strategy_that_returns_by_itself_hears_no_more() -> None:
    class Short(Strategy):
        async def run_strategy(self) -> None:
            async for event in self.context.events():
                self.context.record("heard", 1.0)
                if isinstance(event, Bar) and event.end.minute == 2:
                    return

        def on_stop(self) -> None:
            self.context.record("stopped", 1.0)

    outcome = run(Short, bars([1.0] * 5))
    assert [record.name for record in outcome.records] == ["heard", "heard", "stopped"]


async def test_it_runs_where_a_loop_runs_already() -> None:
    assert len(run(Buyer, bars([1.0] * 5)).fills) == 1
