"""The commands about the whole house, as data."""

from typing import Final

from ares_desktop.cli.lab_values import spoken
from ares_desktop.cli.remote import in_app
from ares_desktop.cli.spec import Argument, Command
from ares_desktop.cli.strategy_values import decimal_share
from ares_desktop.cli.values import text
from ares_desktop.domain.portfolio import AllocationMethod

_SLOW_S: Final = 240.0
"""A worker that loads the library, and fresh workers of every strategy, may take this long."""
_PROPOSAL: Final = Argument(name="proposal", metavar="ID", required=True, help="a proposal, as allocate show lists it")

PORTFOLIO: Final = (
    Command(
        words=("portfolio",),
        help="totals over all accounts, exposure and value at risk",
        run=in_app("portfolio", done_within_s=60.0),
        view="portfolio",
    ),
    Command(
        words=("stress",),
        help="what named scenarios would do to what is held",
        run=in_app("stress"),
        view="stress",
        arguments=(
            Argument(name="scenario", metavar="SCENARIO", help="one scenario by its name; all without it"),
            Argument(
                name="shocks",
                flag="--shock",
                metavar="TARGET=CHANGE",
                convert=text,
                many=True,
                help="your own, such as asset:equity=-0.15, currency:EUR=-0.1 or volatility=0.5; may be repeated",
            ),
            Argument(name="keep", flag="--keep", metavar="NAME", help="keep these shocks as a scenario"),
            Argument(name="forget", flag="--forget", metavar="NAME", help="forget a scenario of your own"),
        ),
    ),
    Command(
        words=("allocate", "show"),
        help="weights of strategies against their bands, and proposals",
        run=in_app("allocate.show"),
        view="allocation",
        arguments=(Argument(name="proposal", metavar="ID", help="one proposal"),),
    ),
    Command(
        words=("allocate", "propose"),
        help="propose weights; nothing changes by that",
        run=in_app("allocate.propose", done_within_s=_SLOW_S),
        view="proposal",
        arguments=(
            Argument(
                name="method",
                metavar="METHOD",
                convert=spoken(*AllocationMethod),
                required=True,
                help=", ".join(AllocationMethod),
            ),
            Argument(name="account", flag="--account", metavar="ID", help="whose strategies; the only one without it"),
        ),
    ),
    Command(
        words=("allocate", "approve"),
        help="put a proposal in force: weights and transfers, all of it or nothing",
        run=in_app("allocate.approve", done_within_s=_SLOW_S),
        view="proposal",
        arguments=(
            _PROPOSAL,
            Argument(name="confirm", flag="--confirm", metavar="APPROVE", required=True, help="the word APPROVE"),
        ),
    ),
    Command(
        words=("allocate", "reject"),
        help="put a proposal aside",
        run=in_app("allocate.reject"),
        view="proposal",
        arguments=(_PROPOSAL, Argument(name="reason", flag="--reason", metavar="TEXT", help="why, for the record")),
    ),
    Command(
        words=("reduce",),
        help="close a share of every position in a scope at once",
        run=in_app("reduce"),
        view="reduce",
        arguments=(
            Argument(
                name="fraction", metavar="SHARE", convert=decimal_share, required=True, help="such as 0.5 for a half"
            ),
            Argument(name="scope", metavar="SCOPE", help="all, or a strategy, instrument or account"),
        ),
    ),
)
