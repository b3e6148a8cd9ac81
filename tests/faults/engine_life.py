"""One life of the real engine in a process of its own: acts as a script says, and dies where a fault is planned."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from ares_desktop.domain.errors import AresError, BrokerError, StorageError
from ares_desktop.domain.market import FeedState
from ares_desktop.domain.orders import OrderIntent, OrderType, Side
from ares_desktop.domain.positions import Discrepancy
from ares_desktop.domain.risk import ALL_SCOPE, KillMode, TradingState
from ares_desktop.domain.tickets import OrderTicket
from ares_desktop.engine import engine as engine_module
from ares_desktop.engine.adapters.brokers.paper.client import PaperBroker
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.catalog import Catalog
from ares_desktop.engine.hosting.launcher import Launcher
from ares_desktop.engine.managers.strategies import StrategyManager
from ares_desktop.engine.simulation.account import BY_PERSON
from ares_desktop.engine.trading import link as link_module
from ares_desktop.engine.trading.link import BrokerLink
from ares_desktop.engine.trading.reconciler import ReconcileTiming
from tests.engine.house import House
from tests.faults.points import ENGINE, Reached
from tests.faults.scripts import Life
from tests.faults.strikes import Strikes, Told

BUSY: Final = Path(__file__).parent / "strategies" / "busy.py"
NAME: Final = "busy"
_ANSWER_WITHIN_S: Final = 1.0
_BUSY_TIMEOUT_S: Final = 0.1
_SOONER: Final = {"_CHECK_EVERY_S": 0.1, "_LAST_RETRY_S": 1.0}
_TIMING: Final = ReconcileTiming(
    in_flight_after_s=1.5, in_flight_every_s=0.3, orders_every_s=1.0, positions_every_s=3.0
)
"""What a run would otherwise wait for."""
_ACT_WITHIN_S: Final = 30.0
_PATIENT_S: Final = 60.0
_STANDS_STILL_S: Final = 5.0
_BARS: Final = 600
_TRIES: Final = 20


def closes(seed: int) -> tuple[float, ...]:
    """Return a market of its own for each seed."""
    dice = random.Random(seed)  # noqa: S311 - makes prices, no secrets
    price, found = 100.0, []
    for _ in range(_BARS):
        price = max(20.0, price * (1 + dice.gauss(0, 0.003)))
        found.append(round(price, 2))
    return tuple(found)


def _fills_by_itself(intent: OrderIntent) -> bool:
    """Say whether an order fills while the market stands still, as a person's market order does."""
    return intent.type is OrderType.MARKET and intent.purpose in BY_PERSON


async def _nothing(*_: object) -> None:
    pass


_checked: list[wire.Checked] = []


