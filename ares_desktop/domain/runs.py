"""Runs of pipelines: what the list of runs shows."""

from datetime import datetime
from enum import StrEnum

import msgspec

from ares_desktop.domain.accounts import EquityPoint
from ares_desktop.domain.backtests import BacktestFigures


class RunKind(StrEnum):
    """What a pipeline does."""

    LIVE = "live"
    BACKTEST = "backtest"
    SEARCH = "search"
    MONTE_CARLO = "monte carlo"
    FIDELITY = "live against backtest"


class RunState(StrEnum):
    """Life of a run."""

    WAITING = "waiting"
    PREPARING = "preparing"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"
    INTERRUPTED = "interrupted"
    """Its process ended without a word; it may be resumed."""

    @property
    def is_final(self) -> bool:
        """Nothing more happens by itself."""
        return self not in {RunState.WAITING, RunState.PREPARING, RunState.RUNNING}


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run as the list shows it.

    Attributes:
        id: short, unique within a profile, ascending with time.
        parent: the run that this one was made from.
        figures: of a backtest, or of the best parameter set of a search.
        score: of a fidelity run, or the best objective of a search.
        error: every finding or the fault's text, empty while all is well.
        resumable: it ended before it was done and has a checkpoint to go on from.
    """

    id: str
    kind: RunKind
    state: RunState
    title: str
    strategies: tuple[str, ...]
    data: tuple[str, ...]
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    parent: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()
    figures: BacktestFigures | None = None
    score: float | None = None
    findings: int = 0
    error: str = ""
    resumable: bool = False


class RunProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run is.

    Attributes:
        stage: such as ``loading data``, ``fold 2 of 5: coarse``.
        share: 0 to 1, None when it can't be told.
        done, total: units of the stage, ``unit`` their name.
        equity: new points of the equity curve since the last message.
        best: the best score so far.
    """

    run: str
    stage: str
    share: float | None
    done: int = 0
    total: int = 0
    unit: str = ""
    rate: float | None = None
    remaining_s: float | None = None
    equity: tuple[EquityPoint, ...] = ()
    best: float | None = None


class RunEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A run came to an end, however it did."""

    run: Run


class RunRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A run was deleted with everything it kept."""

    run: str
