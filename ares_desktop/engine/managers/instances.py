"""The journaled strategy instances."""

from collections.abc import Collection, Sequence

from ares_desktop.domain.errors import Finding, RefusedError, UsageError
from ares_desktop.domain.events import CashFlowRecorded, InstanceSaved, TradingStateSet
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.risk import ALL_SCOPE, TradingState
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.recorder import Recorder


class Instances:
    """Looks instances up and records their changes."""

    def __init__(self, recorder: Recorder, wall: Clock) -> None:
        self._recorder = recorder
        self._wall = wall

    def names(self) -> Collection[StrategyId]:
        """Return every name, in the order in which they were added."""
        return self._recorder.fold.instances.keys()

    def all(self) -> tuple[StrategyInstance, ...]:
        """Return every instance, in the same order."""
        return tuple(self._recorder.fold.instances.values())

    def get(self, name: str) -> StrategyInstance:
        """Return an instance.

        Raises:
            UsageError: when there is none of that name.
        """
        found = self._recorder.fold.instances.get(StrategyId(name))
        if found is None:
            known = ", ".join(self.names()) or "none"
            raise UsageError(
                Finding(place="strategy", value=name, problem="is not known", remedy=f"Known ones are {known}."),
            )
        return found

    def within(self, scope: str) -> tuple[StrategyInstance, ...]:
        """Return the instances in a scope: ``all``, ``account:ID`` or ``strategy:NAME``."""
        return tuple(
            item for item in self.all() if scope in {ALL_SCOPE, f"account:{item.account}", f"strategy:{item.name}"}
        )

    async def save(
        self, instance: StrategyInstance, source: str, note: str = "", flows: Sequence[CashFlowRecorded] = ()
    ) -> None:
        """Record an instance as it is to be, and the money that goes with it, in one commit.

        Raises:
            StorageError: when the journal could not keep it.
        """
        saved = InstanceSaved(instance=instance, source=source, at=self._wall.now(), note=note)
        await self._recorder.record(*flows, saved)

    async def save_all(self, instances: Sequence[StrategyInstance], source: str, *, note: str = "") -> None:
        """Record several instances in one commit.

        Raises:
            StorageError: when the journal could not keep them; then none of them is recorded.
        """
        at = self._wall.now()
        saved = [InstanceSaved(instance=item, source=source, at=at, note=note) for item in instances]
        await self._recorder.record(*saved)

    def is_halted(self, instance: StrategyInstance) -> bool:
        """Say whether the kill switch covers an instance."""
        states = self._recorder.fold.states
        scopes = (ALL_SCOPE, f"account:{instance.account}", f"strategy:{instance.name}")
        return any(scope in states and states[scope].state is TradingState.HALTED for scope in scopes)

    def refuse_when_halted(self, instance: StrategyInstance) -> None:
        """Refuse while the kill switch covers an instance.

        Raises:
            RefusedError: it does.
        """
        if self.is_halted(instance):
            raise RefusedError("KILL_SWITCH", "the kill switch is engaged; release it before starting strategies")

    def refuse_when_holding(self, instance: StrategyInstance) -> None:
        """Refuse while an instance's book holds positions.

        Raises:
            RefusedError: it does.
        """
        held = self._recorder.fold.ledger.book_positions(instance.account, instance.name)
        if held:
            raise RefusedError("POSITIONS_HELD", f"{instance.name} holds {', '.join(held)}; flatten it first")

    async def set_trading(self, name: str, state: TradingState, source: str) -> None:
        """Record an instance's own trading state.

        Raises:
            UsageError: when there is none of that name.
            RefusedError: while the kill switch covers it.
        """
        instance = self.get(name)
        self.refuse_when_halted(instance)
        await self._recorder.record(
            TradingStateSet(
                scope=f"strategy:{instance.name}",
                state=state,
                reason=f"set by {source}",
                source=source,
                at=self._wall.now(),
            ),
        )
