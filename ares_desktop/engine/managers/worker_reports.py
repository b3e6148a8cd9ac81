"""What the workers of strategies report, and where it goes."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from operator import itemgetter

import structlog

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.events import InstanceFaulted
from ares_desktop.domain.ids import ClientOrderId, StrategyId
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, OrderType
from ares_desktop.domain.strategies import Fault, FaultOrders, StrategyLog, StrategyRecord, StrategyState
from ares_desktop.engine.hosting.supervisor import Supervisor
from ares_desktop.engine.hosting.topic_budget import MESSAGES_A_TURN, TopicBudget
from ares_desktop.engine.managers.instances import Instances
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.engine.trading.intake import IntentIntake
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.router import OrderRouter

_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})
_log = structlog.get_logger(__name__)
_KEPT_LINES = 1000
_CLOSE_WITHIN_S = 3.0


class WorkerReports:
    """Receives everything from the supervisor: intents go to the intake, faults into the journal, the rest is shown.

    Attributes:
        intake: where intents and cancels wait for the router.
        logged, recorded, changed: listeners for log lines, recorded values, and names whose state changed.
    """

    def __init__(self, recorder: Recorder, router: OrderRouter, instances: Instances, wall: Clock) -> None:
        self._recorder = recorder
        self._router = router
        self._instances = instances
        self._wall = wall
        self._supervisor: Supervisor | None = None
        self._tasks = TaskSet("worker reports")
        self._faults: dict[StrategyId, Fault] = {}
        self._lines: defaultdict[StrategyId, deque[StrategyLog]] = defaultdict(lambda: deque(maxlen=_KEPT_LINES))
        self._held: list[tuple[StrategyId, str, bytes]] | None = None
        self._budget = TopicBudget(self._too_talkative)
        self.intake = IntentIntake(router, on_flood=self._flooded)
        self.logged: list[Callable[[StrategyLog], None]] = []
        self.recorded: list[Callable[[StrategyRecord], None]] = []
        self.changed: list[Callable[[StrategyId], None]] = []

    def attach(self, supervisor: Supervisor) -> None:
        """Set the supervisor that messages and the end of a flooding worker go to."""
        self._supervisor = supervisor

    def fault(self, name: StrategyId) -> Fault | None:
        """Return why an instance does not run."""
        return self._faults.get(name)

    def forget_fault(self, name: StrategyId) -> None:
        """Give an instance a fresh start."""
        self._faults.pop(name, None)
        self.intake.forgive(name)

    def lines(self, name: StrategyId) -> tuple[StrategyLog, ...]:
        """Return the newest lines that an instance logged, oldest first."""
        return tuple(self._lines[name])

    def faulted(self, name: StrategyId, fault: Fault) -> None:
        """Keep a fault and write it into the journal."""
        self._faults[name] = fault
        self.settle_orders(name, f"{name} faulted")
        self._tasks.spawn(self._record_fault(name, fault), f"fault of {name}")

    def settle_orders(self, name: StrategyId, reason: str) -> None:
        """Cancel or keep the working orders of an instance that runs no more, by its policy; protective ones stay."""
        if name in self._instances.names() and self._instances.get(name).on_fault is FaultOrders.CANCEL:
            self._tasks.spawn(self._cancel_orders(name, reason), f"orders of {name}")

    async def _cancel_orders(self, name: StrategyId, reason: str) -> None:
        # What it asked for before its end is on its way to the gate: behind that, all that works is known.
        await self.intake.settled()
        await self._router.settled()
        orders = [order.id for order in self._recorder.fold.registry.working(name) if not _protects(order.intent)]
        if orders:
            self._router.cancel_later(orders, reason=reason)

    async def close(self) -> None:
        """Write down the faults that are on their way into the journal; nothing is reported after this."""
        if tasks := self._tasks.running():
            await asyncio.wait(tasks, timeout=_CLOSE_WITHIN_S)
        await self._tasks.close()

    def on_intents(self, name: StrategyId, intents: Sequence[OrderIntent]) -> None:
        """Pass a worker's intents on."""
        self.intake.put_intents(self._instances.get(name), intents)

    def on_cancels(self, name: StrategyId, orders: Sequence[ClientOrderId]) -> None:
        """Pass a worker's cancels on."""
        self.intake.put_cancels(name, orders)

    def on_status(self, name: StrategyId, state: StrategyState, fault: Fault | None) -> None:
        """Show a worker's new state."""
        if fault is not None:
            self.faulted(name, fault)
        elif state is StrategyState.RUNNING:
            self._faults.pop(name, None)
        for listener in self.changed:
            listener(name)

    def on_log(self, line: StrategyLog) -> None:
        """Keep, log and show a line."""
        self._lines[line.strategy].append(line)
        _log.info("strategy_said", strategy=line.strategy, severity=line.level, text=line.text)
        for listener in self.logged:
            listener(line)

    def on_record(self, record: StrategyRecord) -> None:
        """Show a recorded value."""
        for listener in self.recorded:
            listener(record)

    def on_publish(self, name: StrategyId, topic: str, payload: bytes) -> None:
        """Pass a message on to the instances that subscribed to its topic."""
        if not self._budget.admit(name, len(payload), timed=self._held is None):
            return
        if self._held is not None:
            self._held.append((name, topic, payload))
        elif self._supervisor is not None:
            self._supervisor.deliver_message(topic, payload)

    def hold(self) -> None:
        """Keep intents and messages, so that what follows from them does not depend on which strategy is quicker."""
        self.intake.hold()
        if self._held is None:
            self._held = []

    def hand_over(self) -> None:
        """Pass on what was held, strategies in the order of their names, and go on holding."""
        self.intake.hand_over()
        held, self._held = self._held or [], []
        self._budget.renew()
        if self._supervisor is not None:
            for _, topic, payload in sorted(held, key=itemgetter(0)):
                self._supervisor.deliver_message(topic, payload)

    def release(self) -> None:
        """Pass on what was held, and hold no longer."""
        self.hand_over()
        self._held = None
        self.intake.release()

    async def _record_fault(self, name: StrategyId, fault: Fault) -> None:
        try:
            await self._recorder.record(InstanceFaulted(name=name, fault=fault, at=self._wall.now()))
        except StorageError as error:
            _log.error("fault_not_recorded", strategy=name, error=str(error))

    def _too_talkative(self, name: StrategyId) -> None:
        text = f"more than {MESSAGES_A_TURN} messages at once to other strategies: those beyond are left out"
        self.on_log(StrategyLog(strategy=name, level="warning", text=text, at=self._wall.now()))

    def _flooded(self, name: StrategyId) -> None:
        self._tasks.spawn(self._end_flood(name), f"flood of {name}")

    async def _end_flood(self, name: StrategyId) -> None:
        file = self._instances.get(name).file
        self.faulted(name, Fault(kind="flood", message="it asked for more than 5,000 orders a second", file=file))
        if self._supervisor is not None:
            await self._supervisor.kill(name)
        for listener in self.changed:
            listener(name)


def _protects(intent: OrderIntent) -> bool:
    """Say whether an order limits the loss of what is held: a bracket's stop, or one that may only reduce or close."""
    closes = intent.purpose in {OrderPurpose.PROTECTIVE, OrderPurpose.KILL_SWITCH}
    return closes or (intent.reduce_only and intent.type in _STOPS)
