"""What is wrong with the fields of an instance, each with its place and its words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ares_desktop.views.panels.strategies.fields import field_title, value_problems
from ares_desktop.views.panels.strategies.hours_text import hours_words

if TYPE_CHECKING:
    from ares_desktop.domain.errors import Finding
    from ares_desktop.domain.strategies import ParameterInfo


class Problem(NamedTuple):
    """One thing wrong.

    Attributes:
        place: of a field, such as ``parameters.fast``.
        title: of that field.
    """

    place: str
    title: str
    text: str


def wrong_values(values: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with readable values of the declared fields, by name."""
    wrong = value_problems(values)
    try:
        hours_words(values.get("hours", ""))
    except ValueError as error:
        wrong["hours"] = str(error).partition(", was ")[0]
    return wrong


def problem_of(finding: Finding, infos: Iterable[ParameterInfo]) -> Problem:
    """Return what the engine found; a bare name of a parameter is taken for its place."""
    names = {info.name for info in infos}
    place = finding.place
    if place in names:
        place = f"parameters.{place}"
    text = " ".join(part for part in (finding.problem, finding.remedy) if part)
    return Problem(place, field_title(place, tuple(infos)), text)
