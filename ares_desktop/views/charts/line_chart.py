"""Equity and drawdown curves over market time."""

from collections.abc import Callable
from typing import Final

from numpy.typing import ArrayLike
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ares_desktop.views.charts.axes import Tag, ValueText
from ares_desktop.views.charts.curve_item import CurveItem
from ares_desktop.views.charts.decimate import MinMaxSeries
from ares_desktop.views.charts.legend import Entry, Legend
from ares_desktop.views.charts.pane import Bounds
from ares_desktop.views.charts.plot_view import PlotView
from ares_desktop.views.charts.ticks import moment_text, time_ticks
from ares_desktop.views.theme import Theme

_UPPER_SHARE: Final = 5
_LOWER_SHARE: Final = 2


class _Curve:
    """A named pair of curves: the value above, the drawdown below."""

    def __init__(self, color: str, *, bold: bool, dashed: bool, mark: str) -> None:
        self.upper = CurveItem(MinMaxSeries(), color, bold=bold, dashed=dashed)
        self.lower = CurveItem(MinMaxSeries(), color, dashed=dashed, base=0.0 if bold else None)
        self.upper.setZValue(1 if bold else 0)
        self.bold = bold
        self.mark = mark
        self.shown = True


class LineChart(QWidget):
    """Named curves over epoch seconds in two plots, with a legend that reads them at the pointer.

    Attributes:
        view: the plots.
        legend: the line above them.
    """

    def __init__(
        self,
        theme: Theme,
        *,
        color: Callable[[str], str],
        upper_text: ValueText,
        lower_text: ValueText,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._color = color
        self._curves: dict[str, _Curve] = {}
        self._cursor: float | None = None
        self.legend = Legend(theme)
        self.view = PlotView(theme, self.extent, time_ticks)
        self.view.cursor_text = self._cursor_text
        self.view.set_least_span(60.0)
        self._upper = self.view.add_pane(upper_text, stretch=_UPPER_SHARE)
        self._lower = self.view.add_pane(lower_text, stretch=_LOWER_SHARE)
        self._upper.bounds = self._upper_bounds
        self._lower.bounds = self._lower_bounds
        self._lower.ceiling = 0.0
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.legend)
        column.addWidget(self.view, 1)
        self.view.cursor_moved.connect(self._point_at)
        theme.changed.connect(self._take_colors)

    # data

    def set_curve(
        self,
        name: str,
        x: ArrayLike,
        upper: ArrayLike,
        lower: ArrayLike,
        *,
        bold: bool = False,
        dashed: bool = False,
        mark: str = "",
    ) -> None:
        """Show a curve, in place of an earlier one of that name.

        Args:
            name: in the legend.
            x: epoch seconds, ascending.
            upper: values of the upper plot.
            lower: values of the lower plot, zero or negative.
            bold: a thicker line, and the drawdown filled.
            dashed: a broken line, so that it is told apart without its color.
            mark: stands before its values at the axis.
        """
        self.set_series(name, MinMaxSeries(x, upper), MinMaxSeries(x, lower), bold=bold, dashed=dashed, mark=mark)

    def set_series(
        self,
        name: str,
        upper: MinMaxSeries,
        lower: MinMaxSeries,
        *,
        bold: bool = False,
        dashed: bool = False,
        mark: str = "",
    ) -> None:
        """Show a curve as :meth:`set_curve` does, of series that were made elsewhere, because they are long."""
        curve = self._curves.get(name)
        if curve is None:
            curve = self._curves[name] = _Curve(self._color(name), bold=bold, dashed=dashed, mark=mark)
            self._upper.add(curve.upper)
            self._lower.add(curve.lower)
        curve.upper.series, curve.lower.series = upper, lower

    def append(self, name: str, x: float, upper: float, lower: float) -> None:
        """Add a point to a curve; one that is not newer than the last replaces it."""
        curve = self._curves[name]
        for item, y in ((curve.upper, upper), (curve.lower, lower)):
            series = item.series
            if len(series) and x <= series.x[-1]:
                series.replace_last(y)
            else:
                series.append(x, y)

    def extend(self, name: str, x: ArrayLike, upper: ArrayLike, lower: ArrayLike) -> None:
        """Add newer points to a curve."""
        curve = self._curves[name]
        curve.upper.series.extend(x, upper)
        curve.lower.series.extend(x, lower)

    def remove_curve(self, name: str) -> None:
        """Forget a curve; an unknown name is fine."""
        curve = self._curves.pop(name, None)
        if curve is not None:
            self._upper.remove(curve.upper)
            self._lower.remove(curve.lower)

    def names(self) -> tuple[str, ...]:
        """Return the names of all curves."""
        return tuple(self._curves)

    def points(self, name: str) -> int:
        """Return how many points a curve has, 0 for an unknown one."""
        curve = self._curves.get(name)
        return 0 if curve is None else len(curve.upper.series)

    def set_shown(self, name: str, shown: bool) -> None:
        """Show or hide a curve."""
        curve = self._curves.get(name)
        if curve is not None:
            curve.shown = shown
            curve.upper.setVisible(shown)
            curve.lower.setVisible(shown)

    def set_upper_text(self, text: ValueText) -> None:
        """Write the values of the upper plot in another way."""
        self._upper.axis.set_text(text)

    def refresh(self) -> None:
        """Bring ranges, tags and legend up to date after a batch of changes."""
        self._upper.axis.set_tags(self._tags("upper"))
        self._lower.axis.set_tags(self._tags("lower")[:1])
        self.view.refresh()
        self._show_legend()

    def extent(self) -> tuple[float, float] | None:
        """Return the first and the last time of all shown curves, None without points."""
        series = [curve.upper.series for curve in self._shown() if len(curve.upper.series)]
        if not series:
            return None
        return min(float(one.x[0]) for one in series), max(float(one.x[-1]) for one in series)

    # inside

    def _shown(self) -> list[_Curve]:
        return [curve for curve in self._curves.values() if curve.shown]

    def _upper_bounds(self, left: float, right: float) -> Bounds:
        return _union([curve.upper.series.bounds(left, right) for curve in self._shown()])

    def _lower_bounds(self, left: float, right: float) -> Bounds:
        bounds = _union([curve.lower.series.bounds(left, right) for curve in self._shown()])
        # A curve without any drawdown still needs a plot of some height.
        return None if bounds is None else (min(bounds[0], -0.001), 0.0)

    def _tags(self, which: str) -> tuple[Tag, ...]:
        tags = []
        for curve in sorted(self._shown(), key=lambda curve: not curve.bold):
            item: CurveItem = getattr(curve, which)
            value = item.value_at(float("inf"))
            if value is not None:
                axis = self._upper.axis if which == "upper" else self._lower.axis
                tags.append(Tag(value, item.color, f"{curve.mark} {axis.write(value)}" if curve.mark else ""))
        return tuple(tags)

    def _point_at(self, x: float | None) -> None:
        self._cursor = x
        self._show_legend()

    def _show_legend(self) -> None:
        at = float("inf") if self._cursor is None else self._cursor
        entries = []
        for name, curve in self._curves.items():
            if curve.shown:
                value, fall = curve.upper.value_at(at), curve.lower.value_at(at)
                text = "" if value is None else self._upper.axis.write(value)
                if fall is not None and self._cursor is not None:
                    text += f"  {self._lower.axis.write(fall)}"
                entries.append(Entry(curve.upper.color, name, text))
        self.legend.show_entries(tuple(entries))

    def _cursor_text(self, x: float) -> str:
        left, right = self.view.x_range()
        return moment_text(x, span=right - left)

    def _take_colors(self) -> None:
        for name, curve in self._curves.items():
            curve.upper.set_color(self._color(name))
            curve.lower.set_color(self._color(name))
        self.refresh()


def _union(parts: list[Bounds]) -> Bounds:
    known = [part for part in parts if part is not None]
    return (min(low for low, _ in known), max(high for _, high in known)) if known else None
