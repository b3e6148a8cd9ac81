"""Cuts what comes over a wire into messages: each has its length in front."""

from typing import Final

PREFIX: Final = 4


class Frames:
    """Cuts a byte stream into message bodies."""

    def __init__(self, limit: int | None = None) -> None:
        self._limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take what came and return each complete body.

        Raises:
            ValueError: when a message is longer than the limit.
        """
        buffer = self._buffer
        buffer += data
        bodies: list[bytes] = []
        at, size = 0, len(buffer)
        while size - at >= PREFIX:
            length = int.from_bytes(buffer[at : at + PREFIX], "big")
            if self._limit is not None and length > self._limit:
                msg = f"a message must have at most {self._limit} bytes, had {length}"
                raise ValueError(msg)
            end = at + PREFIX + length
            if end > size:
                break
            bodies.append(bytes(buffer[at + PREFIX : end]))
            at = end
        del buffer[:at]
        return bodies
