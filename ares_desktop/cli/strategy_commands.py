"""The commands about strategies, their decisions and their performance, as data."""

from typing import Final

from ares_desktop.cli import local, strategy_files
from ares_desktop.cli.lab_values import assignment, from_time, not_negative, spoken, to_time, whole
from ares_desktop.cli.remote import in_app
from ares_desktop.cli.spec import Argument, Command
from ares_desktop.cli.strategy_values import decimal_share, whole_number
from ares_desktop.cli.values import count, existing_file, names, output_file, pair, positive, strategy_file
from ares_desktop.domain.strategies import FaultOrders, Isolation, RestartPolicy

_STRATEGY: Final = Argument(name="name", metavar="NAME", help="a strategy instance", required=True)
_FILE: Final = Argument(
    name="file", metavar="FILE", convert=strategy_file, required=True, help="a strategy file, by name or path"
)
_SLOW_S: Final = 60.0
"""A fresh worker may take this long to import, warm up and take over."""

_FIELDS: Final = (
    Argument(name="symbols", flag="--symbols", metavar="A,B", convert=names, help="its instruments"),
    Argument(name="capital", flag="--capital", metavar="X", convert=positive, help="its capital, instead of a weight"),
    Argument(name="account", flag="--account", metavar="ID", help="the account it trades on"),
    Argument(name="bars", flag="--bars", metavar="LENGTH", help="bars it receives, such as 5m"),
    Argument(
        name="weight", flag="--weight", metavar="SHARE", convert=decimal_share, help="share of the account's equity"
    ),
    Argument(
        name="min_weight", flag="--min-weight", metavar="SHARE", convert=decimal_share, help="least share of equity"
    ),
    Argument(
        name="max_weight", flag="--max-weight", metavar="SHARE", convert=decimal_share, help="largest share of equity"
    ),
    Argument(
        name="no_trade_band",
        flag="--no-trade-band",
        metavar="SHARE",
        convert=decimal_share,
        help="weights nearer to the present one are not traded",
    ),
    Argument(
        name="hours",
        flag="--hours",
        metavar="TEXT",
        help="when it may open positions, such as 'session open +5m to session close -10m'",
    ),
    Argument(name="benchmark", flag="--benchmark", metavar="INSTRUMENT", help="what it is compared with"),
    Argument(
        name="isolation", flag="--isolation", metavar="KIND", convert=spoken(*Isolation), help="process or thread"
    ),
    Argument(
        name="restart",
        flag="--restart",
        metavar="POLICY",
        convert=spoken(*RestartPolicy),
        help="never, on-fault or always",
    ),
    Argument(
        name="restart_limit",
        flag="--restart-limit",
        metavar="N",
        convert=whole(0),
        help="restarts before it stays down",
    ),
    Argument(
        name="restart_backoff",
        flag="--restart-backoff",
        metavar="SECONDS",
        convert=not_negative,
        help="before the first restart, doubled with each further one",
    ),
    Argument(
        name="on_fault",
        flag="--on-fault",
        metavar="WHAT",
        convert=spoken(*FaultOrders),
        help="cancel or keep its working orders when it faults",
    ),
    Argument(
        name="start_order",
        flag="--start-order",
        metavar="N",
        convert=whole_number,
        help="smaller ones start first",
    ),
    Argument(name="memory", flag="--memory", metavar="MB", convert=count, help="what its process may use"),
    Argument(name="note", flag="--note", metavar="TEXT", help="why, for the history"),
)
_FURTHER: Final = (
    Argument(name="file", flag="--file", metavar="FILE", convert=strategy_file, help="another strategy file"),
    Argument(name="preset", flag="--preset", metavar="PRESET", help="values that were kept; KEY=VALUE comes first"),
    Argument(
        name="clear",
        flag="--clear",
        metavar="FIELD,...",
        convert=names,
        help="fields or parameters that go back to their defaults, such as capital or hours",
    ),
)


def _of_one(verb: str, help_text: str, *further: Argument, view: str = "strategy", slow: bool = False) -> Command:
    run = in_app(f"strategies.{verb}", done_within_s=_SLOW_S) if slow else in_app(f"strategies.{verb}")
    return Command(words=("strategies", verb), help=help_text, run=run, view=view, arguments=(_STRATEGY, *further))


