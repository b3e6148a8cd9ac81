"""Puts a configuration that was found good in force: the worker, the money and the journal, or none of them."""

from decimal import Decimal
from typing import Any, Final

import msgspec
import structlog

from ares_desktop.domain.errors import AresError, StorageError, UsageError
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.domain.versions import Change
from ares_desktop.engine.managers.instance_change import Effect, change_between
from ares_desktop.engine.managers.instance_checks import in_parameters
from ares_desktop.engine.managers.strategy_parts import StrategyParts

_log = structlog.get_logger(__name__)
_SWAP_WITHIN_S: Final = 30.0


async def put_in_force(
    parts: StrategyParts, present: StrategyInstance, wanted: StrategyInstance, *, source: str, note: str = ""
) -> Change:
    """Change an instance, for a caller that holds its lock.

    The worker goes first, since it alone may refuse; then one commit keeps the configuration and the money it moves.
    Should that fail, the worker is given back what is still in force.

    Raises:
        UsageError: when the worker refuses the parameters, or the money is not there; then nothing is changed.
        StrategyError: when the worker does not take it over; the old one runs on.
        StorageError: when the journal could not keep it.
    """
    running = parts.is_running(present.name)
    async with parts.funding.change(present, wanted) as flows:
        change = change_between(present, wanted, running=running, moves_money=bool(flows))
        if change.effect == Effect.NOTHING:
            return change
        amount = sum((flow.amount for flow in flows if flow.strategy == wanted.name), ZERO)
        await tell(parts, present, wanted, change, amount)
        try:
            await parts.instances.save(wanted, source, note, flows)
        except StorageError:
            await tell_again(parts, wanted, present, change)
            raise
    if running:
        parts.workers.update_instance(wanted)
    return change


async def tell(
    parts: StrategyParts, old: StrategyInstance, new: StrategyInstance, change: Change, amount: Decimal = ZERO
) -> None:
    """Have a worker take a configuration over; ``amount`` is what its book will have more.

    Raises:
        UsageError: when it refuses the parameters.
        StrategyError: when it does not take it over; the old one runs on.
    """
    if change.effect == Effect.SWAP:
        setup = parts.setups.make(new, str(parts.catalog.find(new.file)))
        funded = msgspec.structs.replace(setup, capital=setup.capital + amount, cash=setup.cash + amount)
        await parts.workers.swap(new.name, funded, timeout_s=_SWAP_WITHIN_S)
    elif change.effect == Effect.NEXT_BAR:
        try:
            await parts.workers.set_parameters(new.name, _values(parts, old, new))
        except UsageError as error:
            raise UsageError(*(in_parameters(finding) for finding in error.findings)) from error


async def tell_again(parts: StrategyParts, new: StrategyInstance, old: StrategyInstance, change: Change) -> None:
    """Give a worker back what is in force; should it not take that, it gets it at its next start."""
    try:
        await tell(parts, new, old, change)
    except AresError as error:
        _log.warning("configuration_not_taken_back", strategy=old.name, error=str(error))


def _values(parts: StrategyParts, old: StrategyInstance, new: StrategyInstance) -> dict[str, Any]:
    """Return the values for a worker, which keeps those that it is not told: a removed one goes to its default."""
    removed = old.parameters.keys() - new.parameters.keys()
    defaults = parts.defaults_of(new.file) if removed else {}
    return {**{name: defaults[name] for name in removed if name in defaults}, **new.parameters}
