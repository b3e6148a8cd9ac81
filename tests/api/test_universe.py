"""A universe holds what passes its filters, in the order of its key, from what was known alone."""

from datetime import UTC, datetime, timedelta
from math import nan

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ares_desktop.api import Bar, Bars, Strategy
from ares_desktop.api.series import bars_of
from ares_desktop.api.testing import run_on_bars
from ares_desktop.api.universe import (
    bars_of_all,
    close_over,
    dollar_volume,
    dollar_volume_over,
    fresh,
    history_of,
    known_at,
    returned,
    select,
    tradable,
)
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.domain.market import to_ns

BEGIN = datetime(2024, 1, 1, 21, tzinfo=UTC)
DAY = timedelta(days=1)


def days(name: str, closes: list[float], volume: float = 1000.0, *, first: int = 0) -> Bars:
    made = []
    for at, close in enumerate(closes, first):
        end = to_ns(BEGIN + at * DAY)
        made.append(Bar(InstrumentId(name), end - 23_400 * 10**9, end, close, close, close, close, volume))
    return bars_of(InstrumentId(name), made)


def market(**closes: list[float]) -> dict[InstrumentId, Bars]:
    return {InstrumentId(name): days(name, values) for name, values in closes.items()}


def test_every_filter_has_to_admit_an_instrument() -> None:
    found = market(CHEAP=[4.0] * 30, SHORT=[50.0] * 10, GOOD=[50.0] * 30, EDGE=[5.0] * 30)
    assert select(found, close_over(5), history_of(20)) == ("GOOD",)
    assert select(found) == ("CHEAP", "SHORT", "GOOD", "EDGE")


def test_dollar_volume_is_the_mean_over_its_bars_and_unknown_without_volumes() -> None:
    traded = days("ACME", [10.0, 20.0, 30.0], 100.0)
    assert dollar_volume(3)(traded) == pytest.approx(2000.0)
    assert dollar_volume(2)(traded) == pytest.approx(2500.0)
    assert not dollar_volume_over(2000.0, 3)(traded)
    assert dollar_volume_over(1999.0, 3)(traded)
    assert not dollar_volume_over(0.0, 4)(traded)
    assert not dollar_volume_over(0.0, 3)(days("ACME", [10.0] * 3, nan))


def test_a_ranking_begins_with_the_greatest_and_ends_at_the_top_asked_for() -> None:
    found = market(SLOW=[10.0, 11.0], FAST=[10.0, 15.0], FALL=[10.0, 9.0], YOUNG=[10.0])
    assert select(found, key=returned(1)) == ("FAST", "SLOW", "FALL")
    assert select(found, key=returned(1), top=2) == ("FAST", "SLOW")
    assert select(found, key=returned(1), top=0) == ()
    with pytest.raises(ValueError, match="0 or more, was -1"):
        select(found, top=-1)


def test_equal_ranks_are_in_the_order_of_their_names() -> None:
    assert select(market(B=[1.0, 2.0], A=[2.0, 4.0]), key=returned(1)) == ("A", "B")


def test_what_is_no_longer_quoted_is_left_out() -> None:
    gone, here = days("GONE", [10.0] * 5), days("HERE", [10.0] * 5, first=20)
    found = {bars.instrument: bars for bars in (gone, here)}
    assert select(found, fresh(BEGIN + 24 * DAY, 7 * DAY)) == ("HERE",)
    assert select(found, fresh(BEGIN + 4 * DAY, 7 * DAY), at=BEGIN + 4 * DAY) == ("GONE",)


def test_a_bar_that_ends_at_the_moment_counts_and_a_later_one_does_not() -> None:
    bars = days("ACME", [1.0, 2.0, 3.0])
    assert known_at(bars, BEGIN + DAY).close.tolist() == [1.0, 2.0]
    assert known_at(bars, BEGIN + DAY - timedelta(microseconds=1)).close.tolist() == [1.0]
    assert len(known_at(bars, BEGIN - DAY)) == 0
    with pytest.raises(ValueError, match="zone"):
        known_at(bars, datetime(2024, 1, 1))  # noqa: DTZ001 - what is to be refused


prices = st.lists(st.floats(0.01, 1000), min_size=1, max_size=30)


@given(st.dictionaries(st.sampled_from("ABCDE"), prices, min_size=1), prices, st.integers(0, 29))
def test_a_selection_as_of_a_time_does_not_depend_on_what_came_later(
    closes: dict[str, list[float]], later: list[float], last: int
) -> None:
    at = BEGIN + last * DAY
    known = market(**{name: values[: last + 1] for name, values in closes.items()})
    other = market(**{name: values[: last + 1] + later for name, values in closes.items() if len(values) > last})
    filters = (close_over(5), history_of(3), dollar_volume_over(5000, 3))
    expected = select({**known}, *filters, key=returned(2), at=at)
    assert select({**known, **other}, *filters, key=returned(2), at=at) == expected


class Looker(Strategy):
    """Notes what it sees at each bar."""

    def on_start(self) -> None:
        self.seen: list[tuple[int, dict[str, int]]] = []

    def on_bar(self, bar: Bar) -> None:
        found = bars_of_all(self.context, 3)
        self.seen.append((bar.end_ns, {name: len(bars) for name, bars in found.items()}))
        assert all(int(bars.end[-1]) <= bar.end_ns for bars in found.values())
        assert sorted(tradable(self.context)) == ["A.SIM", "B.SIM"]


def test_a_strategy_sees_the_closed_bars_of_what_it_can_trade() -> None:
    ids = [InstrumentId(f"{name}.SIM") for name in ("A", "B", "VIX")]
    made = []
    for at in range(5):
        end = to_ns(BEGIN + at * DAY)
        quoted = ids if at > 2 else ids[::2]
        made += [Bar(name, end - 10**9, end, 1.0, 1.0, 1.0, 1.0, nan) for name in quoted]
    index = Instrument(id=ids[2], asset_class=AssetClass.INDEX, tradable=False)
    history = [Bar(ids[1], 0, 1, 1.0, 1.0, 1.0, 1.0, nan)]
    run = run_on_bars(Looker, made, history=history, instruments=[index])
    assert isinstance(run.strategy, Looker)
    assert [counts for _, counts in run.strategy.seen][-1] == {"A.SIM": 3, "B.SIM": 3}
