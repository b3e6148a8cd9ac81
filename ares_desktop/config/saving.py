"""Writes settings back to the file, with a person's comments and order kept."""

import contextlib
import os
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.container import Container
from tomlkit.items import Table

from ares_desktop.domain.errors import StorageError


def changed_text(text: str, changes: Mapping[str, object], renamed: Mapping[str, str]) -> str:
    """Return the TOML ``text`` with ``changes`` by dotted key in it; None removes a key, so that its default holds.

    Keys that were renamed are written under their present name.
    """
    document = tomlkit.parse(text)
    for old, new in renamed.items():
        value = _pop(document, old)
        if value is not None and _pop(document, new) is None:
            _put(document, new, value)
    for key, value in changes.items():
        if value is None:
            _pop(document, key)
        else:
            _put(document, key, _toml(value))
    return tomlkit.dumps(document)


def write_atomically(file: Path, text: str) -> None:
    """Replace ``file`` as a whole and durably: after a crash it holds the old text or the new one.

    Raises:
        StorageError: when it can't be written; the old text is then still there.
    """
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(file)
        _sync_folder(file.parent)
    except OSError as error:
        if temporary:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        msg = f"{file} can't be written: {error.strerror}. Free some space or correct its permissions, then try again."
        raise StorageError(msg) from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _toml(value: object) -> Any:  # noqa: ANN401 - whatever tomlkit makes of it
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return tomlkit.value(f"{value:f}")
    if isinstance(value, list | tuple):
        return [_toml(item) for item in value]
    return value


def _pop(document: Container, key: str) -> Any:  # noqa: ANN401 - any TOML item
    group, _, name = key.partition(".")
    table = document.get(group)
    if not isinstance(table, Table) or name not in table:
        return None
    return table.pop(name)


def _put(document: Container, key: str, value: Any) -> None:  # noqa: ANN401 - any TOML item
    group, _, name = key.partition(".")
    if group not in document:
        document.add(group, tomlkit.table())
    table = document[group]
    if isinstance(table, Table):
        table[name] = value
