"""Parts of the form that say more than a row of declared fields: the budget, the hours, the bar length."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ares_desktop.domain.strategies import ParameterInfo, StrategyInstance
from ares_desktop.views.formats import money, percent, translated
from ares_desktop.views.panels.strategies.fields import FIXED, PERCENT, SHARE, FieldSection, shown_infos, shown_values
from ares_desktop.views.panels.strategies.instrument_field import InstrumentField
from ares_desktop.views.widgets.controls import label
from ares_desktop.views.widgets.field_grid import TITLE_WIDTH
from ares_desktop.views.widgets.parameter_form import ParameterForm

if TYPE_CHECKING:
    from ares_desktop.domain.accounts import AccountSnapshot
    from ares_desktop.views.desk import Desk

_LENGTHS: Final = ("", "1m", "5m", "15m", "1h", "1d")


def with_choice(
    infos: Sequence[ParameterInfo], name: str, choices: Sequence[str], *, default: str
) -> tuple[ParameterInfo, ...]:
    """Return declarations of which one offers these choices, each once."""
    offered = tuple(dict.fromkeys(choices))
    return tuple(
        msgspec.structs.replace(info, choices=offered, default=default) if info.name == name else info for info in infos
    )


class DeclaredSection(QWidget):
    """Declared fields of an instance, and a line in words that follows from them.

    Args:
        words: makes that line of the values that can be read; empty hides it.

    Signals:
        edited: after a value was changed.
    """

    edited = Signal()

    def __init__(
        self, desk: Desk, section: FieldSection, words: Callable[[Mapping[str, Any]], str] = lambda _: ""
    ) -> None:
        super().__init__()
        self._section = section
        self._words = words
        self.fields = ParameterForm(desk.theme)
        self.fields.align_titles(TITLE_WIDTH)
        self.words = label(part="caption")
        self.words.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(self.fields)
        column.addWidget(self.words)
        self.fields.edited.connect(self._edited)

    def show_instance(
        self, instance: StrategyInstance, adapt: Callable[[tuple[ParameterInfo, ...]], tuple[ParameterInfo, ...]]
    ) -> None:
        """Show an instance; ``adapt`` gives declarations the choices that there are at the moment."""
        self.fields.show_parameters(adapt(shown_infos(self._section.infos)), shown_values(instance))
        self.show_words()

    def fill(self, values: Mapping[str, Any]) -> None:
        """Show other values of some fields."""
        for name in self.fields.editors:
            if name in values:
                self.fields.set_value(name, values[name])
        self.show_words()

    def _edited(self) -> None:
        self.show_words()
        self.edited.emit()

    def show_words(self) -> None:
        """Say again what follows from the values."""
        values = self.fields.valid_values()
        if "funding" in values:
            for name in ("weight", "min_weight", "max_weight"):
                self.fields.set_row_shown(name, values["funding"] == SHARE)
            self.fields.set_row_shown("capital", values["funding"] == FIXED)
        text = self._words(values)
        self.words.setText(text)
        self.words.setVisible(bool(text))


class InstrumentSection(QWidget):
    """What it trades, and the bars it gets.

    Signals:
        edited: after something was changed.
    """

    edited = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        everything = translated("It trades everything that the feed has.")
        self.field = InstrumentField(desk, translated("Instruments"), empty=everything)
        self.length = ParameterForm()
        self.length.align_titles(TITLE_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(self.field)
        column.addWidget(self.length)
        self.field.changed.connect(self.edited)
        self.field.line.textChanged.connect(lambda _: self.edited.emit())
        self.length.edited.connect(self.edited)

    def show_instance(self, instance: StrategyInstance) -> None:
        """Show an instance."""
        self.field.show_chosen(instance.instruments)
        info = ParameterInfo(
            name="bar_spec",
            kind="choice",
            default="",
            title=translated("Bar length"),
            unit=translated("the feed's own by default"),
            choices=tuple(dict.fromkeys((*_LENGTHS, instance.bar_spec))),
        )
        self.length.show_parameters((info,), {"bar_spec": instance.bar_spec})


def budget_words(desk: Desk, name: str, values: Mapping[str, Any]) -> str:
    """Return what an instance's budget comes to in the currency of the account of that name."""
    known: dict[str, AccountSnapshot] = {one.account: one for one in desk.managers.portfolio.accounts()}
    account = known.get(name)
    if values.get("funding") == FIXED:
        capital = values.get("capital")
        return "" if capital is None else translated("Budget: {0}").format(_amount(capital, account))
    share = values.get("weight")
    if share is None:
        return ""
    if account is None or account.equity is None:
        return translated("The budget in money is known once the account is valued.")
    part = Decimal(str(share)) / PERCENT
    return translated("Budget: {0}, {1} of the account's equity of {2}, taken at the first start").format(
        _amount(part * account.equity, account), percent(part, 1), _amount(account.equity, account)
    )


def _amount(value: Decimal | float, account: AccountSnapshot | None) -> str:
    return f"{money(value)} {account.currency}" if account is not None else money(value)
