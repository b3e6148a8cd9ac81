"""The commands about losses, locks, stops and the rules that protect, as data."""

from collections.abc import Mapping, Sequence
from typing import Final

from ares_desktop.cli.columns import NUMBER, PERCENT, STATE, TEXT, TIME, Column
from ares_desktop.cli.remote import in_app
from ares_desktop.cli.spec import Argument, Command
from ares_desktop.cli.values import pair, positive

_SCOPE: Final = Argument(name="scope", metavar="SCOPE", help="all, an account or a strategy; all without it")
_NEEDED: Final = Argument(name="scope", metavar="SCOPE", required=True, help="all, an account or a strategy")
_LOCK: Final = Argument(name="name", metavar="LOCK", required=True, help="a lock, as locks list names it")
_MINUTES: Final = Argument(
    name="minutes", flag="--minutes", metavar="N", convert=positive, help="for so long; until it is lifted without it"
)
_REASON: Final = Argument(name="reason", flag="--reason", metavar="TEXT", help="why, for the journal")

PROTECTIONS: Final = (
    Command(words=("locks", "list"), help="list what may open nothing new", run=in_app("locks.list"), view="locks"),
    Command(
        words=("locks", "add"),
        help="let a scope open nothing new; exits pass",
        run=in_app("locks.add"),
        view="lock",
        arguments=(
            Argument(
                name="scope",
                metavar="SCOPE",
                required=True,
                help="all, an account, a strategy, an instrument, or 'strategy:NAME instrument:ID'",
            ),
            _MINUTES,
            _REASON,
        ),
    ),
    Command(
        words=("locks", "change"),
        help="give a lock another end or reason",
        run=in_app("locks.change"),
        view="lock",
        arguments=(_LOCK, _MINUTES, _REASON),
    ),
    Command(
        words=("locks", "lift"), help="take a lock away", run=in_app("locks.lift"), view="lock", arguments=(_LOCK,)
    ),
    Command(
        words=("losses", "list"),
        help="where each scope stands on its loss ladder",
        run=in_app("losses.list"),
        view="losses",
    ),
    Command(
        words=("losses", "steps"),
        help="the newest steps of all loss ladders",
        run=in_app("losses.steps.list"),
        view="loss-steps",
    ),
    Command(
        words=("losses", "rebase"),
        help="measure the losses of a scope from its present equity on",
        run=in_app("losses.rebase"),
        view="losses",
        arguments=(_NEEDED,),
    ),
    Command(words=("stops",), help="how each open position is protected", run=in_app("stops.list"), view="stops"),
    Command(
        words=("protections", "show"),
        help="the rules that protect a scope",
        run=in_app("protections.show"),
        view="protections",
        arguments=(_SCOPE,),
    ),
    Command(
        words=("protections", "set"),
        help="set rules of a scope, such as day_limit=0.03; off turns one off",
        run=in_app("protections.set"),
        view="protections",
        arguments=(
            _NEEDED,
            Argument(
                name="values", metavar="RULE=VALUE", convert=pair, required=True, many=True, help="rules as shown"
            ),
        ),
    ),
    Command(
        words=("protections", "reset"),
        help="return a scope to the rules of the settings",
        run=in_app("protections.reset"),
        view="protections",
        arguments=(_NEEDED,),
    ),
)

_LOCK_COLUMNS: Final[Sequence[Column]] = (
    ("Scope", "scope", TEXT),
    ("By", "kind", TEXT),
    ("Since", "since", TIME),
    ("Until", "until", TIME),
    ("Why", "reason", TEXT),
    ("Name", "name", TEXT),
)
_LADDER: Final[Sequence[Column]] = (
    ("Scope", "scope", TEXT),
    ("Loss of", "measure", TEXT),
    ("Stands at", "rung", STATE),
    ("Loss", "loss", PERCENT),
    ("Warning", "warn", PERCENT),
    ("Limit", "limit", PERCENT),
    ("Hard", "hard", PERCENT),
    ("Risk x", "multiplier", NUMBER),
    ("Since", "since", TIME),
)
PROTECTION_VIEWS: Final[Mapping[str, Mapping[str, Sequence[Column]]]] = {
    "locks": {"": _LOCK_COLUMNS},
    "lock": {"": _LOCK_COLUMNS},
    "losses": {"": _LADDER},
    "loss-steps": {"": (*_LADDER, ("Before", "before", TEXT), ("Why", "detail", TEXT))},
    "stops": {
        "": (
            ("Strategy", "strategy", TEXT),
            ("Instrument", "instrument", TEXT),
            ("Position", "quantity", NUMBER),
            ("Asked for", "asked", NUMBER),
            ("Covered", "covered", NUMBER),
            ("Lacking", "lacking", NUMBER),
            ("Since", "since", TIME),
            ("State", "state", TEXT),
        )
    },
    "protections": {},
}
"""Tables by the view of a command."""
