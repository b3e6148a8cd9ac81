"""Plays the table of recorded results on real data and writes docs/strategies.md from them and the docstrings.

With --pages it leaves the results as they are, with --check it writes nothing and says whether the page is up to date.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.strategies import recorded  # noqa: E402 -- the checkout comes first on the path
from tests.strategies.recorded import STRATEGIES, TABLE, Result, play, read_result, write_result  # noqa: E402
from tests.strategies.synthetic import MARKETS  # noqa: E402

PAGE: Final = ROOT / "docs" / "strategies.md"
PARTS: Final = ("Rule", "Source", "Data", "Parameters", "Weaknesses")
_PART: Final = re.compile(rf"^({'|'.join(PARTS)}): ", flags=re.MULTILINE)
_TABLE: Final = (
    ("total_return", "return", "{:.1%}"),
    ("cagr", "a year", "{:.2%}"),
    ("sharpe", "Sharpe", "{:.2f}"),
    ("sortino", "Sortino", "{:.2f}"),
    ("max_drawdown", "worst drawdown", "{:.1%}"),
    ("exposure", "in the market", "{:.0%}"),
    ("trades", "trades", "{:,}"),
    ("win_rate", "won", "{:.0%}"),
    ("profit_factor", "profit factor", "{:.2f}"),
    ("turnover", "turnover", "{:.1f}"),
    ("commission", "commission", "{:,.0f}"),
    ("slippage", "slippage", "{:,.0f}"),
    ("denied", "refused", "{:,}"),
)

MADE_UP: Final = """**These prices are made up** by a seeded function of `tests/strategies/synthetic.py`, for no real
data was at hand. The figures show that the rule runs through entries, rolls, expiries and costs. They say nothing about
what it earns: whoever made the prices decided that.
"""
INTRODUCTION: Final = """# Strategies

*Made by `make results` from the strategies' docstrings and their recorded results.*

What is bundled, one file each in [strategies](../strategies). How to write one of your own is told in
[Writing a strategy](writing-a-strategy.md), the indicators are those of `ares_desktop.api` and
`ares_desktop.api.indicators`.

The results show that a rule does what it says, with commissions and a basis point of slippage. They are no promise.
Every parameter is at its default unless the entry says why not; nothing was fitted to the data, and some rules lose.
Each run begins with 1,000,000 that is all the strategy's, under the gate's default limits.

- Most are played on real prices. Those that need data which was not at hand are played on made-up markets, named
  `synthetic:`; what they earn there says nothing about real ones.
- Prices are adjusted for splits and dividends, so early prices and quantities are not those of the day. Strategies
  that trade single shares at any price begin in 2010: a commission for each of a million shares at 0.15 would say
  nothing.
- Shares that are in the data are there because they survived: a result on them is better than it could have been.
"""


def summary_table(results: Sequence[Result]) -> str:
    """Return one row a strategy."""
    rows = [f"| strategy | {' | '.join(title for _, title, _ in _TABLE)} |", "|" + " --- |" * (len(_TABLE) + 1)]
    marks = [" (made-up prices)" if item.data[0] in MARKETS else "" for item in results]
    rows += [
        f"| [{item.strategy}](#{item.strategy}){mark} | {' | '.join(cells(item))} |"
        for item, mark in zip(results, marks, strict=True)
    ]
    return "\n".join(rows) + "\n"


def cells(result: Result) -> list[str]:
    """Return the figures of a result as text; what can't be computed is empty."""
    shown = []
    for name, _, form in _TABLE:
        value = result.figures[name]
        shown.append("" if value is None else form.format(value))
    return shown


def page() -> str:
    """Return the whole page."""
    names = sorted(file.stem for file in STRATEGIES.glob("*.py") if not file.stem.startswith("_"))
    found = {name: read_result(name) for name in names}
    known = [item for item in found.values() if item is not None]
    parts = [INTRODUCTION, "## Results at a glance\n", summary_table(known)]
    for name in names:
        parts += chapter(name, found[name])
    return "\n".join(parts)


def chapter(name: str, result: Result | None) -> Iterator[str]:
    """Yield what is told of one strategy."""
    title, parts = described(STRATEGIES / f"{name}.py")
    yield f"## {name}\n"
    yield f"{title}\n"
    yield "\n".join(f"- **{part}.** {text}" for part, text in parts.items()) + "\n"
    if result is None:
        yield "No result is recorded: the real data has nothing that this strategy can be played on.\n"
        return
    data = ", ".join(f"`{item}`" for item in result.data)
    begin, end = result.first.date(), result.last.date()
    changed = "".join(f" {text}" for text in (result.why, result.note) if text)
    yield f"Recorded on {data}, {begin} to {end}, commissions `{result.costs}`.{changed}\n"
    if result.data[0] in MARKETS:
        yield MADE_UP
    yield summary_table([result])
    settings = ", ".join(f"`{key}` {value}" for key, value in result.parameters.items())
    denied = ", ".join(f"{count} {reason}" for reason, count in result.denied.items())
    yield f"Parameters: {settings or 'none'}.{f' Refused by the gate: {denied}.' if denied else ''}\n"


def described(file: Path) -> tuple[str, dict[str, str]]:
    """Return the first sentence of a strategy's docstring and its five parts.

    Raises:
        ValueError: when a part is missing.
    """
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    title, _, rest = text.partition("\n\n")
    pieces = _PART.split(rest)
    parts = {
        name: " ".join(body.split()).replace("``", "`") for name, body in zip(pieces[1::2], pieces[2::2], strict=True)
    }
    missing = [name for name in PARTS if not parts.get(name)]
    if missing:
        msg = f"{file.name}: the docstring lacks {', '.join(f'{name}:' for name in missing)}"
        raise ValueError(msg)
    return " ".join(title.split()), {name: parts[name] for name in PARTS}


def main() -> int:
    """Play what is asked for, write the page or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("strategies", nargs="*", help="play these alone; all of the table by default")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder of real data")
    parser.add_argument("--pages", action="store_true", help="play nothing, write the page anew")
    parser.add_argument("--check", action="store_true", help="write nothing, exit with 1 when the page is out of date")
    given = parser.parse_args()
    if not given.pages and not given.check:
        recorded.RESULTS.mkdir(exist_ok=True)
        for case in TABLE:
            if not given.strategies or case.strategy in given.strategies:
                result = play(case, given.data)
                write_result(result)
                sys.stderr.write(f"{case.strategy}: {result.fills} fills, return {result.figures['total_return']}\n")
    text = page()
    stale = not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text
    if stale and not given.check:
        PAGE.write_text(text, encoding="utf-8")
    if stale:
        sys.stderr.write(f"{PAGE.name} {'is out of date: run make results' if given.check else 'written'}\n")
    return int(given.check and stale)


if __name__ == "__main__":
    sys.exit(main())
