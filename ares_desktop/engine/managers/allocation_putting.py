"""Puts new weights of several strategies in force: their workers, their money and the journal, or none of them."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from decimal import Decimal

import msgspec

from ares_desktop.domain.errors import AresError
from ares_desktop.domain.events import AllocationApproved, InstanceSaved
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.domain.versions import Change
from ares_desktop.engine.managers.instance_change import change_between
from ares_desktop.engine.managers.instance_putting import tell, tell_again
from ares_desktop.engine.managers.strategy_parts import StrategyParts

Told = tuple[StrategyInstance, StrategyInstance, Change]


async def put_weights_in_force(
    parts: StrategyParts,
    weights: Mapping[StrategyId, Decimal],
    moved: Mapping[StrategyId, Decimal],
    approved: AllocationApproved,
) -> None:
    """Change the weights of strategies and move money between their books and the unassigned one.

    The workers go first, since each of them may refuse; then one commit keeps everything. Should that fail, or one
    worker not take over, those that did are given back what is still in force.

    Raises:
        UsageError: when there is no strategy of a name, or the money is not there; then nothing is changed.
        StrategyError: when a worker does not take its new capital over; then nothing is changed.
        StorageError: when the journal could not keep it; then nothing is changed.
    """
    async with AsyncExitStack() as stack:
        # In one order for all callers, so that two of them never wait for each other.
        present = [await stack.enter_async_context(parts.alone(name)) for name in sorted(weights)]
        wanted = [msgspec.structs.replace(item, weight=weights[item.name], capital=None) for item in present]
        amounts = [(item, moved.get(item.name, ZERO)) for item in present]
        flows = await stack.enter_async_context(parts.funding.divide(amounts))
        told: list[Told] = []
        try:
            await _tell_all(parts, present, wanted, moved, told)
            saved = [
                InstanceSaved(instance=item, source=approved.source, at=approved.at, note="allocation approved")
                for item in wanted
            ]
            await parts.recorder.record(*flows, *saved, approved)
        except AresError:
            for old, new, change in told:
                await tell_again(parts, new, old, change)
            raise
        for item in wanted:
            if parts.is_running(item.name):
                parts.workers.update_instance(item)


async def _tell_all(
    parts: StrategyParts,
    present: Sequence[StrategyInstance],
    wanted: Sequence[StrategyInstance],
    moved: Mapping[StrategyId, Decimal],
    told: list[Told],
) -> None:
    for old, new in zip(present, wanted, strict=True):
        amount = moved.get(new.name, ZERO)
        if amount and parts.is_running(new.name):
            change = change_between(old, new, running=True, moves_money=True)
            await tell(parts, old, new, change, amount)
            told.append((old, new, change))
