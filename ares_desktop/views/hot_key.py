"""A hot key that works while any window of any program has the focus: an X11 key grab on a thread of its own."""

from __future__ import annotations

import os
import select
import threading
import time
from typing import Final

import structlog
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from ares_desktop.views.formats import translated
from ares_desktop.views.x11_keys import KeyGrab, KeyGrabError, parse_keys

_log = structlog.get_logger(__name__)

_QUIET_S: Final = 1.0
"""A key that is held down repeats; within this time it counts as pressed once."""


class HotKey(QObject):
    """Listens for one key on the whole desktop, where the platform lets a program do so.

    Signals:
        pressed: on the thread of the window.

    Attributes:
        keys: what is listened for, as ``Ctrl+Alt+Shift+K``; empty for nothing.
        problem: why nothing is listened for, empty while it works.
    """

    pressed = Signal()
    _heard = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.keys = ""
        self.problem = translated("no hot key is set")
        self._thread: threading.Thread | None = None
        self._wake = -1
        self._heard.connect(self.pressed, Qt.ConnectionType.QueuedConnection)

    def listen(self, keys: str) -> None:
        """Listen for ``keys`` and no others; an empty text listens for nothing. Tells by ``problem`` what is wrong."""
        self.close()
        self.keys = keys.strip()
        self.problem = self._start()
        if self.problem:
            _log.info("hot_key_not_available", keys=self.keys, reason=self.problem)

    def _start(self) -> str:
        if not self.keys:
            return translated("no hot key is set")
        platform = QGuiApplication.platformName()
        if platform != "xcb":
            return translated(
                "only X11 lets a program listen for keys while another window has the focus, not {0}"
            ).format(platform)
        try:
            grab = KeyGrab(parse_keys(self.keys))
        except KeyGrabError as error:
            return str(error)
        reader, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._listen, args=(grab, reader), name="hot key", daemon=True)
        self._thread.start()
        return ""

    def close(self) -> None:
        """Let go of the key; idempotent."""
        thread, self._thread = self._thread, None
        if thread is not None:
            os.close(self._wake)
            thread.join(timeout=1.0)

    def _listen(self, grab: KeyGrab, reader: int) -> None:
        last = 0.0
        try:
            while True:
                ready, _, _ = select.select([grab.fileno(), reader], [], [])
                if reader in ready:
                    return
                presses = grab.take_presses()
                if presses is None:
                    _log.warning("hot_key_lost", reason="the display closed the connection")
                    return
                if presses and time.monotonic() - last > _QUIET_S:
                    self._heard.emit()
                if presses:
                    last = time.monotonic()
        finally:
            os.close(reader)
            grab.close()
