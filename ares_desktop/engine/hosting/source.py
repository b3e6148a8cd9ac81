"""Which source a strategy file holds."""

from hashlib import sha256
from pathlib import Path


def source_sha256(file: str | Path) -> str:
    """Return the checksum of a file's source, empty when it can't be read; blocks while it reads."""
    try:
        return sha256(Path(file).read_bytes()).hexdigest()
    except OSError:
        return ""
