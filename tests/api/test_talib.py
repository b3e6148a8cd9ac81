"""Indicators that take one bar at a time are those of TA-Lib on all bars at once, our own ones too."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from math import isnan, nan
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from ares_desktop.api import ATR, EMA, RSI, SMA, VWAP, Bar, ZScore
from ares_desktop.api.indicators import TaLib
from ares_desktop.api.library import load_talib
from ares_desktop.domain.ids import InstrumentId

talib = load_talib()
GROUPS: dict[str, list[str]] = talib.get_function_groups()
Floats = NDArray[np.float64]
COLUMNS = ("open", "high", "low", "close", "volume")
EXACT = 1e-12
"""Our own averages round once, TA-Lib's running sums at every step."""
NUMBERS = ("ACOS", "ASIN")
"""Defined between -1 and 1 alone."""
CUMULATIVE = {"CUMSUM", "WAD", "HA", "AD", "NVI", "OBV", "PVI", "PVT", "VWAP"}
"""What depends on where it began, however long ago."""
POSITIONS = {"MAXINDEX", "MININDEX", "MINMAXINDEX"}


def market(count: int, seed: int = 7) -> list[Bar]:
    """Bars that wander, with highs and lows beyond open and close."""
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.01, count)))
    open_ = np.concatenate((close[:1], close[:-1]))
    high = np.maximum(open_, close) * (1 + np.abs(random.normal(0, 0.004, count)))
    low = np.minimum(open_, close) * (1 - np.abs(random.normal(0, 0.004, count)))
    volume = random.uniform(1e3, 1e5, count).round()
    return made(np.column_stack((open_, high, low, close, volume)).tolist())


def made(rows: Sequence[Sequence[float]]) -> list[Bar]:
    acme = InstrumentId("ACME.XNYS")
    return [Bar(acme, at * 60, at * 60 + 60, *row) for at, row in enumerate(rows)]


def column(bars: Sequence[Bar], name: str) -> Floats:
    return np.array([getattr(bar, name) for bar in bars], np.float64)


def batch(indicator: TaLib, bars: Sequence[Bar], **parameters: float) -> list[Floats]:
    """Return TA-Lib's outputs for all bars."""
    columns = [column(bars, name) if name in COLUMNS else np.full(len(bars), 5.0) for name in indicator.inputs]
    found = getattr(talib, indicator.function)(*columns, **parameters)
    return [np.asarray(item, np.float64) for item in (found if isinstance(found, tuple) else (found,))]


def one_by_one(indicator: TaLib, bars: Sequence[Bar]) -> list[Floats]:
    """Return what the indicator says after each bar."""
    rows = []
    for bar in bars:
        indicator.update(*(getattr(bar, name) if name in COLUMNS else 5.0 for name in indicator.inputs))
        rows.append(indicator.values)
    return [np.array(item, np.float64) for item in zip(*rows, strict=True)]


@pytest.mark.parametrize("group", GROUPS)
def test_each_function_is_the_same_bar_by_bar(group: str) -> None:
    bars = market(260)
    for function in GROUPS[group]:
        indicator = TaLib(function)
        expected, found = batch(indicator, bars), one_by_one(indicator, bars)
        assert indicator.ready, function
        first = next(at for at in range(len(bars)) if not isnan(found[0][at])) if function not in NUMBERS else 0
        assert first >= indicator.lookback, function
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one[first:], other[first:], rtol=1e-12, atol=1e-12, err_msg=function)


def test_every_function_belongs_to_a_group() -> None:
    assert sorted(function for group in GROUPS.values() for function in group) == sorted(talib.get_functions())


