"""Every command of ``ares-desktop``, as data: parsing, help, dispatch and tests loop over it."""

from collections.abc import Mapping
from typing import Final

from ares_desktop.cli import kill, local, running
from ares_desktop.cli.audit_commands import AUDIT
from ares_desktop.cli.book_commands import BOOKS
from ares_desktop.cli.lab_commands import LAB
from ares_desktop.cli.limit_commands import LIMIT_COMMANDS
from ares_desktop.cli.portfolio_commands import PORTFOLIO
from ares_desktop.cli.protection_commands import PROTECTIONS
from ares_desktop.cli.rehearsal_commands import REHEARSAL
from ares_desktop.cli.remote import in_app
from ares_desktop.cli.spec import Argument, Command
from ares_desktop.cli.strategy_commands import REASONS, STRATEGIES
from ares_desktop.cli.values import (
    choice,
    count,
    existing_file,
    names,
    output_file,
    pair,
    positive,
    seconds,
)

_FEEDS: Final = "sample, replay:FILE_OR_SYMBOL[,...][@SPEED] or synthetic:SEED[@RATE]"

_RUN: Final = Command(
    words=("run",),
    help="open the window, or run the engine without one",
    run=running.run,
    view="run",
    arguments=(
        Argument(name="headless", flag="--headless", help="no window"),
        Argument(name="seconds", flag="--for", metavar="SECONDS", convert=seconds, help="stop after this long"),
        Argument(name="feed", flag="--feed", metavar="SPEC", help=_FEEDS),
        Argument(
            name="screenshot",
            flag="--screenshot",
            metavar="FILE.png",
            convert=output_file(".png"),
            help="picture of the window, taken before it closes",
        ),
        Argument(
            name="enable", flag="--enable", metavar="NAME,...", convert=names, help="strategy instances to switch on"
        ),
        Argument(
            name="overrides",
            flag="--set",
            metavar="KEY=VALUE",
            convert=pair,
            many=True,
            help="a setting for this run, such as ui.theme=light; may be repeated",
        ),
    ),
)

_TRADING: Final = (
    Command(
        words=("positions",),
        help="list open positions by strategy",
        run=in_app("positions"),
        view="positions",
        arguments=(Argument(name="closed", flag="--closed", help="closed ones too"),),
    ),
    Command(
        words=("orders",),
        help="list orders, oldest first",
        run=in_app("orders"),
        view="orders",
        arguments=(Argument(name="working", flag="--working", help="only those that work"),),
    ),
    Command(words=("fills",), help="list executions, oldest first", run=in_app("fills"), view="fills"),
    Command(
        words=("order",),
        help="place an order of your own, through the same gate as every other",
        run=in_app("order"),
        view="order",
        arguments=(
            Argument(name="side", metavar="SIDE", convert=choice("BUY", "SELL"), required=True, help="BUY or SELL"),
            Argument(name="quantity", metavar="QTY", convert=positive, required=True, help="a number above 0"),
            Argument(
                name="instrument", metavar="INSTRUMENT", required=True, help="SYMBOL.VENUE, or SYMBOL where it is clear"
            ),
            Argument(name="limit", flag="--limit", metavar="P", convert=positive, help="limit price"),
            Argument(name="stop", flag="--stop", metavar="P", convert=positive, help="stop price"),
            Argument(
                name="tif",
                flag="--tif",
                metavar="T",
                convert=choice("DAY", "GTC", "IOC", "FOK"),
                help="DAY, GTC, IOC or FOK",
            ),
            Argument(name="strategy", flag="--strategy", metavar="NAME", help="the book it belongs to"),
        ),
    ),
    Command(
        words=("cancel",),
        help="cancel one order or all",
        run=in_app("cancel"),
        arguments=(
            Argument(name="order", metavar="ID", help="a client order id"),
            Argument(name="all", flag="--all", help="every working order"),
        ),
    ),
    Command(
        words=("flatten",),
        help="cancel and close everything in a scope",
        run=in_app("flatten"),
        view="flatten",
        arguments=(Argument(name="scope", metavar="SCOPE", help="all, or a strategy, instrument or account"),),
    ),
    Command(
        words=("kill",),
        help="engage the kill switch",
        run=kill.kill,
        view="kill",
        arguments=(
            Argument(name="reason", flag="--reason", metavar="TEXT", help="why, for the record"),
            Argument(name="scope", flag="--scope", metavar="S", help="all, or a strategy, instrument or account"),
            Argument(
                name="mode",
                flag="--mode",
                metavar="MODE",
                convert=choice("cancel", "flatten"),
                help="cancel only, or cancel and flatten; without it what was chosen for each account",
            ),
            Argument(name="drill", flag="--drill", help="measure it on orders of its own, on paper"),
        ),
    ),
    Command(
        words=("kill-reports",),
        help="list past engagements of the kill switch, or its drills",
        run=in_app("kill.reports"),
        view="kill_reports",
        arguments=(
            Argument(name="drills", flag="--drills", help="drills instead of engagements"),
            Argument(
                name="export",
                flag="--export",
                metavar="FILE",
                convert=output_file(".html", ".json"),
                help="write the newest one as .html or .json",
            ),
        ),
    ),
    Command(
        words=("release",),
        help="re-arm trading after the kill switch; strategies stay stopped",
        run=in_app("release"),
        arguments=(
            Argument(name="confirm", flag="--confirm", metavar="RELEASE", required=True, help="the word RELEASE"),
            Argument(name="scope", flag="--scope", metavar="S", help="a single scope, else all that are engaged"),
        ),
    ),
    Command(
        words=("coverage",),
        help="show which protection of each account is real right now",
        run=in_app("coverage"),
        view="coverage",
    ),
    Command(words=("standings",), help="rank the traders", run=in_app("standings"), view="standings"),
    Command(words=("reconcile",), help="compare the books with the broker", run=in_app("reconcile"), view="reconcile"),
)

