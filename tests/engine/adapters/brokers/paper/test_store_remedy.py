"""A damaged database of the paper broker names what helps."""

from pathlib import Path

import pytest

from ares_desktop.domain.errors import StorageError
from ares_desktop.engine.adapters.brokers.paper.store import FILE_NAME, PaperStore


def test_a_damaged_database_names_its_remedy(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"garbage" * 1000)
    with pytest.raises(StorageError, match="Put a backup in its place, or move it away"):
        PaperStore(tmp_path)
