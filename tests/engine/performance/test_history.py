"""Daily closes outlive a restart, averages weigh time, and market time that goes back begins anew."""

import numpy as np
import pytest

from ares_desktop.engine.performance.history import NavHistory
from tests.engine.performance.builders import BEGIN_NS, DAY_NS, valued

HOUR_NS = 3600 * 10**9


def test_each_day_keeps_its_last_valuation() -> None:
    nav = NavHistory()
    completed = [nav.note("a", valued(BEGIN_NS + hour * HOUR_NS, 1.0 + hour / 100)) for hour in (0, 5, 23, 25, 49)]
    assert completed == [True, False, False, True, True]
    book = nav.book("a")
    assert book is not None
    assert book.daily().twr.tolist() == pytest.approx([0.23, 0.25, 0.49])


def test_a_restart_changes_nothing() -> None:
    nav, again = NavHistory(), NavHistory()
    for day in range(30):
        nav.note("a", valued(BEGIN_NS + day * DAY_NS, 1.0 + day / 100, traded=float(day)))
    again.restore(nav.encode())
    for one in (nav, again):
        one.note("a", valued(BEGIN_NS + 30 * DAY_NS, 1.5, traded=99.0))
    assert again.book("a") == nav.book("a")
    again.restore(b"nonsense")
    assert again.books() == ("a",)


def test_averages_weigh_the_time_that_something_was_held() -> None:
    nav = NavHistory()
    nav.note("a", valued(BEGIN_NS, 1.0, gross=1000.0))
    nav.note("a", valued(BEGIN_NS + 3 * DAY_NS, 1.0, gross=0.0))
    nav.note("a", valued(BEGIN_NS + 4 * DAY_NS, 1.0, gross=None))
    nav.note("a", valued(BEGIN_NS + 9 * DAY_NS, 1.0))
    book = nav.book("a")
    assert book is not None
    assert book.exposure == pytest.approx(0.75)
    assert book.mean_equity == pytest.approx(1000.0)


def test_what_was_traded_before_the_history_does_not_count() -> None:
    nav = NavHistory()
    nav.note("a", valued(BEGIN_NS, 1.0, traded=500.0))
    nav.note("a", valued(BEGIN_NS + DAY_NS, 1.0, traded=800.0))
    book = nav.book("a")
    assert book is not None
    assert book.traded == 300.0


@pytest.mark.parametrize(("behind_ns", "days"), [(HOUR_NS, 3), (5 * DAY_NS, 1)])
def test_time_that_goes_back_a_little_is_left_aside_and_a_lot_begins_anew(behind_ns: int, days: int) -> None:
    nav = NavHistory()
    for day in range(3):
        nav.note("a", valued(BEGIN_NS + day * DAY_NS, 1.0))
    nav.note("a", valued(BEGIN_NS + 2 * DAY_NS - behind_ns, 2.0))
    book = nav.book("a")
    assert book is not None
    assert len(book.closes) == days
    assert np.isfinite(book.daily().twr).all()
