"""The timers of one instance."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from ares_desktop.api.schedules import FindSessions, Schedule, parse_schedule


class Timers:
    """Named timers on the clock in force; setting a name again replaces it."""

    def __init__(self) -> None:
        self._schedules: dict[str, Schedule] = {}
        self._due: dict[str, int] = {}
        self._texts: dict[str, str] = {}

    def set(self, name: str, when: str | timedelta, find: FindSessions, now_ns: int) -> None:
        """Start a timer.

        Raises:
            ValueError: when ``when`` can't be read.
        """
        self.remove(name)
        self._schedules[name] = parse_schedule(when, find)
        self._texts[name] = str(when)
        self._advance(name, now_ns)

    def suspend(self) -> dict[str, tuple[str, int]]:
        """Return what each was set to, and when it is due next."""
        return {name: (self._texts[name], due) for name, due in self._due.items()}

    def resume(self, before: Mapping[str, tuple[str, int]]) -> None:
        """Take over when others were due that were set to the same, so that none is missed or comes twice."""
        for name, (text, due) in before.items():
            if self._texts.get(name) == text:
                self._due[name] = due

    def remove(self, name: str) -> None:
        """Stop a timer; an unknown name changes nothing."""
        self._schedules.pop(name, None)
        self._due.pop(name, None)
        self._texts.pop(name, None)

    @property
    def next_due(self) -> int | None:
        """When the next one is due, nanoseconds since the epoch."""
        return min(self._due.values()) if self._due else None

    def pop_due(self, until_ns: int) -> Iterator[tuple[int, str]]:
        """Yield ``(due, name)`` of timers due at or before ``until_ns``, oldest first.

        One that was missed several times, as over a week-end of a replay, is yielded once.
        """
        due = sorted((ns, name) for name, ns in self._due.items() if ns <= until_ns)
        for ns, name in due:
            self._advance(name, until_ns)
            yield ns, name

    def _advance(self, name: str, now_ns: int) -> None:
        following = self._schedules[name].next_after(now_ns)
        if following is None:
            self.remove(name)
        else:
            self._due[name] = following
