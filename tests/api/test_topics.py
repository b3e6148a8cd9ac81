"""Topics take and give values of their type."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.api.topics import NAME_MAX, Subscriptions, Topic


class Regime(msgspec.Struct):
    """What a sender of the tests says."""

    name: str
    strength: float = 0.0


REGIME = Topic("regime", Regime)


@given(st.text(max_size=20), st.floats(allow_nan=False, allow_infinity=False))
def test_what_was_published_comes_out_as_the_same_value(name: str, strength: float) -> None:
    listening = Subscriptions()
    listening.add(REGIME)
    sent = Regime(name, strength)
    REGIME.check(sent)
    assert listening.read("regime", msgspec.msgpack.encode(sent)) == sent


@pytest.mark.parametrize("payload", [{"strength": 1.0}, 7, None, {"name": 5}, object()])
def test_a_payload_of_another_type_is_refused_where_it_is_published(payload: Any) -> None:
    with pytest.raises(TypeError, match="topic 'regime' takes Regime"):
        REGIME.check(payload)


def test_a_receiver_is_not_given_what_does_not_fit() -> None:
    listening = Subscriptions()
    listening.add(REGIME)
    with pytest.raises(ValueError, match="Expected `str`"):
        listening.read("regime", msgspec.msgpack.encode({"name": 5}))


def test_a_topic_without_a_type_gives_plain_values() -> None:
    listening = Subscriptions()
    listening.add("news")
    assert listening.read("news", msgspec.msgpack.encode({"at": [1, 2]})) == {"at": [1, 2]}


@pytest.mark.parametrize("kind", [dict[str, float], list[int], int])
def test_plain_types_make_topics_too(kind: Any) -> None:
    topic: Topic[Any] = Topic("plain", kind)
    with pytest.raises(TypeError, match="takes"):
        topic.check("text")


@pytest.mark.parametrize("name", ["", "x" * (NAME_MAX + 1)])
def test_a_name_is_neither_empty_nor_endless(name: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        Topic(name, int)
    with pytest.raises(ValueError, match="characters"):
        Subscriptions().add(name)
