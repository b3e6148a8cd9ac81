"""Packs what a strategy hands over: its snapshot, what it publishes."""

from typing import Any, Final

import msgspec


def packed(value: object) -> bytes:
    """Return a value of a strategy as msgpack; numbers and arrays of NumPy become plain numbers and lists.

    Raises:
        TypeError: names the type that is not plain.
    """
    return _encoder.encode(value)


def _plain(value: Any) -> object:  # noqa: ANN401 - of any type that is not plain
    tolist = getattr(value, "tolist", None)
    if callable(tolist):
        return tolist()
    msg = f"{type(value).__name__} is no plain value: numbers, texts, lists, dicts and records can be handed over"
    raise TypeError(msg)


_encoder: Final = msgspec.msgpack.Encoder(enc_hook=_plain)
