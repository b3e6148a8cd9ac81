"""One decision as a whole: its headline, its story, and the price around it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QLabel, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from ares_desktop.views import formats
from ares_desktop.views.formats import translated, word
from ares_desktop.views.models.columns import sign_tone
from ares_desktop.views.panels.why.moment_chart import MomentChart
from ares_desktop.views.panels.why.story import headline, story_of
from ares_desktop.views.panels.why.story_view import StoryView, scrolled
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton, label, set_property, strip

if TYPE_CHECKING:
    from ares_desktop.domain.decisions import Decision
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.models.common_columns import Ticks

_BESIDE: Final = 560
"""Width from which the price stands beside the story."""
_BELOW: Final = 460
"""Height from which it stands below in a narrower place."""


class StoryPage(QWidget):
    """Shows one decision.

    Signals:
        left: the list is asked for.
        stepped: +1 for the next row of the list, -1 for the one before.
        asked: id of another order whose story is wanted.
    """

    left = Signal()
    stepped = Signal(int)
    asked = Signal(object)

    def __init__(self, desk: Desk, ticks: Ticks) -> None:
        super().__init__()
        self._desk = desk
        self._ticks = ticks
        self.decision: Decision | None = None
        self.story = StoryView(desk.theme)
        self.area = scrolled(self.story)
        self.chart = MomentChart(desk)
        self._build_head()
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(1)
        self.split.addWidget(self.area)
        self.split.addWidget(self.chart)
        self.split.setSizes([540, 460])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.split, 1)
        self.setMinimumSize(1, 1)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.left)

    def _build_head(self) -> None:
        theme = self._desk.theme
        self.head, row = strip("toolbar", margins=(6, 2, 6, 3), spacing=6)
        self.head.setFixedHeight(32)
        self.back = IconButton(theme, "menu", translated("Back to all decisions (Esc)"))
        self.back.clicked.connect(self.left)
        self.title = label(part="strong")
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.title.setMinimumWidth(60)
        self.state = label(tone=Tone.MUTED)
        self.money: QLabel = label()
        self.entry = IconButton(theme, "undo", translated("The decision that this one belongs to"))
        self.entry.clicked.connect(self._ask_parent)
        newer = IconButton(theme, "up", translated("The decision above in the list"))
        older = IconButton(theme, "down", translated("The decision below in the list"))
        newer.clicked.connect(partial(self.stepped.emit, -1))
        older.clicked.connect(partial(self.stepped.emit, 1))
        row.addWidget(self.back)
        row.addWidget(self.title, 1)
        for part in (self.state, self.money, self.entry, newer, older):
            row.addWidget(part)

    def show_decision(self, decision: Decision) -> None:
        """Tell a decision, or what has become of the one that is told."""
        another = self.decision is None or self.decision.id != decision.id
        self.decision = decision
        intent = decision.order.intent
        title = f"{headline(decision)} {formats.STALE} {intent.strategy}"
        self.title.setText(title)
        self.title.setToolTip(f"{title}\n{decision.id}")
        self.state.setText(word(decision.order.state))
        set_property(self.state, "tone", (Tone.MUTED if decision.approved else Tone.WARNING).value)
        money = "" if decision.realized is None else formats.signed_money(decision.realized)
        self.money.setText(money)
        self.money.setToolTip(translated("Realized P&L in {0}").format(decision.currency))
        set_property(self.money, "tone", sign_tone(decision.realized).value)
        self.entry.setVisible(decision.parent is not None)
        self.story.show_story(story_of(decision, self._ticks))
        if another:
            self.area.verticalScrollBar().setValue(0)
        self.chart.show_decision(decision)

    def _ask_parent(self) -> None:
        if self.decision is not None and self.decision.parent is not None:
            self.asked.emit(self.decision.parent)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the price beside the story, below it, or away where there is no room."""
        super().resizeEvent(event)
        beside = event.size().width() >= _BESIDE
        self.chart.setVisible(beside or event.size().height() >= _BELOW)
        wanted = Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical
        if wanted is not self.split.orientation():
            self.split.setOrientation(wanted)
            room = event.size().width() if beside else event.size().height()
            self.split.setSizes([round(room * 0.54), round(room * 0.46)])
