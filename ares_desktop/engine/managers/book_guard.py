"""Stops new exposure when the books do not balance by themselves: a fault of the program, and never of the market."""

from typing import Final

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.events import TradingStateSet
from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.risk import ALL_SCOPE, TradingState
from ares_desktop.engine.managers.alerts import AlertManager
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.recorder import Recorder

HOLDER: Final = "books"
"""Who holds the state that this sets."""
_KEY: Final = "books"


class BookGuard:
    """Raises a critical alert and closes everything for new exposure once; what it set is lifted when books balance.

    That they balance again is known after a restart with a program that folds the journal rightly, and not before.
    """

    def __init__(self, recorder: Recorder, alerts: AlertManager, wall: Clock) -> None:
        self._recorder = recorder
        self._alerts = alerts
        self._wall = wall
        self._told = 0

    async def look(self) -> None:
        """Act on what the fold found; cheap when there is nothing to do."""
        fold = self._recorder.fold
        if fold.broken_by and self._told != fold.broken_by:
            self._told = fold.broken_by
            detail = f"After event {fold.broken_by}: {fold.ledger.fault}"
            self._alerts.raise_alert(
                _KEY,
                Severity.CRITICAL,
                "The books do not balance",
                detail=detail,
                source=_KEY,
                remedy="Nothing new is opened. Keep the journal, export an incident bundle and report it.",
            )
            await self._set(TradingState.REDUCING, detail)
        elif not fold.broken_by and self._holds():
            await self._set(TradingState.ACTIVE, "the books balance")

    def _holds(self) -> bool:
        held = self._recorder.fold.safety.holds.get((ALL_SCOPE, HOLDER))
        return held is not None and held.state is not TradingState.ACTIVE

    async def _set(self, state: TradingState, reason: str) -> None:
        try:
            await self._recorder.record(
                TradingStateSet(
                    scope=ALL_SCOPE, state=state, reason=reason, source=HOLDER, at=self._wall.now(), holder=HOLDER
                )
            )
        except StorageError:
            self._told = 0  # tried again at the next look, which comes at once
