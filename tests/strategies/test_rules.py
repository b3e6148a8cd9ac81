"""Each bundled strategy keeps its rule on hand-made bars."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import nan

import pytest

from ares_desktop.api import Bar
from ares_desktop.api.testing import Trial, run_on_bars
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import to_ns
from strategies.breakout import Breakout
from strategies.cnr import CNR
from strategies.ltmt import LTMT
from strategies.smag7 import SMAG7

ACME = InstrumentId("ACME.XNYS")
OTHER = InstrumentId("OTHER.XNYS")
UP = [100.0 + number for number in range(12)]
DOWN = [112.0 - 2 * number for number in range(12)]


def bars_of(
    closes: Sequence[float], instrument: InstrumentId = ACME, *, first: int = 0, spread: float = 0.0
) -> list[Bar]:
    """Daily bars with the given closes; without a spread they are closes alone."""
    start = datetime(2024, 1, 1, 14, 30, tzinfo=UTC)
    made = []
    for at, close in enumerate(closes, first):
        begin = to_ns(start + timedelta(days=at))
        volume = 1000.0 if spread else nan
        made.append(
            Bar(instrument, begin, begin + 23_400 * 10**9, close, close + spread, close - spread, close, volume)
        )
    return made


def sides(run: Trial) -> list[str]:
    return [f"{fill.side.value} {fill.price.normalize():f}" for fill in run.fills]


TREND = {"fast": 2, "slow": 4, "atr": 2, "exposure": 0.9}


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("long", ["BUY 104", "SELL 106"]),
        ("short", ["SELL 106"]),
        ("both", ["BUY 104", "SELL 106", "SELL 104"]),
    ],
)
def test_smag7_is_on_the_side_of_the_averages(direction: str, expected: list[str]) -> None:
    run = run_on_bars(SMAG7, bars_of([*UP, *DOWN][0:20]), {**TREND, "direction": direction, "stop_atr": 20})
    assert sides(run) == expected


def test_smag7_leaves_at_the_trailing_stop_and_waits_for_the_next_cross() -> None:
    closes = [*UP, 108.0, 108.5, 109.0, 110.0, 111.0, 112.0]
    run = run_on_bars(SMAG7, bars_of(closes), {**TREND, "slow": 10, "direction": "long", "stop_atr": 1.0})
    assert [intent.reason for intent in run.intents] == ["averages crossed", "trailing stop"]
    assert run.position(ACME) == 0


def test_smag7_keeps_its_stop_over_a_restart() -> None:
    past, later = bars_of(UP), bars_of([111.0], first=12)
    state = {"best": {ACME: 150.0}, "stopped": {ACME: 1}}
    run = run_on_bars(SMAG7, later, {**TREND, "slow": 10}, history=past, snapshot=state)
    assert run.intents == []
    assert run_on_bars(SMAG7, later, {**TREND, "slow": 10}, history=past).intents != []


def test_cnr_buys_what_fell_and_leaves_at_the_mean() -> None:
    closes = [100.0, 101.0, 100.0, 101.0, 100.0, 90.0, 91.0, 99.0, 99.0, 99.0]
    run = run_on_bars(CNR, bars_of(closes), {"lookback": 5, "entry": 1.5})
    assert sides(run) == ["BUY 91", "SELL 99"]
    assert run.records[0][0] == f"z {ACME}"
    assert run_on_bars(CNR, bars_of(closes), {"lookback": 5, "direction": "short"}).fills == []


def test_cnr_sells_what_rose_and_gives_up_after_a_while() -> None:
    closes = [100.0, 101.0, 100.0, 101.0, 100.0, 110.0, 120.0, 130.0, 140.0, 150.0]
    run = run_on_bars(CNR, bars_of(closes), {"lookback": 5, "max_bars": 2})
    assert sides(run)[:2] == ["SELL 120", "BUY 140"]
    assert run.intents[1].reason == "held for too long"


def test_ltmt_decides_at_the_end_of_a_period() -> None:
    closes = [100.0, 101, 102, 103, 104, 105, 90, 90, 90]
    run = run_on_bars(LTMT, bars_of(closes), {"period": "day", "periods": 3})
    assert sides(run) == ["BUY 104", "SELL 90"]


def test_ltmt_looks_at_month_ends_alone() -> None:
    closes = [100.0 + day / 10 for day in range(95)]
    run = run_on_bars(LTMT, bars_of(closes), {"periods": 2, "band": 0.2})
    assert len(run.fills) == 1
    # The second month ends on 2024-02-29; the order is made on March 1 and fills on March 2.
    assert run.fills[0].at.date() == datetime(2024, 3, 2, tzinfo=UTC).date()


def test_ltmt_warms_up_on_past_bars() -> None:
    past, later = bars_of([100.0 + day for day in range(70)]), bars_of([180.0, 181.0, 182.0], first=70)
    run = run_on_bars(LTMT, later, {"periods": 2}, history=past)
    assert len(run.fills) == 1


CHANNEL = {"entry": 4, "exit": 2, "atr": 2, "stop_atr": 2.0}


def test_breakout_enters_above_the_channel_and_protects_itself() -> None:
    run = run_on_bars(Breakout, bars_of([100.0, 101, 100, 101, 100, 103, 104, 105]), CHANNEL)
    entry, stop = run.intents[:2]
    assert (entry.side.value, entry.reason) == ("BUY", "closed beyond the entry channel")
    assert stop.reduce_only
    assert stop.quantity == entry.quantity
    assert stop.stop_price is not None
    assert 94 < stop.stop_price < 104


def test_breakout_leaves_below_the_exit_channel_and_takes_its_stop_away() -> None:
    run = run_on_bars(
        Breakout, bars_of([100.0, 101, 100, 101, 100, 103, 104, 105, 102, 102, 102]), {**CHANNEL, "stop_atr": 9}
    )
    assert run.position(ACME) == 0
    assert run.strategy.context.orders() == ()
    assert run.intents[-1].reason == "closed beyond the exit channel"


def test_breakout_sells_short_and_its_stop_works() -> None:
    closes = [100.0, 101, 100, 101, 100, 97, 96, 106, 106]
    run = run_on_bars(Breakout, bars_of(closes), {**CHANNEL, "exit": 40, "direction": "short"})
    assert sides(run) == ["SELL 96", "BUY 106"]
    assert run.intents[1].stop_price is not None


def test_breakout_keeps_its_stop_within_the_price_collar() -> None:
    closes = [100.0, 150, 100, 150, 100, 160, 161]
    run = run_on_bars(Breakout, bars_of(closes), {**CHANNEL, "stop_atr": 20})
    stop = run.intents[1].stop_price
    assert stop is not None
    assert stop == Decimal("145.6")


@pytest.mark.parametrize("kind", [SMAG7, CNR, LTMT, Breakout])
@pytest.mark.parametrize("spread", [0.0, 0.7])
def test_several_instruments_share_the_capital_and_every_lot_is_whole(kind: type, spread: float) -> None:
    closes = [100 + 8 * ((at * 7919) % 13) / 13 + at / 6 - (at > 120) * (at - 120) for at in range(180)]
    one, two = bars_of(closes, spread=spread), bars_of(closes[::-1], OTHER, spread=spread)
    bars = [bar for pair in zip(one, two, strict=True) for bar in pair]
    lots = [Instrument(id=name, lot_size=Decimal("0.01")) for name in (ACME, OTHER)]
    params = {"period": "week", "periods": 3} if kind is LTMT else {}
    run = run_on_bars(kind, bars, params, capital=10_000, instruments=lots)
    assert {fill.instrument for fill in run.fills} == {ACME, OTHER}
    assert all(fill.quantity % Decimal("0.01") == 0 for fill in run.fills)
    assert all(fill.notional <= 10_000 for fill in run.fills)


@pytest.mark.shared
@pytest.mark.parametrize("kind", [SMAG7, CNR, LTMT, Breakout])
def test_they_trade_on_real_daily_bars(kind: type, shared_data: object) -> None:
    import csv  # noqa: PLC0415 - only where the data is
    import gzip  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    with gzip.open(Path(str(shared_data)) / "daily" / "IBM.csv.gz", "rt") as file:
        closes = [float(row["close"]) for row in csv.DictReader(file)][-1500:]
    run = run_on_bars(kind, bars_of(closes), {"period": "month"} if kind is LTMT else {})
    assert len(run.fills) >= 4
