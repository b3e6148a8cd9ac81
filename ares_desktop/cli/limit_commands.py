"""The commands about limits and trading states, as data, with their tables."""

from collections.abc import Mapping, Sequence
from typing import Final

from ares_desktop.cli.columns import NUMBER, PERCENT, STATE, TEXT, TIME, Column
from ares_desktop.cli.remote import in_app
from ares_desktop.cli.spec import Argument, Command
from ares_desktop.cli.values import count, pair, text

_SCOPE: Final = Argument(name="scope", metavar="SCOPE", help="all, or a strategy, instrument or account")


def _state(word: str, help_text: str) -> Command:
    return Command(
        words=(word,),
        help=help_text,
        run=in_app(word),
        view="trading_state",
        arguments=(
            _SCOPE,
            Argument(name="reason", flag="--reason", metavar="TEXT", convert=text, help="why, for the record"),
        ),
    )


LIMIT_COMMANDS: Final = (
    _state("pause", "let nothing but the trader's own exits through in a scope; orders that would open are canceled"),
    _state("close-only", "let only exits through in a scope; orders that would open are canceled"),
    _state("resume", "let a scope trade again, as far as nothing else holds it"),
    Command(
        words=("limits", "show"),
        help="limits in force and how much of each is used",
        run=in_app("limits.show"),
        view="limits",
        arguments=(_SCOPE,),
    ),
    Command(
        words=("limits", "set"),
        help="set limits of a scope, all of them or none",
        run=in_app("limits.set"),
        view="limits_set",
        arguments=(
            Argument(name="scope", metavar="SCOPE", required=True, help="all, or a strategy, instrument or account"),
            Argument(
                name="values",
                metavar="LIMIT=VALUE",
                convert=pair,
                many=True,
                required=True,
                help="such as max_exposure=50000, or max_exposure=none",
            ),
            Argument(name="note", flag="--note", metavar="TEXT", convert=text, help="why; loosening a limit needs it"),
        ),
    ),
    Command(
        words=("limits", "denials"),
        help="what the gate denied, and how often for which reason",
        run=in_app("limits.denials"),
        view="denials",
        arguments=(
            Argument(name="reason", flag="--reason", metavar="CODE", help="one reason, such as max-exposure"),
            Argument(name="count", flag="--count", metavar="N", convert=count, help="how many, 50 without it"),
            Argument(name="reasons", flag="--reasons", help="how often each reason came, instead"),
        ),
    ),
    Command(
        words=("limits", "history"),
        help="who set which limits when, and why",
        run=in_app("limits.history"),
        view="limit_history",
        arguments=(_SCOPE,),
    ),
    Command(
        words=("limits", "confirm"),
        help="let a strategy go on that waits after many executions",
        run=in_app("limits.confirm"),
        view="confirmed",
        arguments=(Argument(name="strategy", metavar="NAME", required=True, help="the strategy"),),
    ),
)

_USE: Final[Sequence[Column]] = (
    ("Scope", "scope", TEXT),
    ("Limit", "limit", TEXT),
    ("Used", "used", NUMBER),
    ("Bound", "bound", NUMBER),
    ("Unit", "unit", TEXT),
    ("Use", "fraction", PERCENT),
    ("State", "state", STATE),
    ("Most by", "where", TEXT),
    ("Set by", "origin", TEXT),
    ("Not known", "unknown", TEXT),
)

LIMIT_VIEWS: Final[Mapping[str, Mapping[str, Sequence[Column]]]] = {
    "trading_state": {
        "": (
            ("Scope", "scope", TEXT),
            ("State", "state", STATE),
            ("Reason", "reason", TEXT),
            ("Holder", "holder", TEXT),
        )
    },
    "limits": {"": _USE},
    "limits_set": {"limits": _USE, "breached": _USE},
    "denials": {
        "": (
            ("Time", "at", TIME),
            ("Reason", "reason", TEXT),
            ("Strategy", "strategy", TEXT),
            ("Instrument", "instrument", TEXT),
            ("Order", "client_order_id", TEXT),
            ("Count", "count", NUMBER),
            ("Detail", "detail", TEXT),
        ),
    },
    "limit_history": {
        "": (
            ("Time", "at", TIME),
            ("Scope", "scope", TEXT),
            ("By", "source", TEXT),
            ("Note", "note", TEXT),
            ("Limits", "limits", TEXT),
        )
    },
    "confirmed": {"": (("Strategy", "strategy", TEXT), ("Waits", "waits", TEXT))},
}
