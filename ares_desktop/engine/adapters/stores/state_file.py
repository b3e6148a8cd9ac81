"""A folded state in a file of its own: replaced as a whole, trusted only when its checksum fits."""

import hashlib
import mmap
import os
from pathlib import Path
from typing import Final, NamedTuple

from ares_desktop.domain.errors import StorageError

_MAGIC: Final = b"ARES-STATE-2\n"
_LABEL_AT: Final = len(_MAGIC) + hashlib.sha256().digest_size


class LabeledState(NamedTuple):
    """What a file holds: ``label`` says what the state belongs to."""

    label: bytes
    state: bytes


def write_state(path: Path, state: bytes, *, label: bytes = b"") -> None:
    """Replace the file by ``state``; a reader sees the old one or the new one, also after a power cut.

    Raises:
        StorageError: when it can't be written; then the old file is still there.
    """
    fresh = path.with_name(path.name + ".new")
    head = bytes([len(label)]) + label
    checksum = hashlib.sha256(head)
    checksum.update(state)
    try:
        with fresh.open("wb") as file:
            file.write(_MAGIC + checksum.digest() + head)
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
    found = read_labeled_state(path)
    return None if found is None else found.state


def read_labeled_state(path: Path) -> LabeledState | None:
    """Return what :func:`write_state` kept with its label, None when there is nothing that can be trusted."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if len(content) <= _LABEL_AT or content[: len(_MAGIC)] != _MAGIC:
                return None
            with memoryview(content) as view, view[_LABEL_AT:] as checked:
                if hashlib.sha256(checked).digest() != content[len(_MAGIC) : _LABEL_AT]:
                    return None
            start = _LABEL_AT + 1 + content[_LABEL_AT]
            return LabeledState(content[_LABEL_AT + 1 : start], content[start:])
    except (OSError, ValueError):  # an empty file can't be mapped
        return None
