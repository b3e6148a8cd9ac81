"""Doubts that only further replays can settle: knowledge of the future, and dependence on the first day."""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from msgspec.structs import replace

from ares_desktop.domain.backtests import BacktestOutcome, BacktestSpec, RunFinding
from ares_desktop.domain.errors import AresError
from ares_desktop.domain.market import from_ns, to_ns
from ares_desktop.domain.monitoring import Severity
from ares_desktop.engine.backtest.analysis.decisions import Decision, decisions_of, difference, share_of_new
from ares_desktop.engine.backtest.analysis.file_watch import FileWatch
from ares_desktop.engine.backtest.analysis.findings import by_severity
from ares_desktop.engine.backtest.analysis.foresight import foresight
from ares_desktop.engine.backtest.analysis.other_data import cut_after, moments_of, other_market
from ares_desktop.engine.data.series import Series

Rerun = Callable[[BacktestSpec, Sequence[Series]], BacktestOutcome]
_CUTS: Final = (0.15, 0.4, 0.9)
_MOST_ROWS: Final = 2_000_000
"""Replays are made of so much data at most, so that they cost no more than a few seconds each."""
_NO_CHANCE: Final = 1e-5
_LATER_SHARE: Final = 0.05
_FEWEST_LATER: Final = 8
_SENSITIVE: Final = 0.25
_LOOK_REMEDY: Final = "Let the strategy use only what its handlers were given and what its context returns."


def rerun_findings(rerun: Rerun, outcome: BacktestOutcome, series: Sequence[Series]) -> tuple[RunFinding, ...]:
    """Return what a few further replays bring to light, most severe first; equal runs have equal findings.

    * Look-ahead. Replays of data that end at several of the run's own decisions must decide the same up to there.
      Moreover a replay of a market whose changes have random signs must not know what the real one did next; and no
      file of the run's data may be opened while strategies run. What a strategy compares with the price it is given,
      such as a level of its own, stays unseen in such a market: see ``too_good`` among the other findings.
    * Start-up. A run that begins somewhat later should make the same decisions once it is warm.

    Args:
        rerun: runs a backtest on other data, with strategies that are loaded anew.
        outcome: the run.
        series: the data it ran on.
    """
    decisions = decisions_of(outcome)
    if not decisions:
        return ()
    watch = FileWatch()

    def run(spec: BacktestSpec, data: Sequence[Series]) -> BacktestOutcome:
        with watch.watching():
            return rerun(spec, data)

    short = _shortened(outcome, series)
    found: list[RunFinding] = []
    try:
        found += _cut_short(run, outcome, series, decisions)
        found += _elsewhere(run, outcome, short)
        found += _started_later(run, outcome, short, decisions)
    except AresError as error:
        found.append(_unchecked(error))
    found += _read_files(watch, outcome.spec)
    return by_severity(found)


def _shortened(outcome: BacktestOutcome, series: Sequence[Series]) -> tuple[Series, ...]:
    """Return the data up to where a replay would take too long."""
    moments = moments_of(series)
    if len(moments) <= _MOST_ROWS:
        return tuple(series)
    first = int(np.searchsorted(moments, outcome.curve.ts[0])) if outcome.curve.ts.size else 0
    return cut_after(series, int(moments[min(first + _MOST_ROWS, len(moments) - 1)]))


def _cut_short(
    run: Rerun, outcome: BacktestOutcome, series: Sequence[Series], decisions: Sequence[Decision]
) -> Iterator[RunFinding]:
    """Replay data that end at a decision: one that was made with later data can't be made again."""
    times = [item.ns for item in decisions]
    cuts = sorted({times[int(share * (len(times) - 1))] for share in _CUTS})
    moments = moments_of(series)
    last = int(moments[min(_MOST_ROWS, len(moments)) - 1])
    for cut in cuts:
        if cut > last and cut is not cuts[0]:
            break
        data = cut_after(series, cut)
        part = decisions_of(run(outcome.spec, data))
        found = difference(decisions, part, cut)
        if found is None:
            continue
        if decisions_of(run(outcome.spec, data)) != part:
            yield _not_repeatable(cut)
            return
        yield RunFinding(
            check="look_ahead",
            severity=Severity.CRITICAL,
            title="Decisions depend on later data",
            detail=(
                f"Replayed on data that end at {from_ns(cut):%Y-%m-%d %H:%M} UTC, {found.lost} of the orders up to "
                f"then are missing and {found.new} are new, from {from_ns(found.first_ns):%Y-%m-%d %H:%M} UTC on."
            ),
            remedy=_LOOK_REMEDY,
            figure=float(found.lost + found.new),
        )
        return


