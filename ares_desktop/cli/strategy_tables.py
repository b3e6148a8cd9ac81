"""Tables about strategies for people, as data."""

from collections.abc import Mapping, Sequence
from typing import Final

from ares_desktop.cli.columns import MONEY, NUMBER, PERCENT, SIGNED, STATE, TEXT, TIME, Column

_DIFFERENCE: Final[Sequence[Column]] = (
    ("Field", "place", TEXT),
    ("Before", "before", TEXT),
    ("After", "after", TEXT),
)
_DECISION: Final[Sequence[Column]] = (
    ("Time", "at", TIME),
    ("Order", "client_order_id", TEXT),
    ("Strategy", "strategy", TEXT),
    ("Instrument", "instrument", TEXT),
    ("Side", "side", TEXT),
    ("Quantity", "quantity", NUMBER),
    ("Reason", "reason", TEXT),
    ("Gate", "gate", TEXT),
    ("Status", "status", STATE),
    ("Realized", "realized", SIGNED),
)
_FIGURES: Final[Sequence[Column]] = (
    ("Strategy", "strategy", TEXT),
    ("NAV", "nav", NUMBER),
    ("Return", "twr", PERCENT),
    ("A year", "annual_return", PERCENT),
    ("Volatility", "volatility", PERCENT),
    ("Sharpe", "sharpe", NUMBER),
    ("Sortino", "sortino", NUMBER),
    ("Drawdown", "drawdown", PERCENT),
    ("Max drawdown", "max_drawdown", PERCENT),
    ("Hit rate", "hit_rate", PERCENT),
    ("Exposure", "exposure", PERCENT),
    ("Turnover", "turnover", NUMBER),
    ("Costs", "costs", MONEY),
    ("Beta", "beta", NUMBER),
    ("Days", "days", NUMBER),
)

STRATEGY_VIEWS: Final[Mapping[str, Mapping[str, Sequence[Column]]]] = {
    "configuration": {},
    "change": {"differences": _DIFFERENCE},
    "differences": {"": _DIFFERENCE},
    "history": {
        "": (
            ("Version", "version", NUMBER),
            ("Time", "at", TIME),
            ("By", "source", TEXT),
            ("Note", "note", TEXT),
            ("Changed", "changes", TEXT),
        )
    },
    "presets": {"": (("Preset", "name", TEXT), ("Parameters", "parameters", TEXT))},
    "preflight": {
        "checks": (
            ("Check", "title", TEXT),
            ("State", "state", STATE),
            ("Found", "reason", TEXT),
            ("Remedy", "remedy", TEXT),
        ),
        "effects": (("Effect", "title", TEXT), ("What will happen", "text", TEXT)),
    },
    "worker-log": {"": (("Time", "at", TIME), ("Level", "level", STATE), ("Line", "text", TEXT))},
    "decisions": {"": _DECISION},
    "why": {
        "inputs": (("Input", "name", TEXT), ("Value", "value", NUMBER)),
        "steps": (("Time", "at", TIME), ("What", "what", TEXT), ("Detail", "detail", TEXT)),
        "fills": (
            ("Time", "at", TIME),
            ("Quantity", "quantity", NUMBER),
            ("Price", "price", NUMBER),
            ("Commission", "commission", MONEY),
        ),
    },
    "performance": {"": _FIGURES},
}
"""For each view its tables, by the key of their rows in the document; the empty key is the document itself."""
