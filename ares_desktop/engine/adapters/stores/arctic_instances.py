"""Versions of strategy instances in ArcticDB's library ``strategies``."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.versions import InstanceVersion
from ares_desktop.engine.adapters.stores.arctic_folder import ArcticFolder

LIBRARY: Final = "strategies"
_FORMAT: Final = "PYARROW"
_DECODER: Final = msgspec.json.Decoder(InstanceVersion)


class ArcticInstanceStore:
    """Implements :class:`~ares_desktop.engine.ports.instance_store.InstanceStore`.

    A name is a symbol, a version is a row of it: number, journal sequence and the version as JSON text. Rows are only
    ever appended, so that the newest version of the symbol holds all of them and pruning the ones before it loses
    nothing. Numbers and text are stored natively; nothing is pickled.

    Args:
        folder: of ArcticDB, shared with the market data.
    """

    def __init__(self, folder: ArcticFolder) -> None:
        self._folder = folder

    def save(self, version: InstanceVersion) -> InstanceVersion:
        """Add a version and return it with its number; one whose journal sequence is stored already is not added.

        Raises:
            StorageError: when it can't be written; nothing is changed then.
        """
        name = version.instance.name
        with self._folder.library(LIBRARY) as library:
            kept = _read(library, name)
            same = (item for item in kept if item.sequence == version.sequence)
            if version.sequence and (found := next(same, None)) is not None:
                return found
            numbered = msgspec.structs.replace(version, number=len(kept) + 1)
            (library.append if kept else library.write)(name, _row(numbered))
        return numbered

    def history(self, name: str) -> Sequence[InstanceVersion]:
        """Return every version of a name, newest first; empty for an unknown name.

        Raises:
            StorageError: when the store can't be read.
        """
        if self._folder.is_empty:
            return ()
        with self._folder.library(LIBRARY) as library:
            return tuple(reversed(_read(library, name)))

    def names(self) -> Sequence[str]:
        """Return every name that has versions, also of removed instances.

        Raises:
            StorageError: when the store can't be read.
        """
        if self._folder.is_empty:
            return ()
        with self._folder.library(LIBRARY) as library:
            return tuple(sorted(library.list_symbols()))


def _row(version: InstanceVersion) -> Any:  # noqa: ANN401 - a pandas data frame, which is slow to load
    from pandas import DataFrame, RangeIndex  # noqa: PLC0415 - slow to load, so only when it is needed

    columns = {
        "number": [version.number],
        "sequence": [version.sequence],
        "version": [msgspec.json.encode(version).decode()],
    }
    return DataFrame(columns, index=RangeIndex(version.number - 1, version.number))


def _read(library: Any, name: str) -> list[InstanceVersion]:  # noqa: ANN401 - untyped library
    """Return the versions, oldest first.

    Raises:
        StorageError: when a row is not a version.
    """
    if not library.has_symbol(name):
        return []
    texts = library.read(name, columns=["version"], output_format=_FORMAT).data.column("version").to_pylist()
    try:
        return [_DECODER.decode(text) for text in texts]
    except msgspec.MsgspecError as error:
        msg = f"a stored version of {name} can't be read: {error}"
        raise StorageError(msg) from error
