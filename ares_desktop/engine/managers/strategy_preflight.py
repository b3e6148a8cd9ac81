"""The card before a start: what is checked, what will happen, and who may start in spite of it."""

from typing import Final

from ares_desktop.domain.errors import Finding, RefusedError, StrategyError, UsageError
from ares_desktop.domain.events import StartForced
from ares_desktop.domain.preflight import PreflightCheck, PreflightReport
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.managers.preflight_gathering import FactGathering, Surroundings
from ares_desktop.engine.managers.strategy_parts import StrategyParts
from ares_desktop.engine.trading.preflight import report_on
from ares_desktop.engine.trading.preflight_facts import MoneyFacts, PreflightFacts

_TOLD_BY_START: Final = frozenset({"INSTRUMENTS"})
"""What a start itself refuses, so that the instance shows the fault."""


class StrategyPreflights:
    """Looks at instances before they are started."""

    def __init__(self, parts: StrategyParts) -> None:
        self._parts = parts
        self._facts: FactGathering | None = None

    def attach(self, around: Surroundings) -> None:
        """Set what instances depend on."""
        self._facts = FactGathering(self._parts, around)

    async def preflight(self, name_or_instance: str | StrategyInstance) -> PreflightReport:
        """Return the card of an instance, or of a draft of one.

        Raises:
            UsageError: when there is none of that name.
            StrategyError: before the surroundings are attached.
        """
        if isinstance(name_or_instance, StrategyInstance):
            instance = name_or_instance
        else:
            instance = self._parts.instances.get(name_or_instance)
        return report_on(await self._gathered(instance), self._parts.wall.now())

    async def _gathered(self, instance: StrategyInstance) -> PreflightFacts:
        if self._facts is None:
            raise StrategyError("the surroundings of instances are not known")
        return await self._facts.gather(instance)

    async def before_start(self, instance: StrategyInstance, force: bool, source: str) -> None:
        """Let a start through that nothing forbids; a forced one is journaled.

        Args:
            instance: to be started.
            force: a person starts it in spite of checks that failed.
            source: who starts it.

        Raises:
            RefusedError: with the reasons and remedies of what failed.
            UsageError: when it asks for more capital than is free.
            StorageError: when the journal could not keep that it was forced.
        """
        if self._facts is None:
            return
        facts = await self._gathered(instance)
        report = report_on(facts, self._parts.wall.now())
        _refuse_more_than_free(instance, facts.money)
        forbidden = tuple(check for check in report.forbidden if check.code not in _TOLD_BY_START)
        if forbidden:
            raise RefusedError("PREFLIGHT", f"{instance.name} can't be started. {_told(forbidden)}")
        failed = tuple(check for check in report.failed if check.forcible)
        if failed and not force:
            hint = "Start it with force to do so in spite of that; it is journaled."
            raise RefusedError("PREFLIGHT", f"{instance.name} was not started. {_told(failed)} {hint}")
        if failed:
            codes = tuple(check.code for check in failed)
            await self._parts.recorder.record(
                StartForced(name=instance.name, failed=codes, source=source, at=self._parts.wall.now())
            )


def _refuse_more_than_free(instance: StrategyInstance, money: MoneyFacts) -> None:
    if money.funded or money.budget is None or money.budget <= money.free:
        return
    raise UsageError(
        Finding(
            place=f"capital of {instance.name}",
            value=f"{money.budget:f}",
            problem=f"is more than the {money.free:f} {money.currency} that no strategy has",
            remedy="Give it less capital, or remove another strategy first.",
        )
    )


def _told(checks: tuple[PreflightCheck, ...]) -> str:
    return " ".join(f"{check.title}: {check.reason}. {check.remedy}".rstrip() for check in checks)
