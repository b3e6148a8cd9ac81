"""The coalescer: the newest of each key, a little at a time."""

from typing import NamedTuple

from pytestqt.qtbot import QtBot

from ares_desktop.views.models.coalescer import Coalescer


class Tick(NamedTuple):
    key: str
    value: int


def a_coalescer() -> tuple[Coalescer[Tick], list[list[Tick]]]:
    batches: list[list[Tick]] = []
    return Coalescer(batches.append, key=lambda tick: tick.key), batches


def test_only_the_newest_record_of_a_key_is_handed_on(qtbot: QtBot) -> None:
    coalescer, batches = a_coalescer()
    for value in range(1000):
        coalescer.push(Tick("a", value))
        coalescer.push(Tick("b", -value))
    assert batches == []
    qtbot.waitUntil(lambda: bool(batches))
    assert batches == [[Tick("a", 999), Tick("b", -999)]]


def test_a_flood_of_keys_is_handed_on_in_pieces_and_in_order(qtbot: QtBot) -> None:
    coalescer, batches = a_coalescer()
    for value in range(1000):
        coalescer.push(Tick(str(value), value))
    coalescer.flush_some()
    assert 0 < len(batches[0]) < 1000
    qtbot.waitUntil(lambda: len(coalescer) == 0)
    assert [tick.value for batch in batches for tick in batch] == list(range(1000))


def test_flush_hands_everything_on_at_once() -> None:
    coalescer, batches = a_coalescer()
    coalescer.push(Tick("a", 1))
    coalescer.flush()
    coalescer.flush()
    assert batches == [[Tick("a", 1)]]


def test_a_slow_sink_makes_batches_smaller(qtbot: QtBot) -> None:
    del qtbot
    coalescer, _ = a_coalescer()
    coalescer._learn(64, took_s=0.030)
    assert coalescer._batch == 8
    coalescer._learn(8, took_s=0.0001)
    assert coalescer._batch == 16
