"""Plays the same rules on the same data in this project and in two public backtesters, and writes benchmarks/parity.md.

Ends with 1 when a fill differs and nothing explains it. What is not installed or not at hand is named on the page.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.parity import markets, ours, theirs  # noqa: E402 -- the checkout comes first on the path
from benchmarks.parity.fills import REASONS, UNEXPLAINED, Comparison, Played, compare  # noqa: E402
from benchmarks.peers._rules import RULES, Rule  # noqa: E402
from benchmarks.peers.catalog import Peer, PeerAbsent, PeerFailed  # noqa: E402

INTRODUCTION = """# Parity

*Made by `make parity`.*

The same rules on the same bars, here and in two public backtesters, compared fill by fill: the bar, the side, the
quantity and the price of every fill have to be the same, and so has the equity at the last close. Each rule is one
piece of code that all
engines are fed with; an engine only carries out the orders that the rule asks for.

Played with one unit, cash of 1,000,000, market orders at the next open, limits that count as reached when touched,
no latency, no
slippage, no bound by volume, and limits of the gate so wide that it refuses nothing, since the peers have no gate.
"""

SEMANTICS = """## Where the meanings agree

- A market order fills at the open of the next bar.
- A limit order fills at the open when that is as good as the limit or better, else at its limit when the bar
  touches it.
- A stop order fills at the open when the bar opens beyond it, else at its price when the bar touches it.
- A stop and a target of one bracket that the same bar reaches: the stop counts.
- A percentage of the value is charged for every fill.

## Where ours means something else, so that it was set otherwise here

- *Costs.* The default is a retail broker's commissions, with minimum and maximum; percentages are compared with a
  crypto exchange's 0.1 %.
- *Slippage, latency and volume.* The default worsens prices by a basis point, lets an order wait 5 ms and gives it
  a tenth of a bar's volume;
  the peers fill any quantity at once.
- *The gate.* Limits on leverage, price, duplicates and stale data refuse what a live run would refuse; the peers
  know none.
- *The grid of prices.* The gate refuses a price between two ticks, the peers take it. The rules put every price on
  the grid.
- *Time of a fill.* Ours is stamped with the end of its bar, when it becomes known; backtrader and backtesting.py
  stamp its begin. The tables
  compare bars, which are the same.
- *Flips.* backtesting.py books a turn from long to short as a close and an opening; ours and backtrader as one fill
  of twice the quantity. They
  are added up before they are compared.
- *First bar.* backtesting.py does not call a strategy on the first bar of the data. The rules need thirty, so
  nothing depends on it.
"""


@dataclass(frozen=True)
class Case:
    """One rule on one market in one peer."""

    rule: str
    market: markets.Market
    commission: float
    peer: Peer
    mine: Played
    other: Played | None
    found: Comparison | None
    error: str = ""


def cases(bars: int) -> Iterator[Case]:
    """Play everything on the first ``bars`` of each market, 0 for all."""
    for market in markets.markets():
        part = markets.first(market, bars) if bars else market
        for commission in (0.0, markets.PERCENTAGE) if part.charged else (0.0,):
            costs = ours.CHARGED if commission else "none"
            mine = {rule: ours.play(rule, part.series, costs) for rule in RULES}
            for peer in theirs.peers():
                yield from cases_of(part, commission, peer, mine)


def cases_of(market: markets.Market, commission: float, peer: Peer, mine: Mapping[str, Played]) -> Iterator[Case]:
    """Play all rules in one peer and compare."""
    try:
        others = theirs.play(peer, market, commission)
    except (PeerAbsent, PeerFailed) as error:
        yield from (Case(rule, market, commission, peer, mine[rule], None, None, str(error)) for rule in RULES)
        return
    for rule in RULES:
        found = compare(mine[rule].rows, others[rule].rows, market.bars, brackets=rule == "bracket")
        for note in mine[rule].notes[:1]:
            found.add(UNEXPLAINED, len(mine[rule].notes), f"ours refused: {note}")
        yield Case(rule, market, commission, peer, mine[rule], others[rule], found)


def page(played: Sequence[Case]) -> Iterator[str]:
    """Yield the parts of the page."""
    yield INTRODUCTION
    yield "## Rules\n\n" + "".join(f"- `{name}`: {getattr(Rule, name).__doc__}\n" for name in RULES)
    yield "## Fills\n\n" + fills_table(played)
    yield SEMANTICS
    yield "## Differences, explained\n\n" + differences(played)
    absent = sorted({case.error for case in played if case.error} | set(not_here()))
    if absent:
        yield "## Not compared\n\n" + "".join(f"- {line}\n" for line in absent)


def not_here() -> list[str]:
    """Say which data this machine lacks."""
    return [f"{title}: the prices are not on this machine" for title in markets.missing()]


def fills_table(played: Sequence[Case]) -> str:
    """Return one row a case."""
    head = ["rule", "data", "bars", "commission", "peer", "our fills", "their fills", "the same"]
    head += ["explained", "unexplained", "equity apart"]
    rows = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    for case in played:
        if case.other is None or case.found is None:
            continue
        found, differing = case.found, sum(case.found.differing.values())
        apart = "" if differing else f"{abs(case.mine.equity - case.other.equity):.6f}"
        rows.append(
            f"| `{case.rule}` | {case.market.title} | {len(case.market.series):,} | {case.commission:.1%} "
            f"| {case.peer.title} {case.other.version} "
            f"| {len(case.mine.rows):,} | {len(case.other.rows):,} | {found.agreed:,} "
            f"| {differing - found.unexplained:,} | {found.unexplained:,} | {apart} |"
        )
    return "\n".join(rows) + "\n"


def differences(played: Sequence[Case]) -> str:
    """Return each reason with how often it occurred and an example from each market."""
    parts = []
    for reason, meaning in {**REASONS, UNEXPLAINED: "Nothing explains these; they are a fault, here or there."}.items():
        met = [case for case in played if case.found and case.found.differing[reason]]
        if not met:
            continue
        total = sum(case.found.differing[reason] for case in met if case.found)
        lines = [f"### {reason.capitalize()}: {total:,} fills\n\n{meaning}\n"]
        lines += [
            f"- `{case.rule}`, {case.market.title}, {case.commission:.1%}, {case.peer.title}: "
            f"{case.found.differing[reason]:,} fills, the first: {case.found.examples[reason]}"
            for case in met
            if case.found
        ]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts) or "None: every fill is the same.\n"


def main() -> int:
    """Play, write the page, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, default=4000, help="play the first so many bars of each market, 0 for all")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "parity.md")
    given = parser.parse_args()
    played = list(cases(given.bars))
    given.output.write_text("\n".join(page(played)), encoding="utf-8")
    compared = [case.found for case in played if case.found]
    unexplained = sum(found.unexplained for found in compared)
    agreed = sum(found.agreed for found in compared)
    absent = {case.error for case in played if case.error}
    sys.stderr.write("".join(f"{line}\n" for line in sorted(absent)))
    sys.stderr.write(
        f"{given.output.name}: {len(compared)} cases, {agreed:,} equal fills, {unexplained:,} unexplained\n"
    )
    return int(unexplained > 0 or not compared)


if __name__ == "__main__":
    sys.exit(main())
