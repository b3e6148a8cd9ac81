"""The commands of the backtest lab, as data."""

from typing import Final

from ares_desktop.cli import lab
from ares_desktop.cli.lab_values import (
    assignment,
    constraint,
    from_time,
    not_negative,
    search_range,
    share,
    slippage,
    spoken,
    to_time,
    whole,
)
from ares_desktop.cli.spec import Argument, Command
from ares_desktop.cli.values import choice, names, output_file, positive, strategy_file
from ares_desktop.domain.backtests import RankBy
from ares_desktop.domain.searches import SearchMethod
from ares_desktop.domain.simulation import AccountMode, LimitPolicy, MarketPolicy

_RUN: Final = Argument(name="run", metavar="RUN", required=True, help="id of a run, such as bt-0001")
_BACKTEST: Final = (
    Argument(
        name="strategies",
        metavar="STRATEGY.py",
        convert=strategy_file,
        many=True,
        required=True,
        unless="resume",
        help="a strategy file, or one that comes with the application; several share the cash",
    ),
    Argument(
        name="data",
        flag="--data",
        metavar="FILE_OR_SYMBOL,...",
        convert=names,
        many=True,
        required=True,
        unless="resume",
        help="files, stored symbols, sample:SYMBOL or sample",
    ),
    Argument(name="start", flag="--from", metavar="TIME", convert=from_time, help="first day; older data warms up"),
    Argument(name="end", flag="--to", metavar="TIME", convert=to_time, help="last day, which is traded too"),
    Argument(name="cash", flag="--cash", metavar="X", convert=positive, help="starting cash, else the paper account's"),
    Argument(name="params", flag="--param", metavar="K=V", convert=assignment, many=True, help="a parameter"),
    Argument(name="symbols", flag="--symbols", metavar="A,B", convert=names, help="instruments to trade, else all"),
    Argument(name="bars", flag="--bars", metavar="LENGTH", help="bars for the strategy, such as 5m, else the data's"),
    Argument(name="costs", flag="--costs", metavar="PROFILE", help="none, retail, tiered ...; none has no slippage"),
    Argument(
        name="slippage",
        flag="--slippage",
        metavar="BPS",
        convert=slippage,
        help="basis points, or MODEL:X with bps, spread or volume",
    ),
    Argument(name="latency", flag="--latency", metavar="MS", convert=not_negative, help="of an order on its way"),
    Argument(
        name="fill",
        flag="--fill",
        metavar="POLICY",
        convert=spoken(*MarketPolicy),
        help="where market orders fill: next-open, next-close or worst",
    ),
    Argument(
        name="limits",
        flag="--limit-orders",
        metavar="POLICY",
        convert=choice(*LimitPolicy),
        help="whether prices touch a limit or pass through it",
    ),
    Argument(
        name="volume_share",
        flag="--volume-share",
        metavar="SHARE",
        convert=share,
        help="of a bar's volume that orders may take, 0 for all",
    ),
    Argument(name="account", flag="--account", metavar="KIND", convert=choice(*AccountMode), help="margin or cash"),
    Argument(name="borrow", flag="--borrow-rate", metavar="RATE", convert=not_negative, help="a year, of short value"),
    Argument(name="interest", flag="--interest-rate", metavar="RATE", convert=not_negative, help="a year, of debt"),
    Argument(name="roll_days", flag="--roll-days", metavar="N", convert=whole(0), help="sessions before expiry"),
    Argument(name="stress", flag="--stress", help="everything goes worse: costs, slippage, latency, fills"),
    Argument(name="seed", flag="--seed", metavar="N", convert=whole(0), help="of everything random, else 0"),
    Argument(name="title", flag="--title", metavar="TEXT", help="shown in the list of runs"),
)
_SEARCH: Final = (
    Argument(
        name="ranges",
        flag="--search",
        metavar="K=LO:HI:STEP",
        convert=search_range,
        many=True,
        help="values of a parameter, else those that the strategy declares",
    ),
    Argument(name="strategy", flag="--strategy", metavar="NAME", help="whose parameters vary, where there are several"),
    Argument(
        name="method",
        flag="--method",
        metavar="METHOD",
        convert=choice(*SearchMethod),
        help="coarse-fine or walk-forward",
    ),
    Argument(
        name="objective",
        flag="--objective",
        metavar="FIGURE",
        convert=choice(*RankBy),
        help="what is best, else sharpe",
    ),
    Argument(
        name="constraints",
        flag="--constraint",
        metavar="FIGURE>=X",
        convert=constraint,
        many=True,
        help="a bound to be kept, such as max_drawdown>=-0.2",
    ),
    Argument(name="coarse", flag="--coarse", metavar="N", convert=whole(1), help="most sets of the coarse grid"),
    Argument(name="fine", flag="--fine", metavar="N", convert=whole(0), help="sets of the fine search"),
    Argument(name="folds", flag="--folds", metavar="N", convert=whole(1), help="of a walk-forward"),
    Argument(name="train", flag="--train", metavar="SHARE", convert=share, help="part of a fold that trains"),
    Argument(name="anchored", flag="--anchored", help="every fold trains from the very beginning"),
    Argument(name="purge", flag="--purge", metavar="BARS", convert=whole(0), help="left out before each test"),
    Argument(name="embargo", flag="--embargo", metavar="BARS", convert=whole(0), help="left out after each test"),
    Argument(name="workers", flag="--workers", metavar="N", convert=whole(0), help="processes, 0 for one a core"),
    Argument(name="dask", flag="--dask", metavar="ADDRESS", help="of a scheduler to use instead"),
    Argument(name="resume", flag="--resume", metavar="RUN", help="a search to go on with, which needs nothing else"),
)

