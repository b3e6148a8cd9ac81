"""Measures backtests: bars a second with and without orders, the cost of one order, memory, and a parameter sweep.

Prints one JSON line. Each run is a process of its own. Where peers are installed (``make bench-peers``) their runs of
the same rule on the same bars take turns with ours, so that all see the same machine; what is compared are medians.
The seconds of a run are those of the replay, without reading the bars; ours make the records of the bars within it.
Our strategy uses the exact averages of the public API; beside vnpy's lean one stands one with sums of its own.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np

from ares_desktop.domain.backtests import BACKTEST_ACCOUNT, BacktestOutcome, BacktestSpec
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import BarSpec, DataKind
from ares_desktop.domain.simulation import SimulationSettings, SlippageModel
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.backtest.replay.kinds import load_kinds
from ares_desktop.engine.backtest.replay.run import PreparedData, run_backtest
from ares_desktop.engine.data.series import Series

HERE: Final = Path(__file__).resolve().parent
PEERS: Final = HERE / "peers"
ENVIRONMENTS: Final = HERE.parent / ".peers"
SECOND_NS: Final = 1_000_000_000
SWEPT_BARS: Final = 100_000
SLOW_PEER_BARS: Final = 100_000
NAME: Final = StrategyId("cross")
ENGINES: Final = {
    "vnpy lean": ("vnpy", "cross_vnpy.py", ("--lean",)),
    "vnpy": ("vnpy", "cross_vnpy.py", ()),
    "backtesting": ("backtesting", "cross_backtesting.py", ()),
    "nautilus_trader": ("nautilus", "cross_nautilus.py", ()),
    "backtrader": ("backtrader", "cross_backtrader.py", ("--bars", str(SLOW_PEER_BARS))),
}
"""Name in the output: environment, script, arguments."""
SWEEPERS: Final = ("backtesting", "vnpy lean")
TARGETS: Final = {"vnpy lean": 1.2, "backtesting": 3.0, "nautilus_trader": 15.0, "backtrader": 60.0}

sys.path.insert(0, str(PEERS))
from _measure import SWEEP_FAST, SWEEP_SLOW, digest, merged, peak_mb  # noqa: E402 - the peers' own yardstick
from data import write_bars  # type: ignore[import-not-found]  # noqa: E402 - and their bars


def series_of(file: Path, bars: int) -> Series:
    """Read the first bars of an array of begin (Unix seconds), open, high, low, close, volume."""
    rows = np.load(file, mmap_mode="r")[: bars or None]
    start = (rows[:, 0] * SECOND_NS).astype(np.int64)
    names = ("open", "high", "low", "close", "volume")
    columns = {name: np.ascontiguousarray(rows[:, index]) for index, name in enumerate(names, start=1)}
    times = {"start": start, "end": start + 60 * SECOND_NS}
    instrument = Instrument(id=InstrumentId("X.LOCAL"), calendar="24/7")
    return Series(instrument=instrument, kind=DataKind.BARS, spec=BarSpec.parse("1m"), columns=times | columns)


def spec_for(strategy: str = "_cross.py", **parameters: Any) -> BacktestSpec:  # noqa: ANN401 - values of its parameters
    """Return what is run: no costs, as the peers are told, and everything else as it is by default."""
    instance = StrategyInstance(
        name=NAME,
        file=str(HERE / strategy),
        account=BACKTEST_ACCOUNT,
        instruments=(),
        parameters=parameters,
        weight=Decimal(1),
    )
    settings = SimulationSettings(account=BACKTEST_ACCOUNT, costs="none", slippage_model=SlippageModel.NONE)
    return BacktestSpec(strategies=(instance,), data=("bars",), simulation=settings)


def fills_of(outcome: BacktestOutcome) -> list[tuple[int, float, float]]:
    """Return fills as the peers write them: begin of the bar, signed quantity, price."""
    minute = timedelta(minutes=1)
    rows = [
        (int((fill.at - minute).timestamp()), float(fill.signed_quantity), float(fill.price)) for fill in outcome.fills
    ]
    return list(merged(rows))


def run_once(file: Path, bars: int, *, strategy: str, trades: bool) -> dict[str, Any]:
    """Run in this process."""
    series = series_of(file, bars)
    spec = spec_for(strategy, trades=trades)
    with load_kinds(spec) as kinds:
        outcome = run_backtest(spec, (series,), kinds)
    rows = fills_of(outcome)
    return {
        "bars": outcome.events,
        "seconds": outcome.seconds,
        "bars_per_s": outcome.events / outcome.seconds,
        "fills": len(rows),
        "fills_sha256": digest(rows),
        "denied": len(outcome.denials),
        "peak_mb": peak_mb(),
    }


_prepared: dict[Path, PreparedData] = {}


def trial(task: tuple[Path, int, int]) -> float:
    """Run one parameter set of a sweep in a worker, which reads the data once; return the equity at the end."""
    file, fast, slow = task
    if file not in _prepared:
        _prepared[file] = PreparedData((series_of(file, SWEPT_BARS),))
    spec = spec_for(fast=fast, slow=slow)
    with load_kinds(spec) as kinds:
        return float(run_backtest(spec, _prepared[file], kinds).curve.equity[-1])


def sweep_once(file: Path) -> dict[str, Any]:
    """Run 100 parameter sets in two processes; their start counts."""
    tasks = [(file, fast, slow) for fast in SWEEP_FAST for slow in SWEEP_SLOW]
    began = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        equities = list(pool.map(trial, tasks, chunksize=5))
    seconds = time.perf_counter() - began
    best = tasks[equities.index(max(equities))]
    return {
        "sets": len(tasks),
        "seconds": seconds,
        "bar_sets_per_s": len(tasks) * SWEPT_BARS / seconds,
        "best": {"fast": best[1], "slow": best[2]},
    }


def child(*arguments: str) -> dict[str, Any]:
    """Run a command that prints JSON in its last line."""
    done = subprocess.run(arguments, check=True, capture_output=True, text=True, cwd=HERE.parent)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def ours(part: str, file: Path, bars: int) -> dict[str, Any]:
    """Run a part of this script in a process of its own."""
    return child(sys.executable, __file__, "--part", part, "--file", str(file), "--bars", str(bars))


def peer(name: str, file: Path, *more: str) -> dict[str, Any]:
    """Run a peer with its own interpreter."""
    environment, script, arguments = ENGINES[name]
    return child(str(ENVIRONMENTS / environment / "bin/python"), str(PEERS / script), str(file), *arguments, *more)


def installed() -> list[str]:
    """Return the peers that are there."""
    return [name for name, (place, _, _) in ENGINES.items() if (ENVIRONMENTS / place / "bin/python").exists()]


def measure(bars: int, rounds: int) -> dict[str, Any]:
    """Take turns and compare medians."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        file = write_bars(Path(folder) / "bars.npy", bars)
        swept = write_bars(Path(folder) / "swept.npy", SWEPT_BARS)
        for _ in range(rounds):
            found["run"].append(ours("run", file, bars))
            found["bars alone"].append(ours("bars", file, bars))
            found["lean"].append(ours("lean", file, bars))
            found["sweep"].append(ours("sweep", swept, SWEPT_BARS))
            for name in installed():
                found[name].append(peer(name, file))
                if name in SWEEPERS:
                    found[f"{name} sweep"].append(peer(name, swept, "--sweep"))
    return summary(found, rounds)


