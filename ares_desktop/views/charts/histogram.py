"""How often values came about: columns with mean and median marked."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ares_desktop.views import formats
from ares_desktop.views.charts.axes import ValueText
from ares_desktop.views.charts.column_item import ColumnItem, RuleItem
from ares_desktop.views.charts.legend import Entry, Legend
from ares_desktop.views.charts.pane import Bounds
from ares_desktop.views.charts.plot_view import PlotView
from ares_desktop.views.charts.scales import number_ticks
from ares_desktop.views.formats import translated
from ares_desktop.views.theme import Theme

_COUNTS: Final = ValueText(formats.fixed, lambda value: formats.fixed(value, 0))
_ROOM: Final = 0.03


class Histogram(QWidget):
    """Bins of values; what lies below zero has a color of its own, and the axis says so too.

    Attributes:
        view: the plot.
        legend: the bin under the pointer, else mean and median.
    """

    def __init__(
        self,
        theme: Theme,
        *,
        write: Callable[[float], str],
        mark: Callable[[float, int], str],
        units: tuple[str, str],
        gains: bool = True,
    ) -> None:
        """Make an empty one; ``write`` reads a value in full, ``mark`` gets the decimals, ``gains`` have a color."""
        super().__init__()
        self._gains = gains
        self._theme = theme
        self._write = write
        self._units = units
        self._title = ""
        self._cursor: float | None = None
        self._rules: list[RuleItem] = []
        self.legend = Legend(theme)
        self.view = PlotView(theme, self._extent, number_ticks(mark))
        self.view.cursor_text = write
        self.view.set_least_span(1e-9)
        pane = self.view.add_pane(_COUNTS, stretch=1)
        pane.floor = 0.0
        pane.bounds = self._bounds
        self.columns = ColumnItem()
        self.mean = RuleItem(translated("Mean"))
        self.median = RuleItem(translated("Median"), dashed=True, row=1)
        for item in (self.columns, self.mean, self.median):
            pane.add(item)
        self._pane = pane
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.legend)
        column.addWidget(self.view, 1)
        self.view.cursor_moved.connect(self._point_at)
        theme.changed.connect(self._take_colors)
        self._take_colors()

    def show_bins(
        self, title: str, edges: ArrayLike, counts: ArrayLike, *, mean: float | None, median: float | None
    ) -> None:
        """Show bins; there is one edge more than counts, and none at all shows an empty plot."""
        self._title = title
        self.view.setAccessibleName(title)
        bounds = np.asarray(edges, dtype=np.float64)
        heights = np.asarray(counts, dtype=np.float64)
        middles = (bounds[:-1] + bounds[1:]) / 2
        self.columns.set_columns(bounds, heights, tuple((middles < 0).tolist()))
        self.mean.at, self.median.at = mean, median
        self._point_at(None)
        self.view.show_span(None)

    def add_rule(self, name: str, row: int) -> RuleItem:
        """Return a further line, dashed and in the color of losses; its name stands in a row of its own."""
        rule = RuleItem(name, dashed=True, row=row)
        self._rules.append(rule)
        self._pane.add(rule)
        self._take_colors()
        return rule

    def _extent(self) -> tuple[float, float] | None:
        edges = self.columns.edges
        if len(edges) < 2:  # noqa: PLR2004 - a bin has two edges
            return None
        room = (edges[-1] - edges[0]) * _ROOM
        return float(edges[0] - room), float(edges[-1] + room)

    def _bounds(self, left: float, right: float) -> Bounds:
        del left, right
        return (0.0, float(self.columns.heights.max())) if len(self.columns.heights) else None

    def _bin_at(self, x: float) -> int:
        number = int(np.searchsorted(self.columns.edges, x, side="right")) - 1
        return number if 0 <= number < len(self.columns.heights) else -1

    def _point_at(self, x: float | None) -> None:
        self.columns.hovered = number = -1 if x is None else self._bin_at(x)
        self.columns.update()
        if number >= 0:
            edges = self.columns.edges
            between = translated("{0} to {1}").format(self._write(edges[number]), self._write(edges[number + 1]))
            held = formats.count(int(self.columns.heights[number]), *self._units)
            self.legend.show_entries((Entry("", self._title, ""), Entry("", between, held)))
            return
        entries = [Entry("", self._title, formats.count(int(self.columns.heights.sum()), *self._units))]
        marked = [rule for rule in (self.mean, self.median, *self._rules) if rule.at is not None]
        entries += [Entry("", rule.name, self._write(rule.at or 0.0)) for rule in marked]
        self.legend.show_entries(tuple(entries))

    def _take_colors(self) -> None:
        tokens = self._theme.tokens
        self.columns.set_colors(tokens.positive if self._gains else tokens.accent, tokens.negative)
        self.mean.set_colors(tokens.text, tokens.surface)
        self.median.set_colors(tokens.accent, tokens.surface)
        for rule in self._rules:
            rule.set_colors(tokens.negative, tokens.surface)