LAB: Final = (
    Command(
        words=("backtest",),
        help="run strategies on past data",
        run=lab.backtest,
        view="backtest",
        gathers=True,
        arguments=(
            *_BACKTEST,
            Argument(
                name="report",
                flag="--report",
                metavar="FILE.html",
                convert=output_file(".html", ".htm"),
                help="write a report",
            ),
            Argument(name="quick", flag="--quick", help="without the honesty checks that run it again"),
        ),
    ),
    Command(
        words=("optimize",),
        help="search a strategy's parameters",
        run=lab.optimize,
        view="optimize",
        gathers=True,
        arguments=(*_BACKTEST, *_SEARCH),
    ),
    Command(
        words=("montecarlo",),
        help="resample a backtest: what could have happened instead",
        run=lab.monte_carlo,
        view="montecarlo",
        gathers=True,
        arguments=(
            _RUN,
            Argument(name="paths", flag="--paths", metavar="N", convert=whole(1), help="how many, else 1000"),
            Argument(name="block", flag="--block", metavar="N", convert=whole(0), help="mean length of a block"),
            Argument(name="skip", flag="--skip", metavar="SHARE", convert=share, help="of trades left out"),
            Argument(name="jitter", flag="--jitter", metavar="BPS", convert=not_negative, help="of each fill's price"),
            Argument(name="ruin", flag="--ruin", metavar="SHARE", convert=share, help="fall that is ruin, else 0.5"),
            Argument(name="seed", flag="--seed", metavar="N", convert=whole(0), help="else 0"),
        ),
    ),
    Command(words=("runs", "list"), help="list backtests and other runs", run=lab.list_runs, view="runs"),
    Command(
        words=("runs", "show"), help="show a run with what it was asked to do", run=lab.show_run, arguments=(_RUN,)
    ),
    Command(
        words=("runs", "delete"),
        help="remove runs with everything they kept",
        run=lab.delete_runs,
        arguments=(Argument(name="runs", metavar="RUN", many=True, required=True, help="ids of runs"),),
    ),
)
