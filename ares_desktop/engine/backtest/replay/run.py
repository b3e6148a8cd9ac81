"""One backtest in one process, from a specification and its data to everything that happened."""

import asyncio
import gc
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from ares_desktop.api.strategy import Strategy
from ares_desktop.domain.backtests import BacktestOutcome, BacktestSpec
from ares_desktop.domain.ids import StrategyId
from ares_desktop.engine.backtest.replay.checks import check
from ares_desktop.engine.backtest.replay.outcome import outcome_of
from ares_desktop.engine.backtest.replay.prepared import PreparedData
from ares_desktop.engine.backtest.replay.replay import Replay, ReplayProgress
from ares_desktop.engine.data.series import Series

_COLLECT_AFTER: Final = 50_000
"""Objects that may hold others, made since the last look."""

__all__ = ["PreparedData", "ReplayProgress", "run_backtest"]


def run_backtest(
    spec: BacktestSpec,
    series: Sequence[Series] | PreparedData,
    kinds: Mapping[StrategyId, type[Strategy]],
    *,
    tell: Callable[[ReplayProgress], None] | None = None,
) -> BacktestOutcome:
    """Replay data to strategies and return what they did; it keeps its process busy until it is done.

    Equal specifications on equal data give equal outcomes, save for ``seconds``.

    Args:
        spec: what to run.
        series: the data, or what several runs on it share.
        kinds: the class of each strategy by its name.
        tell: hears of progress, at most ten times a second.

    Raises:
        UsageError: when the specification is wrong, with every finding.
        StrategyError: with its fault, when a strategy raises.
    """
    data = series if isinstance(series, PreparedData) else PreparedData(series, kept_rows=0)
    check(spec, data, kinds)
    began = time.perf_counter()
    replay = Replay(spec, data, kinds, tell)
    with _seldom_collecting():
        _run(replay)
        return outcome_of(spec, data, replay, time.perf_counter() - began)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Look for garbage seldom: a run makes records by the hundred thousand that stay, and few cycles.

    What is there already is not looked at again meanwhile.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 50, 1000)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _run(replay: Replay) -> None:
    """Run to the end on a loop of its own, in another thread where this one has a loop that runs."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(replay.run())
        return
    errors: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(replay.run())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            errors.append(error)

    thread = threading.Thread(target=work, name="backtest")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
