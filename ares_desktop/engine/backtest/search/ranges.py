"""What a search varies: a person's ranges, or those that the strategy declares."""

from collections.abc import Sequence
from math import prod
from typing import Final

import msgspec

from ares_desktop.domain.errors import Finding
from ares_desktop.domain.searches import ParameterRange
from ares_desktop.domain.strategies import ParameterInfo

_MOST_VALUES: Final = 100_000
_MOST_SETS: Final = 10**12
"""Beyond these a step was a mistake."""


def declared_ranges(parameters: Sequence[ParameterInfo]) -> tuple[ParameterRange, ...]:
    """Return the ranges that a strategy declares for its parameters."""
    return tuple(
        ParameterRange(name=info.name, kind=info.kind, low=low, high=high, step=step)
        for info in parameters
        if info.search is not None
        for low, high, step in (info.search,)
    )


def ranges_in_force(own: Sequence[ParameterRange], parameters: Sequence[ParameterInfo]) -> tuple[ParameterRange, ...]:
    """Return a person's ranges with the kinds and choices that the strategy declares, or its own when there are none.

    A person's ranges are the whole of what varies: parameters that they leave out keep their value.
    """
    if not own:
        return declared_ranges(parameters)
    known = {info.name: info for info in parameters}
    return tuple(_typed(span, known[span.name]) if span.name in known else span for span in own)


def size_findings(ranges: Sequence[ParameterRange]) -> list[Finding]:
    """Return what is too large about ranges that are otherwise in order."""
    counts = {span.name: len(span.choices) or int((span.high - span.low) / span.step) + 1 for span in ranges}
    findings = [
        Finding(
            place=f"search {name}",
            value=str(count),
            problem=f"must have at most {_MOST_VALUES} values",
            remedy="Take a longer step.",
        )
        for name, count in counts.items()
        if count > _MOST_VALUES
    ]
    size = prod(counts.values())
    if not findings and size > _MOST_SETS:
        problem = f"must have at most {_MOST_SETS:.0e} parameter sets"
        findings.append(Finding(place="search", value=f"{size:.1e}", problem=problem, remedy="Take longer steps."))
    return findings


def _typed(span: ParameterRange, info: ParameterInfo) -> ParameterRange:
    choices = span.choices or (info.choices if info.kind == "choice" else ())
    return msgspec.structs.replace(span, kind=info.kind, choices=choices)
