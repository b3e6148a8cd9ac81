"""Runs without an engine: the manager's signals and methods over lists that a test fills."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from ares_desktop.domain.backtests import BacktestOutcome, BacktestReport, BacktestSpec
from ares_desktop.domain.errors import RefusedError, StorageError, UsageError
from ares_desktop.domain.monte_carlo import MonteCarloSpec
from ares_desktop.domain.previews import Preview
from ares_desktop.domain.runs import Run, RunEnded, RunKind, RunProgress, RunRemoved, RunState
from ares_desktop.domain.searches import SearchReport, SearchSpec
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from tests.views.fake_previews import a_preview, some_figures
from tests.views.fake_trading import Calls
from tests.views.records import NOW, changed


def a_run(number: int = 1, state: RunState = RunState.DONE, **changes: Any) -> Run:
    """Return a run of a backtest."""
    created = NOW + timedelta(minutes=number)
    fields: dict[str, Any] = {
        "id": f"B{number:06d}",
        "kind": RunKind.BACKTEST,
        "state": state,
        "title": f"Run {number}",
        "strategies": ("smag7",),
        "data": ("sample:AAPL",),
        "created_at": created,
        "started_at": created,
        "ended_at": created + timedelta(seconds=3) if state.is_final else None,
        "figures": some_figures() if state is RunState.DONE else None,
    }
    return Run(**{**fields, **changes})


class FakePipelines(QObject, Calls):
    """Runs that begin and end when a test says so."""

    run_changed: SignalOf[Run] = signal_of(Run)
    progressed: SignalOf[RunProgress] = signal_of(RunProgress)
    ended: SignalOf[RunEnded] = signal_of(RunEnded)
    removed: SignalOf[RunRemoved] = signal_of(RunRemoved)

    def __init__(self) -> None:
        QObject.__init__(self)
        Calls.__init__(self)
        self.by_id: dict[str, Run] = {}
        self.specs: dict[str, BacktestSpec | SearchSpec | MonteCarloSpec] = {}
        self.reports: dict[str, SearchReport] = {}
        self.spans: dict[str, tuple[datetime, datetime]] = {}
        self.looked_at: list[tuple[str, ...]] = []
        self.no_cancel: RefusedError | None = None
        self.refusal: UsageError | None = None
        self.previewed: Preview | None = None
        self.names: tuple[str, ...] = ("SPY", "sample:AAPL", "sample:MSFT")

    def put(self, *runs: Run) -> None:
        """Take over and publish runs."""
        for run in runs:
            known = self.by_id.get(run.id)
            self.by_id[run.id] = run
            self.run_changed.emit(run)
            if known is not None and run.state.is_final and not known.state.is_final:
                self.ended.emit(RunEnded(run=run))

    def runs(self) -> tuple[Run, ...]:
        return tuple(self.by_id.values())

    def run(self, run: str) -> Run:
        return self.by_id[run]

    def _start(self, kind: RunKind, spec: Any, title: str, **fields: Any) -> Run:
        self.calls.append((f"start {kind.value}", spec))
        if self.refusal is not None:
            raise self.refusal
        run = a_run(len(self.by_id) + 1, RunState.RUNNING, kind=kind, title=title, **fields)
        self.specs[run.id] = spec
        self.put(run)
        return run

    async def start_backtest(self, spec: BacktestSpec, *, title: str = "") -> Run:
        return self._start(RunKind.BACKTEST, spec, title)

    async def start_search(self, spec: SearchSpec, *, title: str = "") -> Run:
        return self._start(RunKind.SEARCH, spec, title)

    async def start_monte_carlo(self, spec: MonteCarloSpec, *, title: str = "") -> Run:
        return self._start(RunKind.MONTE_CARLO, spec, title, parent=spec.run)

    async def start_fidelity(self, strategies: tuple[str, ...] = ()) -> Run:
        return self._start(RunKind.FIDELITY, strategies, "")

    async def cancel(self, run: str) -> Run:
        self.calls.append(("cancel", run))
        if self.no_cancel is not None:
            raise self.no_cancel
        self.put(changed(self.by_id[run], state=RunState.CANCELED))
        return self.by_id[run]

    async def resume(self, run: str) -> Run:
        self.calls.append(("resume", run))
        self.put(changed(self.by_id[run], state=RunState.RUNNING, resumable=False))
        return self.by_id[run]

    async def delete(self, runs: Iterable[str]) -> None:
        for run in runs:
            self.calls.append(("delete", run))
            del self.by_id[run]
            self.removed.emit(RunRemoved(run=run))

    async def annotate(self, run: str, notes: str | None = None, tags: Sequence[str] | None = None) -> Run:
        changes: dict[str, Any] = {} if notes is None else {"notes": notes}
        changes |= {} if tags is None else {"tags": tuple(tags)}
        self.put(changed(self.by_id[run], **changes))
        return self.by_id[run]

    async def spec(self, run: str) -> BacktestSpec | SearchSpec | MonteCarloSpec:
        return self.specs[run]

    def cost_notes(self) -> Mapping[str, str]:
        return {"retail": "A broker's fixed prices.", "none": "Nothing is charged."}

    async def outcome(self, run: str) -> tuple[BacktestOutcome, BacktestReport]:
        msg = f"{run} has no result"
        raise StorageError(msg)

    async def search_report(self, run: str) -> SearchReport:
        return self.reports[run]

    async def write_report(self, run: str, file: Path) -> None:
        self.calls.append(("write_report", run, file))

    async def data_choices(self) -> tuple[str, ...]:
        return self.names

    async def data_spans(self, names: Sequence[str]) -> dict[str, tuple[datetime, datetime]]:
        self.looked_at.append(tuple(names))
        return {name: self.spans[name] for name in names if name in self.spans}

    async def apply_parameters(self, parameters: Mapping[str, Any], instance: str, run: str) -> None:
        self.calls.append(("apply_parameters", dict(parameters), instance, run))

    async def preview(
        self, instance: StrategyInstance, current: StrategyInstance | None, *, bars: int = 500
    ) -> Preview:
        self.calls.append(("preview", instance, current, bars))
        if self.refusal is not None:
            raise self.refusal
        return self.previewed or a_preview(instance, current)
