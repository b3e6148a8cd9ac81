"""The figures of a run as data: what each is called, what it means, how it is written, and which is better."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ares_desktop.domain.backtests import BacktestFigures
from ares_desktop.views import formats
from ares_desktop.views.tokens import Tone

Value = float | None


@dataclass(frozen=True, kw_only=True)
class FigureSpec:
    """One figure.

    Attributes:
        title, meaning: in English, translated when shown.
        better: 1 when more is better, -1 when less is, 0 when neither.
        signed: whether its sign is a gain or a loss.
        tile: whether the head shows it; all of them are compared.
    """

    key: str
    title: str
    meaning: str
    value: Callable[[BacktestFigures], Value]
    text: Callable[[Value], str]
    better: int = 0
    signed: bool = False
    tile: bool = True

    def tone(self, value: Value) -> Tone:
        """Return the tone of a value: a gain, a loss, or neither."""
        if not self.signed or value is None or value == 0:
            return Tone.NORMAL
        return Tone.POSITIVE if value > 0 else Tone.NEGATIVE


def costs_of(figures: BacktestFigures) -> float:
    """Return what trading cost altogether: commission, slippage and financing; NaN when a part is not known."""
    return figures.commission + figures.slippage + figures.financing


def _ratio(value: Value) -> str:
    return formats.fixed(value, 2)


def _whole(value: Value) -> str:
    return formats.fixed(value, 0)


def _days(value: Value) -> str:
    return formats.MISSING if value is None else formats.translated("{0} d").format(formats.fixed(value, 0))


def _share(value: Value) -> str:
    return formats.percent(value, 1)


FIGURES: Final = (
    FigureSpec(
        key="total_return",
        title="Return",
        meaning="Time-weighted return from the first to the last moment, after all costs.",
        value=lambda f: f.total_return,
        text=formats.signed_percent,
        better=1,
        signed=True,
    ),
    FigureSpec(
        key="cagr",
        title="CAGR",
        meaning="Compound annual growth rate: the same return each year that would lead to the same end.",
        value=lambda f: f.cagr,
        text=formats.signed_percent,
        better=1,
        signed=True,
    ),
    FigureSpec(
        key="sharpe",
        title="Sharpe",
        meaning="Mean of daily returns over their standard deviation, annualized; the riskless rate is zero.",
        value=lambda f: f.sharpe,
        text=_ratio,
        better=1,
    ),
    FigureSpec(
        key="sortino",
        title="Sortino",
        meaning="Like Sharpe, but only falling days count as risk.",
        value=lambda f: f.sortino,
        text=_ratio,
        better=1,
    ),
    FigureSpec(
        key="max_drawdown",
        title="Max drawdown",
        meaning="The deepest fall of the equity from a peak.",
        value=lambda f: f.max_drawdown,
        text=formats.percent,
        better=1,
        signed=True,
    ),
    FigureSpec(
        key="longest_drawdown_days",
        title="Longest drawdown",
        meaning="The longest time between a peak and its recovery, or the end.",
        value=lambda f: f.longest_drawdown_days,
        text=_days,
        better=-1,
    ),
    FigureSpec(
        key="calmar",
        title="Calmar",
        meaning="CAGR over the deepest drawdown.",
        value=lambda f: f.calmar,
        text=_ratio,
        better=1,
    ),
    FigureSpec(
        key="win_rate",
        title="Win rate",
        meaning="Share of closed trades that made money after costs.",
        value=lambda f: f.win_rate,
        text=_share,
        better=1,
    ),
    FigureSpec(
        key="profit_factor",
        title="Profit factor",
        meaning="Profits of the winning trades over losses of the losing ones; not known without a loss.",
        value=lambda f: f.profit_factor,
        text=_ratio,
        better=1,
    ),
    FigureSpec(
        key="trades",
        title="Trades",
        meaning="Round trips that were closed, from flat to flat; a flip ends one and begins another.",
        value=lambda f: float(f.trades),
        text=_whole,
    ),
    FigureSpec(
        key="exposure",
        title="Exposure",
        meaning="Share of time with a position.",
        value=lambda f: f.exposure,
        text=_share,
    ),
    FigureSpec(
        key="costs",
        title="Costs",
        meaning="Commission, slippage and financing together, in the account's currency.",
        value=costs_of,
        text=_whole,
        better=-1,
    ),
    FigureSpec(
        key="volatility",
        title="Volatility",
        meaning="Standard deviation of daily returns, annualized.",
        value=lambda f: f.volatility,
        text=formats.percent,
        better=-1,
        tile=False,
    ),
    FigureSpec(
        key="average_trade",
        title="Average trade",
        meaning="Mean profit of a closed trade after costs, in the account's currency.",
        value=lambda f: f.average_trade,
        text=formats.signed_money,
        better=1,
        signed=True,
        tile=False,
    ),
    FigureSpec(
        key="turnover",
        title="Turnover",
        meaning="Executed value over mean equity.",
        value=lambda f: f.turnover,
        text=_ratio,
        tile=False,
    ),
    FigureSpec(
        key="commission",
        title="Commission",
        meaning="What the broker took, in the account's currency.",
        value=lambda f: f.commission,
        text=formats.money,
        better=-1,
        tile=False,
    ),
    FigureSpec(
        key="slippage",
        title="Slippage",
        meaning="Fills against the price without slippage, in the account's currency.",
        value=lambda f: f.slippage,
        text=formats.money,
        better=-1,
        tile=False,
    ),
    FigureSpec(
        key="financing",
        title="Financing",
        meaning="Interest, borrow fees and funding, in the account's currency.",
        value=lambda f: f.financing,
        text=formats.money,
        better=-1,
        tile=False,
    ),
    FigureSpec(
        key="final_equity",
        title="Final equity",
        meaning="Equity at the end, in the account's currency.",
        value=lambda f: f.final_equity,
        text=formats.money,
        better=1,
        tile=False,
    ),
    FigureSpec(
        key="denied",
        title="Denied orders",
        meaning="Orders that the pre-trade checks refused.",
        value=lambda f: float(f.denied),
        text=_whole,
        better=-1,
        tile=False,
    ),
)
BY_KEY: Final = {spec.key: spec for spec in FIGURES}


def figure_text(key: str, value: Value) -> str:
    """Return a figure as it is written; an unknown key is written as a plain ratio."""
    spec = BY_KEY.get(key)
    return _ratio(value) if spec is None else spec.text(value)


def figure_title(key: str) -> str:
    """Return a figure's name in the window's language."""
    spec = BY_KEY.get(key)
    return formats.word(key) if spec is None else formats.translated(spec.title, "figures")
