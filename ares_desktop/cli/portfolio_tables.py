"""Tables about the whole house for people, as data."""

from collections.abc import Mapping, Sequence
from typing import Final

from ares_desktop.cli.columns import MONEY, NUMBER, PERCENT, SIGNED, STATE, TEXT, TIME, Column

_GROUP: Final[Sequence[Column]] = (
    ("By", "grouping", TEXT),
    ("Name", "name", TEXT),
    ("Long", "long", MONEY),
    ("Short", "short", MONEY),
    ("Gross", "gross", MONEY),
    ("Net", "net", MONEY),
    ("Of equity", "share", PERCENT),
    ("Holdings", "holdings", NUMBER),
)
_CASH: Final[Sequence[Column]] = (
    ("Cash", "currency", TEXT),
    ("Amount", "amount", MONEY),
    ("Rate", "rate", NUMBER),
    ("Rate of", "rate_at", TIME),
    ("Value", "value", MONEY),
)
_HOLDING: Final[Sequence[Column]] = (
    ("Strategy", "strategy", TEXT),
    ("Instrument", "instrument", TEXT),
    ("Quantity", "quantity", NUMBER),
    ("Value", "value", MONEY),
    ("Exposure", "exposure", MONEY),
    ("By", "measure", TEXT),
    ("Why not", "problem", TEXT),
)
_FIGURE: Final[Sequence[Column]] = (
    ("Value at risk", "method", TEXT),
    ("Confidence", "confidence", PERCENT),
    ("Days", "days", NUMBER),
    ("Loss", "value", MONEY),
    ("Shortfall", "shortfall", MONEY),
    ("Returns", "observations", NUMBER),
    ("Why not", "problem", TEXT),
)
_LEFT_OUT: Final[Sequence[Column]] = (("Left out", "item", TEXT), ("Why", "problem", TEXT))
_WEIGHT: Final[Sequence[Column]] = (
    ("Strategy", "strategy", TEXT),
    ("Before", "before", PERCENT),
    ("Target", "target", PERCENT),
    ("After", "after", PERCENT),
    ("Least", "minimum", PERCENT),
    ("Most", "maximum", PERCENT),
    ("Risk before", "risk_before", PERCENT),
    ("Risk after", "risk_after", PERCENT),
)
_BAND: Final[Sequence[Column]] = (
    ("Strategy", "strategy", TEXT),
    ("Capital", "capital", MONEY),
    ("Equity", "equity", MONEY),
    ("Weight", "weight", PERCENT),
    ("Target", "target", PERCENT),
    ("Least", "minimum", PERCENT),
    ("Most", "maximum", PERCENT),
    ("Drift", "drift", PERCENT),
    ("Transfer", "transfer", SIGNED),
    ("State", "state", STATE),
    ("Why", "problem", TEXT),
)
_PROPOSAL: Final[Sequence[Column]] = (
    ("Proposal", "id", TEXT),
    ("Method", "method", TEXT),
    ("Made", "at", TIME),
    ("State", "state", STATE),
    ("By", "decided_by", TEXT),
    ("Days", "days", NUMBER),
    ("Volatility before", "volatility_before", PERCENT),
    ("After", "volatility_after", PERCENT),
)

PORTFOLIO_VIEWS: Final[Mapping[str, Mapping[str, Sequence[Column]]]] = {
    "portfolio": {
        "exposure": _GROUP,
        "cash": _CASH,
        "holdings": _HOLDING,
        "var": _FIGURE,
        "left_out": _LEFT_OUT,
    },
    "stress": {
        "": (
            ("Scenario", "scenario", TEXT),
            ("Shocks", "shocks", TEXT),
            ("P&L", "profit", SIGNED),
            ("Of equity", "share", PERCENT),
            ("Known part", "known", SIGNED),
            ("Note", "note", TEXT),
        )
    },
    "allocation": {"bands": _BAND, "proposals": _PROPOSAL, "weights": _WEIGHT},
    "proposal": {"weights": _WEIGHT},
    "reduce": {
        "orders": (
            ("Order", "client_order_id", TEXT),
            ("Strategy", "strategy", TEXT),
            ("Instrument", "instrument", TEXT),
            ("Side", "side", TEXT),
            ("Quantity", "quantity", NUMBER),
            ("Status", "status", STATE),
        ),
        "left_out": _LEFT_OUT,
    },
}
