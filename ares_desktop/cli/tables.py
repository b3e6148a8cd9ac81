"""Documents as tables for people; what each table shows is declared as data."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ares_desktop.cli.audit_tables import AUDIT_VIEWS
from ares_desktop.cli.book_tables import BOOK_VIEWS
from ares_desktop.cli.columns import MONEY, NUMBER, PERCENT, SIGNED, STATE, TEXT, TIME, Column
from ares_desktop.cli.limit_commands import LIMIT_VIEWS
from ares_desktop.cli.portfolio_tables import PORTFOLIO_VIEWS
from ares_desktop.cli.protection_commands import PROTECTION_VIEWS
from ares_desktop.cli.rehearsal_commands import REHEARSAL_VIEWS
from ares_desktop.cli.strategy_tables import STRATEGY_VIEWS

_ORDER: Final[Sequence[Column]] = (
    ("Order", "client_order_id", TEXT),
    ("Strategy", "strategy", TEXT),
    ("Instrument", "instrument", TEXT),
    ("Side", "side", TEXT),
    ("Type", "type", TEXT),
    ("Quantity", "quantity", NUMBER),
    ("Filled", "filled", NUMBER),
    ("Average", "average_price", NUMBER),
    ("Status", "status", STATE),
    ("Reason", "reason", TEXT),
    ("Created", "created_at", TIME),
)
_STRATEGY: Final[Sequence[Column]] = (
    ("Strategy", "name", TEXT),
    ("State", "state", STATE),
    ("Asked for", "requested", TEXT),
    ("Parameters", "params", TEXT),
    ("Instruments", "instruments", TEXT),
    ("Process", "pid", TEXT),
    ("Fault", "fault", TEXT),
    ("File", "file", TEXT),
)
_STORED: Final[Sequence[Column]] = (
    ("Symbol", "symbol", TEXT),
    ("Kind", "kind", TEXT),
    ("Length", "spec", TEXT),
    ("Rows", "rows", NUMBER),
    ("From", "from", TIME),
    ("To", "to", TIME),
    ("Instrument", "instrument", TEXT),
)
_BROKER: Final[Sequence[Column]] = (
    ("Broker", "name", TEXT),
    ("State", "state", STATE),
    ("Account", "account", TEXT),
    ("Detail", "detail", TEXT),
)
_RUNNING: Final[Sequence[Column]] = (
    ("Strategy", "name", TEXT),
    ("State", "state", STATE),
    ("Asked for", "requested", TEXT),
    ("Positions", "positions", NUMBER),
    ("P&L", "pnl", SIGNED),
    ("Heartbeat s", "heartbeat_age_s", NUMBER),
    ("Process", "pid", TEXT),
)
_STEP: Final[Sequence[Column]] = (
    ("Step", "name", TEXT),
    ("State", "state", STATE),
    ("From ms", "started_ms", NUMBER),
    ("To ms", "finished_ms", NUMBER),
    ("Detail", "detail", TEXT),
)
_RESIDUE: Final[Sequence[Column]] = (
    ("Left", "item", TEXT),
    ("Detail", "detail", TEXT),
    ("What happens next", "next_action", TEXT),
)
_ACCOUNT: Final[Sequence[Column]] = (
    ("Account", "account", TEXT),
    ("Equity", "equity", MONEY),
    ("Day P&L", "day_pnl", SIGNED),
    ("Drawdown", "drawdown", PERCENT),
    ("Cash", "cash", MONEY),
    ("Gross", "gross", MONEY),
    ("Net", "net", MONEY),
    ("Margin", "margin_used", MONEY),
    ("Buying power", "buying_power", MONEY),
)
_PARAMETER: Final[Sequence[Column]] = (
    ("Parameter", "name", TEXT),
    ("Kind", "kind", TEXT),
    ("Default", "default", TEXT),
    ("Meaning", "title", TEXT),
    ("Unit", "unit", TEXT),
)
_PROBLEM: Final[Sequence[Column]] = (("Problem", "message", TEXT), ("Kind", "kind", TEXT), ("Line", "line", NUMBER))
_DIFFERENCE: Final[Sequence[Column]] = (
    ("Kind", "kind", TEXT),
    ("Item", "item", TEXT),
    ("Ours", "ours", TEXT),
    ("Broker", "broker", TEXT),
    ("Detail", "detail", TEXT),
)

_WARNING: Final[Sequence[Column]] = (
    ("Warning", "title", TEXT),
    ("Severity", "severity", STATE),
    ("Detail", "detail", TEXT),
    ("What to do", "remedy", TEXT),
)
_TRIAL: Final[Sequence[Column]] = (
    ("Parameters", "parameters", TEXT),
    ("Score", "score", NUMBER),
    ("Plateau", "plateau", NUMBER),
    ("Return", "total_return", PERCENT),
    ("Sharpe", "sharpe", NUMBER),
    ("Max drawdown", "max_drawdown", PERCENT),
    ("Trades", "trades", NUMBER),
    ("Stage", "stage", TEXT),
    ("Kept", "feasible", TEXT),
    ("Error", "error", TEXT),
)
_FOLD: Final[Sequence[Column]] = (
    ("Fold", "fold", NUMBER),
    ("Train from", "train_from", TIME),
    ("Test from", "test_from", TIME),
    ("Test to", "test_to", TIME),
    ("Parameters", "parameters", TEXT),
    ("Error", "error", TEXT),
)
_PERCENTILE: Final[Sequence[Column]] = (
    ("Method", "method", TEXT),
    ("Figure", "figure", TEXT),
    *((f"{name[1:]} %", name, NUMBER) for name in ("p5", "p25", "p50", "p75", "p95")),
)
_RUN_ROW: Final[Sequence[Column]] = (
    ("Run", "id", TEXT),
    ("Kind", "kind", TEXT),
    ("State", "state", STATE),
    ("Title", "title", TEXT),
    ("Return", "total_return", PERCENT),
    ("Sharpe", "sharpe", NUMBER),
    ("Max drawdown", "max_drawdown", PERCENT),
    ("Trades", "trades", NUMBER),
    ("Created", "created_at", TIME),
    ("Notes", "notes", TEXT),
    ("Error", "error", TEXT),
)

VIEWS: Final[Mapping[str, Mapping[str, Sequence[Column]]]] = {
    "orders": {"": _ORDER},
    "order": {"": _ORDER},
    "flatten": {"orders": _ORDER},
    "strategies": {"": _STRATEGY},
    "strategy": {"": _STRATEGY},
    "stored": {"": _STORED},
    "status": {"accounts": _ACCOUNT, "strategies": _RUNNING, "brokers": _BROKER},
    "run": {"strategies": _RUNNING},
    "kill": {"steps": _STEP, "residue": _RESIDUE},
    "coverage": {
        "protections": (
            ("Account", "account", TEXT),
            ("Protection", "protection", TEXT),
            ("State", "state", STATE),
            ("Why", "reason", TEXT),
            ("What to do", "remedy", TEXT),
            ("Since", "since", TIME),
        )
    },
    "kill_reports": {
        "": (
            ("At", "at", TIME),
            ("Scope", "scope", TEXT),
            ("Why", "reason", TEXT),
            ("By", "source", TEXT),
            ("Latch ms", "latched_ms", NUMBER),
            ("Sent ms", "cancel_sent_ms", NUMBER),
            ("Confirmed ms", "cancel_confirmed_ms", NUMBER),
            ("Flat ms", "flat_ms", NUMBER),
            ("Orders", "orders_canceled", NUMBER),
            ("Positions", "positions_flattened", NUMBER),
            ("Left", "left", NUMBER),
        )
    },
    "check": {"parameters": _PARAMETER, "problems": _PROBLEM},
    "reconcile": {"brokers": _BROKER, "discrepancies": _DIFFERENCE},
    "positions": {
        "": (
            ("Strategy", "strategy", TEXT),
            ("Instrument", "instrument", TEXT),
            ("Quantity", "quantity", NUMBER),
            ("Average", "average_price", NUMBER),
            ("Mark", "mark", NUMBER),
            ("Value", "market_value", MONEY),
            ("Unrealized", "unrealized", SIGNED),
            ("Realized", "realized", SIGNED),
        )
    },
    "fills": {
        "": (
            ("Time", "at", TIME),
            ("Strategy", "strategy", TEXT),
            ("Instrument", "instrument", TEXT),
            ("Side", "side", TEXT),
            ("Quantity", "quantity", NUMBER),
            ("Price", "price", NUMBER),
            ("Commission", "commission", MONEY),
            ("Order", "client_order_id", TEXT),
        )
    },
    "backtest": {"warnings": _WARNING},
    "optimize": {"ranked": _TRIAL, "folds": _FOLD, "warnings": _WARNING},
    "montecarlo": {"table": _PERCENTILE},
    "runs": {"": _RUN_ROW},
    "standings": {
        "": (
            ("Rank", "rank", NUMBER),
            ("Trader", "trader", TEXT),
            ("Equity", "equity", MONEY),
            ("P&L", "pnl", SIGNED),
            ("TWR %", "twr_pct", SIGNED),
            ("Sharpe", "sharpe", NUMBER),
            ("Max drawdown", "max_drawdown", PERCENT),
            ("Positions", "positions", NUMBER),
            ("Running", "running", TEXT),
            ("Error", "error", TEXT),
        )
    },
    "journal": {
        "": (("No.", "sequence", NUMBER), ("Time", "at", TIME), ("Event", "kind", TEXT), ("Content", "payload", TEXT))
    },
    **STRATEGY_VIEWS,
    **BOOK_VIEWS,
    **AUDIT_VIEWS,
    **PORTFOLIO_VIEWS,
    **REHEARSAL_VIEWS,
    **LIMIT_VIEWS,
    **PROTECTION_VIEWS,
    "doctor": {
        "": (("Check", "check", TEXT), ("State", "state", STATE), ("Found", "detail", TEXT), ("Remedy", "remedy", TEXT))
    },
}
"""For each view its tables, by the key of their rows in the document; the empty key is the document itself."""

_STYLES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("ok", "passed", "ACTIVE", "running", "FILLED", "done", "reconciled", "connected"), "green"),
    **dict.fromkeys(
        ("warning", "REDUCING", "PAUSED", "paused", "stalled", "close-only", "UNKNOWN", "CANCELED"), "yellow"
    ),
    **dict.fromkeys(("failed", "HALTED", "faulted", "DENIED", "REJECTED", "disconnected"), "red"),
}


def show_document(view: str, document: Any, console: Console | None = None) -> None:  # noqa: ANN401 - any JSON
    """Print a document: its single values as lines, its lists as tables; color only on a terminal."""
    out = console or Console(highlight=False)
    if out.width < 200 and not out.is_terminal:  # noqa: PLR2004 - a pipe has no width, so nothing should be cut there
        out.width = 200
    tables = VIEWS.get(view, {})
    if isinstance(document, dict) and "" not in tables:
        _show_lines({key: value for key, value in document.items() if key not in tables}, out)
    for key, columns in tables.items():
        rows = document if not key else document.get(key, [])
        rows = rows if isinstance(rows, list) else [rows]
        if rows or not key:
            _show_table(rows, columns, out)


def _show_lines(values: Mapping[str, Any], out: Console) -> None:
    width = max((len(key) for key in values), default=0)
    for key, value in values.items():
        if value not in (None, "", [], {}):
            out.print(Text(f"{key:<{width}}  ").append(_cell(value, STATE)), soft_wrap=True)


def _show_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], out: Console) -> None:
    if not rows:
        out.print("none")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, _, kind in columns:
        right = kind in {NUMBER, MONEY, PERCENT, SIGNED}
        table.add_column(heading, justify="right" if right else "left", no_wrap=right or kind == TIME, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(key), kind) for _, key, kind in columns))
    out.print(table)


def _cell(value: Any, kind: str) -> Text:  # noqa: ANN401 - any JSON
    text = _text(value, kind)
    if kind == SIGNED and isinstance(value, int | Decimal) and value:
        return Text(text, style="green" if value > 0 else "red")
    return Text(text, style=_STYLES.get(text, "") if kind == STATE else "")


def _text(value: Any, kind: str) -> str:  # noqa: ANN401, PLR0911 - one short answer for each form
    if value is None:
        return "" if kind in {TEXT, TIME, STATE} else "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return _words(value)
    if isinstance(value, list):
        return ", ".join(_text(item, TEXT) for item in value)
    if kind == TIME:
        return str(value)[:19].replace("T", " ")
    if isinstance(value, int | Decimal) and kind != TEXT:
        return _figure(Decimal(value), kind)
    return str(value)


def _words(value: Mapping[str, Any]) -> str:
    if "message" in value:
        return str(value["message"])
    if value.keys() == {"place", "before", "after"}:
        before, after = (_text(value[key], TEXT) or "none" for key in ("before", "after"))
        return f"{value['place']}: {before} to {after}"
    return ", ".join(f"{key}={_text(item, TEXT)}" for key, item in value.items())


def _figure(value: Decimal, kind: str) -> str:
    if kind == PERCENT:
        return f"{value:.2%}"
    if kind in {MONEY, SIGNED}:
        return f"{value:+,.2f}" if kind == SIGNED else f"{value:,.2f}"
    whole = value == value.to_integral_value()
    return f"{value:,.0f}" if whole else f"{value:,.4f}".rstrip("0")
