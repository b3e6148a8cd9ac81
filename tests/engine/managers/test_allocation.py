"""Weights are proposed, approved by a person and then in force, also after a restart."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from ares_desktop.domain.errors import RefusedError, StorageError, UsageError
from ares_desktop.domain.events import AllocationApproved, AllocationRejected
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.portfolio import AllocationMethod, AllocationProposal, BandState, ProposalState
from ares_desktop.engine.managers.allocation import Allocation
from ares_desktop.engine.portfolio.optimizing import OptimizeTask
from ares_desktop.engine.portfolio.proposing import INSTRUMENTS
from tests.engine.house import House

D = Decimal


WEIGHING = '''
"""Says its weight."""
from ares_desktop.api import Strategy


class Weighing(Strategy):
    """Says its weight and its budget at each bar."""

    def on_bar(self, bar):
        self.context.log.info(f"{self.context.weights[0]} {self.context.budget}")
'''


class Halves:
    """Gives each strategy the same, as far as the bounds let it."""

    tasks: list[OptimizeTask]

    def __init__(self) -> None:
        self.tasks = []

    async def solve(self, task: OptimizeTask) -> tuple[float, ...]:
        self.tasks.append(task)
        return (task.total / task.columns,) * task.columns

    async def close(self) -> None:
        pass


@asynccontextmanager
async def funded(folder: Path) -> AsyncIterator[House]:
    made = House(folder, [100.0 + (number * 7 % 5) for number in range(40)])
    try:
        await made.open()
        await made.play(1)
        await made.add("idle", "a", capital=D(300_000))
        await made.managers.strategies.add("idle", name="b", source="test", capital=D(100_000))
        made.managers.portfolio.collect()
        yield made
    finally:
        await made.close()


@pytest_asyncio.fixture(loop_scope="module")
async def own(tmp_path: Path) -> AsyncIterator[House]:
    """An engine with two funded strategies, one of which runs."""
    async with funded(tmp_path) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Such an engine for the tests after which all shares are as before."""
    async with funded(tmp_path_factory.mktemp("shared")) as made:
        yield made


def desk(house: House) -> Allocation:
    house.managers.portfolio.collect()
    return house.managers.totals.allocation


async def proposed(house: House, weights: dict[str, str]) -> AllocationProposal:
    """Record a proposal of the targets whose new weights the test chose."""
    made = await desk(house).propose(AllocationMethod.TARGETS, source="test")
    parts = tuple(
        msgspec.structs.replace(one, after=D(weights.get(one.strategy, str(one.after)))) for one in made.weights
    )
    changed = msgspec.structs.replace(made, id="test", weights=parts)
    house.managers.strategies.parts.recorder.fold.proposals._known["test"] = changed
    return changed


def money(house: House, strategy: str) -> dict[str, Any]:
    house.managers.portfolio.collect()
    (book,) = [book for book in house.managers.portfolio.books() if book.strategy == strategy]
    return {"capital": book.capital, "cash": book.cash}


async def test_bands_show_present_and_fixed_shares(shared: House) -> None:
    bands = {band.strategy: band for band in desk(shared).bands()}
    assert (bands[StrategyId("a")].weight, bands[StrategyId("a")].state) == (D("0.3"), BandState.AT_TARGET)
    assert (bands[StrategyId("b")].weight, bands[StrategyId("b")].state) == (D(0), BandState.DRIFTED)
    assert bands[StrategyId("b")].transfer == D(100_000)


async def test_nothing_changes_before_a_person_approves(shared: House) -> None:
    shown: list[AllocationProposal] = []
    desk(shared).proposal_changed.connect(shown.append)
    proposal = await desk(shared).propose(AllocationMethod.TARGETS, source="test")
    assert [one.id for one in shown] == [proposal.id]
    assert proposal.state is ProposalState.OPEN
    assert money(shared, "a")["capital"] == D(300_000)


async def test_an_approved_proposal_is_in_force_after_a_restart(own: House) -> None:
    await proposed(own, {"a": "0.2", "b": "0.25"})
    await desk(own).approve("test", source="a person")
    assert money(own, "a") == {"capital": D(200_000), "cash": D(200_000)}
    assert money(own, "b") == {"capital": D(250_000), "cash": D(250_000)}
    assert own.state("a") == "running"
    worker = own.managers.strategies.parts.workers._slots[StrategyId("a")].host
    assert worker is not None
    assert worker.setup.capital == D(200_000)
    await own.close()
    (approved,) = [event.payload for event in own.events() if isinstance(event.payload, AllocationApproved)]
    assert approved.source == "a person"
    assert approved.moved == {"a": D(-100_000), "b": D(250_000)}
    assert (approved.before, approved.after) == ({"a": D("0.3"), "b": D(0)}, {"a": D("0.2"), "b": D("0.25")})
    await own.open()
    bands = {band.strategy: band for band in desk(own).bands()}
    assert {name: (band.target, band.weight, band.fixed) for name, band in bands.items()} == {
        "a": (D("0.2"), D("0.2"), False),
        "b": (D("0.25"), D("0.25"), False),
    }


