"""A bookmark outlives the process that wrote it, and belongs to one feed."""

from pathlib import Path

import pytest

from ares_desktop.domain.errors import StorageError
from ares_desktop.engine.adapters.stores.bookmark_file import BookmarkFile


def test_the_last_time_is_there_for_whoever_comes_next(tmp_path: Path) -> None:
    bookmark = BookmarkFile(tmp_path / "bookmark")
    bookmark.begin("sample", 5)
    assert BookmarkFile(tmp_path / "bookmark").load("sample") == 5
    bookmark.put(1_700_000_000_000_000_000)
    assert BookmarkFile(tmp_path / "bookmark").load("sample") == 1_700_000_000_000_000_000
    bookmark.close()


def test_another_feed_begins_at_its_own_beginning(tmp_path: Path) -> None:
    bookmark = BookmarkFile(tmp_path / "bookmark")
    bookmark.begin("sample", 5)
    assert bookmark.load("replay:SPY") == 0
    bookmark.begin("replay:SPY", 7)
    assert (bookmark.load("sample"), bookmark.load("replay:SPY")) == (0, 7)
    bookmark.close()


@pytest.mark.parametrize("content", [b"", b"1234567", b"\xff" * 8, b"\xff" * 8 + b"sample"])
def test_a_damaged_bookmark_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bookmark").write_bytes(content)
    assert BookmarkFile(tmp_path / "bookmark").load("sample") == 0


def test_nothing_is_noted_before_it_begins_or_after_it_was_closed(tmp_path: Path) -> None:
    bookmark = BookmarkFile(tmp_path / "bookmark")
    bookmark.put(3)
    assert bookmark.load("") == 0
    bookmark.begin("sample", 5)
    bookmark.close()
    bookmark.close()
    bookmark.put(9)
    assert bookmark.load("sample") == 5


def test_a_folder_that_is_not_there_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="can't be written"):
        BookmarkFile(tmp_path / "no" / "bookmark").begin("sample", 0)
