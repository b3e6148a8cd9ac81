"""Performance follows the books while they trade, knows its benchmark, and goes on after a restart."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from ares_desktop.domain.decisions import DecisionQuery
from ares_desktop.domain.events import InstanceSaved
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.performance import StrategyCorrelations, StrategyPerformance
from tests.engine.house import ACME, House


def performance(house: House, name: str) -> StrategyPerformance:
    return next(item for item in house.managers.performance.performances() if item.strategy == name)


async def traded(house: House, *, benchmark: InstrumentId | None) -> None:
    """Let a strategy buy and hold over a rising market, beside one that only looks on."""
    await house.add("holder", "holder", capital=Decimal(10_000))
    await house.add("idle", "idler", capital=Decimal(1000))
    strategies = house.managers.strategies
    instance = next(item.instance for item in strategies.statuses() if item.instance.name == "holder")
    changed = msgspec.structs.replace(instance, benchmark=benchmark)
    recorder = house.managers.trades._recorder
    await recorder.record(InstanceSaved(instance=changed, source="test", at=datetime.now(UTC)))


@pytest.mark.asyncio(loop_scope="function")
async def test_figures_follow_the_book_and_go_on_after_a_restart(tmp_path: Path) -> None:
    house = House(tmp_path, [100.0] * 10 + [110.0] * 50)
    await house.open()
    await house.play(1)
    await traded(house, benchmark=ACME)
    shown: list[StrategyPerformance] = []
    compared: list[StrategyCorrelations] = []
    house.managers.performance.performance_changed.connect(shown.append)
    house.managers.performance.correlations_changed.connect(compared.append)
    await house.play(5)
    house.managers.portfolio.collect()
    await house.play(20)
    house.managers.portfolio.collect()
    await house.managers.performance.refresh()
    found = performance(house, "holder")
    book = next(item for item in house.managers.portfolio.books() if item.strategy == "holder")
    assert book.twr is not None
    assert found.figures.twr == pytest.approx(book.twr)
    assert found.figures.nav == pytest.approx(1 + book.twr)
    assert found.figures.costs == book.commission
    assert found.figures.exposure is not None
    assert found.figures.exposure > 0
    assert found.figures.sharpe is None
    assert found.benchmark == ACME
    assert found.benchmark_problem == ""
    assert found.figures.benchmark_return == pytest.approx(0.1)
    assert {"holder", "all"} <= {item.strategy for item in shown}
    assert compared[-1].names == ("holder", "idler")
    (decision,) = await house.managers.trades.decisions(DecisionQuery(strategy=StrategyId("holder")))
    assert decision.inputs["price"] == 100.0
    assert decision.inputs["equity"] == 10_000.0
    explained = await house.managers.trades.explain(decision.id)
    assert [step.what for step in explained.steps] == ["intent", "gate", "submitted", "accepted", "fill"]
    await house.close()
    await house.open()
    house.managers.portfolio.collect()
    await house.managers.performance.refresh()
    again = performance(house, "holder")
    assert again.figures.twr == pytest.approx(book.twr)
    assert again.months[0].value == pytest.approx(found.months[0].value)
    assert again.curve[0] == found.curve[0]
    await house.close()
