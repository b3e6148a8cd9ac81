"""What led to an order and what came of it, as a tree with a timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from ares_desktop.domain.audit import CausalChain, ChainStage
from ares_desktop.views.formats import count, translated
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label

if TYPE_CHECKING:
    from ares_desktop.views.theme import Theme

_ICONS: Final = {
    ChainStage.COMMAND: ("command", Tone.ACCENT),
    ChainStage.INTENT: ("why", Tone.NORMAL),
    ChainStage.GATE: ("lock", Tone.NORMAL),
    ChainStage.SUBMITTED: ("up", Tone.NORMAL),
    ChainStage.BROKER: ("connections", Tone.MUTED),
    ChainStage.FILL: ("fills", Tone.POSITIVE),
    ChainStage.BOOK: ("positions", Tone.NORMAL),
    ChainStage.SAFETY: ("critical", Tone.WARNING),
    ChainStage.HOUSE: ("dot", Tone.MUTED),
}
_COLUMNS: Final = ("What happened", "Time", "After", "Detail")


class ChainView(QWidget):
    """A tree: each event stands under what led to it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._chain: CausalChain | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.title = label(part="caption")
        self.title.setContentsMargins(8, 5, 8, 5)
        self.title.setWordWrap(True)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(translated("Chain of causes"))
        self.tree.setHeaderLabels([translated(text, "columns") for text in _COLUMNS])
        self.tree.setUniformRowHeights(True)
        self.tree.setIndentation(14)
        header = self.tree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(0, 230)
        header.resizeSection(1, 92)
        header.resizeSection(2, 100)
        column.addWidget(self.title)
        column.addWidget(self.tree, 1)
        theme.changed.connect(self._draw)
        self.show_nothing()

    def show_nothing(self, text: str = "") -> None:
        """Say why there is no chain."""
        self._chain = None
        self.tree.clear()
        self.title.setText(text or translated("Select an event of an order to see what led to it and what came of it."))

    def show_chain(self, chain: CausalChain) -> None:
        """Draw a chain."""
        self._chain = chain
        self._draw()

    def _draw(self) -> None:
        chain = self._chain
        if chain is None:
            return
        self.tree.clear()
        if not chain.links:
            self.show_nothing(translated("The journal holds nothing of {0}.").format(chain.order))
            return
        first, last = min(link.at for link in chain.links), max(link.at for link in chain.links)
        took_ms = (last - first).total_seconds() * 1000
        self.title.setText(
            translated("{0}: {1} in {2}").format(
                chain.order, count(len(chain.links), "{0} step", "{0} steps"), f"{took_ms:,.1f} ms"
            )
        )
        made: dict[str, QTreeWidgetItem] = {}
        for link in chain.links:
            after_ms = (link.at - first).total_seconds() * 1000
            texts = [translated(link.title), f"{link.at:%H:%M:%S.%f}"[:-3], f"+{after_ms:,.1f} ms", link.detail]
            item = QTreeWidgetItem(texts)
            icon, tone = _ICONS[link.stage]
            item.setIcon(0, self._theme.icon(icon, tone))
            item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(0, translated("{0}, event {1}").format(link.stage.value, link.sequence))
            item.setToolTip(3, link.detail)
            made[link.key] = item
            parent = made.get(link.parent)
            if parent is None:
                self.tree.addTopLevelItem(item)
            else:
                parent.addChild(item)
        self.tree.expandAll()