_DATA: Final = (
    Command(
        words=("data", "import"),
        help="store files of market data",
        run=local.import_data,
        view="stored",
        arguments=(
            Argument(
                name="files",
                metavar="FILE",
                convert=existing_file,
                many=True,
                required=True,
                help="CSV or Parquet files",
            ),
            Argument(name="symbol", flag="--symbol", metavar="S", help="what to store it as, else the file's stem"),
            Argument(
                name="kind",
                flag="--kind",
                metavar="KIND",
                convert=choice("bars", "quotes", "trades"),
                help="bars, quotes or trades, else recognized",
            ),
        ),
    ),
    Command(words=("data", "list"), help="list the stored market data", run=local.list_data, view="stored"),
    Command(
        words=("data", "export"),
        help="write a stored series to a CSV or Parquet file",
        run=local.export_data,
        arguments=(
            Argument(name="symbol", metavar="SYMBOL", required=True, help="as data list shows it"),
            Argument(
                name="file",
                metavar="FILE",
                convert=output_file(".csv", ".parquet"),
                required=True,
                help="a .csv or .parquet file",
            ),
            Argument(
                name="kind",
                flag="--kind",
                metavar="KIND",
                convert=choice("bars", "quotes", "trades"),
                help="which of them, where the symbol has several",
            ),
        ),
    ),
)

_UPKEEP: Final = (
    Command(
        words=("journal", "verify"), help="check the journal's hash chain", run=local.verify_journal, view="verify"
    ),
    Command(
        words=("journal", "tail"),
        help="show the newest events of the journal",
        run=local.tail_journal,
        view="journal",
        arguments=(Argument(name="count", flag="--count", metavar="N", convert=count, help="how many, else 20"),),
    ),
    Command(
        words=("doctor",), help="check the installation, with a remedy for each fault", run=local.doctor, view="doctor"
    ),
)

_STATUS: Final = Command(words=("status",), help="show how the application does", run=in_app("status"), view="status")

COMMANDS: Final[Mapping[tuple[str, ...], Command]] = {
    command.words: command
    for command in (
        _RUN,
        _STATUS,
        *STRATEGIES,
        *_TRADING,
        *BOOKS,
        *LIMIT_COMMANDS,
        *PORTFOLIO,
        *PROTECTIONS,
        *REASONS,
        *LAB,
        *_DATA,
        *AUDIT,
        *REHEARSAL,
        *_UPKEEP,
    )
}
"""Every command by its words, in the order of the help."""
