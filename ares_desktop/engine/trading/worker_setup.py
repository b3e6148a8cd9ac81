"""What an instance starts from, gathered from the books."""

from collections.abc import Callable, Iterable

import msgspec

from ares_desktop.api.setup import WorkerSetup
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import MarketEvent
from ares_desktop.domain.positions import Position
from ares_desktop.domain.risk import LimitsInForce
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.fold import Fold
from ares_desktop.engine.trading.states import strategy_state


class WorkerSetups:
    """Makes the setup of a fresh worker from the journaled state of its book.

    Args:
        instruments: the tradable instruments of the feed.
        last: the newest event of an instrument.
        limits: a strategy's own view of its limits.
        currency: of the account.
    """

    def __init__(
        self,
        fold: Fold,
        clock: Clock,
        *,
        instruments: Callable[[], tuple[Instrument, ...]],
        last: Callable[[InstrumentId], MarketEvent | None],
        limits: Callable[[StrategyInstance], LimitsInForce],
        replayed: bool,
        currency: str = "USD",
    ) -> None:
        self._fold = fold
        self._clock = clock
        self._instruments = instruments
        self._last = last
        self._limits = limits
        self._replayed = replayed
        self._currency = currency

    def instruments_of(self, instance: StrategyInstance) -> tuple[Instrument, ...]:
        """Return the contracts of an instance; one that names none trades everything tradable."""
        known = {item.id: item for item in self._instruments()}
        if not instance.instruments:
            return tuple(item for item in known.values() if item.tradable)
        return tuple(known[item] for item in instance.instruments if item in known)

    def missing(self, instance: StrategyInstance) -> tuple[InstrumentId, ...]:
        """Return the instruments of an instance that the feed does not have."""
        known = {item.id for item in self._instruments()}
        return tuple(item for item in instance.instruments if item not in known)

    def make(self, instance: StrategyInstance, file: str) -> WorkerSetup:
        """Return the setup for a worker that starts at this moment."""
        ledger, registry = self._fold.ledger, self._fold.registry
        instruments = self.instruments_of(instance)
        lasts = (self._last(item.id) for item in instruments)
        return WorkerSetup(
            instance=msgspec.structs.replace(instance, instruments=tuple(item.id for item in instruments)),
            file=file,
            instruments=instruments,
            capital=ledger.capital(instance.account, instance.name, self._currency),
            cash=ledger.cash(instance.account, instance.name, self._currency),
            next_sequence=registry.last_sequence(instance.name) + 1,
            now_ns=self._clock.now_ns(),
            currency=self._currency,
            positions=self._positions(instance),
            orders=tuple(registry.working(instance.name)),
            last=tuple(event for event in lasts if event is not None),
            limits=self._limits(instance),
            trading=strategy_state(self._fold.states, instance.account, instance.name),
            replayed=self._replayed,
            client_id=_number(instance.name, self._fold.instances),
            no_trade_band=instance.no_trade_band,
        )

    def limits_of(self, instance: StrategyInstance) -> LimitsInForce:
        """Return an instance's own view of its limits at this moment."""
        return self._limits(instance)

    def refresh(self, setup: WorkerSetup) -> WorkerSetup:
        """Return a setup with what the books have at this moment."""
        fresh = self.make(setup.instance, setup.file)
        return msgspec.structs.replace(fresh, snapshot=setup.snapshot)

    def _positions(self, instance: StrategyInstance) -> tuple[Position, ...]:
        return tuple(
            Position(
                account=account,
                strategy=strategy,
                instrument=instrument,
                quantity=position.quantity,
                average_price=position.average_price,
                realized=position.realized,
                commission=position.commission,
            )
            for (account, strategy, instrument), position in self._fold.ledger.positions().items()
            if account == instance.account and strategy == instance.name
        )


def _number(name: StrategyId, known: Iterable[StrategyId]) -> int:
    return next((number for number, one in enumerate(known, 1) if one == name), 0)