def look_at_strategy() -> None:
    """Have the strategy's file looked at as the program does it, once for all lives that are forked afterwards."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        found = asyncio.run(Catalog((BUSY.parent,), Launcher())._ask(wire.Check(str(BUSY), None)))
        assert isinstance(found, wire.Checked), found
        os.write(writing, msgspec.msgpack.encode(found))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        _checked.append(msgspec.msgpack.decode(pipe.read(), type=wire.Checked))
    os.waitpid(pid, 0)


async def _known(*_: object) -> wire.Checked:
    return _checked[0]


class EngineLife:
    """A start of the engine on a profile, with what is planned for it."""

    def __init__(self, folder: Path, seed: int, life: Life) -> None:
        self.life = life
        self.told = Told(folder / "told.jsonl")
        self.house = House(folder, closes(seed))
        (self.house.strategies / BUSY.name).write_text(BUSY.read_text())
        self._strikes = Strikes(self.house.profile, self.told)
        self._reached = Reached(list(life.faults), self._strikes.strike)

    def run(self) -> None:
        """Live; returns only when it ends in order."""
        self._adapt()
        self._reached.install(ENGINE)
        asyncio.run(self._live())

    def _adapt(self) -> None:
        """Shorten what a run would otherwise wait for, and give the harness its seams."""
        engine_module._SNAPSHOT_TAIL = 0
        patient, journal = PaperBroker.__init__, SqliteJournal.__init__
        # Patient enough for a busy machine unless an answer is lost on purpose.
        PaperBroker.__init__ = lambda *a, **k: patient(*a, **{**k, "timeout_s": _ANSWER_WITHIN_S})  # type: ignore[method-assign]
        SqliteJournal.__init__ = lambda *a, **k: journal(*a, **{**k, "busy_timeout_s": _BUSY_TIMEOUT_S})  # type: ignore[method-assign]
        for name, seconds in _SOONER.items():
            assert hasattr(link_module, name), name
            setattr(link_module, name, seconds)
        link = BrokerLink.__init__
        BrokerLink.__init__ = lambda *a, **k: link(*a, **{**k, "timing": _TIMING})  # type: ignore[method-assign]
        # Strategies run in threads here: no server of processes is needed where the file was looked at once for all.
        Launcher.prepare = lambda _: None  # type: ignore[method-assign, assignment]
        Catalog._ask = _known  # type: ignore[method-assign, assignment]
        StrategyManager.discover = _nothing  # type: ignore[method-assign, assignment]
        self._strikes.take_the_clock()

    async def _live(self) -> None:
        await self.house.build().start()
        data = self.house.managers.data
        await self.house.until(lambda: data.feed().state in {FeedState.PAUSED, FeedState.ENDED})
        fold = self.house.engine._services.recorder.fold  # type: ignore[union-attr]
        managers = self.house.managers
        managers.trades.filled.connect(lambda fill: self.told.say("fill", trade=fill.trade_id))
        self.told.say("open", halted=fold.kill_switch.engaged)
        self._check_running()
        if not managers.strategies.statuses():
            await self._quietly(self._add)
        for action in self.life.actions:
            await self._quietly(partial(self._act, *action.split(":")))
            self._check_running()
        if self.life.ends == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        await self._end()

    async def _end(self) -> None:
        """Wait until nothing is in doubt, then end in order."""
        parts = self.house.engine._services  # type: ignore[union-attr]
        link, registry = parts.links[0], parts.recorder.fold.registry
        unsure = {"SUBMITTED", "UNKNOWN", "PENDING_CANCEL", "PENDING_UPDATE"}

        def sure() -> bool:
            return (
                link.status.reconciled
                and not parts.recorder.failure
                and not any(
                    order.state.name in unsure or _fills_by_itself(order.intent) for order in registry.working()
                )
            )

        await self._until_written()
        deadline = time.monotonic() + _PATIENT_S
        moved = time.monotonic()
        while not sure() and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
            if time.monotonic() - moved > _STANDS_STILL_S and link.status.reconciled:
                # A broker that was started again knows no price before the market's next step.
                await self._play("1")
                moved = time.monotonic()
        if not sure():
            left = [(order.id, order.state.name) for order in registry.working()]
            self.told.say("wrong", text=f"still in doubt: {link.status.state} {parts.recorder.failure} {left}")
        for item in await self._compared(link):
            self.told.say("wrong", text=f"discrepancy: {item}")
        self._check_running()
        await self.house.close()

    async def _until_written(self) -> None:
        """Wait until the journal takes something again."""
        for _ in range(_TRIES):
            with contextlib.suppress(StorageError):
                scope = "instrument:ACME.SIM"
                await self.house.managers.state.set_state(
                    TradingState.ACTIVE, reason="fault run", source="test", scope=scope, holder="fault run"
                )
                return
            await asyncio.sleep(0.2)

    async def _compared(self, link: BrokerLink) -> tuple[Discrepancy, ...]:
        """Compare books once the broker answers."""
        for _ in range(_TRIES):
            with contextlib.suppress(BrokerError, StorageError):
                return await link.reconcile()
            await asyncio.sleep(0.2)
        return await link.reconcile()

    def _check_running(self) -> None:
        """No strategy may run that was not asked for."""
        fold = self.house.engine._services.recorder.fold  # type: ignore[union-attr]
        for status in self.house.managers.strategies.statuses():
            instance = fold.instances.get(status.instance.name)
            if status.state.value == "running" and not (instance is not None and instance.active):
                self.told.say("wrong", text=f"{status.instance.name} runs unasked")

    async def _quietly(self, act: Callable[[], Any]) -> None:
        try:
            async with asyncio.timeout(_ACT_WITHIN_S):
                await act()
        except AresError as error:
            self.told.say("refused", text=f"{type(error).__name__}: {error}")
        except TimeoutError:
            self.told.say("slow", text=str(self.life.actions))

    async def _add(self) -> None:
        await self.house.managers.strategies.add(str(BUSY), name=NAME, source="test")
        await self.house.managers.strategies.enable(NAME, source="test")
        await self.house.until(lambda: self.house.state(NAME) == "running")

    async def _act(self, verb: str, *words: str) -> None:
        if verb in {"market", "limit", "stop"}:
            side, quantity, *distance = words
            await self._order(verb, side, quantity, float(distance[0]) if distance else 0.0)
        elif verb in {"pause", "resume", "disable", "enable"}:
            await getattr(self.house.managers.strategies, verb)(NAME, source="test")
        else:
            await getattr(self, f"_{verb}")(*words)

    async def _go(self, seconds: str) -> None:
        self.house.go_on()
        await asyncio.sleep(float(seconds))

    async def _cancel(self) -> None:
        for order in self.house.managers.trades.working()[-1:]:
            await self.house.managers.trades.cancel(order.id, source="test")

    async def _cancel_all(self) -> None:
        await self.house.managers.trades.cancel_all(source="test")

    async def _flatten(self) -> None:
        await self.house.managers.trades.flatten(source="test")

    async def _kill_soon(self, mode: str) -> None:
        task = asyncio.ensure_future(self._kill(mode))
        await asyncio.sleep(0.02)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _until_done(self) -> None:
        state = self.house.managers.state
        deadline = time.monotonic() + _ACT_WITHIN_S
        while any(not report.finished for report in state.engaged()) and time.monotonic() < deadline:
            await asyncio.sleep(0.01)

    async def _release(self) -> None:
        self.told.say("releasing")
        await self.house.managers.state.release(word="RELEASE", source="test")

    async def _wait(self, seconds: str) -> None:
        await asyncio.sleep(float(seconds))

    async def _play(self, wanted: str) -> None:
        data = self.house.managers.data
        seen = 0

        def count(_: object) -> None:
            nonlocal seen
            seen += 1
            if seen >= int(wanted):
                data.pause()

        data.set_speed(0.0)
        data.bar_closed.connect(count)
        data.resume()
        while data.feed().state not in {FeedState.PAUSED, FeedState.ENDED}:
            await asyncio.sleep(0.003)
        data.bar_closed.disconnect(count)

    async def _order(self, kind: str, side: str, quantity: str, percent: float) -> None:
        last = self.house.engine._services.hub.last_price("ACME.SIM")  # type: ignore[union-attr, arg-type]
        price = None if last is None else Decimal(str(round(last * (1 + percent / 100), 2)))
        ticket = OrderTicket(
            side=Side(side),
            quantity=Decimal(quantity),
            instrument="ACME.SIM",
            limit=price if kind == "limit" else None,
            stop=price if kind == "stop" else None,
            source="test",
        )
        order = await self.house.managers.trades.submit(ticket)
        self.told.say("order", order=order.id)

    async def _kill(self, mode: str) -> None:
        report = await self.house.managers.state.engage(
            reason="fault run", source="test", scope=ALL_SCOPE, mode=KillMode[mode]
        )
        if report.latched_ms is not None:
            self.told.say("halted")
