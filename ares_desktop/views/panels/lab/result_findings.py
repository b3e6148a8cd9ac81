"""What makes a result doubtful: a banner that can't be overlooked, and the whole list with remedies."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from ares_desktop.domain.backtests import RunFinding
from ares_desktop.domain.monitoring import Severity
from ares_desktop.views import formats
from ares_desktop.views.formats import translated, word
from ares_desktop.views.icons import icon_pixmap
from ares_desktop.views.theme import Theme
from ares_desktop.views.widgets.controls import label, push_button, set_property
from ares_desktop.views.widgets.notice import SEVERITY_TONES

_ORDER: Final = (Severity.CRITICAL, Severity.ERROR, Severity.WARNING, Severity.INFO)
_COUNTS: Final = {
    Severity.CRITICAL: ("{0} critical finding", "{0} critical findings"),
    Severity.ERROR: ("{0} error", "{0} errors"),
    Severity.WARNING: ("{0} warning", "{0} warnings"),
    Severity.INFO: ("{0} note", "{0} notes"),
}


def by_severity(findings: Sequence[RunFinding]) -> list[RunFinding]:
    """Return findings, the gravest first."""
    return sorted(findings, key=lambda finding: _ORDER.index(finding.severity))


def is_doubtful(findings: Sequence[RunFinding]) -> bool:
    """Return whether a finding says that the result can't be believed."""
    return any(finding.severity in {Severity.CRITICAL, Severity.ERROR} for finding in findings)


def counts_text(findings: Sequence[RunFinding]) -> str:
    """Return how many findings of each severity there are."""
    parts = []
    for severity in _ORDER:
        number = sum(finding.severity is severity for finding in findings)
        if number:
            parts.append(formats.count(number, *_COUNTS[severity]))
    return ", ".join(parts)


class _Mark(QLabel):
    """A severity's icon in the theme's color."""

    def __init__(self, theme: Theme, severity: Severity = Severity.INFO) -> None:
        super().__init__()
        self._theme = theme
        self._severity = severity
        self.setFixedWidth(18)
        theme.changed.connect(self._paint)
        self._paint()

    def show_severity(self, severity: Severity) -> None:
        """Show another severity."""
        self._severity = severity
        self._paint()

    def _paint(self) -> None:
        color = self._theme.tokens.color(SEVERITY_TONES[self._severity])
        self.setPixmap(icon_pixmap(self._severity.value, color, 16, self.devicePixelRatioF()))
        self.setAccessibleName(word(self._severity))


class FindingsBanner(QFrame):
    """The gravest finding in one line; hidden while nothing is worse than a note."""

    def __init__(self, theme: Theme, show_all: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("surface", "notice")
        self._mark = _Mark(theme)
        self.title = label()
        self.title.setStyleSheet("font-weight: 600;")
        self.remedy = label(part="caption")
        for part in (self.title, self.remedy):
            part.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self.title)
        words.addWidget(self.remedy)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 8, 6)
        row.setSpacing(8)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(words, 1)
        row.addWidget(push_button(translated("All findings"), show_all), 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    def set_brief(self, brief: bool) -> None:
        """Leave the remedy to the tool tip, because there is little room."""
        self.remedy.setVisible(not brief)

    def show_findings(self, findings: Sequence[RunFinding]) -> None:
        """Show the gravest of these findings."""
        ordered = by_severity(findings)
        serious = bool(ordered) and ordered[0].severity is not Severity.INFO
        self.setVisible(serious)
        if not serious:
            return
        worst = ordered[0]
        self._mark.show_severity(worst.severity)
        # A doubtful result has a colored background, whatever its gravest finding is called.
        set_property(self, "severity", (Severity.CRITICAL if is_doubtful(findings) else worst.severity).value)
        verdict = translated("This result is doubtful") if is_doubtful(findings) else translated("Read with care")
        self.title.setText(f"{verdict} ({counts_text(findings)}): {worst.title}")
        self.remedy.setText(" ".join(part for part in (worst.detail, worst.remedy) if part))
        self.setToolTip(self.remedy.text())


class _Card(QFrame):
    """One finding in full."""

    def __init__(self, theme: Theme, finding: RunFinding) -> None:
        super().__init__()
        self.setProperty("surface", "notice")
        self.setProperty("severity", finding.severity.value)
        self.setAccessibleName(f"{word(finding.severity)}: {finding.title}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(_Mark(theme, finding.severity))
        title = label(finding.title)
        title.setStyleSheet("font-weight: 600;")
        title.setWordWrap(True)
        top.addWidget(title, 1)
        top.addWidget(label(word(finding.severity), tone=SEVERITY_TONES[finding.severity]))
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(4)
        column.addLayout(top)
        remedy = translated("What to do: {0}").format(finding.remedy) if finding.remedy else ""
        for text, part in ((finding.detail, ""), (remedy, "")):
            if text:
                line = label(text, part=part)
                line.setWordWrap(True)
                line.setContentsMargins(26, 0, 0, 0)
                line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                column.addWidget(line)


class FindingsList(QScrollArea):
    """Every finding, the gravest first."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def show_findings(self, findings: Sequence[RunFinding]) -> None:
        """Show other findings."""
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        for finding in by_severity(findings):
            column.addWidget(_Card(self._theme, finding))
        if not findings:
            column.addWidget(label(translated("No check found anything to doubt."), tone=None, part="title"))
            hint = label(
                translated("That does not make a result true: it only says that the known traps were not found."),
                part="caption",
            )
            hint.setWordWrap(True)
            column.addWidget(hint)
        column.addStretch(1)
        self.setWidget(body)
