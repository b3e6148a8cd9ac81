"""Named curves in stacked plots over one x axis, each curve in one plot."""

import math
from collections.abc import Callable
from typing import Final

from numpy.typing import ArrayLike
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ares_desktop.views.charts.axes import Tag, TimeTicks, ValueText
from ares_desktop.views.charts.curve_item import CurveItem
from ares_desktop.views.charts.decimate import MinMaxSeries
from ares_desktop.views.charts.legend import Entry, Legend
from ares_desktop.views.charts.pane import Bounds, Pane
from ares_desktop.views.charts.plot_view import PlotView
from ares_desktop.views.charts.ticks import moment_text, time_ticks
from ares_desktop.views.theme import Theme

Color = Callable[[str], str]
_MINUTE_S: Final = 60.0


class _Line:
    """A curve with the plot that it belongs to."""

    def __init__(self, pane: Pane, item: CurveItem) -> None:
        self.pane = pane
        self.item = item


class SeriesChart(QWidget):
    """Curves over time or over any other number.

    Attributes:
        view: the plots.
        legend: reads the curves at the pointer, or at their end.
    """

    def __init__(
        self,
        theme: Theme,
        *,
        color: Color,
        ticks: TimeTicks = time_ticks,
        least_span: float = _MINUTE_S,
        position_text: Callable[[float], str] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._color = color
        self._position_text = position_text
        self._lines: dict[str, _Line] = {}
        self._cursor: float | None = None
        self.legend = Legend(theme)
        self.view = PlotView(theme, self.extent, ticks)
        self.view.cursor_text = self._cursor_text
        self.view.set_least_span(least_span)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.legend)
        column.addWidget(self.view, 1)
        self.view.cursor_moved.connect(self._point_at)
        theme.changed.connect(self._take_colors)

    def add_plot(self, text: ValueText, *, stretch: int = 1) -> Pane:
        """Add a plot below the others."""
        pane = self.view.add_pane(text, stretch=stretch)
        pane.bounds = lambda left, right: self._bounds(pane, left, right)
        return pane

    def set_curve(
        self,
        pane: Pane,
        name: str,
        x: ArrayLike,
        y: ArrayLike,
        *,
        bold: bool = False,
        dashed: bool = False,
        base: float | None = None,
    ) -> None:
        """Show a curve in a plot, in place of an earlier one of that name; ``base`` fills it down or up to there."""
        self.remove_curve(name)
        item = CurveItem(MinMaxSeries(x, y), self._color(name), bold=bold, dashed=dashed, base=base)
        pane.add(item)
        self._lines[name] = _Line(pane, item)

    def remove_curve(self, name: str) -> None:
        """Forget a curve; an unknown name is fine."""
        line = self._lines.pop(name, None)
        if line is not None:
            line.pane.remove(line.item)

    def clear(self) -> None:
        """Forget every curve."""
        for name in self.names():
            self.remove_curve(name)

    def names(self) -> tuple[str, ...]:
        """Return the names of all curves."""
        return tuple(self._lines)

    def item(self, name: str) -> CurveItem:
        """Return what draws a curve.

        Raises:
            KeyError: when there is none of that name.
        """
        return self._lines[name].item

    def refresh(self) -> None:
        """Bring ranges, tags and legend up to date after a batch of changes."""
        for pane in self.view.panes:
            lines = [line.item for line in self._lines.values() if line.pane is pane]
            values = [(item.value_at(math.inf), item.color) for item in lines]
            pane.axis.set_tags(tuple(Tag(value, color) for value, color in values if value is not None))
        self.view.refresh()
        self._show_legend()

    def extent(self) -> tuple[float, float] | None:
        """Return the first and last position of all curves, None without points."""
        series = [line.item.series for line in self._lines.values() if len(line.item.series)]
        if not series:
            return None
        return min(float(one.x[0]) for one in series), max(float(one.x[-1]) for one in series)

    # inside

    def _bounds(self, pane: Pane, left: float, right: float) -> Bounds:
        parts = [line.item.series.bounds(left, right) for line in self._lines.values() if line.pane is pane]
        known = [part for part in parts if part is not None]
        return (min(low for low, _ in known), max(high for _, high in known)) if known else None

    def _point_at(self, x: float | None) -> None:
        self._cursor = x
        self._show_legend()

    def _show_legend(self) -> None:
        at = math.inf if self._cursor is None else self._cursor
        entries = []
        for name, line in self._lines.items():
            value = line.item.value_at(at)
            entries.append(Entry(line.item.color, name, "" if value is None else line.pane.axis.write(value)))
        self.legend.show_entries(tuple(entries))

    def _cursor_text(self, x: float) -> str:
        if self._position_text is not None:
            return self._position_text(x)
        left, right = self.view.x_range()
        return moment_text(x, span=right - left)

    def _take_colors(self) -> None:
        for name, line in self._lines.items():
            line.item.set_color(self._color(name))
        self.refresh()
