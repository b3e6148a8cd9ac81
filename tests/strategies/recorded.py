"""The table of recorded results: which bundled strategy is played on which real data, and how it is played.

To record another strategy add one :class:`Recorded` to ``TABLE``, then run ``make results``: it writes
``tests/strategies/results/NAME.json`` and ``docs/strategies.md``. The parameters stay at their defaults unless the data
makes another value necessary, which ``why`` then says. A run should take a few seconds at most.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from math import isnan
from pathlib import Path
from typing import Any, Final

import msgspec

from ares_desktop.domain.backtests import BACKTEST_ACCOUNT, BacktestFigures, BacktestOutcome, BacktestSpec
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.adapters.feeds.files import read_series
from ares_desktop.engine.backtest.analysis.figures import figures_of
from ares_desktop.engine.backtest.analysis.trips import round_trips
from ares_desktop.engine.backtest.replay.kinds import load_kinds
from ares_desktop.engine.backtest.replay.run import run_backtest
from ares_desktop.engine.data.series import Series
from tests.strategies.synthetic import MARKETS

ROOT: Final = Path(__file__).resolve().parents[2]
STRATEGIES: Final = ROOT / "strategies"
RESULTS: Final = ROOT / "tests" / "strategies" / "results"
SHOWN_FILLS: Final = 10
CASH: Final = Decimal(1_000_000)
_TIMED: Final = frozenset({"seconds", "bars_per_s"})


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One strategy on one set of data.

    Attributes:
        strategy: name of its file, and of its result.
        data: files in the folder of real data, without ``.csv.gz``, in the order of the instance's instruments; or one
            name of :data:`tests.strategies.synthetic.MARKETS` where no real data was at hand.
        parameters: those that are not at their defaults.
        why: what makes them necessary.
        note: what a reader should know of the data.
        costs: name of a set of commissions; slippage is one basis point.
        cash: at the start, all of it the strategy's.
        start, end: UTC dates that it trades in, ``""`` for all there is; older data fills its warm-up.
        symbols: names for files whose own name is not the symbol.
    """

    strategy: str
    data: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    note: str = ""
    costs: str = "retail"
    cash: Decimal = CASH
    start: str = ""
    end: str = ""
    symbols: Mapping[str, str] = field(default_factory=dict)


SHARES: Final = ("daily/AAPL", "daily/BAC", "daily/IBM", "daily/GOOG")
SHARES_FROM: Final = "2010-01-01"
"""Before it adjusted prices are so low (AAPL at 0.15) that a commission for each share is many times the real one."""
FUNDS: Final = ("daily/SPY", "daily/QQQ", "daily/IWM", "daily/EEM", "daily/USO")

MINUTES: Final = ("minute/SPY", "minute/IBM", "minute/AIG", "minute/BAC")
_DAYS: Final = "A few separate days, far too few to say what it earns; figures of daily returns can't be computed."

