"""Each finding on a run that has the fault, and its silence on one that has not."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from ares_desktop.domain.backtests import BacktestOutcome, RunFinding
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, InstrumentId
from ares_desktop.domain.instruments import AssetClass
from ares_desktop.domain.market import from_ns, to_ns
from ares_desktop.domain.market_actions import ActionKind, MarketAction
from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.risk import Denied, DenyReason
from ares_desktop.engine.backtest.analysis.report import make_report
from ares_desktop.engine.data.series import Series
from tests.engine.backtest.analysis.builders import (
    CASH,
    DAY,
    MINUTE,
    SPY,
    TREND,
    a_curve,
    a_fill,
    an_instrument,
    an_outcome,
    bars,
)

DAYS = 600
WAVE = [round(100 + 8 * float(np.sin(row / 3)) + 4 * float(np.sin(row * 1.7)), 2) for row in range(DAYS)]


def turns(data: Series, profits: Sequence[float], *, size: float = 100, fee: float = 1.0) -> list[Fill]:
    """Return trades one after the other, each with this profit a unit before costs."""
    ends = data.ts.tolist()
    gap = (len(ends) - 2) // (2 * max(len(profits), 1))
    fills = []
    for number, profit in enumerate(profits):
        row = 1 + 2 * gap * number
        price = float(data.columns["open"][row])
        fills.append(a_fill(2 * number, size, price, ends[row], commission=fee))
        fills.append(a_fill(2 * number + 1, -size, round(price + profit, 4), ends[row + gap], commission=fee))
    return fills


def found(outcome: BacktestOutcome, *series: Series) -> dict[str, RunFinding]:
    findings = make_report(outcome, series).findings
    checks = [finding.check for finding in findings]
    assert len(checks) == len(set(checks))
    assert all(finding.title and finding.detail and finding.remedy for finding in findings)
    return {finding.check: finding for finding in findings}


def of(profits: Sequence[float], **changes: Any) -> dict[str, RunFinding]:
    data = bars(WAVE)
    fills = turns(data, profits, **changes)
    return found(an_outcome([data], fills), data)


GOOD = [3.0, -1.0, 2.0, -1.5, 2.5] * 8


def test_a_good_run_raises_no_doubt() -> None:
    data = bars(WAVE)
    returns = np.random.default_rng(0).normal(0.002, 0.01, DAYS)
    curve = a_curve(data.ts, (CASH * np.cumprod(1 + returns)).tolist())
    assert found(an_outcome([data], turns(data, GOOD), curve=curve), data) == {}


def test_the_most_severe_doubt_comes_first() -> None:
    data = bars(WAVE)
    findings = make_report(an_outcome([data], turns(data, [50.0, -5, -5, -5, -5, -5], fee=0)), [data]).findings
    order = [Severity.CRITICAL, Severity.ERROR, Severity.WARNING, Severity.INFO]
    assert len(findings) >= 3
    assert [order.index(item.severity) for item in findings] == sorted(order.index(item.severity) for item in findings)


@pytest.mark.parametrize(("count", "severity"), [(0, Severity.ERROR), (9, Severity.ERROR), (29, Severity.WARNING)])
def test_too_few_trades(count: int, severity: Severity) -> None:
    finding = of(GOOD[:count])["too_few_trades"]
    assert (finding.severity, finding.figure) == (severity, float(count))


def test_trades_that_are_nearly_all_right_are_too_good() -> None:
    data = bars(WAVE[:100])
    perfect = turns(data, [1.0, 2.0, 0.5, -0.1] * 10)
    finding = found(an_outcome([data], perfect), data)["too_good"]
    assert finding.severity is Severity.ERROR
    assert finding.figure == pytest.approx((1 + 2 + 0.5 - 0.1) / 3.6, rel=0.02)
    assert of([1.0, 2.0, 0.5, -0.1] * 10)["too_good"].severity is Severity.WARNING
    scalper = [0.2] * 19 + [-3.0]
    assert "too_good" not in of(scalper * 2)
    assert "too_good" not in of([60.0, *[0.3, -0.3] * 20])


def test_one_lucky_trade_and_what_is_left_without_it() -> None:
    lucky = of([60.0, *[1.0, -2.0] * 15])["one_lucky_trade"]
    assert lucky.severity is Severity.ERROR
    large = of([30.0, *[2.0, -1.0] * 15])["one_lucky_trade"]
    assert large.severity is Severity.WARNING
    assert large.figure == pytest.approx((3000 - 2) / (4500 - 62))
    assert "one_lucky_trade" not in of([10.0, *[2.0, -1.0] * 15])


def test_an_open_position_that_holds_the_profit() -> None:
    data = bars([*WAVE[:-1], 180.0])
    fills = turns(data, GOOD)
    still = a_fill(999, 900, WAVE[-3], int(data.ts[-3]), commission=1)
    assert found(an_outcome([data], [*fills, still]), data)["open_position"].severity is Severity.WARNING
    small = a_fill(999, 5, WAVE[-3], int(data.ts[-3]), commission=1)
    assert "open_position" not in found(an_outcome([data], [*fills, small]), data)


def test_denied_orders_by_reason() -> None:
    data = bars(WAVE)
    outcome = an_outcome([data], turns(data, GOOD))
    denial = Denied(
        client_order_id=ClientOrderId("trend-1"),
        strategy=TREND,
        instrument=SPY,
        reason=DenyReason.BUYING_POWER,
        detail="needs 12,000, has 3",
        at=from_ns(int(data.ts[0])),
    )
    few = found(replace(outcome, denials=(denial,)), data)["denied_orders"]
    assert few.severity is Severity.INFO
    assert "1 x BUYING_POWER (needs 12,000, has 3)" in few.detail
    many = (*[denial] * 9, replace(denial, reason=DenyReason.MIN_NOTIONAL))
    finding = found(replace(outcome, denials=many), data)["denied_orders"]
    assert finding.severity is Severity.WARNING
    assert "9 x BUYING_POWER" in finding.detail
    assert "1 x MIN_NOTIONAL" in finding.detail


def test_costs_that_eat_the_profit_and_the_costs_at_which_nothing_is_left() -> None:
    thin = of([0.05, 0.03] * 20, fee=1.0)["cost_sensitivity"]
    assert thin.severity is Severity.WARNING
    values = sum(float(fill.notional) for fill in turns(bars(WAVE), [0.05, 0.03] * 20))
    assert thin.figure == pytest.approx(160 / values * 1e4)
    assert "cost_sensitivity" not in of(GOOD)
    assert "cost_sensitivity" not in of([-1.0] * 40)


def test_free_and_absurd_costs() -> None:
    assert "free" in of(GOOD, fee=0.0)["extreme_costs"].title
    assert of(GOOD, fee=150.0)["extreme_costs"].figure == pytest.approx(150, rel=0.15)
    assert "extreme_costs" not in of(GOOD, fee=1.0)


def test_a_run_that_is_mostly_below_its_peak() -> None:
    data = bars(WAVE)
    fills = turns(data, GOOD)
    long = [CASH, CASH * 1.2, *[CASH * 1.1] * (DAYS - 3), CASH * 1.3]
    finding = found(an_outcome([data], fills, curve=a_curve(data.ts, long)), data)["long_drawdown"]
    assert finding.figure == pytest.approx(598 / 599)
    rising = (CASH * (1 + np.arange(DAYS) / 1000)).tolist()
    assert "long_drawdown" not in found(an_outcome([data], fills, curve=a_curve(data.ts, rising)), data)


def test_an_account_that_was_ruined_on_the_way() -> None:
    data = bars(WAVE)
    curve = a_curve(data.ts, [CASH, CASH * 0.05, *[CASH * 2] * (DAYS - 2)])
    assert found(an_outcome([data], turns(data, GOOD), curve=curve), data)["ruin"].severity is Severity.CRITICAL


def test_a_sharpe_ratio_that_may_be_luck() -> None:
    data = bars(WAVE)
    noise = np.random.default_rng(0).normal(0, 0.01, DAYS)
    for drift, expected in ((0.0004, True), (0.003, False)):
        returns = noise - noise.mean() + drift
        curve = a_curve(data.ts, (CASH * np.cumprod(1 + returns)).tolist())
        findings = found(an_outcome([data], turns(data, GOOD), curve=curve), data)
        assert ("uncertain_sharpe" in findings) is expected


EIGHT = to_ns(datetime(2024, 3, 4, 13, 0, tzinfo=UTC))
NEW_YORK = an_instrument(calendar="XNYS")


@pytest.mark.parametrize(
    ("row", "outside"), [(0, True), (89, True), (90, False), (479, False), (480, True), (5 * 1440 + 200, True)]
)
def test_fills_outside_of_the_session(row: int, outside: bool) -> None:
    """08:00 New York is row 0: the session is rows 90 to 479, and five days later it is Saturday."""
    data = bars([100 + row % 7 / 10 for row in range(7500)], step=MINUTE, spec="1m", start=EIGHT, instrument=NEW_YORK)
    outcome = an_outcome([data], [a_fill(1, 1, 100, int(data.ts[row]), instrument=NEW_YORK)])
    assert ("extended_hours" in found(outcome, data)) is outside


def test_daily_bars_of_shares_and_markets_that_never_close_have_no_extended_hours() -> None:
    data = bars(WAVE, instrument=an_instrument(calendar="XNYS"))
    assert "extended_hours" not in found(an_outcome([data], turns(data, GOOD)), data)
    always = bars([100.0] * 1440, step=MINUTE, spec="1m", start=EIGHT)
    assert "extended_hours" not in found(an_outcome([always], [a_fill(1, 1, 100, int(always.ts[700]))]), always)


def test_fills_on_bars_without_volume() -> None:
    volume = [1e6] * DAYS
    data = bars(WAVE, volume=volume)
    fills = turns(data, GOOD)
    assert "stale_fills" not in found(an_outcome([data], fills), data)
    volume[1] = 0.0
    finding = found(an_outcome([data], fills), bars(WAVE, volume=volume))["stale_fills"]
    assert finding.severity is Severity.INFO
    assert finding.figure == pytest.approx(1 / 80)
    finding = found(an_outcome([data], fills), bars(WAVE, volume=[0.0] * DAYS))["stale_fills"]
    assert (finding.severity, finding.figure) == (Severity.WARNING, 1.0)


def test_fills_at_a_price_that_stands_still_without_known_volume() -> None:
    still = bars([100.0] * 50, volume=[float("nan")] * 50)
    fill = a_fill(1, 1, 100, int(still.ts[20]))
    assert "stale_fills" in found(an_outcome([still], [fill]), still)
    traded = bars([100.0] * 50)
    assert "stale_fills" not in found(an_outcome([traded], [fill]), traded)


@pytest.mark.parametrize(("calendar", "hole", "stale"), [("24/7", 300, True), ("XNYS", 300, True), ("24/7", 5, False)])
def test_fills_on_the_first_bar_after_a_hole(calendar: str, hole: int, stale: bool) -> None:
    instrument = an_instrument(calendar=calendar)
    start = to_ns(datetime(2024, 3, 4, 14, 30, tzinfo=UTC))
    whole = bars([100 + row % 9 / 10 for row in range(390)], step=MINUTE, spec="1m", start=start, instrument=instrument)
    kept = np.r_[0:50, 50 + hole : 390]
    data = replace(whole, columns={name: values[kept] for name, values in whole.columns.items()})
    fill = a_fill(1, 1, 100, int(data.ts[50]), instrument=instrument)
    assert ("stale_fills" in found(an_outcome([data], [fill]), data)) is stale


def test_a_night_is_no_hole() -> None:
    instrument = an_instrument(calendar="XNYS")
    start = to_ns(datetime(2024, 3, 4, 14, 30, tzinfo=UTC))
    days = [
        bars([100 + row % 9 / 10 for row in range(390)], step=MINUTE, spec="1m", start=start + day * DAY)
        for day in range(2)
    ]
    columns = {name: np.concatenate([day.columns[name] for day in days]) for name in days[0].columns}
    data = replace(days[0], columns=columns, instrument=instrument)
    fill = a_fill(1, 1, 100, int(data.ts[390]), instrument=instrument)
    assert "stale_fills" not in found(an_outcome([data], [fill]), data)


@pytest.mark.parametrize(("volume", "severity"), [(250.0, Severity.WARNING), (50.0, Severity.ERROR), (1e5, None)])
def test_fills_that_are_large_beside_the_volume(volume: float, severity: Severity | None) -> None:
    data = bars(WAVE, volume=[volume] * DAYS)
    finding = found(an_outcome([data], turns(data, GOOD)), data).get("large_fills")
    assert (finding.severity if finding else None) is severity


def shares(closes: Sequence[Sequence[float]], **changes: Any) -> tuple[BacktestOutcome, tuple[Series, ...]]:
    data = tuple(
        bars(prices, instrument=an_instrument(InstrumentId(f"S{number}.XNYS"), **changes))
        for number, prices in enumerate(closes)
    )
    fills = [
        a_fill(number, 1, item.columns["open"][1], int(item.ts[1]), instrument=item.instrument)
        for number, item in enumerate(data)
    ]
    return an_outcome(data, fills), data


def test_a_choice_of_shares_that_all_lived_or_all_rose_may_know_the_future() -> None:
    rising, falling = [100.0 + row for row in range(50)], [100.0 - row for row in range(50)]
    outcome, data = shares([rising, rising, falling, falling, rising])
    assert "all 5 shares still trade" in found(outcome, *data)["survivorship"].detail
    outcome, data = shares([rising] * 3)
    assert "every one of them rose" in found(outcome, *data)["survivorship"].detail
    outcome, data = shares([rising, falling, rising])
    assert "survivorship" not in found(outcome, *data)
    outcome, data = shares([rising, falling, rising, falling, falling[:20]])
    assert "survivorship" not in found(outcome, *data)
    outcome, data = shares([rising] * 5, asset_class=AssetClass.CRYPTO)
    assert "survivorship" not in found(outcome, *data)


def test_a_share_that_joins_later_is_named() -> None:
    outcome, data = shares([[100.0 + row % 5 for row in range(200)]] * 3)
    late = replace(data[1], columns={name: values[150:] for name, values in data[1].columns.items()})
    fills = [outcome.fills[0], replace(outcome.fills[1], at=from_ns(int(late.ts[1]))), outcome.fills[2]]
    all_of_them = (data[0], late, data[2])
    assert "S1.XNYS begins later" in found(an_outcome(all_of_them, fills), *all_of_them)["survivorship"].detail


def test_prices_between_the_ticks_look_adjusted() -> None:
    adjusted = bars([price * 0.98765 for price in WAVE])
    assert "adjusted_prices" in found(an_outcome([adjusted], turns(adjusted, GOOD)), adjusted)
    data = bars(WAVE)
    assert "adjusted_prices" not in found(an_outcome([data], turns(data, GOOD)), data)


def test_a_jump_by_the_ratio_of_a_split_is_named_unless_the_data_know_of_it() -> None:
    prices = [*WAVE[:300], *(round(price / 3, 2) for price in WAVE[300:])]
    data = bars(prices, opens=[WAVE[0], *prices[:299], WAVE[299] / 3, *prices[300:-1]])
    outcome = an_outcome([data], [a_fill(1, 1, 100, int(data.ts[5]))])
    assert "SPY.ARCX on 2024-12-29" in found(outcome, data)["unadjusted_split"].detail
    split = MarketAction(SPY, int(data.starts[300]), ActionKind.SPLIT, 3.0)
    assert "unadjusted_split" not in found(outcome, replace(data, actions=(split,)))
    slip = bars(WAVE, opens=[WAVE[0], *WAVE[:299], WAVE[299] * 2, *WAVE[300:-1]])
    assert "unadjusted_split" not in found(an_outcome([slip], [a_fill(1, 1, 100, int(slip.ts[5]))]), slip)
    crash = [*WAVE[:300], *(round(price * 0.7, 2) for price in WAVE[300:])]
    fallen = bars(crash, opens=[WAVE[0], *crash[:299], WAVE[299] * 0.7, *crash[300:-1]])
    assert "unadjusted_split" not in found(an_outcome([fallen], [a_fill(1, 1, 100, int(data.ts[5]))]), fallen)


def test_prices_at_or_below_zero_are_named() -> None:
    low = bars([round(price - 95, 2) for price in WAVE])
    fills = [a_fill(1, 1, 5, int(low.ts[1]), instrument=replace(low.instrument, tick_size=Decimal("0.01")))]
    finding = found(an_outcome([low], fills), low)["negative_prices"]
    assert finding.figure == float((low.columns["low"] <= 0).sum())


def test_a_report_can_be_made_without_doubts() -> None:
    data = bars(WAVE)
    assert make_report(an_outcome([data], turns(data, [1.0])), [data], findings=False).findings == ()
