"""Small markets, strategies and desks for the tests of pipelines and runs."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from ares_desktop.domain.backtests import BACKTEST_ACCOUNT, BacktestSpec
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.runs import Run, RunEnded, RunProgress, RunRemoved
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.adapters.feeds.named import NamedData
from ares_desktop.engine.adapters.stores.arctic import ArcticBarStore
from ares_desktop.engine.hosting.catalog import Catalog
from ares_desktop.engine.hosting.folders import bundled_strategies
from ares_desktop.engine.hosting.launcher import Launcher
from ares_desktop.engine.pipelines.desk import RunDesk
from ares_desktop.engine.runtime.clocks import WallClock
from ares_desktop.paths import Profile
from ares_desktop.run_desk import build_run_desk
from tests.engine.house import bars_file

SWINGER = '''
"""Buys below 100 and sells above."""
from ares_desktop.api import Params, Strategy, param


class Swinger(Strategy):
    """Swings."""

    class Params(Params):
        size: int = param(10, title="Size", ge=1, le=1000, search=(5, 20, 5))
        seconds: float = param(0.0, title="Pause at every bar", ge=0, le=60)

    def on_bar(self, bar):
        import time
        time.sleep(self.params.seconds)
        held = self.context.position(bar.instrument).quantity
        if bar.close < 100 and not held:
            self.context.buy(bar.instrument, self.params.size)
        elif bar.close > 100 and held:
            self.context.sell(bar.instrument, held)
'''
CLOSES = tuple(100.0 + (number % 8 - 3.5) for number in range(120))


def strategy_file(folder: Path) -> Path:
    """Write a strategy that swings."""
    path = folder / "swinger.py"
    path.write_text(SWINGER)
    return path


def a_spec(folder: Path, closes: Sequence[float] = CLOSES, **parameters: object) -> BacktestSpec:
    """Return a backtest of the swinging strategy on a file of minute bars."""
    instance = StrategyInstance(
        name=StrategyId("swinger"),
        file=str(strategy_file(folder)),
        account=BACKTEST_ACCOUNT,
        instruments=(),
        parameters=parameters,
        weight=Decimal(1),
    )
    return BacktestSpec(strategies=(instance,), data=(str(bars_file(folder, closes)),))


def market(folder: Path) -> NamedData:
    """Return data by name over an empty store."""
    return NamedData(ArcticBarStore(folder / "arctic"))


@dataclass
class Notes:
    """Implements Notifier: remembers."""

    said: list[tuple[str, Severity]] = field(default_factory=list)

    def notify(self, title: str, detail: str, *, severity: Severity, source: str) -> None:
        del detail, source
        self.said.append((title, severity))


@dataclass
class Desk:
    """A desk of runs with everything it told."""

    desk: RunDesk
    notes: Notes
    profile: Profile
    changed: list[Run] = field(default_factory=list)
    progress: list[RunProgress] = field(default_factory=list)
    ended: list[RunEnded] = field(default_factory=list)
    removed: list[RunRemoved] = field(default_factory=list)


@asynccontextmanager
async def desk_on(profile: Profile) -> AsyncIterator[Desk]:
    """Open a desk on a profile, and close it."""
    profile.prepare()
    launcher = Launcher()
    notes = Notes()
    store = ArcticBarStore(profile.arctic)
    files = Catalog((bundled_strategies(),), launcher)
    desk = build_run_desk(profile, store=store, files=files, notifier=notes, wall=WallClock())
    made = Desk(desk, notes, profile)
    desk.runs.listen(
        changed=made.changed.append,
        progressed=made.progress.append,
        ended=made.ended.append,
        removed=made.removed.append,
    )
    try:
        await desk.runs.open()
        yield made
    finally:
        await desk.runs.close()
        await launcher.close()
        store.close()