TABLE: Final = (
    Recorded(strategy="breakout", data=FUNDS),
    Recorded(strategy="cnr", data=SHARES, start=SHARES_FROM),
    Recorded(strategy="ltmt", data=("daily/SPY", "daily/IWM", "daily/EEM")),
    Recorded(strategy="smag7", data=SHARES, start=SHARES_FROM),
    Recorded(strategy="four_day_decline", data=FUNDS),
    Recorded(strategy="sie", data=FUNDS, note="Funds on indices and oil stand for sectors, of which there are none."),
    Recorded(
        strategy="short_rsi_thrust",
        data=SHARES,
        note="Four shares are no universe: the rule wants hundreds to choose from, so it hardly trades.",
    ),
    Recorded(strategy="vow", data=MINUTES, note=_DAYS),
    Recorded(strategy="opening_range_breakout", data=MINUTES, note=_DAYS),
    Recorded(strategy="pea_oss", data=("synthetic:put_call_ratio",)),
    Recorded(strategy="pea_oss_options", data=("synthetic:earnings_options",)),
    Recorded(strategy="s2", data=("daily/IWM", "daily/SPY", "daily/GOOG", "daily/QQQ"), start="2000-12-01"),
    Recorded(strategy="short_vix", data=("synthetic:vix_futures",)),
    Recorded(strategy="svix", data=("daily/VIX", "daily/VIX3M", "daily/SPY"), start="2009-09-18", end="2021-04-01"),
)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a run; equal data, code and parameters give an equal result, to the last digit.

    Attributes:
        data: files it was played on.
        parameters: all of them, with those at their defaults.
        first, last: end of the first and of the last bar that was traded.
        figures: by name, without what depends on the machine's speed; None for what can't be computed.
        denied: how many orders the gate refused, by reason.
        fills: their number; ``first_fills`` and ``last_fills`` are some of them as text.
        fills_sha256: digest of all fills as text, one a line.
    """

    strategy: str
    data: tuple[str, ...]
    parameters: dict[str, Any]
    why: str
    note: str
    costs: str
    cash: Decimal
    first: datetime
    last: datetime
    figures: dict[str, float | int | str | None]
    denied: dict[str, int]
    fills: int
    first_fills: tuple[str, ...]
    last_fills: tuple[str, ...]
    fills_sha256: str


def load(case: Recorded, folder: Path) -> list[Series]:
    """Read the files of a case, or make its synthetic market."""
    if case.data[0] in MARKETS:
        return MARKETS[case.data[0]]()
    names = ((name, case.symbols.get(name)) for name in case.data)
    return [read_series(folder / f"{name}.csv.gz", symbol=symbol) for name, symbol in names]


def play(case: Recorded, folder: Path) -> Result:
    """Run a case through the backtest that the application has, with the gate's default limits."""
    series = load(case, folder)
    spec = specification(case, series)
    with load_kinds(spec) as kinds:
        outcome = run_backtest(spec, series, kinds)
        defaults = msgspec.to_builtins(next(iter(kinds.values())).Params().model_dump())
    return result_of(case, {**defaults, **case.parameters}, outcome, series)


def specification(case: Recorded, series: Sequence[Series]) -> BacktestSpec:
    """Return what the backtest is asked for."""
    instance = StrategyInstance(
        name=StrategyId(case.strategy),
        file=str(STRATEGIES / f"{case.strategy}.py"),
        account=BACKTEST_ACCOUNT,
        instruments=tuple(item.instrument.id for item in series),
        parameters=dict(case.parameters),
        weight=Decimal(1),
    )
    return BacktestSpec(
        strategies=(instance,),
        data=case.data,
        start=_date(case.start),
        end=_date(case.end),
        simulation=SimulationSettings(account=BACKTEST_ACCOUNT, starting_cash=case.cash, costs=case.costs),
        limits=RiskLimits(),
    )


def result_of(case: Recorded, parameters: dict[str, Any], outcome: BacktestOutcome, series: Sequence[Series]) -> Result:
    """Return what is kept of a run."""
    figures: BacktestFigures = figures_of(outcome, round_trips(outcome, series), series)
    lines = [line_of(fill) for fill in outcome.fills]
    denied: dict[str, int] = {}
    for denial in outcome.denials:
        denied[denial.reason.value] = denied.get(denial.reason.value, 0) + 1
    kept = {name: _known(value) for name, value in msgspec.structs.asdict(figures).items() if name not in _TIMED}
    return Result(
        strategy=case.strategy,
        data=case.data,
        parameters=parameters,
        why=case.why,
        note=case.note,
        costs=case.costs,
        cash=case.cash,
        first=from_ns(figures.start_ns),
        last=from_ns(figures.end_ns),
        figures=kept,
        denied=dict(sorted(denied.items())),
        fills=len(lines),
        first_fills=tuple(lines[:SHOWN_FILLS]),
        last_fills=tuple(lines[-SHOWN_FILLS:]),
        fills_sha256=sha256("\n".join(lines).encode()).hexdigest(),
    )


def line_of(fill: Fill) -> str:
    """Return a fill as one line of text."""
    return f"{fill.at.isoformat()} {fill.instrument} {fill.side.value} {fill.quantity} @ {fill.price}"


def read_result(strategy: str) -> Result | None:
    """Return a recorded result, None when there is none."""
    file = RESULTS / f"{strategy}.json"
    return msgspec.json.decode(file.read_bytes(), type=Result) if file.is_file() else None


def write_result(result: Result) -> None:
    """Keep a result."""
    text = msgspec.json.format(msgspec.json.encode(result, order="deterministic"), indent=1)
    (RESULTS / f"{result.strategy}.json").write_bytes(text + b"\n")


def _known(value: float | str | None) -> float | str | None:
    return None if isinstance(value, float) and isnan(value) else value


def _date(text: str) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
