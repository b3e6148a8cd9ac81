"""What people are told of losses, locks and stops."""

from typing import Final

from ares_desktop.domain.events import JournalEvent, LockLifted, LockPlaced
from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.protections import LadderState, LockKind, LossMeasure, Rung, StopCover
from ares_desktop.engine.managers.alerts import AlertManager
from ares_desktop.engine.trading.fold import Applied
from ares_desktop.engine.trading.ledger import PositionKey
from ares_desktop.engine.trading.protection_desk import ProtectionDesk

_UNKNOWN_FOR_S: Final = 5.0
"""An equity that is unknown for so long is told; only exits pass from the first moment."""
_SOURCE: Final = "protections"
_RUNGS: Final = {
    Rung.WARNED: (Severity.WARNING, "Losses near a limit: risk is halved", "Risk returns by itself below the warning."),
    Rung.REDUCING: (
        Severity.ERROR,
        "A loss limit is reached: only exits pass",
        "Risk returns below 0.9 x the limit, or with a new base on the page Losses.",
    ),
    Rung.HALTED: (
        Severity.CRITICAL,
        "A hard loss limit is reached: the kill switch engages",
        "Only a person leads out of it: release the kill switch when you know why.",
    ),
    Rung.UNKNOWN: (
        Severity.ERROR,
        "Losses can't be computed: only exits pass",
        "Bring the missing price or rate back: see Connections and the feed.",
    ),
}


class ProtectionAlerts:
    """Raises an alert when a rung, a lock or a lacking stop is new, and ends it when that is over."""

    def __init__(self, desk: ProtectionDesk, alerts: AlertManager) -> None:
        self._desk = desk
        self._alerts = alerts
        self._rungs: dict[tuple[str, str], Rung] = {}
        self._unknown: dict[tuple[str, str], float] = {}
        self._naked: set[PositionKey] = set()
        desk.stops.on_closing(self._closing)
        desk.recorder.subscribe(self._recorded)

    def look(self, now_s: float) -> None:
        """Tell of what stands differently than at the last look.

        Args:
            now_s: monotonic seconds.
        """
        for key, state in self._desk.losses.states.items():
            before = self._rungs.get(key, Rung.CALM)
            if state.rung is before:
                continue
            if state.rung is Rung.UNKNOWN and now_s - self._unknown.setdefault(key, now_s) < _UNKNOWN_FOR_S:
                continue
            self._unknown.pop(key, None)
            self._rungs[key] = state.rung
            self._tell_rung(state)
        for key in tuple(self._unknown):
            if self._desk.losses.states[key].rung is not Rung.UNKNOWN:
                del self._unknown[key]
        self._look_at_stops()

    def _tell_rung(self, state: LadderState) -> None:
        key = f"ladder:{state.scope}:{state.measure}"
        if state.rung is Rung.CALM:
            self._alerts.acknowledge(key)
            return
        severity, title, remedy = _RUNGS[state.rung]
        what = "Daily loss" if state.measure is LossMeasure.DAY else "Drawdown"
        loss = self._desk.losses.meter.missing(state.scope) if state.loss is None else f"{state.loss:.2%}"
        self._alerts.raise_alert(
            key, severity, title, detail=f"{what} of {state.scope}: {loss}", source=_SOURCE, remedy=remedy
        )

    def _look_at_stops(self) -> None:
        for key, cover in tuple(self._desk.stops.covers.items()):
            wait = self._desk.rules.of(f"strategy:{key.strategy}").naked_alert_s
            if cover.naked and key not in self._naked and self._desk.stops.naked_for_s(key) >= wait:
                self._naked.add(key)
                self._alerts.raise_alert(
                    _stop_key(cover),
                    Severity.ERROR,
                    "A position lacks the stop that it asked for",
                    detail=f"{cover.strategy} {cover.instrument}: {cover.naked} of {cover.quantity} has no stop",
                    source=_SOURCE,
                    remedy="Place a stop, or flatten the position; the page Stops shows what is covered.",
                )
        for key in tuple(self._naked):
            current = self._desk.stops.covers.get(key)
            if current is None or not current.naked:
                self._naked.discard(key)
                self._alerts.acknowledge(f"stop:{key.strategy}:{key.instrument}")

    def _closing(self, cover: StopCover, reason: str) -> None:
        self._alerts.raise_alert(
            f"lost {_stop_key(cover)}",
            Severity.CRITICAL,
            "A position whose stop is lost is closed",
            detail=f"{cover.strategy} {cover.instrument}: {reason}",
            source=_SOURCE,
            remedy="See the order's story in Why; the venue says there why it refused or ended the stop.",
        )

    def _recorded(self, event: JournalEvent, applied: Applied) -> None:
        del applied
        payload = event.payload
        if isinstance(payload, LockPlaced) and payload.lock.kind is not LockKind.PERSON:
            lock = payload.lock
            until = "until it is lifted" if lock.until is None else f"until {lock.until:%Y-%m-%d %H:%M:%S} UTC"
            self._alerts.raise_alert(
                f"lock:{lock.id}",
                Severity.WARNING,
                "A protection locked trading",
                detail=f"{lock.scope} {until}: {lock.reason}",
                source=_SOURCE,
                remedy="It ends by itself; it can be changed or lifted on the page Locks.",
            )
        elif isinstance(payload, LockLifted):
            self._alerts.acknowledge(f"lock:{payload.id}")


def _stop_key(cover: StopCover) -> str:
    return f"stop:{cover.strategy}:{cover.instrument}"
