"""Reads several runs and finds where their settings differ."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.domain.errors import AresError, StorageError
from ares_desktop.domain.searches import SearchSpec

if TYPE_CHECKING:
    from ares_desktop.domain.accounts import EquityCurve
    from ares_desktop.domain.backtests import BacktestFigures
    from ares_desktop.domain.runs import Run
    from ares_desktop.engine.managers.pipelines import PipelineManager

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_APART: Final = " \N{MIDDLE DOT} "


@dataclass(frozen=True, slots=True, eq=False)
class ComparedRun:
    """One of the compared runs.

    Attributes:
        mark: a letter that stands for it in every table and chart.
        curve: None for a run that has none, such as a search.
        settings: every setting by its place and name, as text.
    """

    mark: str
    run: Run
    figures: BacktestFigures | None
    curve: EquityCurve | None
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that is not the same in all runs; None where a run has no such setting."""

    name: str
    values: tuple[str | None, ...]


async def load_comparison(pipelines: PipelineManager, runs: Sequence[str]) -> tuple[ComparedRun, ...]:
    """Read runs that are to be compared.

    Raises:
        UsageError: when one of them does not exist.
        StorageError: when none of them has a result.
    """
    found = []
    for number, run_id in enumerate(runs):
        run = pipelines.run(run_id)
        figures, curve = run.figures, None
        settings: Mapping[str, str] = {}
        # What one run lacks must not keep the others from being compared.
        with suppress(StorageError):
            outcome, report = await pipelines.outcome(run_id)
            figures, curve = report.figures, outcome.curve
        with suppress(AresError):
            settings = await asyncio.to_thread(settings_of, await pipelines.spec(run_id))
        found.append(ComparedRun(mark_of(number), run, figures, curve, settings))
    if all(one.figures is None for one in found):
        raise StorageError("none of these runs has a result to compare; choose runs that are done")
    return tuple(found)


def mark_of(number: int) -> str:
    """Return A to Z, then A1 and so on."""
    turn, place = divmod(number, len(_ALPHABET))
    return _ALPHABET[place] + (str(turn) if turn else "")


def settings_of(spec: object) -> dict[str, str]:
    """Return every setting of a specification as text; a lone strategy's settings go without its name."""
    if isinstance(spec, SearchSpec):
        rest = {name: value for name, value in _built(spec).items() if name != "backtest"}
        return settings_of(spec.backtest) | _flat("search", rest)
    if not isinstance(spec, BacktestSpec):
        return _flat("", _built(spec))
    built = _built(spec)
    strategies = built.pop("strategies")
    built.pop("title", None)
    found: dict[str, str] = {}
    for one in strategies:
        place = "" if len(strategies) == 1 else str(one["name"])
        found |= _flat(place, one)
    return found | _flat("", built)


def _built(spec: object) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(spec)
    return built


def _flat(place: str, value: Any) -> dict[str, str]:  # noqa: ANN401 - whatever a specification holds
    if isinstance(value, Mapping):
        parts: dict[str, str] = {}
        for name, inner in value.items():
            parts |= _flat(f"{place}{_APART}{name}" if place else str(name), inner)
        return parts
    if isinstance(value, list):
        return {place: ", ".join(str(inner) for inner in value)}
    return {place: "" if value is None else str(value)}


def differences(runs: Sequence[ComparedRun]) -> list[Difference]:
    """Return the settings in which runs differ, in the order of their first appearance."""
    names = dict.fromkeys(name for one in runs for name in one.settings)
    found = []
    for name in names:
        values = tuple(one.settings.get(name) for one in runs)
        if len(set(values)) > 1:
            found.append(Difference(name.replace("_", " "), values))
    return found
