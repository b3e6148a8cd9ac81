"""A new strategy instance out of what a person asked for."""

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.ids import RESERVED_STRATEGY_IDS, AccountId, InstrumentId, StrategyId
from ares_desktop.domain.strategies import Isolation, StrategyInstance
from ares_desktop.engine.managers.instance_checks import MOST_MONEY

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.]*(?:-[A-Za-z0-9_.]+)*")
_LONGEST_NAME = 40


class InstanceDefaults(msgspec.Struct, frozen=True, kw_only=True):
    """What a new instance gets unless it asks for something else."""

    account: AccountId
    isolation: Isolation
    memory_mb: int


def new_instance(
    file: str,
    *,
    name: str | None,
    instruments: Sequence[InstrumentId],
    capital: Decimal | None,
    parameters: Mapping[str, Any],
    isolation: Isolation | None,
    defaults: InstanceDefaults,
    taken: Collection[StrategyId],
) -> StrategyInstance:
    """Return the instance, named after its file unless a name is given; a taken name gets a number.

    Raises:
        UsageError: with everything that is wrong with the name and the capital.
    """
    chosen = name or _free_name(Path(file).stem, taken)
    findings = list(name_findings(chosen, taken))
    if capital is not None and not (capital.is_finite() and 0 < capital <= MOST_MONEY):
        too_much = capital.is_finite() and capital > 0
        problem = f"must be at most {MOST_MONEY:,}" if too_much else "must be positive"
        findings.append(
            Finding(
                place="capital", value=f"{capital}", problem=problem, remedy="Give what it may use, more than zero."
            ),
        )
    if findings:
        raise UsageError(*findings)
    return StrategyInstance(
        name=StrategyId(chosen),
        file=file,
        account=defaults.account,
        instruments=tuple(instruments),
        parameters=dict(parameters),
        capital=capital,
        isolation=isolation or defaults.isolation,
        memory_mb=defaults.memory_mb,
    )


def _free_name(stem: str, taken: Collection[StrategyId]) -> str:
    if stem not in taken:
        return stem
    return next(name for number in range(2, len(taken) + 3) if (name := f"{stem}-{number}") not in taken)


def name_findings(name: str, taken: Collection[StrategyId]) -> list[Finding]:
    """Return what is wrong with the name of a new instance."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME or name in RESERVED_STRATEGY_IDS:
        remedy = f"Use letters, digits, _ . and single hyphens, at most {_LONGEST_NAME}, and no reserved word."
        return [Finding(place="name", value=name, problem="can't be a strategy's name", remedy=remedy)]
    if name in taken:
        return [Finding(place="name", value=name, problem="is taken", remedy="Choose another name.")]
    return []
