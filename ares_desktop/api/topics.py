"""Messages between strategies: a topic has a name and, where its users agree on one, a type."""

from typing import Any, Final, Generic, TypeVar

import msgspec

NAME_MAX: Final = 200
"""Longest name of a topic, in characters."""

T = TypeVar("T")


class Topic(Generic[T]):
    """A topic whose messages are of one type.

    The sender's payload is checked where it is published; a receiver that subscribes with it gets payloads of that
    type, and never one that does not fit.

    Args:
        name: by which senders and receivers find each other.
        kind: a ``msgspec.Struct``, a dataclass, or any type that msgspec can decode, such as ``dict[str, float]``.
    """

    __slots__ = ("kind", "name")

    def __init__(self, name: str, kind: type[T]) -> None:
        check_name(name)
        self.name = name
        self.kind = kind

    def check(self, payload: T) -> None:
        """Let a payload of the topic's type pass.

        Raises:
            TypeError: says what does not fit.
        """
        try:
            # As the receiver will read it: what can't be decoded there must not leave here.
            msgspec.convert(msgspec.to_builtins(payload), self.kind)
        except (msgspec.ValidationError, TypeError) as error:
            msg = f"topic {self.name!r} takes {_named(self.kind)}, was {payload!r:.200}: {error}"
            raise TypeError(msg) from None


class Subscriptions:
    """The topics that a strategy listens to, and how their payloads are read."""

    def __init__(self) -> None:
        self._decoders: dict[str, msgspec.msgpack.Decoder[Any]] = {}

    def add(self, topic: "str | Topic[Any]") -> str:
        """Note a topic and return its name; one with a type takes the place of the same without."""
        if isinstance(topic, Topic):
            self._decoders[topic.name] = msgspec.msgpack.Decoder(topic.kind)
            return topic.name
        check_name(topic)
        self._decoders.setdefault(topic, msgspec.msgpack.Decoder())
        return topic

    def read(self, topic: str, body: bytes) -> Any:  # noqa: ANN401 - of the type that was subscribed with
        """Return a payload.

        Raises:
            ValueError: when it does not fit the type.
        """
        decoder = self._decoders.get(topic)
        try:
            return msgspec.msgpack.decode(body) if decoder is None else decoder.decode(body)
        except msgspec.MsgspecError as error:
            raise ValueError(str(error)) from None


def check_name(name: object) -> None:
    """Let the name of a topic pass.

    Raises:
        TypeError: when it is no text.
        ValueError: when it is empty or too long.
    """
    if not isinstance(name, str):
        msg = f"topic must be a text or a Topic, was {name!r}"
        raise TypeError(msg)
    if not 0 < len(name) <= NAME_MAX:
        msg = f"a topic's name must have 1 to {NAME_MAX} characters, had {len(name)}"
        raise ValueError(msg)


def _named(kind: type) -> str:
    return getattr(kind, "__name__", str(kind)) if not hasattr(kind, "__args__") else str(kind)
