"""How likely the best of a search is luck, in figures and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from ares_desktop.domain.monitoring import Severity
from ares_desktop.views import formats
from ares_desktop.views.fonts import ui_font
from ares_desktop.views.formats import translated
from ares_desktop.views.icons import icon_pixmap
from ares_desktop.views.panels.lab.result_figures import figure_text
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label
from ares_desktop.views.widgets.result_pages import ResultPage

if TYPE_CHECKING:
    from ares_desktop.domain.searches import Overfitting
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.lab.search_data import SearchResult
    from ares_desktop.views.theme import Theme

_LOW: Final = 0.1
_CHANCE: Final = 0.5
_SURE: Final = 0.95
_KEPT: Final = 0.5
_LEVEL: Final = 0.8


class Verdict(NamedTuple):
    """A figure with what it means."""

    title: str
    figure: str
    look: str
    words: str
    meaning: str


_LOOKS: Final = {
    "good": ("check", Tone.POSITIVE),
    "fair": (Severity.WARNING.value, Tone.WARNING),
    "bad": (Severity.ERROR.value, Tone.NEGATIVE),
    "unknown": (Severity.INFO.value, Tone.MUTED),
}


def _unknown(title: str, meaning: str) -> Verdict:
    words = translated("Not known: there is too little data, or too few parameter sets, to tell.")
    return Verdict(title, formats.MISSING, "unknown", words, meaning)


def _probability(figures: Overfitting) -> Verdict:
    title = translated("Probability of overfitting")
    meaning = translated(
        "Time is split in two halves in many ways; each time the best set of one half is looked up in the other. "
        "The probability is the share of splits in which it falls below the middle there (combinatorially symmetric "
        "cross-validation)."
    )
    value = figures.probability
    if value is None:
        return _unknown(title, meaning)
    look = "good" if value < _LOW else "fair" if value < _CHANCE else "bad"
    words = {
        "good": translated("Low: what was best in one half of the time was mostly good in the other half too."),
        "fair": translated(
            "Noticeable: part of what made the best set the best did not repeat. Prefer a plateau to a peak."
        ),
        "bad": translated("High: choosing the best set did no better than choosing blindly. Don't trade it as it is."),
    }
    return Verdict(title, formats.percent(value, 0), look, words[look], meaning)


def _deflated(figures: Overfitting) -> Verdict:
    title = translated("Deflated Sharpe ratio")
    meaning = translated(
        "The best of many tries has a high Sharpe ratio by luck alone. This is the probability that the true ratio of "
        "the best is above what the best of {0} worthless strategies would show ({1}, annualized)."
    ).format(f"{figures.trials:,}", formats.fixed(figures.expected_best_sharpe))
    value = figures.deflated_sharpe
    if value is None:
        return _unknown(title, meaning)
    look = "good" if value >= _SURE else "fair" if value >= _CHANCE else "bad"
    words = {
        "good": translated("Convincing: luck over so many tries would hardly reach this."),
        "fair": translated("Open: luck could explain it. More data, or fewer tries, would tell."),
        "bad": translated("Luck explains it: as many worthless strategies would probably have shown a better one."),
    }
    return Verdict(title, formats.percent(value, 0), look, words[look], meaning)


def _efficiency(figures: Overfitting) -> Verdict:
    title = translated("Walk-forward efficiency")
    meaning = translated("Mean score on unseen data over mean score on the data that the parameters were chosen on.")
    value = figures.efficiency
    if value is None:
        return Verdict(
            title,
            formats.MISSING,
            "unknown",
            translated("Not known: only a walk-forward tests on data that was not seen."),
            meaning,
        )
    look = "good" if value >= _KEPT else "fair" if value > 0 else "bad"
    words = {
        "good": translated("Most of what was found held up on data that was not seen."),
        "fair": translated("Less than half of what was found held up. Expect less than the search promises."),
        "bad": translated("Nothing of what was found held up on data that was not seen."),
    }
    return Verdict(title, formats.percent(value, 0), look, words[look], meaning)


def _plateau(result: SearchResult) -> Verdict:
    title = translated("Plateau of the best set")
    meaning = translated("Mean score of its neighbors among the parameters relative to its own: 100% on level ground.")
    best = result.report.best
    if best is None or best.plateau is None:
        return _unknown(title, meaning)
    look = "good" if best.plateau >= _LEVEL else "fair" if best.plateau >= _KEPT else "bad"
    words = {
        "good": translated("Level: parameters near the best are nearly as good, so the choice matters little."),
        "fair": translated("Sloping: parameters near the best are clearly worse."),
        "bad": translated("A lone peak: a small change of a parameter loses most of the score."),
    }
    return Verdict(title, formats.percent(best.plateau, 0), look, words[look], meaning)


def verdicts(result: SearchResult) -> tuple[Verdict, ...]:
    """Return what is known of a search's luck."""
    figures = result.report.overfitting
    return _probability(figures), _deflated(figures), _efficiency(figures), _plateau(result)


class _Card(QFrame):
    """A verdict: icon, name and figure, what it says, and how it was found."""

    def __init__(self, theme: Theme, verdict: Verdict) -> None:
        super().__init__()
        self.setProperty("surface", "inset")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(f"{verdict.title}: {verdict.figure}. {verdict.words}")
        icon, tone = _LOOKS[verdict.look]
        mark = QLabel()
        mark.setPixmap(icon_pixmap(icon, theme.tokens.color(tone), 18, self.devicePixelRatioF()))
        figure = label(verdict.figure, tone=tone)
        figure.setFont(ui_font(20, QFont.Weight.Medium))
        figure.setStyleSheet("font-size: 20px; font-weight: 500;")
        figure.setFixedWidth(84)
        title = label(verdict.title)
        title.setStyleSheet("font-weight: 600;")
        words, meaning = label(verdict.words), label(verdict.meaning, part="caption")
        texts = QVBoxLayout()
        texts.setSpacing(3)
        for part in (title, words, meaning):
            part.setWordWrap(True)
            texts.addWidget(part)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 12, 14, 12)
        row.setSpacing(12)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(figure, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)


class OverfittingPage(ResultPage):
    """A card for each measure."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._theme = desk.theme
        self._result: SearchResult | None = None
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.column.addWidget(self.area)
        desk.theme.changed.connect(self._draw)

    def show_result(self, result: SearchResult) -> None:
        """Show another search."""
        self._result = result
        self._draw()

    def _draw(self) -> None:
        result = self._result
        if result is None:
            return
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        for verdict in verdicts(result):
            column.addWidget(_Card(self._theme, verdict))
        joined = result.report.out_of_sample
        if joined is not None:
            text = translated("All test spans joined: return {0}, Sharpe {1}, greatest drawdown {2}, {3} trades.")
            column.addWidget(
                label(
                    text.format(
                        figure_text("total_return", joined.total_return),
                        figure_text("sharpe", joined.sharpe),
                        figure_text("max_drawdown", joined.max_drawdown),
                        f"{joined.trades:,}",
                    )
                )
            )
        column.addStretch(1)
        self.area.setWidget(body)
