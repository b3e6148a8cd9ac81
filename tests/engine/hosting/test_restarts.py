"""Restarts come slower and slower, and end."""

from typing import Any

import pytest

from ares_desktop.domain.ids import AccountId, StrategyId
from ares_desktop.domain.strategies import Fault, RestartPolicy, StrategyInstance
from ares_desktop.engine.hosting.patience import Patience
from ares_desktop.engine.hosting.restarts import Restarts, wants_restart


def an_instance(**options: Any) -> StrategyInstance:
    return StrategyInstance(
        name=StrategyId("one"), file="one.py", account=AccountId("PAPER"), instruments=(), **options
    )


def test_the_wait_doubles_and_one_more_than_the_bound_is_refused() -> None:
    restarts, one = Restarts(Patience()), an_instance()
    assert [restarts.next_delay(one, float(now)) for now in range(6)] == [1.0, 2.0, 4.0, 8.0, 16.0, None]
    assert restarts.exhausted(one) == "it was restarted 5 times within 300 s and stays down; start it by hand"


def test_after_a_quiet_while_it_begins_anew() -> None:
    restarts, one = Restarts(Patience(restart_window_s=60)), an_instance()
    assert [restarts.next_delay(one, 0.0), restarts.next_delay(one, 61.0)] == [1.0, 1.0]


def test_a_person_resets_it() -> None:
    restarts, one = Restarts(Patience()), an_instance()
    for _ in range(6):
        restarts.next_delay(one, 0.0)
    restarts.reset()
    assert restarts.next_delay(one, 0.0) == 1.0


def test_an_instance_may_have_a_bound_and_a_first_wait_of_its_own() -> None:
    restarts, one = Restarts(Patience()), an_instance(restart_limit=2, restart_backoff_s=20.0)
    assert [restarts.next_delay(one, 0.0) for _ in range(3)] == [20.0, 30.0, None]
    never = an_instance(restart_limit=0)
    assert Restarts(Patience()).next_delay(never, 0.0) is None
    assert "start it by hand" in restarts.exhausted(never)


def test_a_long_first_wait_is_not_cut() -> None:
    restarts, one = Restarts(Patience(restart_backoff_s=3600.0, max_restarts=2)), an_instance()
    assert [restarts.next_delay(one, 0.0) for _ in range(2)] == [3600.0, 3600.0]


@pytest.mark.parametrize(
    ("policy", "kind", "wanted"),
    [
        (RestartPolicy.NEVER, "exception", False),
        (RestartPolicy.ON_FAULT, "exception", True),
        (RestartPolicy.ON_FAULT, "syntax", False),
        (RestartPolicy.ON_FAULT, None, False),
        (RestartPolicy.ALWAYS, None, True),
        (RestartPolicy.ALWAYS, "import", False),
    ],
)
def test_the_policy_decides_what_is_started_again(policy: RestartPolicy, kind: str | None, wanted: bool) -> None:
    fault = None if kind is None else Fault(kind=kind, message="it broke")
    assert wants_restart(an_instance(restart=policy), fault) is wanted
