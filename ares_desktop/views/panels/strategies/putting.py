"""Puts a draft in force together with its limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import translated

if TYPE_CHECKING:
    from ares_desktop.domain.risk import RiskLimits
    from ares_desktop.domain.strategies import StrategyInstance, StrategyStatus
    from ares_desktop.domain.versions import Change
    from ares_desktop.views.desk import Desk


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to be in force.

    Attributes:
        limits: None where they stay what they are.
        note: for the version.
    """

    draft: StrategyInstance
    limits: RiskLimits | None
    note: str

    def told(self, base: StrategyInstance) -> dict[str, object]:
        """Return what differs from ``base``, by name, for the record of the command."""
        told = {
            name: value
            for name, value in msgspec.structs.asdict(self.draft).items()
            if name != "name" and value != getattr(base, name)
        }
        return told | {name: value for name, value in (("limits", self.limits), ("note", self.note)) if value}


async def create(desk: Desk, wish: Wish) -> StrategyStatus:
    """Add an instance, then set its limits.

    Raises:
        UsageError: with every finding; then nothing is added.
        StorageError: when the journal could not keep it, or its limits; the instance may be there in the latter case.
    """
    made = await desk.managers.strategies.editing.create(wish.draft, source=SOURCE, note=wish.note)
    await _set_limits(desk, wish)
    return made


async def put_in_force(desk: Desk, wish: Wish, base: StrategyInstance) -> Change | None:
    """Apply what differs from ``base``, then the limits; return what the former did, None when only limits changed.

    Raises:
        UsageError: with every finding; then nothing is changed.
        RefusedError: when it can't be applied now.
        StrategyError: when the worker does not take it over.
        StorageError: when the journal could not keep it, or the limits; the rest may be in force in the latter case.
    """
    change = None
    if wish.draft != base:
        change = await desk.managers.strategies.editing.apply(wish.draft, source=SOURCE, note=wish.note)
    await _set_limits(desk, wish)
    return change


def applied_text(name: str, change: Change | None) -> str:
    """Return what was done, for a message."""
    text = {
        "next bar": translated("{0} takes the new values at its next bar"),
        "swap": translated("A fresh worker of {0} has taken over"),
    }.get("" if change is None else change.effect, translated("The new values of {0} are in force"))
    return text.format(name)


async def _set_limits(desk: Desk, wish: Wish) -> None:
    if wish.limits is not None:
        await desk.managers.totals.set_limits(wish.limits, source=SOURCE, scope=f"strategy:{wish.draft.name}")
