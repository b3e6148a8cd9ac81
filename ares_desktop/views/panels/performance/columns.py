"""The table of figures: a row for each strategy and one for the whole account."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ares_desktop.domain.risk import ALL_SCOPE
from ares_desktop.views import formats
from ares_desktop.views.formats import translated
from ares_desktop.views.models.columns import Align, Column, sign_tone
from ares_desktop.views.panels.performance.reasons import missing_reason
from ares_desktop.views.tokens import Tone

if TYPE_CHECKING:
    from ares_desktop.domain.performance import StrategyPerformance

Text = Callable[[Any], str]


def shown_name(strategy: str) -> str:
    """Return how a strategy is called here; ``all`` is the account."""
    return translated("Account") if strategy == ALL_SCOPE else strategy


def _name(value: tuple[str, bool]) -> str:
    name, stale = value
    return f"{shown_name(name)} {formats.STALE} {translated('stale')}" if stale else shown_name(name)


def _stale_reason(performance: StrategyPerformance) -> str:
    if not performance.stale:
        return ""
    return translated("A price behind it is old or missing: these are the last good figures.")


def _name_tone(performance: StrategyPerformance) -> Tone:
    return Tone.WARNING if performance.stale else Tone.NORMAL


def _ratio(value: float | None) -> str:
    return formats.fixed(value, 2)


def _times(value: float | None) -> str:
    return formats.MISSING if value is None else f"{formats.fixed(value, 1)}\N{MULTIPLICATION SIGN}"


def _nav(value: float | None) -> str:
    return formats.fixed(value, 4)


def _percent(value: float | None) -> str:
    return formats.percent(value, 1)


def _column(name: str, title: str, text: Text, meaning: str, **more: Any) -> Column[StrategyPerformance]:  # noqa: ANN401 - further fields of Column
    signed = more.pop("signed", False)

    def value(performance: StrategyPerformance) -> Any:  # noqa: ANN401 - float, Decimal, int or None
        return getattr(performance.figures, name)

    def tone(performance: StrategyPerformance) -> Tone:
        known = value(performance)
        if known is None or performance.stale:
            return Tone.FAINT
        return sign_tone(known) if signed else Tone.NORMAL

    def tooltip(performance: StrategyPerformance) -> str:
        reason = missing_reason(performance, name) or _stale_reason(performance)
        return f"{translated(meaning)}\n{reason}" if reason else translated(meaning)

    return Column(
        key=name,
        title=title,
        value=value,
        text=text,
        align=Align.RIGHT,
        tone=tone,
        tooltip=tooltip,
        width=more.pop("width", 74),
        **more,
    )


def _benchmark(performance: StrategyPerformance) -> str:
    return performance.benchmark or ""


COLUMNS: Final[tuple[Column[StrategyPerformance], ...]] = (
    Column(
        key="strategy",
        title="Strategy",
        value=lambda p: (p.strategy, p.stale),
        text=_name,
        sort=lambda p: "" if p.strategy == ALL_SCOPE else p.strategy,
        plain=lambda p: p.strategy,
        tone=_name_tone,
        glyph=lambda p: "clock" if p.stale else "",
        tooltip=_stale_reason,
        width=112,
    ),
    _column("twr", "TWR", formats.signed_percent, "Time-weighted return since first funded", signed=True),
    _column("annual_return", "Annual", formats.signed_percent, "Return a year, compounded", signed=True),
    _column("volatility", "Volatility", _percent, "Annualized deviation of daily returns", width=70),
    _column("sharpe", "Sharpe", _ratio, "Annualized return over volatility, riskless rate zero", width=62, signed=True),
    _column("sortino", "Sortino", _ratio, "Annualized return over the deviation of losses", width=64, signed=True),
    _column("drawdown", "Drawdown", formats.percent, "Fall from the highest value so far"),
    _column("max_drawdown", "Max. DD", formats.percent, "Deepest fall from a highest value"),
    _column("calmar", "Calmar", _ratio, "Annual return over the deepest fall", width=62, signed=True),
    _column("hit_rate", "Hit rate", _percent, "Closed round trips that won", width=66),
    _column("trips", "Trips", lambda v: formats.fixed(v, 0), "Closed round trips", width=54),
    _column("exposure", "Exposure", _percent, "Mean gross exposure as a share of equity", width=72),
    _column("turnover", "Turnover", _times, "Traded notional a year as a multiple of mean equity", width=72),
    _column("costs", "Costs", formats.money, "Commission in the account's currency", width=78),
    _column("nav", "NAV", _nav, "Value of one NAV unit, 1 when first funded", width=66),
    Column(key="benchmark", title="Benchmark", value=_benchmark, tone=lambda _: Tone.MUTED, width=84),
    _column("benchmark_return", "Bm. return", formats.signed_percent, "Return of the benchmark meanwhile", signed=True),
    _column("alpha", "Alpha", formats.signed_percent, "Annual return that the benchmark does not explain", signed=True),
    _column("beta", "Beta", _ratio, "Movement with each percent of the benchmark", width=58),
    _column("days", "Days", lambda v: formats.fixed(v, 0), "Daily returns that the ratios stand on", width=52),
)
