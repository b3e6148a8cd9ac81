"""Restarts come slower and slower, and end."""

from ares_desktop.engine.hosting.backoff import Backoff


def test_the_wait_doubles_and_the_sixth_restart_is_refused() -> None:
    backoff = Backoff()
    assert [backoff.next_delay(float(now)) for now in range(6)] == [1.0, 2.0, 4.0, 8.0, 16.0, None]


def test_after_a_quiet_while_it_begins_anew() -> None:
    backoff = Backoff()
    assert [backoff.next_delay(0.0), backoff.next_delay(601.0)] == [1.0, 1.0]


def test_a_person_resets_it() -> None:
    backoff = Backoff()
    for _ in range(6):
        backoff.next_delay(0.0)
    backoff.reset()
    assert backoff.next_delay(0.0) == 1.0
