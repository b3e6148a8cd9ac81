"""A supervisor with a listener that keeps everything, and strategy files made on the spot."""

import asyncio
import textwrap
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from ares_desktop.api.setup import WorkerSetup
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId, TradeId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import NS_PER_SECOND, Bar, BarSpec, from_ns
from ares_desktop.domain.orders import OrderIntent, Side
from ares_desktop.domain.strategies import (
    Fault,
    Isolation,
    RestartPolicy,
    StrategyInstance,
    StrategyLog,
    StrategyRecord,
    StrategyState,
)
from ares_desktop.engine.hosting.launcher import Launcher
from ares_desktop.engine.hosting.patience import Patience
from ares_desktop.engine.hosting.status import History
from ares_desktop.engine.hosting.supervisor import Supervisor
from ares_desktop.engine.runtime.clocks import MarketClock

HOUR = 3600 * NS_PER_SECOND
START = 1000 * HOUR
ACME = InstrumentId("ACME.XNYS")


def a_bar(number: int, close: float = 100.0, instrument: InstrumentId = ACME) -> Bar:
    """The hourly bar that ends ``number`` hours after the start of the tests' market."""
    end = START + number * HOUR
    return Bar(instrument, end - HOUR, end, close, close, close, close, float("nan"))


def a_fill(order: ClientOrderId, strategy: StrategyId, quantity: str = "10", price: str = "100") -> Fill:
    return Fill(
        trade_id=TradeId(f"{order}-1"),
        client_order_id=order,
        strategy=strategy,
        account=AccountId("PAPER"),
        instrument=ACME,
        side=Side.BUY,
        quantity=Decimal(quantity),
        price=Decimal(price),
        at=from_ns(START),
    )


class Listener:
    """Keeps what strategies want and how they are."""

    def __init__(self) -> None:
        self.intents: list[OrderIntent] = []
        self.cancels: list[ClientOrderId] = []
        self.states: dict[StrategyId, list[StrategyState]] = {}
        self.faults: dict[StrategyId, Fault] = {}
        self.lines: list[StrategyLog] = []
        self.records: list[StrategyRecord] = []
        self.published: list[tuple[StrategyId, str, bytes]] = []
        self.changed = asyncio.Event()

    def on_intents(self, name: StrategyId, intents: Sequence[OrderIntent]) -> None:
        assert all(intent.strategy == name for intent in intents)
        self.intents += intents
        self.changed.set()

    def on_cancels(self, name: StrategyId, orders: Sequence[ClientOrderId]) -> None:
        del name
        self.cancels += orders
        self.changed.set()

    def on_status(self, name: StrategyId, state: StrategyState, fault: Fault | None) -> None:
        self.states.setdefault(name, []).append(state)
        if fault is not None:
            self.faults[name] = fault
        self.changed.set()

    def on_log(self, line: StrategyLog) -> None:
        self.lines.append(line)
        self.changed.set()

    def on_record(self, record: StrategyRecord) -> None:
        self.records.append(record)
        self.changed.set()

    def on_publish(self, name: StrategyId, topic: str, payload: bytes) -> None:
        self.published.append((name, topic, payload))
        self.changed.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until ``condition`` holds, looking at each change."""
        while not condition():
            self.changed.clear()
            await self.changed.wait()

    async def until_state(self, name: str, state: StrategyState) -> None:
        await self.until(lambda: self.states.get(StrategyId(name), [None])[-1] is state)


class Stage:
    """A supervisor on a replayed market, with everything a test needs to run strategies on it."""

    def __init__(
        self,
        folder: Path,
        launcher: Launcher | None = None,
        snapshots: Path | None = None,
        patience: Patience = Patience(quiet_s=0.2, take_over_s=5.0),  # noqa: B008 - frozen
    ) -> None:
        self.folder = folder
        self.listener = Listener()
        self.clock = MarketClock(START)
        self.past: list[Bar] = []
        self.history: History = self._history
        self.asked: list[tuple[str, int, int]] = []
        self.sequence = 1
        self.setups: dict[StrategyId, WorkerSetup] = {}
        self.supervisor = Supervisor(
            self.listener,
            history=lambda *question: self.history(*question),  # noqa: PLW0108 - a test may replace it
            setup=lambda name: self.setups[name],
            clock=self.clock,
            launcher=launcher,
            snapshots=snapshots,
            refresh=self._refresh,
            patience=patience,
        )

    def _refresh(self, setup: WorkerSetup) -> WorkerSetup:
        return msgspec.structs.replace(setup, now_ns=self.clock.now_ns(), next_sequence=self.sequence)

    async def _history(self, instrument: InstrumentId, spec: BarSpec | None, end_ns: int, count: int) -> list[Bar]:
        del spec
        self.asked.append((instrument, end_ns, count))
        return [bar for bar in self.past if bar.instrument == instrument and bar.end_ns <= end_ns][-count:]

    def file(self, body: str, name: str = "probe") -> Path:
        """Write a strategy file; the usual import stands on its first line."""
        path = self.folder / f"{name}.py"
        path.write_text("from ares_desktop.api import *\n" + textwrap.dedent(body), encoding="utf-8")
        return path

    def setup(  # noqa: PLR0913 - a builder names every part
        self,
        body: str,
        name: str = "probe",
        *,
        restart: RestartPolicy = RestartPolicy.NEVER,
        isolation: Isolation = Isolation.PROCESS,
        memory_mb: int = 1024,
        parameters: dict[str, Any] | None = None,
        instruments: tuple[InstrumentId, ...] = (ACME,),
        replayed: bool = True,
        bar_spec: str = "",
    ) -> WorkerSetup:
        file = str(self.file(body, name))
        instance = StrategyInstance(
            name=StrategyId(name),
            file=file,
            account=AccountId("PAPER"),
            instruments=instruments,
            parameters=parameters or {},
            bar_spec=bar_spec,
            isolation=isolation,
            restart=restart,
            memory_mb=memory_mb,
        )
        setup = WorkerSetup(
            instance=instance,
            file=file,
            instruments=tuple(Instrument(id=instrument, calendar="XNYS") for instrument in instruments),
            capital=Decimal(10_000),
            cash=Decimal(10_000),
            next_sequence=self.sequence,
            now_ns=self.clock.now_ns(),
            replayed=replayed,
        )
        self.setups[instance.name] = setup
        return setup

    async def run(self, body: str, name: str = "probe", **options: Any) -> StrategyId:
        """Start a strategy and wait until it runs."""
        await self.supervisor.start(self.setup(body, name, **options))
        await self.listener.until_state(name, StrategyState.RUNNING)
        return StrategyId(name)

    async def play(self, *bars: Bar, timeout_s: float = 20.0) -> frozenset[StrategyId]:
        """Deliver bars moment by moment, each settled; return who was late at the last one."""
        late: frozenset[StrategyId] = frozenset()
        for bar in bars:
            self.clock.advance(bar.end_ns)
            self.supervisor.deliver_market([bar])
            late = await self.supervisor.settle(timeout_s)
        return late

    def texts(self) -> list[str]:
        return [line.text for line in self.listener.lines]
