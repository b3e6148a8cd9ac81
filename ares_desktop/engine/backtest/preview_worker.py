"""Tries out one side of a preview, in a worker process."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from ares_desktop.domain.accounts import EquityPoint
from ares_desktop.domain.backtests import BacktestOutcome
from ares_desktop.domain.errors import StrategyError, UsageError
from ares_desktop.domain.previews import PreviewSide
from ares_desktop.domain.strategies import Fault
from ares_desktop.engine.backtest.analysis.figures import figures_of
from ares_desktop.engine.backtest.analysis.trips import round_trips
from ares_desktop.engine.backtest.preview_task import PreviewTask, unpack
from ares_desktop.engine.backtest.replay.kinds import load_kinds
from ares_desktop.engine.backtest.replay.run import run_backtest
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.hosting.hygiene import lift_memory_limit, memory_limit


class PreviewWorker:
    """Replays an instance on the bars that it is given."""

    def __init__(self) -> None:
        self._decoder = msgspec.msgpack.Decoder(PreviewTask)

    def run(self, payload: bytes, tell: Callable[[bytes], None]) -> bytes:
        """Do a :class:`PreviewTask` and return a :class:`~ares_desktop.domain.previews.PreviewSide`."""
        del tell
        return msgspec.msgpack.encode(_side(self._decoder.decode(payload)))


def _side(task: PreviewTask) -> PreviewSide:
    (instance,) = task.spec.strategies
    series = tuple(unpack(item) for item in task.bars)
    try:
        with memory_limit(instance.memory_mb), load_kinds(task.spec) as kinds:
            outcome = run_backtest(task.spec, series, kinds)
    except UsageError as error:
        return PreviewSide(parameters=instance.parameters, faults=tuple(str(finding) for finding in error.findings))
    except StrategyError as error:
        return PreviewSide(parameters=instance.parameters, faults=(_told(error.fault) or str(error),))
    finally:
        lift_memory_limit()
    return _result(outcome, series)


def _result(outcome: BacktestOutcome, series: Sequence[Series]) -> PreviewSide:
    (instance,) = outcome.spec.strategies
    curve = outcome.books[0]
    columns = (curve.ts.tolist(), curve.equity.tolist(), curve.drawdown.tolist(), curve.twr.tolist())
    return PreviewSide(
        parameters=instance.parameters,
        fills=outcome.fills,
        curve=tuple(EquityPoint(*row) for row in zip(*columns, strict=True)),
        figures=figures_of(outcome, round_trips(outcome, series), series),
    )


def _told(fault: Fault | None) -> str:
    """Return a fault with its place, empty where it is not known."""
    if fault is None or not fault.file:
        return ""
    place = Path(fault.file).name if fault.line is None else f"{Path(fault.file).name}, line {fault.line}"
    return f"{fault.message} ({place})"
