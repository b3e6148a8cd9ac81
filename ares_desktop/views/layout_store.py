"""Keeps where panels, columns and the window stand, in one file of the profile."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings


class LayoutStore:
    """Values by name in ``layout.ini``; a damaged file counts as an empty one."""

    def __init__(self, profile: Path) -> None:
        self._settings = QSettings(str(profile / "layout.ini"), QSettings.Format.IniFormat)

    def bytes(self, name: str) -> QByteArray | None:
        """Return a saved state, None when there is none."""
        value = self._settings.value(name)
        return value if isinstance(value, QByteArray) and not value.isEmpty() else None

    def text(self, name: str, default: str = "") -> str:
        """Return a saved text."""
        value = self._settings.value(name)
        return value if isinstance(value, str) else default

    def put(self, name: str, value: QByteArray | str) -> None:
        """Keep a value; it reaches the disk with :meth:`sync`."""
        self._settings.setValue(name, value)

    def forget(self, name: str) -> None:
        """Drop a value, or all values below a group's name."""
        self._settings.remove(name)

    def sync(self) -> bool:
        """Write to disk; say whether that worked."""
        self._settings.sync()
        return self._settings.status() == QSettings.Status.NoError
