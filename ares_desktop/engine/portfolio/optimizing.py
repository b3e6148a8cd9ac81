"""Weights by the library skfolio, in a process of its own: loading it takes seconds."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

OPTIMIZE_JOB: Final = "ares_desktop.engine.portfolio.optimizing:Optimizer"
Floats = NDArray[np.float64]


class OptimizeTask(msgspec.Struct, frozen=True, array_like=True):
    """Daily returns (float64, a row a day), and the bounds of each column's weight; weights add up to ``total``."""

    method: str
    columns: int
    returns: bytes
    minimum: tuple[float, ...]
    maximum: tuple[float, ...]
    total: float


class Optimizer:
    """Implements :class:`~ares_desktop.engine.ports.jobs.Worker` for one task."""

    def run(self, payload: bytes, tell: Callable[[bytes], None]) -> bytes:
        """Return the weights as a list of floats."""
        del tell
        task = msgspec.msgpack.decode(payload, type=OptimizeTask)
        returns = np.frombuffer(task.returns).reshape(-1, task.columns)
        return msgspec.msgpack.encode(weights_of(task, returns).tolist())


def weights_of(task: OptimizeTask, returns: Floats) -> Floats:
    """Return the weights; loads the library when it is called for the first time.

    The library's weights add up to one, so bounds are shares of the total and what it returns is scaled by it.

    Raises:
        ValueError: for an unknown method.
    """
    if task.columns == 1:
        return np.array([task.total])
    low = np.array(task.minimum) / task.total
    high = np.minimum(np.array(task.maximum) / task.total, 1.0)
    model = _model(task.method, low, high)
    model.fit(returns)
    return within(np.asarray(model.weights_, dtype=np.float64) * task.total, task)


def within(weights: Floats, task: OptimizeTask) -> Floats:
    """Return weights without the solver's rounding: inside their bounds, and adding up to the total exactly."""
    low, high = np.array(task.minimum), np.array(task.maximum)
    found = np.clip(weights, low, high)
    for _ in range(found.size + 1):
        gap = task.total - float(found.sum())
        room = high - found if gap > 0 else found - low
        if abs(gap) <= np.finfo(float).eps or room.sum() <= 0:
            break
        found = np.clip(found + gap * room / room.sum(), low, high)
    return found


def _model(method: str, low: Floats, high: Floats) -> Any:  # noqa: ANN401 - skfolio has no types
    from skfolio import RiskMeasure, optimization  # noqa: PLC0415 - takes seconds to load, so in the worker alone

    match method:
        case "risk-parity":
            return optimization.RiskBudgeting(risk_measure=RiskMeasure.VARIANCE, min_weights=low, max_weights=high)
        case "minimum-variance":
            return optimization.MeanRisk(
                objective_function=optimization.ObjectiveFunction.MINIMIZE_RISK,
                risk_measure=RiskMeasure.VARIANCE,
                min_weights=low,
                max_weights=high,
            )
        case "hierarchical":
            return optimization.HierarchicalRiskParity(
                risk_measure=RiskMeasure.VARIANCE, min_weights=low, max_weights=high
            )
        case _:
            msg = f"there is no method {method!r}"
            raise ValueError(msg)
