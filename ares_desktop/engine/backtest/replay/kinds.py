"""The strategy classes of a backtest, imported from their files."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from ares_desktop.api.strategy import Strategy
from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.domain.errors import StrategyError
from ares_desktop.domain.ids import StrategyId
from ares_desktop.engine.hosting.faults import fault_of, told
from ares_desktop.engine.hosting.loader import loaded
from ares_desktop.engine.hosting.seed.kind import ENTRY, SeedStrategy


@contextmanager
def load_kinds(spec: BacktestSpec) -> Iterator[Mapping[StrategyId, type[Strategy]]]:
    """Import the file of each strategy under a name of its own for the time of the context; in a worker only.

    Raises:
        StrategyError: with the fault, when a file can't be imported or has not exactly one strategy.
    """
    with ExitStack() as stack:
        kinds: dict[StrategyId, type[Strategy]] = {}
        for instance in spec.strategies:
            try:
                kinds[instance.name] = _replayable(stack.enter_context(loaded(instance.file, instance.name)))
            except (Exception, SystemExit) as error:
                fault = fault_of(error, instance.file, kind="import")
                raise StrategyError(told(instance.name, fault), fault) from error
        yield kinds


def _replayable(kind: type[Strategy]) -> type[Strategy]:
    if issubclass(kind, SeedStrategy):
        msg = f"a file with {ENTRY} lives by the wall clock and can't be played on past data"
        raise StrategyError(msg)
    return kind
