"""Columns of the portfolio panel's tables, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ares_desktop.domain.portfolio import BandState, ProposalState, RiskMethod
from ares_desktop.views import formats
from ares_desktop.views.formats import translated, word
from ares_desktop.views.models.columns import Align, Column, sign_tone
from ares_desktop.views.tokens import Tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from ares_desktop.domain.portfolio import (
        AllocationBand,
        AllocationProposal,
        CashRow,
        ExposureRow,
        ProposedWeight,
        RiskFigure,
        StressResult,
    )
    from ares_desktop.views.theme import Theme

_BAND_TONES: Final = {
    BandState.AT_TARGET: Tone.NORMAL,
    BandState.IN_BAND: Tone.NORMAL,
    BandState.DRIFTED: Tone.WARNING,
    BandState.BELOW: Tone.NEGATIVE,
    BandState.ABOVE: Tone.NEGATIVE,
    BandState.UNKNOWN: Tone.FAINT,
}
_PROPOSAL_TONES: Final = {
    ProposalState.OPEN: Tone.ACCENT,
    ProposalState.APPROVED: Tone.POSITIVE,
    ProposalState.REJECTED: Tone.MUTED,
    ProposalState.EXPIRED: Tone.FAINT,
}


def _money(key: str, title: str, *, signed: bool = False, width: int = 104, tip: str = "") -> Column[Any]:
    def value(record: Any) -> Any:  # noqa: ANN401 - Decimal, float or None
        return getattr(record, key)

    def tone(record: Any) -> Tone:  # noqa: ANN401 - any record of this panel
        known = value(record)
        if known is None or getattr(record, "stale", False):
            return Tone.FAINT if known is None else Tone.WARNING
        return sign_tone(known) if signed else Tone.NORMAL

    return Column(
        key=key,
        title=title,
        value=value,
        text=formats.signed_money if signed else formats.money,
        align=Align.RIGHT,
        tone=tone,
        tooltip=(lambda _: translated(tip)) if tip else None,
        width=width,
    )


def _share(key: str, title: str, *, signed: bool = False, width: int = 82, tip: str = "") -> Column[Any]:
    return Column(
        key=key,
        title=title,
        value=lambda record: getattr(record, key),
        text=formats.signed_percent if signed else formats.percent,
        align=Align.RIGHT,
        tone=lambda record: Tone.FAINT if getattr(record, key) is None else Tone.NORMAL,
        tooltip=(lambda _: translated(tip)) if tip else None,
        width=width,
    )


def _stale_glyph(record: Any) -> str:  # noqa: ANN401 - any record of this panel
    return "clock" if record.stale else ""


def _stale_tip(record: Any) -> str:  # noqa: ANN401 - any record of this panel
    return translated("A price or a rate behind it is old.") if record.stale else ""


EXPOSURE: Final[tuple[Column[ExposureRow], ...]] = (
    Column(
        key="name",
        title="Name",
        value=lambda row: row.name,
        text=lambda name: word(name) if name == name.lower() else name,
        glyph=_stale_glyph,
        tooltip=_stale_tip,
        width=120,
    ),
    _money("gross", "Gross", tip="Sum of the absolute exposures of every book"),
    _money("net", "Net", signed=True),
    _share("share", "Of equity", tip="Gross exposure as a share of equity"),
    _money("long", "Long"),
    _money("short", "Short"),
    Column(
        key="holdings",
        title="Holdings",
        value=lambda row: row.holdings,
        text=lambda count: formats.fixed(count, 0),
        align=Align.RIGHT,
        width=72,
    ),
)
CASH: Final[tuple[Column[CashRow], ...]] = (
    Column(
        key="currency",
        title="Cash",
        value=lambda row: row.currency,
        glyph=_stale_glyph,
        tooltip=_stale_tip,
        width=80,
    ),
    _money("amount", "Amount", width=120),
    Column(
        key="rate",
        title="Rate",
        value=lambda row: row.rate,
        text=lambda rate: formats.fixed(rate, 5),
        align=Align.RIGHT,
        width=84,
    ),
    Column(key="rate_at", title="Rate of", value=lambda row: row.rate_at, text=formats.moment, width=130),
    _money("value", "Value", width=120),
)


def _figure_title(figure: RiskFigure) -> str:
    kind = translated("Historical") if figure.method is RiskMethod.HISTORICAL else translated("Parametric")
    return translated("{0}, {1}").format(kind, formats.count(figure.days, "{0} day", "{0} days"))


def _figure_reason(figure: RiskFigure) -> str:
    if figure.problem:
        return figure.problem
    if figure.independent < figure.observations:
        return translated("{0} of these spans do not overlap").format(figure.independent)
    return ""


FIGURES: Final[tuple[Column[RiskFigure], ...]] = (
    Column(key="kind", title="Value at risk", value=_figure_title, tooltip=_figure_reason, width=128),
    Column(
        key="confidence",
        title="Confidence",
        value=lambda figure: figure.confidence,
        text=lambda share: formats.percent(share, 0),
        align=Align.RIGHT,
        width=74,
    ),
    _money("value", "Loss", width=84, tip="The loss that is exceeded on few days only"),
    _money("shortfall", "Shortfall", width=84, tip="The mean loss of those few days"),
    Column(
        key="observations",
        title="Returns",
        value=lambda figure: figure.observations,
        text=lambda count: formats.fixed(count, 0),
        align=Align.RIGHT,
        tooltip=_figure_reason,
        width=70,
    ),
)
STRESS: Final[tuple[Column[StressResult], ...]] = (
    Column(
        key="name",
        title="Scenario",
        value=lambda result: result.scenario.name,
        tooltip=lambda result: "; ".join(
            f"{shock.target} {formats.signed_percent(shock.change, 0)}" for shock in result.scenario.shocks
        ),
        glyph=_stale_glyph,
        width=176,
    ),
    _money("profit", "P&L", signed=True, width=92),
    _share("share", "Of equity", signed=True),
    Column(key="note", title="Note", value=lambda result: result.note, tone=lambda _: Tone.MUTED, width=190),
)


def _paint_band(painter: QPainter, box: QRect, value: tuple[float, ...], theme: Theme) -> None:
    """Paint least to most as a track, target as a line, the no-trade band around it, and the weight as a dot."""
    low, high, target, band, weight = value
    tokens, width = theme.tokens, float(box.width() - 8)
    end = max(high if high < 1 else 0.0, target + band, weight, 0.01) * 1.15

    def at(share: float) -> float:
        return box.left() + 4 + width * min(1.0, max(0.0, share / end))

    middle = box.center().y() + 0.5
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRectF(at(low), middle - 2, at(high) - at(low), 4), QColor(tokens.border_strong))
    soft = QColor(tokens.accent)
    soft.setAlpha(90)
    painter.fillRect(QRectF(at(target - band), middle - 5, at(target + band) - at(target - band), 10), soft)
    painter.setPen(QPen(QColor(tokens.text), 1.5))
    painter.drawLine(round(at(target)), round(middle - 7), round(at(target)), round(middle + 7))
    if weight >= 0:
        inside = low <= weight <= high
        painter.setPen(QPen(QColor(tokens.surface), 1.2))
        painter.setBrush(QColor(tokens.accent if inside else tokens.negative))
        painter.drawEllipse(QRectF(at(weight) - 4.5, middle - 4.5, 9, 9))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.restore()


def _band_shape(band: AllocationBand) -> tuple[float, ...]:
    weight = -1.0 if band.weight is None else float(band.weight)
    return float(band.minimum), float(band.maximum), float(band.target), float(band.band), weight


def _band_words(band: AllocationBand) -> str:
    if band.weight is None:
        return band.problem
    text = translated("{0} now, target {1}, from {2} to {3}")
    parts = (formats.percent(share, 1) for share in (band.weight, band.target, band.minimum, band.maximum))
    fixed = f"\n{translated('It has a fixed capital, which counts as its target.')}" if band.fixed else ""
    return text.format(*parts) + fixed


BANDS: Final[tuple[Column[AllocationBand], ...]] = (
    Column(
        key="strategy",
        title="Strategy",
        value=lambda band: band.strategy,
        glyph=_stale_glyph,
        tooltip=lambda band: band.problem or _stale_tip(band),
        width=120,
    ),
    _share("weight", "Weight", tip="Equity of its book as a share of the account's"),
    _share("target", "Target"),
    Column(
        key="shape",
        title="Band",
        value=_band_shape,
        text=lambda _: "",
        plain=_band_words,
        sort=lambda band: band.weight,
        tooltip=_band_words,
        painter=_paint_band,
        width=170,
    ),
    _share("drift", "Drift", signed=True, width=74),
    _money("transfer", "Transfer", signed=True, tip="What would bring it back to its target; nothing inside its band"),
    Column(
        key="state",
        title="State",
        value=lambda band: band.state,
        text=word,
        tone=lambda band: _BAND_TONES[band.state],
        width=104,
    ),
    _money("capital", "Capital", tip="What was paid into its book: its budget"),
    _money("equity", "Equity"),
)
PROPOSALS: Final[tuple[Column[AllocationProposal], ...]] = (
    Column(key="at", title="Made", value=lambda one: one.at, text=formats.moment, width=126),
    Column(key="method", title="Method", value=lambda one: one.method, text=word, width=120),
    Column(
        key="state",
        title="State",
        value=lambda one: one.state,
        text=word,
        tone=lambda one: _PROPOSAL_TONES[one.state],
        tooltip=lambda one: one.reason,
        width=76,
    ),
    Column(key="decided_by", title="By", value=lambda one: one.decided_by, width=96),
    Column(
        key="days",
        title="Days",
        value=lambda one: one.days,
        text=lambda days: formats.fixed(days, 0),
        align=Align.RIGHT,
        tooltip=lambda one: one.basis,
        width=54,
    ),
)
WEIGHTS: Final[tuple[Column[ProposedWeight], ...]] = (
    Column(key="strategy", title="Strategy", value=lambda one: one.strategy, width=120),
    _share("before", "Now"),
    _share("after", "Proposed"),
    _share("target", "Target"),
    _share("risk_before", "Risk now", tip="Share of the variance of all"),
    _share("risk_after", "Risk then", tip="Share of the variance of all"),
)


def text_of(value: Any, write: Callable[[Any], str]) -> str:  # noqa: ANN401 - Decimal, float or None
    """Return a figure, or the sign for a missing one."""
    return formats.MISSING if value is None else write(value)
