"""What is wrong with a data file, collected until it is complete and then raised at once."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

from ares_desktop.domain.errors import Finding, UsageError

_SHOWN: Final = 20
_LONGEST_VALUE: Final = 60


class FileFindings:
    """Findings of one file: the first twenty in the file's order, and how many more there are.

    Attributes:
        place: the file as the person named it.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self._count = 0
        self._whole: list[Finding] = []
        self._rows: list[tuple[int, Finding]] = []

    def __bool__(self) -> bool:
        return self._count > 0

    def add(self, problem: str, remedy: str, *, value: str = "") -> None:
        """Add something wrong with the file as a whole."""
        self._count += 1
        self._whole.append(Finding(place=self.place, value=_short(value), problem=problem, remedy=remedy))

    def add_line(self, line: int, value: str, problem: str, remedy: str) -> None:
        """Add something wrong with a line that could not be divided into columns."""
        self._count += 1
        place = f"{self.place}, line {line}"
        self._rows.append((line, Finding(place=place, value=_short(value), problem=problem, remedy=remedy)))

    def add_rows(self, rows: Iterable[int], column: "Located", problem: str, remedy: str) -> None:
        """Add the same problem of several rows of a column."""
        rows = list(rows)
        self._count += len(rows)
        for row in islice(rows, _SHOWN):
            place = f"{self.place}, {column.where(row)}, column {column.name}"
            value = _short(column.text(row))
            self._rows.append((column.line(row), Finding(place=place, value=value, problem=problem, remedy=remedy)))

    def all(self) -> tuple[Finding, ...]:
        """Return those to show, the file's own first, then by line."""
        rows = [finding for _, finding in sorted(self._rows, key=lambda item: item[0])]
        shown = (self._whole + rows)[:_SHOWN]
        more = self._count - len(shown)
        if more > 0:
            shown.append(
                Finding(place=self.place, value="", problem=f"{more} more problems", remedy="Repair these first.")
            )
        return tuple(shown)

    def error(self) -> UsageError:
        """Return what was found as an error."""
        return UsageError(*self.all())

    def raise_any(self) -> None:
        """Raise what was found.

        Raises:
            UsageError: when there is any finding.
        """
        if self._count:
            raise self.error()


class Located:
    """A column that can say where its values are and what they were.

    Args:
        name: as written in the file.
        line: the line, or row, of a row index, counted from 1.
        text: the value as written.
        unit: ``line`` or ``row``.
    """

    def __init__(self, name: str, line: Callable[[int], int], text: Callable[[int], str], *, unit: str) -> None:
        self.name = name
        self.line = line
        self.text = text
        self._unit = unit

    def where(self, row: int) -> str:
        """Return such as ``line 12``."""
        return f"{self._unit} {self.line(row)}"


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}..."
