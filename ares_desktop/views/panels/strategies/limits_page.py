"""The bounds that hold for one instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from ares_desktop.domain.risk import ALL_SCOPE
from ares_desktop.views.formats import fixed, money, percent, quantity, translated
from ares_desktop.views.panels.strategies.facts import Fact, FactGrid
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label
from ares_desktop.views.widgets.result_pages import ResultPage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from ares_desktop.domain.events import LimitsChanged
    from ares_desktop.domain.risk import RiskLimits
    from ares_desktop.domain.strategies import StrategyInstance
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.strategies.rows import StrategyRow


class LimitsPage(ResultPage):
    """Limits of the gate, and bounds of the instance itself."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._totals = desk.managers.totals
        self._row: StrategyRow | None = None
        self.origin = label(tone=Tone.MUTED)
        self.origin.setWordWrap(True)
        self.facts = FactGrid()
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(8)
        column.addWidget(self.origin)
        column.addWidget(self.facts)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        area.setAccessibleName(translated("Limits in force"))
        self.column.addWidget(area)
        self._totals.limits_changed.connect(self._limits_changed)

    def show_result(self, result: StrategyRow) -> None:
        """Show the bounds of an instance."""
        self._row = result
        if result.status is None:
            self.origin.setText(translated("No instance runs this file."))
            self.facts.show_facts(())
            return
        limits = self._totals.limits(f"strategy:{result.name}")
        shared = limits == self._totals.limits(ALL_SCOPE)
        self.origin.setText(
            translated("The gate holds its orders to the limits of all strategies.")
            if shared
            else translated("The gate holds its orders to limits of its own.")
        )
        self.facts.show_facts((*_gate(limits), *_own(result.status.instance)))

    def _limits_changed(self, _: LimitsChanged) -> None:
        if self._row is not None:
            self.show_result(self._row)


def _gate(limits: RiskLimits) -> Iterator[Fact]:
    rows = (
        ("Order quantity", _or_none(limits.max_quantity, quantity)),
        ("Order value", _or_none(limits.max_notional, money)),
        ("Price collar", percent(limits.price_collar, 1)),
        ("Leverage", translated("{0} times its equity").format(quantity(limits.max_leverage))),
        ("Open orders", f"{limits.max_open_orders:,}"),
        ("Messages", translated("{0} orders and cancels a second").format(fixed(limits.messages_per_second, 0))),
        ("Bars", translated("not older than {0} of their intervals").format(fixed(limits.max_data_age_bars, 1))),
        ("Quotes", translated("not older than {0} s").format(fixed(limits.max_quote_age_s, 0))),
        ("Duplicates", _duplicates(limits)),
    )
    for caption, value in rows:
        yield translated(caption), value, Tone.NORMAL


def _own(instance: StrategyInstance) -> Iterator[Fact]:
    band = translated("{0} to {1} of the account's equity").format(
        percent(instance.min_weight, 1), percent(instance.max_weight, 1)
    )
    rows = (
        ("Weight", band),
        ("No trade below", translated("{0} of change").format(percent(instance.no_trade_band, 1))),
        ("Hours", instance.hours or translated("always")),
        ("Memory", translated("{0} MB").format(f"{instance.memory_mb:,}")),
    )
    for caption, value in rows:
        yield translated(caption), value, Tone.NORMAL


def _or_none(value: Decimal | None, write: object) -> str:
    return translated("no bound") if value is None else str(write(value)) if callable(write) else ""


def _duplicates(limits: RiskLimits) -> str:
    if not limits.duplicate_window_s:
        return translated("not looked for")
    return translated("the same order within {0} s").format(fixed(limits.duplicate_window_s, 1))
