"""A folded state in a file of its own: replaced as a whole, trusted only when its checksum fits."""

import hashlib
import os
from pathlib import Path
from typing import Final

from ares_desktop.domain.errors import StorageError

_MAGIC: Final = b"ARES-STATE-1\n"
_DIGEST: Final = 32


def write_state(path: Path, state: bytes) -> None:
    """Replace the file by ``state``; a reader sees the old one or the new one, also after a power cut.

    Raises:
        StorageError: when it can't be written; then the old file is still there.
    """
    fresh = path.with_name(path.name + ".new")
    try:
        with fresh.open("wb") as file:
            file.write(_MAGIC)
            file.write(hashlib.sha256(state).digest())
            file.write(state)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        msg = f"{path} can't be written: {error}"
        raise StorageError(msg) from error


def read_state(path: Path) -> bytes | None:
    """Return what :func:`write_state` kept, None when there is nothing that can be trusted."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    start = len(_MAGIC) + _DIGEST
    state = memoryview(content)[start:]
    if not content.startswith(_MAGIC) or hashlib.sha256(state).digest() != content[len(_MAGIC) : start]:
        return None
    return bytes(state)
