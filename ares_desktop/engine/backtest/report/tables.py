"""The report's tables: months, costs, trades, drawdowns, settings and where the numbers come from."""

import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePath
from typing import Any, Final

import msgspec
import numpy as np

from ares_desktop.domain.backtests import BacktestOutcome, BacktestReport, CostLine, MonthlyReturn, RoundTrip
from ares_desktop.domain.result_charts import DrawdownSpan
from ares_desktop.domain.runs import Run
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.backtest.report.words import UNKNOWN, amount, moment, number, percent, whole

_MOST_TRADES: Final = 200
_HEATS: Final = (0.005, 0.015, 0.03, 0.06)
"""Borders between the shades of the monthly table."""
Row = tuple[str, str]


@dataclass(frozen=True)
class Month:
    """A cell of the monthly table: what it says, and how strongly it is colored."""

    text: str
    shade: str


@dataclass(frozen=True)
class Year:
    """A row of the monthly table."""

    name: str
    months: tuple[Month, ...]
    total: Month


@dataclass(frozen=True)
class Trades:
    """The rows that are shown of all trades."""

    head: tuple[str, ...]
    rows: list[tuple[str, ...]]
    note: str


def years(months: Sequence[MonthlyReturn]) -> list[Year]:
    """Return the monthly table; a year's total compounds its months."""
    rows = []
    for year in sorted({item.year for item in months}):
        known = {item.month: item.value for item in months if item.year == year}
        total = float(np.prod([1 + value for value in known.values()])) - 1
        rows.append(Year(str(year), tuple(_month(known.get(month)) for month in range(1, 13)), _month(total)))
    return rows


def _month(value: float | None) -> Month:
    if value is None or not np.isfinite(value):
        return Month("", "")
    strength = sum(abs(value) >= border for border in _HEATS)
    sign = "up" if value > 0 else "down"
    return Month(f"{round(value * 100, 1) + 0.0:.1f}", f"{sign}{strength}" if value else "")


def drawdowns(spans: Iterable[DrawdownSpan]) -> list[tuple[str, ...]]:
    """Return depth, peak, trough, recovery and days of the deepest falls."""
    return [
        (
            percent(span.depth),
            moment(span.peak_ns),
            moment(span.trough_ns),
            moment(span.recovery_ns) if span.recovery_ns else "not yet",
            number(span.days),
        )
        for span in spans
    ]


def costs(lines: Iterable[CostLine]) -> list[tuple[str, ...]]:
    """Return what each instrument cost each strategy."""
    return [
        (
            line.strategy,
            line.instrument,
            amount(line.turnover),
            amount(line.commission),
            amount(line.slippage),
            amount(line.financing),
            amount(line.dividends),
        )
        for line in lines
    ]


def trades(trips: Sequence[RoundTrip]) -> Trades:
    """Return all trades while they are few, else those that won and lost most."""
    head = ("Strategy", "Instrument", "Side", "Quantity", "Opened", "Closed", "Entry", "Exit", "P&L", "%", "Bars")
    shown, note = list(trips), f"All {len(trips):,} trades."
    if len(trips) > _MOST_TRADES:
        ranked = sorted(trips, key=lambda trip: trip.pnl)
        half = _MOST_TRADES // 2
        shown = sorted(ranked[:half] + ranked[-half:], key=lambda trip: trip.entry_ns)
        note = f"The {half} best and the {half} worst of {len(trips):,} trades."
    return Trades((*head, "Why in", "Why out"), [_trade(trip) for trip in shown], note)


def _trade(trip: RoundTrip) -> tuple[str, ...]:
    side = "long" if trip.direction > 0 else "short"
    closed = moment(trip.exit_ns) if trip.closed else "still open"
    prices = f"{trip.entry_price:,.6g}", f"{trip.exit_price:,.6g}"
    money = amount(trip.pnl), number(trip.return_pct), whole(trip.bars)
    names = trip.strategy, trip.instrument, side, f"{trip.quantity:f}", moment(trip.entry_ns), closed
    return (*names, *prices, *money, trip.entry_reason, trip.exit_reason)


def strategy_rows(instance: StrategyInstance) -> list[Row]:
    """Return what an instance was run with; of its file the name alone, since a report is passed on."""
    capital = UNKNOWN if instance.capital is None else f"{instance.capital:,f}"
    rows = [
        ("File", PurePath(instance.file).name),
        ("Instruments", ", ".join(instance.instruments) or "all that can be traded"),
        ("Bars", instance.bar_spec or "as the data has them"),
        ("Capital", capital if instance.capital is not None else f"{percent(float(instance.weight))} of the cash"),
    ]
    return rows + [(f"Parameter {name}", _plain(value)) for name, value in sorted(instance.parameters.items())]


def settings_rows(outcome: BacktestOutcome) -> list[Row]:
    """Return how the simulated venue filled and charged, and the limits of the gate."""
    parts = {"": outcome.spec.simulation, "Limit: ": outcome.spec.limits}
    return [
        (prefix + name.replace("_", " "), _plain(value))
        for prefix, record in parts.items()
        for name, value in msgspec.structs.asdict(record).items()
    ]


def source_rows(run: Run, outcome: BacktestOutcome, report: BacktestReport) -> list[Row]:
    """Return what is needed to make the same run again, and to tell that it is the same."""
    spec = outcome.spec
    period = f"{_plain(spec.start) if spec.start else 'begin'} to {_plain(spec.end) if spec.end else 'end'} of the data"
    return [
        ("Run", run.id),
        ("Made", f"{run.created_at:%Y-%m-%d %H:%M} UTC"),
        ("Data", ", ".join(PurePath(name).name for name in spec.data)),
        ("Trading period", period),
        ("Events", f"{moment(report.figures.start_ns)} to {moment(report.figures.end_ns)}, {outcome.events:,} in all"),
        ("Seed", str(spec.seed)),
        ("Replay", f"{outcome.seconds:,.2f} s, {report.figures.bars_per_s:,.0f} events a second"),
        ("Versions", f"Ares Desktop {_version()}, Python {platform.python_version()}, numpy {np.__version__}"),
        ("SHA-256 of the equity", report.figures.equity_sha256),
    ]


def denial_rows(outcome: BacktestOutcome) -> list[tuple[str, ...]]:
    """Return how often each reason refused an intent, and its last words."""
    last = {denial.reason: denial.detail for denial in outcome.denials}
    counted = Counter(denial.reason for denial in outcome.denials)
    return [(str(reason.value), f"{count:,}", last[reason]) for reason, count in counted.most_common()]


def _plain(value: Any) -> str:  # noqa: ANN401 -- settings and parameters hold anything
    if value is None or value == "":
        return "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_plain, value))
    return str(value)


def _version() -> str:
    try:
        return version("ares-desktop")
    except PackageNotFoundError:
        return "of a checkout"
