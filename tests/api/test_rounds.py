"""Bars of one time are gathered before a rule looks at them."""

from ares_desktop.api.rounds import BarRound
from tests.api.chains import APRIL, MARCH, MAY, a_session


def test_a_round_is_complete_with_the_last_of_its_instruments_in_any_order() -> None:
    gathered = BarRound((MARCH, APRIL))
    assert [gathered.update(a_session(0, 1, name)) for name in (APRIL, MAY, MARCH, MAY)] == [False, False, True, False]
    assert [gathered.update(a_session(1, 1, name)) for name in (MARCH, APRIL)] == [False, True]


def test_a_round_without_one_of_the_needed_is_never_complete() -> None:
    gathered = BarRound((MARCH, APRIL))
    assert not gathered.update(a_session(0, 1, MARCH))
    assert not gathered.update(a_session(1, 1, APRIL))
    assert gathered.update(a_session(1, 1, MARCH))


def test_without_names_it_waits_for_those_of_the_round_before() -> None:
    gathered = BarRound()
    told = [gathered.update(a_session(0, 1, name)) for name in (MARCH, APRIL)]
    told += [gathered.update(a_session(1, 1, name)) for name in (APRIL, MARCH, MAY)]
    assert told == [False, False, False, True, False]
    # March is missing: nothing is decided, and then it is not waited for any more.
    assert [gathered.update(a_session(2, 1, name)) for name in (APRIL, MAY)] == [False, False]
    assert [gathered.update(a_session(3, 1, name)) for name in (APRIL, MAY)] == [False, True]


def test_those_that_are_not_waited_for_any_more_can_be_named() -> None:
    gathered = BarRound()
    for name in (MARCH, APRIL):
        gathered.update(a_session(0, 1, name))
    assert gathered.update(a_session(1, 1, APRIL), among=(APRIL, MAY))


def test_a_bar_that_comes_twice_or_late_completes_nothing() -> None:
    gathered = BarRound((MARCH, APRIL))
    gathered.update(a_session(1, 1, MARCH))
    assert not gathered.update(a_session(1, 1, MARCH))
    assert not gathered.update(a_session(0, 1, APRIL))
    assert gathered.update(a_session(1, 1, APRIL))
