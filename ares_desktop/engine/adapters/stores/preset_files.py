"""Presets of strategies as TOML files that a person may edit, one for each strategy file."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from ares_desktop.config.saving import write_atomically
from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.versions import Preset

_HEAD = "Named parameter values of {strategy}; one table for each preset."
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")


class PresetFiles:
    """Implements :class:`~ares_desktop.engine.ports.preset_store.PresetStore` in a folder of the profile.

    Args:
        folder: of the files; made with the first one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, strategy: str) -> Sequence[Preset]:
        """Return the presets of a strategy file by name, empty when there are none.

        Raises:
            StorageError: when the file is damaged or can't be read; it says where.
        """
        path = self._path(strategy)
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return ()
        except (OSError, ValueError) as error:
            raise StorageError(_damaged(path, str(error))) from error
        for name, values in tables.items():
            if not isinstance(values, dict):
                raise StorageError(_damaged(path, f"{name} must be a table of parameter values"))
        return tuple(Preset(name=name, strategy=strategy, parameters=values) for name, values in sorted(tables.items()))

    def save(self, strategy: str, presets: Sequence[Preset]) -> None:
        """Replace the presets of a strategy file, as a whole.

        Raises:
            StorageError: when they can't be written; then the old ones are still there.
        """
        path = self._path(strategy)
        try:
            text = _text(strategy, presets)
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (OSError, TypeError, ValueError, TOMLKitError) as error:
            msg = f"{path} can't be written: {error}"
            raise StorageError(msg) from error
        write_atomically(path, text)

    def _path(self, strategy: str) -> Path:
        if not _FILE_NAME.fullmatch(strategy):
            msg = f"the presets of {strategy!r} can't be kept: a file name needs letters, digits and _ . -"
            raise StorageError(msg)
        return self._folder / f"{strategy}.toml"


def _text(strategy: str, presets: Sequence[Preset]) -> str:
    document = tomlkit.document()
    document.add(tomlkit.comment(_HEAD.format(strategy=strategy)))
    for preset in sorted(presets, key=lambda item: item.name):
        table = tomlkit.table()
        for name, value in sorted(preset.parameters.items()):
            if value is not None:
                table.add(name, value)
        document.add(preset.name, table)
    return tomlkit.dumps(document)


def _damaged(path: Path, problem: str) -> str:
    return f"{path} is damaged: {problem}. Correct it or move it away; it is left as it is until then."