def _not_repeatable(cut: int) -> RunFinding:
    return RunFinding(
        check="not_repeatable",
        severity=Severity.ERROR,
        title="Equal runs decide differently",
        detail=(
            f"Two replays of the same data up to {from_ns(cut):%Y-%m-%d %H:%M} UTC made different orders. Nothing that "
            "compares runs can be said of such a strategy, and its result is one of many."
        ),
        remedy="Seed what is random, and let no clock, file or other process into the rule.",
    )


def _elsewhere(run: Rerun, outcome: BacktestOutcome, series: Sequence[Series]) -> Iterator[RunFinding]:
    """Replay another market: who is right about the real one there has it from somewhere else."""
    other = other_market(series)
    if other is None:
        return
    found = foresight(run(outcome.spec, other), series)
    if found is None or found.chance > _NO_CHANCE:
        return
    yield RunFinding(
        check="look_ahead",
        severity=Severity.CRITICAL,
        title="The strategy knows prices that it was not given",
        detail=(
            f"In a market with random moves {found.right} of its {found.positions} positions were right about what the "
            "real market did meanwhile, which it could not see there."
        ),
        remedy=_LOOK_REMEDY,
        figure=found.right / found.positions,
    )


def _started_later(
    run: Rerun, outcome: BacktestOutcome, series: Sequence[Series], decisions: Sequence[Decision]
) -> Iterator[RunFinding]:
    """Begin later, and compare what is decided in the second half of the rest."""
    moments = moments_of(series)
    first = np.searchsorted(moments, outcome.curve.ts[0]) if outcome.curve.ts.size else 0
    end = moments[-1] if outcome.spec.end is None else min(moments[-1], to_ns(outcome.spec.end))
    own = moments[int(first) : int(np.searchsorted(moments, end, side="right"))]
    shift = max(3, int(len(own) * _LATER_SHARE)) + 1
    if len(own) < 4 * shift:
        return
    later = run(replace(outcome.spec, start=from_ns(int(own[shift]))), series)
    middle = int(own[(len(own) + shift) // 2])
    known = [item for item in decisions if item.ns <= int(own[-1])]
    share, count = share_of_new(known, decisions_of(later), middle)
    if count < _FEWEST_LATER or share <= _SENSITIVE:
        return
    yield RunFinding(
        check="start_up",
        severity=Severity.WARNING,
        title=f"Begun {shift} bars later it decides differently",
        detail=(
            f"{share:.0%} of {count} decisions after {from_ns(middle):%Y-%m-%d} are not those of the run itself, "
            "though both have seen the same market for long."
        ),
        remedy="Warm indicators up with enough bars, and see how far the result depends on the first day.",
        figure=share,
    )


def _read_files(watch: FileWatch, spec: BacktestSpec) -> Iterator[RunFinding]:
    opened = watch.opened(spec.data)
    if opened:
        yield RunFinding(
            check="look_ahead",
            severity=Severity.CRITICAL,
            title="A strategy opens the data of the run",
            detail=f"While it ran, {', '.join(opened)} was opened, which holds the whole future.",
            remedy=_LOOK_REMEDY,
            figure=float(len(opened)),
        )
    others = watch.tables((*spec.data, sys.prefix, sys.base_prefix))
    if others:
        yield RunFinding(
            check="own_data",
            severity=Severity.WARNING,
            title="A strategy opens data of its own",
            detail=f"While it ran, {', '.join(others[:4])} was opened; whether it knows the future can't be checked.",
            remedy="Give the run the data that its strategies need, or see that each row was known at its time.",
            figure=float(len(others)),
        )


def _unchecked(error: AresError) -> RunFinding:
    return RunFinding(
        check="not_checked",
        severity=Severity.WARNING,
        title="Look-ahead could not be ruled out",
        detail=f"A replay of a part of the data, or of a changed market, failed: {error}",
        remedy="Let the strategy work on any data, short ones and strange ones too.",
    )
