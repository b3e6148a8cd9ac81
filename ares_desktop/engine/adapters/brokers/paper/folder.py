"""Where a paper broker's files are."""

import fcntl
import hashlib
import os
import tempfile
from pathlib import Path
from typing import IO

_LONGEST_SOCKET_PATH = 100
"""A unix socket's path must fit into 108 bytes."""


def socket_path(folder: Path) -> Path:
    """Return the broker's socket: in its folder, or under the system's temporary folder where that path is too long."""
    path = folder.absolute() / "broker.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"ares-desktop-{os.getuid()}" / f"{name}.sock"


def try_lock(file: Path) -> IO[bytes] | None:
    """Lock a file until the returned object is closed; None when another process holds it."""
    handle = file.open("ab")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle
