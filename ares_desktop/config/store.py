"""The settings in force, with changes that take effect as a whole or not at all."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from ares_desktop.config.loading import LoadedSettings, load_settings, parse_settings
from ares_desktop.config.saving import changed_text, write_atomically
from ares_desktop.config.schema import Settings
from ares_desktop.config.sources import RENAMED, from_text, read_text
from ares_desktop.domain.errors import AresError, Finding, UsageError

Listener = Callable[[Settings, Settings], None]
"""Called with the old and the new settings; raises AresError to refuse, and then the old ones stay in force."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


class SettingsStore:
    """Loads, changes and reloads the settings of a profile.

    Args:
        file: the profile's settings; it may be missing.
        environ: environment variables.
        overrides: by dotted key, from the command line.

    Raises:
        UsageError: with every finding, when the settings are wrong.
    """

    def __init__(
        self, file: Path, *, environ: Mapping[str, str] = _NOTHING, overrides: Mapping[str, str] = _NOTHING
    ) -> None:
        self._file = file
        self._environ = dict(environ)
        self._overrides = dict(overrides)
        self._listeners: list[Listener] = []
        self._loaded = load_settings(file, environ=self._environ, overrides=self._overrides)
        self._stamp = self._stamp_of_file()

    @property
    def current(self) -> Settings:
        """The settings in force."""
        return self._loaded.settings

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know about the sources, such as a renamed key."""
        return self._loaded.notices

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Ask ``listener`` about every change; call the result to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def reload(self) -> bool:
        """Read the sources again and say whether anything changed.

        Raises:
            AresError: when the sources are wrong or a listener refuses; the settings in force stay.
        """
        self._stamp = self._stamp_of_file()
        return self._adopt(load_settings(self._file, environ=self._environ, overrides=self._overrides))

    def change(self, changes: Mapping[str, object]) -> None:
        """Put ``changes`` by dotted key in force and write them to the file; None goes back to the default.

        Raises:
            UsageError: with every finding, also when a stronger source holds one of the keys; nothing is changed.
            AresError: when a listener refuses or the file can't be written; nothing is changed.
        """
        self._refuse_overridden(changes)
        old = self._loaded
        text = changed_text(self._text(), changes, RENAMED)
        self._adopt(parse_settings(text, self._file.name, environ=self._environ, overrides=self._overrides))
        try:
            write_atomically(self._file, text)
        except AresError:
            self._adopt(old)
            raise
        self._stamp = self._stamp_of_file()

    async def watch(self, on_error: Callable[[AresError], None], *, interval_s: float = 1.0) -> None:
        """Reload when a person saved the file, until cancelled; each bad file is reported once."""
        import structlog  # noqa: PLC0415 - what only reads settings does not wait for it

        log = structlog.get_logger(__name__)
        while True:
            await asyncio.sleep(interval_s)
            if self._stamp_of_file() == self._stamp:
                continue
            try:
                if self.reload():
                    log.info("settings_reloaded", file=str(self._file))
            except AresError as error:
                on_error(error)

    def _adopt(self, loaded: LoadedSettings) -> bool:
        old, new = self._loaded.settings, loaded.settings
        if new == old:
            self._loaded = loaded
            return False
        asked: list[Listener] = []
        try:
            for listener in self._listeners:
                asked.append(listener)
                listener(old, new)
        except AresError:
            for listener in reversed(asked[:-1]):
                listener(new, old)
            raise
        self._loaded = loaded
        return True

    def _text(self) -> str:
        text = read_text(self._file)
        list(from_text(text, self._file.name))
        return text

    def _refuse_overridden(self, changes: Mapping[str, object]) -> None:
        stronger = [
            Finding(
                place=raw.place,
                value=str(raw.value),
                problem=f"decides {key} for this run",
                remedy="Start without it to change this setting.",
            )
            for key, raw in self._loaded.origins.items()
            if key in changes and raw.place.startswith(("environment", "command line"))
        ]
        if stronger:
            raise UsageError(*stronger)

    def _stamp_of_file(self) -> tuple[int, int, int]:
        try:
            info = self._file.stat()
        except OSError:
            return (0, 0, 0)
        return (info.st_mtime_ns, info.st_size, info.st_ino)
