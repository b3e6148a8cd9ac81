"""The lease between the application and its sentinel."""

from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.sentinel import GuardPlan
from ares_desktop.engine.trading.lease import Lease


def test_orders_are_sent_until_it_runs_out_and_again_once_a_beat_was_answered() -> None:
    now = 0.0
    lease = Lease(2.0, now=lambda: now)
    assert (lease.problem(), lease.stands) == ("", None)
    lease.extend(0.0)
    now = 1.9
    assert (lease.problem(), lease.stands) == ("", True)
    now = 6.0
    assert "has not answered for 6.0 s" in lease.problem()
    lease.extend(5.9)
    assert lease.problem() == ""


def test_an_answer_that_comes_late_extends_it_only_from_when_its_beat_was_sent() -> None:
    now = 10.0
    lease = Lease(2.0, now=lambda: now)
    lease.extend(9.0)
    lease.extend(3.0)
    now = 10.9
    assert lease.stands
    now = 11.1
    assert not lease.stands


def test_without_a_sentinel_trading_goes_on_without_a_lease() -> None:
    now = 0.0
    lease = Lease(2.0, now=lambda: now)
    lease.extend(0.0)
    now = 9.0
    lease.lift()
    assert lease.problem() == ""


@given(beat_s=st.floats(0.1, 1.0), after_s=st.floats(2.0, 300.0))
def test_it_outlives_a_beat_and_ends_before_the_sentinel_acts(beat_s: float, after_s: float) -> None:
    plan = GuardPlan(accounts=(), beat_s=beat_s, after_s=after_s)
    assert beat_s < plan.lease_s < after_s
