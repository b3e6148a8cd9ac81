"""Give-back: a position that gained enough is closed before it has given too much of that back."""

import structlog

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.events import GainPeaked
from ares_desktop.domain.ids import MANUAL, UNASSIGNED, ClientOrderId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.positions import Position
from ares_desktop.domain.protections import GainPeak
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.closer import Closer
from ares_desktop.engine.trading.ledger import PositionKey
from ares_desktop.engine.trading.protection_rules import given_back
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.rule_book import RuleBook

_log = structlog.get_logger(__name__)

_STEP = 1.01
"""A peak is journaled when it is a hundredth above the one that the journal has."""
WHY = "give-back"


class GiveBack:
    """Follows the gain of each strategy's positions; the greatest is kept by the order that opened the position."""

    def __init__(self, recorder: Recorder, closer: Closer, rules: RuleBook, *, clock: Clock) -> None:
        self._recorder = recorder
        self._closer = closer
        self._rules = rules
        self._clock = clock
        self._peaks: dict[PositionKey, GainPeak] = {
            PositionKey(*key): gain for key, gain in recorder.fold.safety.gains.items()
        }
        self._quantities: dict[PositionKey, tuple[object, float]] = {}
        self._moved: dict[PositionKey, Position] = {}
        self._due: set[PositionKey] = set()

    def take(self, position: Position) -> None:
        """Take a position's newest figures."""
        if position.strategy not in {MANUAL, UNASSIGNED}:
            self._moved[PositionKey(position.account, position.strategy, position.instrument)] = position

    async def look(self) -> None:
        """Keep new peaks, and close what gave back too much."""
        moved, self._moved = self._moved, {}
        for key, position in moved.items():
            await self._look_at(key, position)
        for key in tuple(self._due):
            await self._close(key)

    def peak(self, key: PositionKey) -> float | None:
        """Return the greatest gain of an open position as a fraction, None before it had one."""
        found = self._peaks.get(key)
        return None if found is None else found.peak

    async def _look_at(self, key: PositionKey, position: Position) -> None:
        rules = self._rules.of(f"strategy:{key.strategy}")
        opened = self._opened(key)
        gain = _gain(position)
        if not position.quantity or not opened or rules.give_back_gain is None or gain is None:
            self._due.discard(key)
            return
        known = self._peaks.get(key)
        if known is None or known.position != opened:
            known = GainPeak(position=opened, peak=0.0)
        before = self._quantities.get(key)
        self._quantities[key] = (position.average_price, gain)
        if before is not None and before[0] != position.average_price and before[1] > 0:
            # More was bought at the market: of the gain, the same share is given back as before.
            known = GainPeak(position=opened, peak=known.peak * max(gain, 0.0) / before[1])
        await self._keep(key, GainPeak(position=opened, peak=max(known.peak, gain)), rules.give_back_gain)
        if given_back(self._peaks[key].peak, gain, rules):
            self._due.add(key)
            await self._close(key)

    async def _keep(self, key: PositionKey, gain: GainPeak, matters_from: float) -> None:
        self._peaks[key] = gain
        journaled = self._recorder.fold.safety.gains.get(key)
        same = journaled is not None and journaled.position == gain.position
        if gain.peak < matters_from or (same and journaled is not None and gain.peak < journaled.peak * _STEP):
            return
        try:
            await self._recorder.record(
                GainPeaked(
                    account=key.account,
                    strategy=key.strategy,
                    instrument=key.instrument,
                    gain=gain,
                    at=self._clock.now(),
                )
            )
        except StorageError as error:
            _log.error("gain_not_recorded", position=gain.position, error=str(error))

    async def _close(self, key: PositionKey) -> None:
        fold = self._recorder.fold
        held, opened = fold.ledger.position(*key).quantity, self._opened(key)
        known = self._peaks.get(key)
        if not held or known is None or known.position != opened:
            self._due.discard(key)
            return
        exits = [
            order.id
            for order in fold.registry.working(key.strategy, key.instrument, key.account)
            if (order.intent.side.sign > 0) is (held < 0) and not order.id.startswith(f"{opened}:{WHY}")
        ]
        await self._closer.close(
            key,
            abs(held),
            position=opened,
            why=WHY,
            reason=f"gave back more than was allowed of a gain of {known.peak:.2%}",
            first=exits,
        )

    def _opened(self, key: PositionKey) -> ClientOrderId:
        orders = self._recorder.fold.attribution.orders(key)
        return orders[0] if orders else ClientOrderId("")


def _gain(position: Position) -> float | None:
    """Return the open profit as a fraction of the cost, None where it is not known."""
    if position.unrealized is None or position.market_value is None or not position.quantity:
        return None
    cost = abs(position.market_value - position.unrealized)
    return float(position.unrealized / cost) if cost > ZERO else None
