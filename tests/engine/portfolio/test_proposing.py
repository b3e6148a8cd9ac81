"""Proposed weights keep to their bands, and say what they stand on."""

from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.portfolio import AllocationBand, AllocationMethod, BandState
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.portfolio.bands import BookMoney, band_of, transfers
from ares_desktop.engine.portfolio.optimizing import Optimizer, OptimizeTask, within
from ares_desktop.engine.portfolio.proposing import LIVE, blend, evidence_of, picture_of, rounded, task_of
from ares_desktop.engine.portfolio.var import Closes

D = Decimal


def an_instance(name: str = "trend", weight: str = "0.2", **fields: Any) -> StrategyInstance:
    return StrategyInstance(
        name=StrategyId(name),
        file="x.py",
        account=AccountId("PAPER"),
        instruments=(InstrumentId("AAPL.SIM"),),
        weight=D(weight),
        **fields,
    )


def a_band(name: str = "trend", weight: str = "0.2", equity: str | None = "200", **fields: Any) -> AllocationBand:
    money = BookMoney(D(200), None if equity is None else D(equity))
    return band_of(an_instance(name, weight, **fields), money, D(1000), "USD")


def closes(days: int, seed: int, risk: float = 0.01) -> Closes:
    prices = 100 * np.cumprod(1 + np.random.default_rng(seed).normal(0, risk, days))
    return Closes(np.arange(18_000, 18_000 + days), np.asarray(prices, dtype=np.float64))


@pytest.mark.parametrize(
    ("equity", "state", "transfer"),
    [
        ("200", BandState.AT_TARGET, "0"),
        ("210", BandState.IN_BAND, "0"),
        ("240", BandState.DRIFTED, "-40"),
        ("100", BandState.DRIFTED, "100"),
        ("40", BandState.BELOW, "160"),
        ("600", BandState.ABOVE, "-400"),
        (None, BandState.UNKNOWN, None),
    ],
)
def test_a_weight_stands_somewhere_in_its_band(equity: str | None, state: BandState, transfer: str | None) -> None:
    band = a_band(equity=equity, min_weight=D("0.05"), max_weight=D("0.5"), no_trade_band=D("0.02"))
    assert (band.state, band.transfer) == (state, None if transfer is None else D(transfer))


def test_a_fixed_capital_is_a_target_too() -> None:
    band = a_band(capital=D(300))
    assert (band.target, band.fixed, band.transfer) == (D("0.3"), True, D(100))


def test_transfers_bring_every_book_to_its_weight_but_for_small_ones() -> None:
    bands = [a_band("a", no_trade_band=D("0.05")), a_band("b", equity="100"), a_band("c", equity="300")]
    moved = transfers(zip(bands, [D("0.23"), D("0.25"), D("0.1")], strict=True), D(1000))
    assert moved == {"a": 0, "b": D(150), "c": D(-200)}
    with pytest.raises(ValueError, match="c"):
        transfers([(a_band("c", equity=None), D("0.1"))], D(1000))


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(0, 0.2), st.floats(0.2, 1), st.floats(0.05, 1)), min_size=2, max_size=6).filter(
        lambda rows: sum(row[0] for row in rows) < 0.8 < sum(row[1] for row in rows)
    )
)
def test_rounding_of_a_solver_never_leaves_a_band_or_changes_the_sum(rows: list[tuple[float, float, float]]) -> None:
    task = OptimizeTask("x", len(rows), b"", tuple(row[0] for row in rows), tuple(row[1] for row in rows), 0.8)
    found = within(np.array([row[2] for row in rows]), task)
    assert float(found.sum()) == pytest.approx(0.8, abs=1e-9)
    assert all(low - 1e-12 <= weight <= high + 1e-12 for weight, (low, high, _) in zip(found, rows, strict=True))


@pytest.mark.parametrize("method", ["risk-parity", "minimum-variance", "hierarchical"])
def test_the_library_s_weights_keep_to_bands_and_add_up(method: str) -> None:
    own = {
        name: closes(120, seed, risk) for seed, (name, risk) in enumerate({"a": 0.005, "b": 0.01, "c": 0.02}.items())
    }
    evidence = evidence_of(own, LIVE, 30)
    bands = [
        a_band("a", "0.3", max_weight=D("0.4")),
        a_band("b", "0.3"),
        a_band("c", "0.2", min_weight=D("0.1")),
    ]
    task = task_of(AllocationMethod(method), bands, evidence)
    solved = msgspec.msgpack.decode(Optimizer().run(msgspec.msgpack.encode(task), lambda _: None), type=list[float])
    weights = rounded(solved, bands)
    assert sum(weights) == D("0.8")
    assert all(band.minimum <= weight <= band.maximum for band, weight in zip(bands, weights, strict=True))
    assert weights[0] >= weights[1] >= weights[2] >= D("0.1")
    before, after = (picture_of(each, evidence.returns) for each in ([band.target for band in bands], weights))
    assert after.volatility < before.volatility
    assert sum(part or 0 for part in after.parts) == pytest.approx(1)


def test_the_picture_is_that_of_numpy() -> None:
    returns = np.random.default_rng(3).normal(0, 0.01, (100, 2))
    shares = np.array([0.25, 0.5])
    picture = picture_of([D("0.25"), D("0.5")], returns)
    assert picture.volatility == pytest.approx(float((returns @ shares).std(ddof=1)) * 252**0.5)


def test_bands_that_leave_no_weights_are_refused() -> None:
    evidence = evidence_of({"a": closes(60, 1)}, LIVE, 30)
    bands = [a_band("a", "0.2", min_weight=D("0.2")), a_band("b", "0.9", min_weight=D("0.9"))]
    with pytest.raises(UsageError, match="leave no weights"):
        task_of(AllocationMethod.RISK_PARITY, bands, evidence)


def test_too_few_days_say_how_many_and_what_never_moved_is_named() -> None:
    assert evidence_of({"a": closes(20, 1), "b": closes(20, 2)}, LIVE, 30).problem == (
        "19 daily returns in common, 30 are needed"
    )
    still = Closes(np.arange(18_000, 18_060), np.ones(60))
    assert evidence_of({"a": closes(60, 1), "b": still}, LIVE, 30).problem == "b never moved"
    assert evidence_of({"a": closes(60, 1), "b": None}, LIVE, 30).problem == "there are no daily returns of b"


def test_equal_parts_earn_the_mean_of_their_returns() -> None:
    one, two = closes(40, 1), closes(40, 2)
    both = blend([one, two])
    assert both is not None
    mean = (one.prices[1:] / one.prices[:-1] + two.prices[1:] / two.prices[:-1]) / 2
    assert both.prices[1:] / both.prices[:-1] == pytest.approx(mean)
