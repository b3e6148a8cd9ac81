"""A change of a file is noticed once it is whole."""

import errno
import os
from pathlib import Path

import pytest

from ares_desktop.engine.hosting.file_looks import FileLooks
from ares_desktop.engine.hosting.source import source_sha256


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "one.py"
    path.write_text("one")
    return path


@pytest.fixture
def looks(file: Path) -> FileLooks:
    made = FileLooks()
    assert made.look([file]) == ()
    return made


def test_a_change_is_told_at_the_second_look_and_once(file: Path, looks: FileLooks) -> None:
    file.write_text("other")
    assert [looks.look([file]) for _ in range(3)] == [(), (file,), ()]
    assert looks.source(file) == source_sha256(file)


def test_a_file_that_goes_on_changing_is_waited_for(file: Path, looks: FileLooks) -> None:
    for number in range(5):
        file.write_text("half" * (number + 2))
        assert looks.look([file]) == ()
    assert looks.look([file]) == (file,)


def test_a_file_that_was_only_touched_is_no_change(file: Path, looks: FileLooks) -> None:
    os.utime(file, (1, 1))
    assert [looks.look([file]) for _ in range(3)] == [(), (), ()]


def test_a_change_that_is_taken_back_before_it_settled_is_none(file: Path, looks: FileLooks) -> None:
    before = file.stat()
    file.write_text("two")
    assert looks.look([file]) == ()
    file.write_text("one")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert [looks.look([file]) for _ in range(2)] == [(), ()]


def test_a_file_that_is_replaced_by_another_is_one_change(file: Path, looks: FileLooks) -> None:
    file.unlink()
    assert looks.look([file]) == ()
    fresh = file.with_suffix(".new")
    fresh.write_text("fresh")
    fresh.replace(file)
    assert [looks.look([file]) for _ in range(3)] == [(), (file,), ()]


def test_new_and_removed_files_are_told(file: Path, looks: FileLooks) -> None:
    new = file.with_name("two.py")
    new.write_text("two")
    assert [looks.look([file, new]) for _ in range(3)] == [(), (new,), ()]
    file.unlink()
    assert [looks.look([new]) for _ in range(3)] == [(), (file,), ()]
    assert looks.source(file) == ""


def test_a_file_that_can_t_be_read_for_a_moment_is_not_taken_for_removed(
    file: Path, looks: FileLooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("other")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", _no_descriptor)
        assert [looks.look([file]) for _ in range(3)] == [(), (), ()]
    assert looks.look([file]) == (file,)
    assert looks.source(file) == source_sha256(file)


def _no_descriptor(_: Path) -> bytes:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