async def test_a_strategy_learns_its_new_weight_while_it_runs(own: House) -> None:
    weighing = own.strategies / "weighing.py"
    weighing.write_text(WEIGHING)
    await own.managers.strategies.disable("a", source="test")
    await own.add("weighing", "w", capital=D(100_000))
    heard: list[str] = []
    own.managers.strategies.logged.connect(lambda line: heard.append(line.text))
    await proposed(own, {"a": "0.3", "b": "0", "w": "0.12"})
    await desk(own).approve("test", source="test")
    await own.play(2)
    await own.until(lambda: "0.12 120000.00" in heard)


async def test_all_of_it_is_refused_when_one_part_can_t_be_done(shared: House) -> None:
    await proposed(shared, {"a": "0.4", "b": "0.9"})
    with pytest.raises(UsageError, match="that no strategy has"):
        await desk(shared).approve("test", source="test")
    assert money(shared, "a")["capital"] == D(300_000)
    assert desk(shared).proposal("test").state is ProposalState.OPEN


async def test_a_journal_that_keeps_nothing_leaves_everything_as_it_was(
    shared: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: Any) -> None:
        raise StorageError("the disk is full")

    await proposed(shared, {"a": "0.2", "b": "0.2"})
    monkeypatch.setattr(shared.managers.strategies.parts.recorder, "append", full)
    with pytest.raises(StorageError, match="disk is full"):
        await desk(shared).approve("test", source="test")
    monkeypatch.undo()
    assert money(shared, "a")["capital"] == D(300_000)
    worker = shared.managers.strategies.parts.workers._slots[StrategyId("a")].host
    assert worker is not None
    assert worker.setup.capital == D(300_000)


async def test_rejected_and_expired_proposals_stay_in_the_list(own: House) -> None:
    allocation = desk(own)
    first = await allocation.propose(AllocationMethod.TARGETS, source="test")
    await allocation.reject(first.id, source="a person", reason="not now")
    settings = msgspec.json.decode(allocation._settings.model_dump_json())
    allocation._settings = type(allocation._settings)(**{**settings, "proposal_valid_h": 1e-9})
    second = await allocation.propose(AllocationMethod.TARGETS, source="test")
    with pytest.raises(RefusedError, match="expired"):
        await allocation.approve(second.id, source="test")
    assert [(one.id, one.state, one.decided_by) for one in allocation.proposals()] == [
        (second.id, ProposalState.EXPIRED, "engine"),
        (first.id, ProposalState.REJECTED, "a person"),
    ]
    kinds = [event.payload.expired for event in own.events() if isinstance(event.payload, AllocationRejected)]
    assert kinds == [False, True]


async def test_too_little_data_is_refused_with_both_counts(shared: House) -> None:
    with pytest.raises(RefusedError, match=r"TOO_LITTLE_DATA.*daily NAV returns.*instruments"):
        await desk(shared).propose(AllocationMethod.HIERARCHICAL, source="test")


async def test_without_days_of_their_own_strategies_are_judged_by_their_instruments(tmp_path: Path) -> None:
    own = House(tmp_path, feed="sample")
    try:
        await own.open()
        await own.play(2)
        await own.managers.strategies.add(
            "idle", name="a", source="test", instruments=[InstrumentId("AAPL.SIM"), InstrumentId("MSFT.SIM")]
        )
        await own.managers.strategies.add("idle", name="b", source="test", instruments=[InstrumentId("KO.SIM")])
        allocation = desk(own)
        solver = allocation._desk = Halves()  # type: ignore[assignment]
        made = await allocation.propose(AllocationMethod.RISK_PARITY, source="test")
        assert made.basis.startswith(INSTRUMENTS)
        assert made.days > 200
        assert sum(one.after for one in made.weights) == sum(one.target for one in made.weights)
        assert made.volatility_after is not None
        assert 0.05 * 0.2 < made.volatility_after < 0.5
        assert solver.tasks[0].columns == 2
        report = await own.managers.totals.risk.value_at_risk()
        assert (report.figures, report.problem) == ((), "nothing is held")
    finally:
        await own.close()
