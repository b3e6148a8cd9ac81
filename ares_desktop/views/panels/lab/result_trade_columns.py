"""The columns of a result's tables: round trips, denials, cash entries and costs."""

from typing import Any, Final

from PySide6.QtCore import Qt

from ares_desktop.domain.backtests import CashEntry, CostLine, RoundTrip
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.risk import Denied
from ares_desktop.views import formats
from ares_desktop.views.formats import translated
from ares_desktop.views.models.columns import Align, Column, sign_tone
from ares_desktop.views.models.common_columns import quantity_column, time_column
from ares_desktop.views.tokens import Tone

NEWEST_FIRST: Final = Qt.SortOrder.DescendingOrder
OLDEST_FIRST: Final = Qt.SortOrder.AscendingOrder


def _direction(trip: RoundTrip) -> str:
    return translated("Long") if trip.direction > 0 else translated("Short")


def _number(key: str, title: str, get: Any, text: Any, **more: Any) -> Column[Any]:  # noqa: ANN401 - any record's figure
    return Column(key=key, title=title, value=get, text=text, align=Align.RIGHT, width=more.pop("width", 84), **more)


TRIP_COLUMNS: Final[tuple[Column[RoundTrip], ...]] = (
    time_column("entry", "Entry", lambda t: from_ns(t.entry_ns)),
    Column(key="instrument", title="Instrument", value=lambda t: t.instrument, width=96),
    Column(
        key="direction",
        title="Side",
        value=_direction,
        tone=lambda t: Tone.POSITIVE if t.direction > 0 else Tone.NEGATIVE,
        glyph=lambda t: "up" if t.direction > 0 else "down",
        width=66,
    ),
    _number("pnl", "P&L", lambda t: t.pnl, formats.signed_money, tone=lambda t: sign_tone(t.pnl), width=96),
    _number("return", "Return", lambda t: t.return_pct, formats.points_percent, tone=lambda t: sign_tone(t.return_pct)),
    quantity_column("quantity", "Qty", lambda t: t.quantity),
    _number("entry_price", "Entry price", lambda t: t.entry_price, formats.price),
    _number("exit_price", "Exit price", lambda t: t.exit_price, formats.price),
    _number("bars", "Bars", lambda t: t.bars, lambda value: f"{value:,}", width=62),
    _number("worst", "Worst", lambda t: t.worst, formats.signed_percent, width=74),
    _number("best", "Best", lambda t: t.best, formats.signed_percent, width=74),
    time_column("exit", "Exit", lambda t: from_ns(t.exit_ns) if t.closed else None),
    Column(
        key="state",
        title="State",
        value=lambda t: translated("Closed") if t.closed else translated("Open"),
        glyph=lambda t: "check" if t.closed else "half",
        tone=lambda t: Tone.MUTED if t.closed else Tone.WARNING,
        width=78,
    ),
    Column(key="strategy", title="Strategy", value=lambda t: t.strategy, width=110),
    _number("commission", "Commission", lambda t: t.commission, formats.money, hidden=True),
    Column(key="entry_reason", title="Entry reason", value=lambda t: t.entry_reason, width=160, hidden=True),
    Column(key="exit_reason", title="Exit reason", value=lambda t: t.exit_reason, width=160, hidden=True),
)

DENIED_COLUMNS: Final[tuple[Column[Denied], ...]] = (
    time_column("time", "Time", lambda d: d.at),
    Column(key="strategy", title="Strategy", value=lambda d: d.strategy, width=110),
    Column(key="instrument", title="Instrument", value=lambda d: d.instrument, width=96),
    Column(
        key="reason",
        title="Reason",
        value=lambda d: d.reason,
        text=formats.word,
        glyph=lambda _: "error",
        tone=lambda _: Tone.WARNING,
        width=170,
    ),
    Column(key="detail", title="Detail", value=lambda d: d.detail, tooltip=lambda d: d.detail, width=420),
    Column(key="order", title="Order id", value=lambda d: d.client_order_id, width=130, hidden=True),
)

CASH_COLUMNS: Final[tuple[Column[CashEntry], ...]] = (
    time_column("time", "Time", lambda c: c.at),
    Column(key="strategy", title="Strategy", value=lambda c: c.strategy, width=110),
    Column(key="instrument", title="Instrument", value=lambda c: c.instrument or "", width=96),
    Column(key="kind", title="Kind", value=lambda c: c.kind, text=formats.word, width=96),
    _number("amount", "Amount", lambda c: c.amount, formats.signed_money, tone=lambda c: sign_tone(c.amount)),
    Column(key="currency", title="Currency", value=lambda c: c.currency, width=70),
)


def total_cost(line: CostLine) -> float:
    """Return what an instrument cost a strategy altogether, dividends apart."""
    return line.commission + line.slippage + line.financing


COST_COLUMNS: Final[tuple[Column[CostLine], ...]] = (
    Column(key="strategy", title="Strategy", value=lambda c: c.strategy, width=130),
    Column(key="instrument", title="Instrument", value=lambda c: c.instrument or translated("(account)"), width=110),
    _number("turnover", "Executed value", lambda c: c.turnover, lambda value: formats.money(value, 0), width=120),
    _number("commission", "Commission", lambda c: c.commission, formats.money, width=96),
    _number("slippage", "Slippage", lambda c: c.slippage, formats.money, width=96),
    _number("financing", "Financing", lambda c: c.financing, formats.money, width=96),
    _number("total", "Total cost", total_cost, formats.money, width=104),
    _number(
        "bps",
        "Cost, bp",
        lambda c: total_cost(c) / c.turnover * 1e4 if c.turnover else None,
        formats.fixed,
        width=78,
        tooltip=lambda _: translated("Total cost over executed value, in basis points"),
    ),
    _number("dividends", "Dividends", lambda c: c.dividends, formats.money, width=96),
)
