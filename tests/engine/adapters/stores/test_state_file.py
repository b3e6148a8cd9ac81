"""A state that is replaced as a whole."""

from pathlib import Path

import pytest

from ares_desktop.domain.errors import StorageError
from ares_desktop.engine.adapters.stores.state_file import LabeledState, read_labeled_state, read_state, write_state


def test_the_newest_state_comes_back_with_its_label(tmp_path: Path) -> None:
    file = tmp_path / "state"
    write_state(file, b"first")
    write_state(file, b"second" * 1000, label=b"of this journal")
    assert read_labeled_state(file) == LabeledState(b"of this journal", b"second" * 1000)
    assert [item.name for item in tmp_path.iterdir()] == ["state"]


def test_an_empty_state_is_a_state(tmp_path: Path) -> None:
    write_state(tmp_path / "state", b"")
    assert read_state(tmp_path / "state") == b""


@pytest.mark.parametrize("place", range(0, 60, 7))
def test_any_changed_byte_is_noticed(tmp_path: Path, place: int) -> None:
    file = tmp_path / "state"
    write_state(file, b"something to keep", label=b"x")
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)
    assert read_state(file) is None


@pytest.mark.parametrize("length", [0, 5, 20, 45, 60])
def test_a_file_that_was_cut_off_is_noticed(tmp_path: Path, length: int) -> None:
    file = tmp_path / "state"
    write_state(file, b"something to keep")
    file.write_bytes(file.read_bytes()[:length])
    assert read_state(file) is None


def test_a_missing_file_is_no_state(tmp_path: Path) -> None:
    assert read_state(tmp_path / "state") is None


def test_a_state_that_can_not_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="can't be written"):
        write_state(tmp_path / "missing" / "state", b"new")
