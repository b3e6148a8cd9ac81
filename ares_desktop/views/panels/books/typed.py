"""Numbers and books as a person types and chooses them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QLineEdit

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.ids import MANUAL, UNASSIGNED, StrategyId
from ares_desktop.views.formats import translated
from ares_desktop.views.widgets.controls import set_property

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_LEAST = 72
"""To so many pixels a field shrinks, so that a line of them fits a narrow panel."""


class BookChoice(QComboBox):
    """One of the books; it follows the strategies there are."""

    def __init__(self, desk: Desk, name: str, chosen: str = UNASSIGNED) -> None:
        super().__init__()
        self._desk = desk
        self.setAccessibleName(name)
        self.setMinimumWidth(_LEAST)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.renew()
        self.choose(chosen)
        desk.managers.strategies.status_changed.connect(lambda _: self.renew())

    def renew(self) -> None:
        """Offer the books there are now, keeping the chosen one."""
        strategies = {status.instance.name for status in self._desk.managers.strategies.statuses()}
        held = {book.strategy for book in self._desk.managers.portfolio.books()}
        names = [UNASSIGNED, MANUAL, *sorted((strategies | held) - {UNASSIGNED, MANUAL})]
        if names == [self.itemData(number) for number in range(self.count())]:
            return
        chosen = self.currentData()
        self.clear()
        for name in names:
            self.addItem(name, name)
        self.choose(chosen or UNASSIGNED)

    def choose(self, name: str) -> None:
        """Choose a book where there is one of the name."""
        self.setCurrentIndex(max(0, self.findData(name)))

    @property
    def book(self) -> StrategyId:
        """The chosen book."""
        return StrategyId(self.currentData())


def number_field(name: str, placeholder: str, width: int = 110) -> QLineEdit:
    """Return a field for a number."""
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setPlaceholderText(placeholder)
    field.setMinimumWidth(min(_LEAST, width))
    field.setMaximumWidth(width)
    field.textEdited.connect(lambda _: set_property(field, "invalid", value=False))
    return field


def numbers(*fields: QLineEdit) -> tuple[Decimal | None, ...]:
    """Return what was typed into several fields, None for nothing.

    Raises:
        UsageError: with every one that is no number.
    """
    found: list[Finding] = []
    values: list[Decimal | None] = []
    for field in fields:
        try:
            values.append(number(field))
        except UsageError as error:
            found += error.findings
    if found:
        raise UsageError(*found)
    return tuple(values)


def number(field: QLineEdit) -> Decimal | None:
    """Return what was typed, None for nothing.

    Raises:
        UsageError: when it is no number.
    """
    text = field.text().replace(",", "").strip()
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        set_property(field, "invalid", value=True)
        raise UsageError(
            Finding(
                place=field.accessibleName(),
                value=text,
                problem=translated("must be a number"),
                remedy=translated("Write it as 2500 or 2500.50."),
            )
        )
    return value


def needed(field: QLineEdit) -> Decimal:
    """Return the number that was typed.

    Raises:
        UsageError: when there is none.
    """
    value = number(field)
    if value is None:
        set_property(field, "invalid", value=True)
        problem, remedy = translated("is missing"), translated("Write it as 2500 or 2500.50.")
        raise UsageError(Finding(place=field.accessibleName(), value="", problem=problem, remedy=remedy))
    return value
