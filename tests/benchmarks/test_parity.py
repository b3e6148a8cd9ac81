"""The same rules on the same bars lead to the same fills here and in two public backtesters."""

import numpy as np
import pytest

from benchmarks.parity import ours, theirs
from benchmarks.parity.fills import FIRST_BAR, FOLLOWS, GAP, UNEXPLAINED, Row, compare, merged
from benchmarks.parity.markets import PERCENTAGE, random_market
from benchmarks.peers._rules import RULES
from benchmarks.peers.catalog import Peer

BARS = 400
NO_BARS = np.empty((0, 6))


@pytest.mark.parametrize("peer", theirs.peers(), ids=lambda peer: peer.name)
def test_a_peer_that_is_installed_agrees_to_the_fill(peer: Peer) -> None:
    if peer.absence:
        pytest.skip(peer.absence)
    market = random_market(BARS)
    played = theirs.play(peer, market, PERCENTAGE)
    for rule in RULES:
        mine = ours.play(rule, market.series, ours.CHARGED)
        found = compare(mine.rows, played[rule].rows, market.bars, brackets=rule == "bracket")
        assert mine.notes == ()
        assert len(mine.rows) > 5, rule
        assert found.unexplained == 0, found.examples
        if not found.differing:
            assert mine.equity == pytest.approx(played[rule].equity, abs=1e-6)


def test_fills_of_one_bar_side_and_price_count_as_one() -> None:
    assert merged([Row(3, -1, 9.0), Row(3, -1, 9.0), Row(4, 1, 9.0)]) == [Row(3, -2, 9.0), Row(4, 1, 9.0)]


def test_a_price_quantity_side_or_bar_that_differs_is_found() -> None:
    here = [Row(3, 1, 9.0), Row(5, -1, 8.0)]
    for other in (Row(5, -1, 8.01), Row(5, -2, 8.0), Row(5, 1, 8.0), Row(6, -1, 8.0)):
        found = compare(here, [here[0], other], NO_BARS, brackets=False)
        assert found.agreed == 1
        assert found.differing == {UNEXPLAINED: 2}


def test_an_exit_in_the_bar_of_its_entry_is_told_from_other_differences() -> None:
    here = [Row(3, 1, 9.0), Row(3, -1, 8.0), Row(6, 1, 9.5), Row(8, -1, 9.9)]
    there = [Row(3, 1, 9.0), Row(7, -1, 10.0)]
    found = compare(here, there, NO_BARS, brackets=True)
    assert found.differing == {FIRST_BAR: 1, FOLLOWS: 2}
    assert found.agreed == 1


def test_a_bar_that_opens_beyond_the_target_and_falls_to_the_stop_is_told_apart() -> None:
    bars = np.array([[0, 9, 9, 9, 9, 0], [60, 9, 9, 9, 9, 0], [120, 11, 11, 7, 8, 0]], dtype=np.float64)
    found = compare([Row(1, 1, 9.0), Row(2, -1, 11.0)], [Row(1, 1, 9.0), Row(2, -1, 8.0)], bars, brackets=True)
    assert found.differing == {GAP: 1}


def test_a_bracket_s_difference_without_a_known_reason_stays_unexplained() -> None:
    found = compare([Row(1, 1, 9.0), Row(4, -1, 10.0)], [Row(1, 1, 9.0), Row(5, -1, 10.0)], NO_BARS, brackets=True)
    assert found.unexplained == 1
    missing = compare([Row(1, 1, 9.0), Row(4, -1, 10.0)], [], NO_BARS, brackets=True)
    assert missing.unexplained == 2
