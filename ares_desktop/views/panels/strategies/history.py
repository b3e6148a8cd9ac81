"""What became of each instance since the window was opened, in words."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from ares_desktop.views.formats import clock_time, translated
from ares_desktop.views.panels.strategies.rows import StrategyRow, place_text, state_text

if TYPE_CHECKING:
    from ares_desktop.domain.strategies import StrategyStatus

_KEPT: Final = 40


class StateHistory:
    """Notes each change of state, and each take-over or refusal of a file."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[tuple[datetime, str]]] = {}
        self._last: dict[str, tuple[object, ...]] = {}

    def note(self, status: StrategyStatus) -> None:
        """Note what is new about an instance."""
        name = status.instance.name
        state = (status.state, status.trading, status.since)
        first = name not in self._last
        last = self._last.get(name, (None, None, None))
        seen = (state, status.reloaded_at, status.reload_fault)
        if seen == last:
            return
        self._last[name] = seen
        lines = self._lines.setdefault(name, deque(maxlen=_KEPT))
        if state != last[0]:
            lines.append((status.since, _state_line(status)))
        if status.reloaded_at is not None and status.reloaded_at != last[1]:
            lines.append((status.reloaded_at, translated("The changed file took over")))
        # When a refusal that is there already came is not known; it is shown above anyway.
        if status.reload_fault is not None and status.reload_fault != last[2] and not first:
            place = place_text(status.reload_fault)
            text = f"{place}: {status.reload_fault.message}" if place else status.reload_fault.message
            lines.append((datetime.now(UTC), translated("A changed file was refused: {0}").format(text)))

    def lines(self, name: str) -> tuple[str, ...]:
        """Return what happened to an instance, the newest first."""
        lines = sorted(self._lines.get(name, ()), key=itemgetter(0))
        return tuple(f"{clock_time(at)}  {text}" for at, text in reversed(lines))

    def forget(self, name: str) -> None:
        """Drop what is known of an instance that is gone."""
        self._lines.pop(name, None)
        self._last.pop(name, None)


def _state_line(status: StrategyStatus) -> str:
    text = state_text(StrategyRow(name=status.instance.name, status=status))
    fault = status.fault
    if fault is None:
        return text
    place = place_text(fault)
    return f"{text}: {place}: {fault.message}" if place else f"{text}: {fault.message}"
