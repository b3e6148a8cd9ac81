"""The profile's folder and the faults it may have."""

import errno
import os
import shutil
import socket
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from ares_desktop.domain.errors import StorageError, UsageError
from ares_desktop.paths import MAX_SOCKET_PATH, Profile, private_socket_folder


def test_a_new_profile_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    profile = Profile.at(tmp_path / "new" / "profile")
    profile.prepare()
    profile.prepare()
    for folder in (profile.root, profile.paper, profile.arctic, profile.logs, profile.state, profile.strategies):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not list(profile.root.glob(".probe*"))


def test_the_default_is_the_users_data_folder(own_home: Path) -> None:
    assert Profile.at().root == own_home / "xdg_data_home" / "ares-desktop"


def test_a_file_is_no_profile(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(UsageError, match="must be a folder"):
        Profile.at(file).prepare()
    with pytest.raises(StorageError, match="a part of its path is a file"):
        Profile.at(file / "below").prepare()


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "the file system is read-only")]
)
def test_a_folder_that_cannot_be_written_is_refused_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def refuse(_descriptor: int, _data: bytes) -> int:
        raise OSError(number, os.strerror(number))

    profile = Profile.at(tmp_path / "profile")
    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(StorageError, match=f"{words}.*--profile"):
        profile.prepare()
    assert not list(profile.root.glob(".probe*"))


def test_an_almost_full_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=1 << 20))
    with pytest.raises(StorageError, match="had 1 MB"):
        Profile.at(tmp_path).prepare()


def test_a_profile_that_others_may_write_is_closed_to_them(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    Profile.at(folder).prepare()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(StorageError, match="must belong to you"):
        private_socket_folder(tmp_path / "control.sock")


@pytest.mark.parametrize("runtime", ["", "short", "long"])
def test_the_socket_of_a_deep_profile_can_be_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: str
) -> None:
    names = {"": "", "short": str(tmp_path / "run"), "long": str(tmp_path / ("r" * 100))}
    monkeypatch.setenv("XDG_RUNTIME_DIR", names[runtime])
    deep = Profile.at(tmp_path / ("d" * 100))
    path = deep.control_socket
    assert len(os.fsencode(path)) <= MAX_SOCKET_PATH
    assert path != Profile.at(tmp_path / ("e" * 100)).control_socket
    assert path == Profile.at(tmp_path / ("d" * 100)).control_socket
    private_socket_folder(path)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))
    path.unlink()


def test_the_socket_of_a_plain_profile_lies_in_it() -> None:
    assert Profile.at("/p").control_socket == Path("/p/control.sock")
