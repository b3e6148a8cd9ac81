"""Long-term timing keeps its rule on hand-made bars."""

from datetime import UTC, datetime

from ares_desktop.api.testing import run_on_bars
from strategies.ltmt import LTMT
from tests.strategies.markets import bars_of, sides


def test_ltmt_decides_at_the_end_of_a_period() -> None:
    closes = [100.0, 101, 102, 103, 104, 105, 90, 90, 90]
    run = run_on_bars(LTMT, bars_of(closes), {"period": "day", "periods": 3})
    assert sides(run) == ["BUY 104", "SELL 90"]


def test_ltmt_looks_at_month_ends_alone() -> None:
    closes = [100.0 + day / 10 for day in range(95)]
    run = run_on_bars(LTMT, bars_of(closes), {"periods": 2, "band": 0.2})
    assert len(run.fills) == 1
    # The second month ends on 2024-02-29: the order is made at that close and fills at the next open.
    assert run.fills[0].at.date() == datetime(2024, 3, 1, tzinfo=UTC).date()
    assert run.fills[0].price == 106


def test_ltmt_warms_up_on_past_bars() -> None:
    past, later = bars_of([100.0 + day for day in range(70)]), bars_of([180.0, 181.0, 182.0], first=70)
    run = run_on_bars(LTMT, later, {"periods": 2}, history=past)
    assert len(run.fills) == 1
