"""What was traded on paper is compared with a backtest of the same instances, period and data."""

import asyncio
from collections.abc import Callable
from decimal import Decimal

import pytest

from ares_desktop.domain.accounts import EquityPoint
from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.market import NS_PER_SECOND, to_ns
from ares_desktop.domain.runs import Run, RunKind, RunState
from tests.engine.house import House

MakeHouse = Callable[..., House]


async def ended(house: House, run: Run) -> Run:
    pipelines = house.managers.pipelines
    # As long as it takes: worker processes start slowly on a machine that is busy with other tests.
    while not pipelines.run(run.id).state.is_final:
        await asyncio.sleep(0.02)
    return pipelines.run(run.id)


async def test_a_paper_run_is_compared_with_the_backtest_of_the_same(make_house: MakeHouse) -> None:
    closes = [100 + (number % 9 - 4) * 0.5 for number in range(60)]
    house = make_house(closes=closes)
    await house.open()
    await house.add("holder", capital=Decimal(50_000))
    await house.play(50)
    house.managers.portfolio.collect()
    pipelines = house.managers.pipelines
    run = await ended(house, await pipelines.start_fidelity())
    assert (run.state, run.error) == (RunState.DONE, "")
    live = next(item for item in pipelines.runs() if item.kind is RunKind.LIVE)
    assert run.parent == live.id
    report = await pipelines.fidelity_report(run.id)
    assert (report.matched, report.missing, report.extra) == (1, 0, 0)
    assert report.score is not None
    assert report.score == run.score
    assert report.score > 90
    outcome, _ = await pipelines.outcome(run.id)
    fills = house.managers.trades.fills()
    assert [(item.price, item.quantity, item.at) for item in outcome.fills] == [
        (item.price, item.quantity, item.at) for item in fills
    ]


async def test_an_order_older_than_the_curve_is_in_the_period(make_house: MakeHouse) -> None:
    house = make_house()
    await house.open()
    name = await house.add("holder", capital=Decimal(50_000))
    await house.play(30)
    (order,) = house.managers.trades.orders()
    assert house.engine is not None
    curves = house.engine._services.curves
    curves._curves.pop(name, None)
    for minute in (10, 20):
        curves.append(
            name, EquityPoint(to_ns(order.intent.created_at) + minute * 60 * NS_PER_SECOND, 50_000.0, 0.0, 0.0)
        )
    run = await ended(house, await house.managers.pipelines.start_fidelity())
    report = await house.managers.pipelines.fidelity_report(run.id)
    assert (report.matched, report.missing, report.extra) == (1, 0, 0)


async def test_a_synthetic_market_is_compared_on_the_bars_that_were_built(make_house: MakeHouse) -> None:
    house = make_house(feed="synthetic:7@2000")
    await house.open()
    name = await house.add("holder", capital=Decimal(50_000))
    house.managers.data.resume()
    await house.until(lambda: len(house.managers.portfolio.curve(name).ts) > 2)
    run = await ended(house, await house.managers.pipelines.start_fidelity((StrategyId(name),)))
    assert (run.state, run.error) == (RunState.DONE, "")
    assert run.data == ("synthetic:7@2000",)


async def test_nothing_to_compare_is_told(house: House) -> None:
    with pytest.raises(UsageError, match="nothing was traded"):
        await house.managers.pipelines.start_fidelity()
    await house.managers.strategies.add("holder", source="test")
    with pytest.raises(UsageError) as raised:
        await house.managers.pipelines.start_fidelity((StrategyId("holder"), StrategyId("nobody")))
    assert [item.value for item in raised.value.findings] == ["nobody", "holder"]
