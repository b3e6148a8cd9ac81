"""What an application and its job workers say to each other over a socket."""

import struct
from typing import Final

import msgspec

HEADER: Final = struct.Struct("!cQ")
"""Kind and length of the body that follows. Upward ``p`` progress, ``d`` result, ``f`` fault text; downward ``j``."""
JOB: Final = b"j"
PROGRESS: Final = b"p"
DONE: Final = b"d"
FAILED: Final = b"f"


class Job(msgspec.Struct, frozen=True, array_like=True):
    """One piece of work.

    Attributes:
        entry: ``package.module:Class`` of the worker object that does it.
    """

    entry: str
    payload: bytes


def frame(kind: bytes, body: bytes) -> bytes:
    """Return a message as it goes over the wire."""
    return HEADER.pack(kind, len(body)) + body