PARAMETERS: tuple[tuple[str, dict[str, float]], ...] = (
    ("WMA", {"timeperiod": 5}),
    ("DEMA", {"timeperiod": 4}),
    ("TEMA", {"timeperiod": 3}),
    ("KAMA", {"timeperiod": 5}),
    ("MACD", {"fastperiod": 3, "slowperiod": 6, "signalperiod": 2}),
    ("BBANDS", {"timeperiod": 5, "nbdevup": 1.5}),
    ("BBANDS", {"timeperiod": 5, "matype": 1}),
    ("STOCH", {"fastk_period": 4}),
    ("ADX", {"timeperiod": 4}),
    ("PLUS_DI", {"timeperiod": 4}),
    ("CCI", {"timeperiod": 5}),
    ("ROC", {"timeperiod": 3}),
    ("MOM", {"timeperiod": 3}),
    ("WILLR", {"timeperiod": 4}),
    ("OBV", {}),
    ("MFI", {"timeperiod": 4}),
    ("NATR", {"timeperiod": 4}),
    ("STDDEV", {"timeperiod": 5}),
    ("LINEARREG_SLOPE", {"timeperiod": 5}),
    ("CORREL", {"timeperiod": 5}),
    ("BETA", {"timeperiod": 5}),
    ("DONCHIAN", {"timeperiod": 5}),
    ("KC", {"timeperiod": 5, "atrperiod": 3}),
    ("SAR", {}),
)
prices = st.integers(100, 10_000).map(lambda cents: cents / 100)
rows = st.tuples(prices, prices, prices, prices, st.integers(0, 10_000)).map(
    lambda row: (row[0], max(row[:4]), min(row[:4]), row[3], float(row[4])),
)


@pytest.mark.parametrize(("function", "parameters"), PARAMETERS)
@settings(max_examples=25)
@given(raw=st.lists(rows, min_size=1, max_size=60), holes=st.sets(st.integers(0, 59), max_size=5))
def test_rows_that_lack_a_value_are_left_out(
    function: str, parameters: dict[str, float], raw: list[tuple[float, ...]], holes: set[int]
) -> None:
    indicator = TaLib(function, **parameters)
    bars, whole = made(raw), made([row for at, row in enumerate(raw) if at not in holes])
    for at, bar in enumerate(bars):
        row = [nan if at in holes else getattr(bar, name) for name in indicator.inputs]
        before = indicator.values
        indicator.update(*row)
        if at in holes:
            assert repr(indicator.values) == repr(before)
    assert indicator.skipped == len(holes & set(range(len(raw))))
    if indicator.ready:
        expected = [item[-1] for item in batch(indicator, whole, **parameters)]
        np.testing.assert_allclose(indicator.values, expected, rtol=1e-9, atol=1e-9)
    else:
        assert all(map(isnan, indicator.values))
        assert len(whole) <= indicator.lookback + 1


@pytest.mark.parametrize("group", GROUPS)
def test_after_the_rows_it_asks_for_it_does_not_matter_where_a_function_began(group: str) -> None:
    for function in sorted(set(GROUPS[group]) - CUMULATIVE - POSITIONS - set(NUMBERS)):
        late, early = TaLib(function), TaLib(function)
        bars = market(late.settled + 200)
        whole, part = one_by_one(early, bars), one_by_one(late, bars[-max(late.settled, 60) :])
        for one, other in zip(whole, part, strict=True):
            bound = 1e-6 * max(1.0, float(np.nanmax(np.abs(one))))
            assert other[-1] == pytest.approx(one[-1], rel=1e-5, abs=bound), function


def test_a_bar_gives_a_function_what_it_takes() -> None:
    bars = market(60)
    stochastic, money, close = TaLib("STOCH"), TaLib("MFI"), TaLib("WMA", timeperiod=3)
    for bar in bars:
        stochastic.update(bar)
        money.update(bar)
        close.update(bar)
    assert stochastic.outputs == ("slowk", "slowd")
    assert stochastic["slowd"] == batch(stochastic, bars)[1][-1]
    assert money.value == batch(money, bars)[0][-1]
    last = [bar.close for bar in bars[-3:]]
    assert close.value == pytest.approx((last[0] + 2 * last[1] + 3 * last[2]) / 6)


def test_bars_without_a_volume_never_make_a_function_of_volume_ready() -> None:
    index = TaLib("MFI")
    for bar in made([(*(10.0,) * 4, nan)] * 40):
        index.update(bar)
    assert not index.ready
    assert index.skipped == 40


