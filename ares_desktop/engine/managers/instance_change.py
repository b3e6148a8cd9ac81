"""What a change of a configuration needs: nothing, a word to the worker, or a fresh one."""

from enum import StrEnum
from typing import Final

from ares_desktop.domain.differences import PARAMETERS, difference
from ares_desktop.domain.errors import Finding, RefusedError, UsageError
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.domain.versions import Change
from ares_desktop.engine.trading.fold import Fold

_SWAPPED: Final = frozenset({"file", "account", "instruments", "isolation", "bar_spec", "memory_mb"})
"""Fields that a worker gets once, when it starts."""
FUNDED: Final = frozenset({"capital", "weight", "account"})
"""Fields that say how much money a book has, and where."""


class Effect(StrEnum):
    """When a change takes effect; :class:`~ares_desktop.domain.versions.Change` says what each one means."""

    NOTHING = "nothing"
    NOW = "now"
    NEXT_BAR = "next bar"
    SWAP = "swap"


def change_between(present: StrategyInstance, wanted: StrategyInstance, *, running: bool, moves_money: bool) -> Change:
    """Return what putting ``wanted`` in force does.

    Args:
        present: the configuration in force.
        wanted: of the same name.
        running: the instance has a worker.
        moves_money: its book is given or loses capital, which a worker learns when it starts.
    """
    differences = difference(present, wanted)
    fields = {item.place.partition(".")[0] for item in differences}
    effect = Effect.NOW
    if not differences:
        effect = Effect.NOTHING
    elif running and (moves_money or fields & _SWAPPED):
        effect = Effect.SWAP
    elif running and PARAMETERS in fields:
        effect = Effect.NEXT_BAR
    return Change(differences=differences, effect=effect)


def refuse_unsafe(present: StrategyInstance, wanted: StrategyInstance, fold: Fold, *, running: bool) -> None:
    """Let a change pass that leaves no position and no order alone.

    Raises:
        UsageError: when it is about another instance.
        RefusedError: when it takes away an instrument or an account in use.
    """
    if wanted.name != present.name:
        problem = f"can't be changed, it is {present.name}"
        raise UsageError(
            Finding(place="name", value=wanted.name, problem=problem, remedy="Duplicate it under another name.")
        )
    held = fold.ledger.book_positions(present.account, present.name)
    working = {order.intent.instrument for order in fold.registry.working(present.name)}
    if wanted.account != present.account:
        if running:
            raise RefusedError("ACCOUNT_IN_USE", f"{present.name} runs; switch it off before it changes its account")
        if held or working:
            items = ", ".join(sorted({*held, *working}))
            raise RefusedError("ACCOUNT_IN_USE", f"{present.name} holds or works orders in {items}; flatten it first")
    if not wanted.instruments:
        return
    lost = [item for item in sorted(held) if item not in wanted.instruments]
    if lost:
        raise RefusedError("POSITIONS_HELD", f"{present.name} holds {', '.join(lost)}; flatten them first")
    lost = [item for item in sorted(working) if item not in wanted.instruments]
    if lost:
        raise RefusedError("ORDERS_WORKING", f"{present.name} has orders in {', '.join(lost)}; cancel them first")
