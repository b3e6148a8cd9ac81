"""The log of an instance."""

from collections.abc import Callable


class Logger:
    """Passes lines on with a level; values in braces are up to the caller's f-string."""

    def __init__(self, write: Callable[[str, str], None]) -> None:
        self._write = write

    def debug(self, text: str) -> None:
        """Note a detail."""
        self._write("debug", text)

    def info(self, text: str) -> None:
        """Note what happened."""
        self._write("info", text)

    def warning(self, text: str) -> None:
        """Note what the trader should look at."""
        self._write("warning", text)

    def error(self, text: str) -> None:
        """Note what went wrong."""
        self._write("error", text)