@pytest.mark.parametrize(
    ("function", "parameters", "said"),
    [
        ("macd", {}, "near it are MACD"),
        ("SMA", {"period": 5}, "has no parameter period; it takes timeperiod"),
        ("SMA", {"timeperiod": 0}, "does not admit timeperiod=0"),
        ("SMA", {"timeperiod": 2.5}, "expected int"),
    ],
)
def test_what_ta_lib_does_not_have_is_refused(function: str, parameters: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        TaLib(function, **parameters)


def test_a_function_of_two_series_wants_both() -> None:
    bar = market(1)[0]
    with pytest.raises(TypeError, match="takes 2 series, give it high, low instead of a bar"):
        TaLib("CORREL").update(bar)
    with pytest.raises(TypeError, match=r"takes 2 values \(high, low\), was given 1"):
        TaLib("CORREL").update(1.0)
    with pytest.raises(KeyError, match="returns macd, macdsignal, macdhist, not 'signal'"):
        TaLib("MACD")["signal"]


def test_a_worker_does_not_load_data_frames_for_an_indicator() -> None:
    code = (
        "import sys; from ares_desktop.api.indicators import TaLib; assert 'talib' not in sys.modules; TaLib('SMA');"
        "assert 'talib' in sys.modules; assert 'pandas' not in sys.modules; import pandas; assert pandas.Series"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def close_of(update: Callable[[float], float], bars: Sequence[Bar]) -> Floats:
    return np.array([update(bar.close) for bar in bars])


OWN: tuple[tuple[str, Callable[[list[Bar]], Any], Callable[[list[Bar]], Any], float], ...] = (
    ("SMA", lambda b: close_of(SMA(9).update, b), lambda b: talib.SMA(column(b, "close"), 9), EXACT),
    ("EMA", lambda b: close_of(EMA(9).update, b), lambda b: talib.EMA(column(b, "close"), 9), 1e-10),
    ("RSI", lambda b: close_of(RSI(9).update, b), lambda b: talib.RSI(column(b, "close"), 9), 1e-8),
    (
        "ATR",
        lambda b: np.array(list(map(ATR(9).update, b))),
        lambda b: talib.ATR(column(b, "high"), column(b, "low"), column(b, "close"), 9),
        1e-10,
    ),
    (
        "ZScore",
        lambda b: close_of(ZScore(9).update, b),
        lambda b: (column(b, "close") - talib.SMA(column(b, "close"), 9)) / talib.STDDEV(column(b, "close"), 9),
        1e-6,
    ),
    (
        "VWAP over a window",
        lambda b: np.array(list(map(VWAP(9).update, b))),
        lambda b: talib.VWMA(talib.TYPPRICE(*(column(b, name) for name in COLUMNS[1:4])), column(b, "volume"), 9),
        1e-10,
    ),
    (
        "VWAP of a day",
        lambda b: np.array(list(map(VWAP().update, b))),
        lambda b: talib.VWAP(*(column(b, name) for name in COLUMNS[1:])),
        1e-10,
    ),
)


@pytest.mark.parametrize(("ours", "theirs", "tolerance"), [case[1:] for case in OWN], ids=[case[0] for case in OWN])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_our_own_indicators_are_those_of_ta_lib(
    ours: Callable[[list[Bar]], Any], theirs: Callable[[list[Bar]], Any], tolerance: float, seed: int
) -> None:
    bars = market(400, seed)
    found, expected = ours(bars), theirs(bars)
    known = np.isfinite(expected)
    # The windowed price of ours begins with the first volume, TA-Lib's with a whole window.
    assert np.isfinite(found[known]).all()
    assert known.sum() >= 390
    np.testing.assert_allclose(found[known], expected[known], rtol=tolerance, atol=tolerance)


@given(st.lists(prices, min_size=12, max_size=80), st.integers(2, 10))
def test_our_own_indicators_are_those_of_ta_lib_on_any_prices(values: list[float], period: int) -> None:
    array = np.array(values)
    cases = (
        (SMA(period).update, talib.SMA(array, period)),
        (EMA(period).update, talib.EMA(array, period)),
        (RSI(period).update, talib.RSI(array, period)),
    )
    for update, expected in cases:
        found = [update(value) for value in values][-1]
        # Where nothing moved TA-Lib's strength index is 0, ours says that neither side is stronger.
        if not (expected[-1] == 0.0 and found == 50.0):
            assert found == pytest.approx(expected[-1], rel=1e-9, abs=1e-9)
