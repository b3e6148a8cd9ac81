"""What silence means."""

from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.sentinel.watch import Verdict, Watch


def _look_until(watch: Watch, start: float, end: float, slept_s: float = 0.0) -> list[tuple[float, Verdict]]:
    steps = int((end - start) / 0.05) + 1
    return [(start + 0.05 * step, watch.look(start + 0.05 * step, slept_s)) for step in range(steps)]


def test_silence_is_noticed_within_a_beat_and_half_a_second_and_due_after_the_chosen_time() -> None:
    watch = Watch(0.5, 3.0, now=0.0)
    seen = _look_until(watch, 0.0, 4.0)
    noticed = next(at for at, verdict in seen if verdict is Verdict.SILENT)
    due = next(at for at, verdict in seen if verdict is Verdict.DUE)
    assert noticed <= 0.5 + 0.5
    assert 3.0 <= due <= 3.1


@given(beats=st.lists(st.floats(0.01, 0.75), min_size=1, max_size=40))
def test_an_application_that_beats_is_never_due(beats: list[float]) -> None:
    watch, now = Watch(0.5, 2.0, now=0.0), 0.0
    for pause in beats:
        for _, verdict in _look_until(watch, now, now + pause):
            assert verdict is Verdict.FRESH
        now += pause
        watch.beat(now)


def test_after_the_machine_slept_one_more_beat_is_waited_for() -> None:
    watch = Watch(0.5, 3.0, now=0.0)
    _look_until(watch, 0.0, 2.95)
    # The monotonic clock stood still meanwhile; the one that counts sleep did not.
    assert watch.look(3.0, slept_s=3600.0) is Verdict.SILENT
    assert watch.look(3.4, slept_s=3600.0) is Verdict.SILENT
    seen = _look_until(watch, 3.45, 5.0, slept_s=3600.0)
    assert next(at for at, verdict in seen if verdict is Verdict.DUE) <= 4.1


def test_a_sentinel_that_was_held_up_itself_blames_nobody_at_once() -> None:
    watch = Watch(0.5, 3.0, now=0.0)
    watch.look(0.05)
    assert watch.look(60.0) is Verdict.SILENT
    watch.beat(60.1)
    assert watch.look(60.2) is Verdict.FRESH
