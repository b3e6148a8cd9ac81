"""Plays the rules of the comparison in the peers, each in its own process and environment."""

import tempfile
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.parity.fills import Played, Row
from benchmarks.parity.markets import Market
from benchmarks.peers._rules import RULES
from benchmarks.peers.catalog import PEERS, Peer, run_script

SCRIPTS: Final = {"backtesting": "rules_backtesting.py", "backtrader": "rules_backtrader.py"}
"""The script of each peer that plays rules."""


def peers() -> list[Peer]:
    """Return the peers that play rules, absent ones too."""
    return [peer for peer in PEERS if peer.name in SCRIPTS]


def play(peer: Peer, market: Market, commission: float) -> dict[str, Played]:
    """Return what each rule led to.

    Raises:
        PeerAbsent: when the peer is not installed.
        PeerFailed: when its script fails.
    """
    bars = market.bars
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bars.npy"
        np.save(file, bars)
        tick = str(market.series.instrument.tick_size)
        arguments = [str(file), ",".join(RULES), tick, "--commission", str(commission), "--fills", folder]
        lines = run_script(peer, arguments, script=SCRIPTS[peer.name], timeout_s=1800)
        tables = {line["rule"]: np.load(Path(folder) / f"{line['rule']}.npy") for line in lines}
    return {
        line["rule"]: Played(peer.title, str(line["version"]), _rows(tables[line["rule"]], bars), float(line["equity"]))
        for line in lines
    }


def _rows(table: NDArray[np.float64], bars: NDArray[np.float64]) -> tuple[Row, ...]:
    at = np.searchsorted(bars[:, 0], table[:, 0])
    return tuple(Row(int(bar), float(size), float(price)) for bar, (_, size, price) in zip(at, table, strict=True))
