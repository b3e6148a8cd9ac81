"""Which decisions are looked for: strategy, instrument, the gate's answer, and how long ago."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QSizePolicy

from ares_desktop.domain.decisions import DecisionQuery
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.views.formats import translated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from ares_desktop.domain.orders import Order

MOST: Final = 10_000
"""Decisions that a search returns at most, the newest ones."""
_GATES: Final[tuple[tuple[str, bool | None], ...]] = (
    ("Any result", None),
    ("Approved", True),
    ("Denied", False),
)
_TIMES: Final[tuple[tuple[str, timedelta | None], ...]] = (
    ("Any time", None),
    ("Last hour", timedelta(hours=1)),
    ("Last day", timedelta(days=1)),
    ("Last 7 days", timedelta(days=7)),
    ("Last 30 days", timedelta(days=30)),
    ("Last year", timedelta(days=365)),
)


class DecisionFilters(QFrame):
    """Four choices side by side.

    Signals:
        changed: after one of them was chosen anew.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "toolbar")
        self.setFixedHeight(32)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 2, 6, 3)
        row.setSpacing(4)
        row.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.strategy = self._choice(translated("Strategy"), [(translated("All strategies"), None)])
        self.instrument = self._choice(translated("Instrument"), [(translated("All instruments"), None)])
        self.gate = self._choice(translated("Gate"), [(translated(text), value) for text, value in _GATES])
        self.time = self._choice(translated("Time"), [(translated(text), value) for text, value in _TIMES])
        for choice, share in ((self.strategy, 5), (self.instrument, 5), (self.gate, 4), (self.time, 4)):
            row.addWidget(choice, share)

    def _choice(self, name: str, choices: Sequence[tuple[str, object]]) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.setToolTip(name)
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        box.setMinimumWidth(72)
        box.setMaximumWidth(190)
        for text, value in choices:
            box.addItem(text, value)
        box.activated.connect(self.changed)
        return box

    def learn(self, orders: Iterable[Order]) -> None:
        """Offer the strategies and instruments of orders."""
        intents = [order.intent for order in orders]
        _offer(self.strategy, {intent.strategy for intent in intents})
        _offer(self.instrument, {intent.instrument for intent in intents})

    def query(self, text: str, now: datetime) -> DecisionQuery:
        """Return what is looked for; times are counted back from ``now``."""
        strategy, instrument = self.strategy.currentData(), self.instrument.currentData()
        back: timedelta | None = _TIMES[self.time.currentIndex()][1]
        return DecisionQuery(
            strategy=None if strategy is None else StrategyId(strategy),
            instrument=None if instrument is None else InstrumentId(instrument),
            approved=_GATES[self.gate.currentIndex()][1],
            text=text.strip(),
            since=None if back is None else now - back,
            limit=MOST,
        )

    def clear(self) -> None:
        """Look for every decision again."""
        for choice in (self.strategy, self.instrument, self.gate, self.time):
            choice.setCurrentIndex(0)


def _offer(box: QComboBox, names: Iterable[str]) -> None:
    known = {box.itemData(number) for number in range(1, box.count())}
    for name in sorted(set(names) - known):
        place = next((number for number in range(1, box.count()) if box.itemData(number) > name), box.count())
        box.insertItem(place, name, name)