def summary(found: dict[str, list[dict[str, Any]]], rounds: int) -> dict[str, Any]:
    """Return medians, and ours over each peer's."""
    run, alone = found["run"], found["bars alone"]
    speed = statistics.median(item["bars_per_s"] for item in run)
    per_order = statistics.median(
        (one["seconds"] - other["seconds"]) / one["fills"] * 1e6 for one, other in zip(run, alone, strict=True)
    )
    rate = statistics.median(item["bar_sets_per_s"] for item in found["sweep"])
    lean = statistics.median(item["bars_per_s"] for item in found["lean"])
    line: dict[str, Any] = {
        "benchmark": "backtest",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rounds": rounds,
        "bars": run[0]["bars"],
        "fills": run[0]["fills"],
        "bars_per_s": round(speed),
        "bars_per_s_without_orders": round(statistics.median(item["bars_per_s"] for item in alone)),
        "bars_per_s_lean": round(lean),
        "us_per_order": round(per_order, 1),
        "peak_mb": run[0]["peak_mb"],
        "sweep_bar_sets_per_s": round(rate),
        "peers": {},
    }
    for name in ENGINES:
        if name in found:
            mine = lean if name.endswith("lean") else speed
            line["peers"][name] = beside(found[name], mine, run[0]) | {"target": TARGETS.get(name)}
        if f"{name} sweep" in found:
            theirs = statistics.median(item["bar_sets_per_s"] for item in found[f"{name} sweep"])
            line["peers"][f"{name} sweep"] = {"bar_sets_per_s": round(theirs), "ratio": round(rate / theirs, 2)}
    return line


def beside(theirs: list[dict[str, Any]], speed: float, run: dict[str, Any]) -> dict[str, Any]:
    """Return a peer's figures and how many times as fast ours is."""
    median = statistics.median(item["bars_per_s"] for item in theirs)
    same = None if theirs[0]["bars"] != run["bars"] else theirs[0]["fills_sha256"] == run["fills_sha256"]
    return {
        "bars": theirs[0]["bars"],
        "bars_per_s": round(median),
        "ratio": round(speed / median, 2),
        "peak_mb": theirs[0]["peak_mb"],
        "same_fills": same,
    }


def main() -> None:
    """Measure, or run the part that a process of its own is for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--part", choices=("run", "lean", "bars", "sweep"))
    parser.add_argument("--file", type=Path)
    given = parser.parse_args()
    if given.part == "sweep":
        line = sweep_once(given.file)
    elif given.part:
        strategy = "_lean_cross.py" if given.part == "lean" else "_cross.py"
        line = run_once(given.file, given.bars, strategy=strategy, trades=given.part != "bars")
    else:
        line = measure(given.bars, given.rounds)
    print(json.dumps(line))


if __name__ == "__main__":
    main()
