"""A preview tells what an instance would have done on the last bars, and harms nobody whatever its file does."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

import msgspec
import pytest
import pytest_asyncio

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.pipelines.preview import PreviewDesk
from ares_desktop.engine.runtime.job_pool import ProcessJobs
from tests.engine.house import ACME, House
from tests.engine.pipelines.running import SWINGER

CLOSES = tuple(100.0 + (number % 8 - 3.5) for number in range(300))
WARMER = """
from ares_desktop.api import Strategy


class Warmer(Strategy):
    def on_start(self):
        self.context.warm_up(50)
        self.seen = 0

    def on_bar(self, bar):
        self.seen += 1
        if self.seen == 51:
            self.context.buy(bar.instrument, 1)
"""
BREAKS = """
from ares_desktop.api import Strategy


class Breaks(Strategy):
    def on_bar(self, bar):
        raise RuntimeError("no such luck")
"""
SPINS = """
from ares_desktop.api import Strategy


class Spins(Strategy):
    def on_bar(self, bar):
        while True:
            pass
"""
DIES = """
import os
from ares_desktop.api import Strategy


class Dies(Strategy):
    def on_bar(self, bar):
        os._exit(7)
"""
FILES = {"swinger": SWINGER, "warmer": WARMER, "breaks": BREAKS, "spins": SPINS, "dies": DIES}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """An engine on three hundred bars of which two hundred have been played."""
    made = House(tmp_path_factory.mktemp("house"), CLOSES)
    for name, text in FILES.items():
        (made.strategies / f"{name}.py").write_text(text)
    await made.open()
    await made.play(200)
    yield made
    await made.close()


def an_instance(file: str = "swinger", **fields: object) -> StrategyInstance:
    values = {
        "name": StrategyId(f"{file}-1"),
        "file": file,
        "account": "PAPER",
        "instruments": (ACME,),
        "capital": Decimal(10_000),
        **fields,
    }
    return StrategyInstance(**values)  # type: ignore[arg-type]


def minutes(times: Sequence[int]) -> list[int]:
    return [time // 60_000_000_000 for time in times]


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_both_sides_are_tried_out_on_the_very_same_bars(house: House) -> None:
    pipelines = house.managers.pipelines
    runs = pipelines.runs()
    current = an_instance()
    proposed = msgspec.structs.replace(current, parameters={"size": 20})
    found = await pipelines.preview(proposed, current, bars=80)
    assert found.instruments == (ACME,)
    assert found.bars == 80
    assert minutes([found.until_ns - found.since_ns]) == [80]
    assert found.current is not None
    assert (found.proposed.parameters, found.current.parameters) == ({"size": 20}, {})
    assert not found.proposed.faults
    assert len(found.proposed.curve) == len(found.current.curve) == 80
    assert [fill.quantity for fill in found.proposed.fills] == [2 * fill.quantity for fill in found.current.fills]
    assert [fill.at for fill in found.proposed.fills] == [fill.at for fill in found.current.fills] != []
    figures = found.proposed.figures
    assert figures is not None
    assert figures.final_equity == pytest.approx(found.proposed.curve[-1].equity)
    assert figures.final_equity is not None
    assert figures.final_equity > 10_000
    assert pipelines.runs() == runs


async def test_older_bars_warm_it_up_and_are_not_traded_on(house: House) -> None:
    found = await house.managers.pipelines.preview(an_instance("warmer"), None, bars=20)
    assert found.current is None
    assert [fill.quantity for fill in found.proposed.fills] == [1]
    assert found.proposed.fills[0].at.timestamp() * 1e9 >= found.since_ns
    assert len(found.proposed.curve) == 20


async def test_longer_bars_reach_farther_back(house: House) -> None:
    found = await house.managers.pipelines.preview(an_instance(bar_spec="5m"), None, bars=20)
    assert minutes([found.until_ns - found.since_ns]) == [100]
    assert not found.proposed.faults


async def test_with_fewer_bars_than_asked_for_all_are_traded_on(house: House) -> None:
    found = await house.managers.pipelines.preview(an_instance(), None, bars=400)
    assert found.bars == len(found.proposed.curve) == 200


async def test_a_side_that_fails_says_where_and_leaves_the_other_alone(house: House) -> None:
    current = an_instance()
    broken = an_instance("breaks", name=current.name)
    found = await house.managers.pipelines.preview(broken, current)
    assert found.proposed.faults == ("RuntimeError: no such luck (breaks.py, line 7)",)
    assert not found.proposed.fills
    assert found.proposed.figures is None
    assert found.current is not None
    assert found.current.fills


async def test_values_that_are_wrong_are_all_told(house: House) -> None:
    wrong = an_instance(parameters={"size": 0, "seconds": 99}, hours="lunch")
    found = await house.managers.pipelines.preview(wrong, None)
    assert [fault.split(":")[0] for fault in found.proposed.faults] == [
        "strategy swinger-1",
        "size",
        "seconds",
    ]


async def test_a_worker_that_dies_is_a_fault_of_its_side(house: House) -> None:
    found = await house.managers.pipelines.preview(an_instance("dies"), an_instance())
    assert "exit code 7" in found.proposed.faults[0]
    assert "dies.py" in found.proposed.faults[0]
    assert found.current is not None
    assert not found.current.faults


async def test_a_side_that_never_ends_is_ended(house: House) -> None:
    desk = house.managers.pipelines._previews
    within_s, desk._within_s = desk._within_s, 2.0
    try:
        found = await house.managers.pipelines.preview(an_instance("spins"), None)
    finally:
        desk._within_s = within_s
    assert found.proposed.faults == (f"it did not come to an end within 2 s ({house.strategies / 'spins.py'})",)


async def test_the_newer_of_two_previews_wins(house: House) -> None:
    pipelines = house.managers.pipelines
    spinning = an_instance("spins", name=StrategyId("twice"))
    older = asyncio.gather(pipelines.preview(spinning, None), return_exceptions=True)
    await asyncio.sleep(0.05)
    newer = await pipelines.preview(an_instance(name=StrategyId("twice")), None)
    assert newer.proposed.fills
    (ended,) = await older
    assert isinstance(ended, asyncio.CancelledError)


async def test_a_preview_ends_with_the_task_that_asked_for_it(house: House) -> None:
    desk = house.managers.pipelines._previews
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await desk.preview(an_instance("spins"), None)
    assert not desk._running
    found = await desk.preview(an_instance(), None)
    assert found.proposed.fills


async def test_workers_that_nobody_needs_any_more_end(house: House) -> None:
    source = house.managers.pipelines._previews._source
    desk = PreviewDesk(source, ProcessJobs, rest_s=0.01)
    await desk.preview(an_instance(), None)
    await house.until(lambda: desk._jobs is None)
    await desk.close()


async def test_what_can_not_be_tried_out_is_told_at_once(house: House) -> None:
    pipelines = house.managers.pipelines
    with pytest.raises(UsageError, match=r"GONE\.SIM"):
        await pipelines.preview(an_instance(instruments=(ACME, InstrumentId("GONE.SIM"))), None)
    with pytest.raises(UsageError, match="no strategy file"):
        await pipelines.preview(an_instance("nowhere"), None)
    with pytest.raises(UsageError, match="from 1 to 5000"):
        await pipelines.preview(an_instance(), None, bars=0)
