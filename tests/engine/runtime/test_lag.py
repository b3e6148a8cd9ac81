"""The meter of the loop's lag."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.engine.runtime.lag import LagFigures, LagHistogram, LagMeter


@given(st.lists(st.floats(min_value=0.0, max_value=100_000.0), min_size=1, max_size=200))
def test_a_quantile_of_the_histogram_lies_within_a_bin_of_the_true_one(lags: list[float]) -> None:
    histogram = LagHistogram()
    for lag in lags:
        histogram.add(lag)
    ordered = sorted(lags)
    for share in (0.5, 0.99):
        rank = next(index for index in range(len(ordered)) if index + 1 >= share * len(ordered))
        true = ordered[rank]
        assert true <= histogram.quantile(share) + 1e-9
        assert histogram.quantile(share) <= max(0.01, true * 1.1)
    assert histogram.figures().max_ms == ordered[-1]


def test_nothing_measured_is_zero() -> None:
    meter = LagMeter()
    assert meter.window() == LagFigures()
    assert meter.total() == LagFigures()


async def test_a_blocked_loop_shows_in_window_and_total() -> None:
    meter = LagMeter(every_s=0.005)
    meter.start()
    await asyncio.sleep(0.01)
    time.sleep(0.05)  # noqa: ASYNC251  blocking the loop is the point
    await asyncio.sleep(0.02)
    meter.stop()
    assert meter.window().max_ms >= 44
    assert meter.total().max_ms == meter.window().max_ms


async def test_a_stall_counts_once_for_each_beat_it_swallowed() -> None:
    meter = LagMeter(every_s=0.01)
    meter.start()
    time.sleep(0.1)  # noqa: ASYNC251  blocking the loop is the point
    await asyncio.sleep(0.001)
    meter.stop()
    assert meter.window().samples >= 9
    assert meter.window().p50_ms >= 40


async def test_a_stopped_meter_leaves_no_timer_and_keeps_its_figures() -> None:
    meter = LagMeter(every_s=0.001)
    meter.start()
    meter.start()
    await asyncio.sleep(0.02)
    meter.stop()
    samples = meter.total().samples
    assert samples > 0
    await asyncio.sleep(0.01)
    assert meter.total().samples == samples


@pytest.mark.parametrize("beats", [1, 3])
async def test_the_window_forgets_old_beats(beats: int) -> None:
    meter = LagMeter(every_s=0.001, window_s=0.001 * beats)
    meter.start()
    await asyncio.sleep(0.02)
    meter.stop()
    assert meter.window().samples == beats