_LIVES: Final = (
    Command(words=("strategies", "list"), help="list strategies", run=in_app("strategies.list"), view="strategies"),
    _of_one("show", "show a strategy's whole configuration and how it does", view="configuration"),
    _of_one(
        "enable",
        "switch a strategy on",
        Argument(name="force", flag="--force", help="in spite of checks that failed; it is journaled"),
        slow=True,
    ),
    _of_one("disable", "switch a strategy off"),
    _of_one("pause", "keep a strategy's data coming but deny its orders"),
    _of_one("close-only", "let a strategy close positions, but open none"),
    _of_one("resume", "let a paused or close-only strategy trade again"),
    _of_one("restart", "end a strategy's worker and start it again", slow=True),
    _of_one("end", "end a strategy's worker at once, as when it is stalled"),
    _of_one("reload", "let a fresh worker with the file as it is now take over", slow=True),
    _of_one("preflight", "tell what a start would meet and do", view="preflight", slow=True),
    _of_one(
        "logs",
        "show the newest lines of a strategy's worker",
        Argument(name="count", flag="--count", metavar="N", convert=count, help="how many, else 100"),
        view="worker-log",
    ),
)
_EDITS: Final = (
    Command(
        words=("strategies", "set"),
        help="change parameters of a strategy from the next bar on, and other fields",
        run=in_app("strategies.set", done_within_s=_SLOW_S),
        view="strategy",
        arguments=(
            _STRATEGY,
            Argument(
                name="values",
                metavar="KEY=VALUE",
                convert=pair,
                many=True,
                required=True,
                unless=tuple(item.name for item in (*_FIELDS, *_FURTHER)),
                help="a parameter, such as fast=12",
            ),
            *_FIELDS,
            *_FURTHER,
        ),
    ),
    Command(
        words=("strategies", "add"),
        help="make a strategy file an instance",
        run=in_app("strategies.add"),
        view="strategy",
        arguments=(
            Argument(name="file", metavar="FILE", convert=strategy_file, required=True, help="a strategy file"),
            Argument(name="name", flag="--name", metavar="NAME", help="the instance's name, else the file's"),
            Argument(name="params", flag="--param", metavar="K=V", convert=assignment, many=True, help="a parameter"),
            *_FIELDS,
        ),
    ),
    _of_one(
        "duplicate",
        "add a strategy that is configured as another one",
        Argument(name="new", metavar="NEW", required=True, help="the name of the copy"),
    ),
    Command(
        words=("strategies", "remove"),
        help="remove a strategy instance; its book and its versions stay",
        run=in_app("strategies.remove"),
        arguments=(_STRATEGY,),
    ),
    Command(
        words=("strategies", "check"),
        help="report every problem of a strategy file without running it",
        run=local.check_strategy,
        view="check",
        arguments=(
            Argument(name="file", metavar="FILE", convert=existing_file, required=True, help="a strategy file"),
        ),
    ),
)
_VERSIONS: Final = (
    _of_one("history", "list the versions of a strategy's configuration, newest first", view="history"),
    _of_one(
        "diff",
        "tell what differs between two versions",
        Argument(name="a", metavar="A", convert=count, required=True, help="the number of a version"),
        Argument(name="b", metavar="B", convert=count, help="another one, else what is in force"),
        view="differences",
    ),
    _of_one(
        "restore",
        "put an old version in force again, as a new one",
        Argument(name="version", metavar="VERSION", convert=count, required=True, help="its number"),
        view="change",
        slow=True,
    ),
    Command(
        words=("strategies", "export"),
        help="write strategies as TOML",
        run=strategy_files.export,
        arguments=(
            Argument(name="names", metavar="NAME,...", convert=names, help="which, else all"),
            Argument(
                name="file",
                flag="--file",
                metavar="FILE.toml",
                convert=output_file(".toml"),
                help="where to, else standard output",
            ),
        ),
    ),
    Command(
        words=("strategies", "import"),
        help="add the strategies of a TOML file, switched off, all or none",
        run=strategy_files.import_file,
        view="strategies",
        arguments=(
            Argument(
                name="file", metavar="FILE.toml", convert=existing_file, required=True, help="as export writes it"
            ),
        ),
    ),
    Command(
        words=("strategies", "presets"),
        help="list the presets of a strategy file, keep or forget one",
        run=in_app("strategies.presets"),
        view="presets",
        arguments=(
            _FILE,
            Argument(name="values", metavar="KEY=VALUE", convert=pair, many=True, help="values of the one to keep"),
            Argument(name="save", flag="--save", metavar="PRESET", help="keep these values under a name"),
            Argument(name="delete", flag="--delete", metavar="PRESET", help="forget one"),
        ),
    ),
)
STRATEGIES: Final = (*_LIVES, *_EDITS, *_VERSIONS)
"""Every command that begins with ``strategies``."""

REASONS: Final = (
    Command(
        words=("why",),
        help="tell why an order was made, and what became of it",
        run=in_app("why"),
        view="why",
        arguments=(Argument(name="order", metavar="ORDER", required=True, help="a client order id"),),
    ),
    Command(
        words=("decisions",),
        help="find decisions of strategies, newest first",
        run=in_app("decisions", done_within_s=_SLOW_S),
        view="decisions",
        arguments=(
            Argument(name="strategy", flag="--strategy", metavar="NAME", help="of this one alone"),
            Argument(name="instrument", flag="--instrument", metavar="INSTRUMENT", help="about this one alone"),
            Argument(name="text", flag="--text", metavar="TEXT", help="in reason, instrument, gate result or inputs"),
            Argument(name="since", flag="--from", metavar="TIME", convert=from_time, help="not before"),
            Argument(name="until", flag="--to", metavar="TIME", convert=to_time, help="not after"),
            Argument(name="denied", flag="--denied", help="only those that the gate denied"),
            Argument(name="count", flag="--count", metavar="N", convert=count, help="how many, else 200"),
            Argument(
                name="export",
                flag="--export",
                metavar="FILE",
                convert=output_file(".csv", ".json"),
                help="write them to a .csv or .json file",
            ),
        ),
    ),
    Command(
        words=("performance",),
        help="show how strategies do: returns, risk, costs",
        run=in_app("performance", done_within_s=_SLOW_S),
        view="performance",
        arguments=(Argument(name="name", metavar="NAME", help="one of them with its months, or all for the account"),),
    ),
)
"""Commands about decisions and performance."""
