"""The parts of the place where an instance is configured, side by side where it is wide and in turn where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QVBoxLayout, QWidget

from ares_desktop.views.formats import translated
from ares_desktop.views.panels.strategies.apply_bar import ApplyBar
from ares_desktop.views.panels.strategies.catalog_list import CatalogList
from ares_desktop.views.panels.strategies.changes import ChangesList
from ares_desktop.views.panels.strategies.form import InstanceForm
from ares_desktop.views.panels.strategies.presets import PresetBar
from ares_desktop.views.panels.strategies.preview import PreviewView
from ares_desktop.views.panels.strategies.versions import VersionsView
from ares_desktop.views.widgets.choices import ChoiceButtons
from ares_desktop.views.widgets.controls import IconButton, label, strip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ares_desktop.views.desk import Desk

FORM: Final = "form"
PREVIEW: Final = "preview"
VERSIONS: Final = "versions"
_WIDE: Final = 900
"""From here on preview or versions stand beside the form."""
_FORM_WIDTH: Final = 430
_LEAST_WIDTH: Final = 320


class EditorParts(QFrame):
    """Form, preview and versions, with a strip above them.

    Attributes:
        versioned: there are versions to look at.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._was = (False, "")
        self._wanted = FORM
        self._beside = PREVIEW
        self.versioned = True
        self.title = label(part="title")
        self.title.setMinimumWidth(1)
        self.presets = PresetBar(desk, self._typed_parameters)
        self.form = InstanceForm(desk, self.presets)
        self.files = CatalogList(desk)
        self.changes = ChangesList(desk)
        self.bar = ApplyBar(desk)
        self.preview = PreviewView(desk)
        self.versions = VersionsView(desk)
        self._build_top()
        self._build_pages()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addWidget(self.split, 1)

    def _build_top(self) -> None:
        self.top, row = strip("toolbar", margins=(10, 2, 4, 3), spacing=6)
        self.top.setFixedHeight(34)
        self.pages = ChoiceButtons(
            translated("Page"),
            (
                (FORM, translated("Form"), translated("What is set")),
                (PREVIEW, translated("Preview"), translated("What these values would have done")),
                (VERSIONS, translated("Versions"), translated("What was set before")),
            ),
            FORM,
        )
        theme = self._desk.theme
        self.import_button = IconButton(theme, "down", translated("Import instances from TOML"))
        self.export_button = IconButton(theme, "export", translated("Export this instance as TOML"))
        self.float_button = IconButton(theme, "float", translated("Give it a window of its own, or put it back"))
        self.close_button = IconButton(theme, "close", translated("Close (Esc)"))
        row.addWidget(self.title, 1)
        row.addWidget(self.pages)
        for button in (self.import_button, self.export_button, self.float_button, self.close_button):
            row.addWidget(button)
        self.pages.chosen.connect(self.show_page)

    def _build_pages(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.files)
        column.addWidget(self.form, 1)
        self.area = QScrollArea()
        self.area.setWidget(inner)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.left = QWidget()
        left = QVBoxLayout(self.left)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(0)
        left.addWidget(self.area, 1)
        left.addWidget(self.changes)
        left.addWidget(self.bar)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        pages: tuple[QWidget, ...] = (self.left, self.preview, self.versions)
        for number, part in enumerate(pages):
            # What a page would like to have must not push the others out of a narrow place.
            part.setMinimumWidth(_LEAST_WIDTH)
            self.split.addWidget(part)
            self.split.setStretchFactor(number, 0 if part is self.left else 1)
        self.split.setSizes([_FORM_WIDTH, 2 * _FORM_WIDTH, 2 * _FORM_WIDTH])
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(4)

    # pages

    @property
    def is_wide(self) -> bool:
        """Whether the form stands beside the other pages."""
        return self.width() >= _WIDE

    def show_page(self, page: str) -> None:
        """Bring form, preview or versions to the front; in a wide place the form is always there."""
        self._wanted = page
        self._beside = page if page != FORM else self._beside
        if self._beside == VERSIONS and not self.versioned:
            self._beside = PREVIEW
        self._lay_out()

    def show_form(self) -> None:
        """Bring the form to the front."""
        self.show_page(FORM)

    def _lay_out(self) -> None:
        wide = self.is_wide
        page = self._beside if wide and self._wanted == FORM else self._wanted
        self.pages.choose(page)
        offered = [one for one in (FORM, PREVIEW, VERSIONS) if self._offers(one, wide=wide)]
        self.pages.show_only(offered)
        self.pages.setVisible(len(offered) > 1)
        self.left.setVisible(wide or page == FORM)
        self.preview.setVisible(page == PREVIEW)
        self.versions.setVisible(page == VERSIONS)
        if (wide, page) != self._was:
            # A page that was hidden comes back with the width it had then, which may be none.
            form = self.left.width() if wide and self._was[0] else _FORM_WIDTH
            self._was = (wide, page)
            rest = max(_LEAST_WIDTH, self.width() - form)
            self.split.setSizes([form, rest, rest] if wide else [self.width()] * 3)

    def _offers(self, page: str, *, wide: bool) -> bool:
        return not (wide if page == FORM else page == VERSIONS and not self.versioned)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much at once as there is room for."""
        super().resizeEvent(event)
        self._lay_out()

    def _typed_parameters(self) -> Mapping[str, object] | None:
        return None if self.form.parameters.problems() else self.form.parameters.values()
