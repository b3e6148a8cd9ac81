"""Standard statistics of daily returns, by the library empyrical in a process of its own.

Loading the library takes seconds of work that even in a thread would hold up everything else.
"""

from collections.abc import Callable
from math import isfinite
from typing import Final

import msgspec
import numpy as np

RATIO_JOB: Final = "ares_desktop.engine.performance.ratios:RatioWorker"
_NO_RISK: Final = 1e-12
"""A deviation of daily returns below this is what rounding leaves of none."""


class RatioTask(msgspec.Struct, frozen=True, array_like=True):
    """Daily returns as float64, those of a benchmark on the same days (or none), and how many make a year."""

    returns: bytes
    beside: bytes
    yearly: float


class Ratios(msgspec.Struct, frozen=True, kw_only=True):
    """Annual return and volatility, Sharpe and Sortino ratios over a riskless rate of zero; alpha is annualized.

    None is what can't be computed: a ratio without any risk, or what a benchmark would be needed for.
    """

    annual_return: float | None
    volatility: float | None
    sharpe: float | None
    sortino: float | None
    alpha: float | None = None
    beta: float | None = None


def ratios_of(task: RatioTask) -> Ratios:
    """Return the statistics; loads the library when it is called for the first time."""
    import empyrical  # noqa: PLC0415 - takes seconds to load

    returns, beside = np.frombuffer(task.returns), np.frombuffer(task.beside)
    risky = float(np.std(returns, ddof=1)) > _NO_RISK
    sinking = float(np.min(returns)) < -_NO_RISK
    alpha = beta = None
    if beside.size == returns.size and float(np.std(beside, ddof=1)) > _NO_RISK:
        alpha, beta = empyrical.alpha_beta(returns, beside, annualization=task.yearly)
    return Ratios(
        annual_return=_known(empyrical.annual_return(returns, annualization=task.yearly)),
        volatility=_known(empyrical.annual_volatility(returns, annualization=task.yearly)),
        sharpe=_known(empyrical.sharpe_ratio(returns, annualization=task.yearly)) if risky else None,
        sortino=_known(empyrical.sortino_ratio(returns, annualization=task.yearly)) if sinking else None,
        alpha=None if alpha is None else _known(alpha),
        beta=None if beta is None else _known(beta),
    )


class RatioWorker:
    """Implements :class:`~ares_desktop.engine.ports.jobs.Worker` for lists of tasks."""

    def run(self, payload: bytes, tell: Callable[[bytes], None]) -> bytes:
        """Return the ratios of each task."""
        del tell
        tasks = msgspec.msgpack.decode(payload, type=list[RatioTask])
        return msgspec.msgpack.encode([ratios_of(task) for task in tasks])


def _known(value: float) -> float | None:
    number = float(value)
    return number if isfinite(number) else None
