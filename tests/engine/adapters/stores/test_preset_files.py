"""Presets are files that a person may edit, and that nobody overwrites when they are damaged."""

from pathlib import Path

import pytest

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.versions import Preset
from ares_desktop.engine.adapters.stores.preset_files import PresetFiles


def a_preset(name: str, **parameters: object) -> Preset:
    return Preset(name=name, strategy="trend", parameters=parameters)


def test_presets_come_back_by_name_with_the_types_of_their_values(tmp_path: Path) -> None:
    files = PresetFiles(tmp_path / "presets")
    assert files.load("trend") == ()
    kept = (a_preset("Größe [x] = 1", mode="a\nb", on=True), a_preset("calm", band=0.1, fast=10**20))
    files.save("trend", kept)
    assert PresetFiles(tmp_path / "presets").load("trend") == kept
    assert files.load("other") == ()


def test_a_preset_that_a_person_wrote_is_read(tmp_path: Path) -> None:
    (tmp_path / "trend.toml").write_text("# mine\n[quick]\nfast = 3\n")
    assert PresetFiles(tmp_path).load("trend") == (a_preset("quick", fast=3),)


@pytest.mark.parametrize("text", ["[quick\n", "quick = 3\n", b"\xff".decode("latin-1")])
def test_a_damaged_file_is_reported_with_its_path(tmp_path: Path, text: str) -> None:
    (tmp_path / "trend.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(StorageError, match=r"trend\.toml is damaged"):
        PresetFiles(tmp_path).load("trend")


def test_what_cannot_be_written_leaves_the_old_presets(tmp_path: Path) -> None:
    files = PresetFiles(tmp_path)
    files.save("trend", [a_preset("calm", fast=1)])
    with pytest.raises(StorageError, match="can't be written"):
        files.save("trend", [a_preset("calm", fast=object())])
    assert files.load("trend") == (a_preset("calm", fast=1),)
    with pytest.raises(StorageError):
        files.save("../trend", [])
