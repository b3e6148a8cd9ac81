"""Key grabs on X11 over libxcb, which Qt brings along and which answers errors instead of ending the process.

The requests and their layouts are those of the X Window System Protocol, X Version 11, Release 7.7 (GrabKey,
GetKeyboardMapping, KeyPress), and of libxcb's C interface.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from itertools import combinations
from typing import Final, NamedTuple

_MODIFIERS: Final = {"shift": 1, "ctrl": 4, "control": 4, "alt": 8, "meta": 64, "super": 64}
_LOCKS: Final = (2, 16)
"""Caps lock and, by convention, num lock: a grab holds for one exact set of modifiers."""
_KEYSYMS: Final = {
    "pause": 0xFF13,
    "escape": 0xFF1B,
    "delete": 0xFFFF,
    "end": 0xFF57,
    "space": 0x20,
    **{f"f{number}": 0xFFBD + number for number in range(1, 25)},
}
_KEY_PRESS: Final = 2
_MIN_KEYCODE_AT: Final = 34
_ASYNC: Final = 1
_BAD_ACCESS: Final = 10


class KeyGrabError(Exception):
    """A key can't be listened for; the text says why."""


class Keys(NamedTuple):
    """A key and its modifiers: an X11 key symbol, and a mask."""

    keysym: int
    modifiers: int


class _Cookie(ctypes.Structure):
    _fields_ = (("sequence", ctypes.c_uint),)


class _Roots(ctypes.Structure):
    _fields_ = (("data", ctypes.POINTER(ctypes.c_uint32)), ("rem", ctypes.c_int), ("index", ctypes.c_int))


def parse_keys(text: str) -> Keys:
    """Return what ``Ctrl+Alt+Shift+K`` stands for.

    Raises:
        KeyGrabError: when it names no modifier, or a key that is not known.
    """
    *names, key = [part.strip().casefold() for part in text.split("+")]
    unknown = [name for name in names if name not in _MODIFIERS]
    keysym = ord(key) if len(key) == 1 and key.isascii() and key.isalnum() else _KEYSYMS.get(key)
    if not names or unknown or keysym is None:
        msg = f"{text} is no hot key: write modifiers (Ctrl, Alt, Shift, Meta) and a letter, digit, F1 to F24 or Pause"
        raise KeyGrabError(msg)
    modifiers = 0
    for name in names:
        modifiers |= _MODIFIERS[name]
    return Keys(keysym, modifiers)


class KeyGrab:
    """Holds a key of the whole display; used by one thread.

    Raises:
        KeyGrabError: when there is no display, the keyboard lacks the key, or another program holds it.
    """

    def __init__(self, keys: Keys) -> None:
        self._xcb = _library()
        self._connection = self._xcb.xcb_connect(None, None)
        if self._xcb.xcb_connection_has_error(self._connection):
            self._xcb.xcb_disconnect(self._connection)
            raise KeyGrabError("there is no X11 display")
        try:
            self._grab(keys)
        except KeyGrabError:
            self.close()
            raise

    def fileno(self) -> int:
        """Return the descriptor that is readable when something came."""
        return int(self._xcb.xcb_get_file_descriptor(self._connection))

    def take_presses(self) -> int | None:
        """Return how often the key was pressed since the last call, None when the connection was lost."""
        presses = 0
        while event := self._xcb.xcb_poll_for_event(self._connection):
            presses += ctypes.cast(event, ctypes.POINTER(ctypes.c_uint8))[0] & 0x7F == _KEY_PRESS
            _free(event)
        return None if self._xcb.xcb_connection_has_error(self._connection) else presses

    def close(self) -> None:
        """Let go of the key and of the display; idempotent."""
        connection, self._connection = self._connection, None
        if connection:
            self._xcb.xcb_disconnect(connection)

    def _grab(self, keys: Keys) -> None:
        xcb, connection = self._xcb, self._connection
        setup = xcb.xcb_get_setup(connection)
        root = xcb.xcb_setup_roots_iterator(setup).data[0]
        low, high = ctypes.cast(setup, ctypes.POINTER(ctypes.c_uint8))[_MIN_KEYCODE_AT : _MIN_KEYCODE_AT + 2]
        codes = self._codes(keys.keysym, low, high)
        if not codes:
            raise KeyGrabError("the keyboard has no such key")
        locks = [sum(chosen) for count in range(len(_LOCKS) + 1) for chosen in combinations(_LOCKS, count)]
        for code in codes:
            for lock in locks:
                cookie = xcb.xcb_grab_key_checked(connection, 0, root, keys.modifiers | lock, code, _ASYNC, _ASYNC)
                error = xcb.xcb_request_check(connection, cookie)
                if error:
                    number = ctypes.cast(error, ctypes.POINTER(ctypes.c_uint8))[1]
                    _free(error)
                    taken = number == _BAD_ACCESS
                    raise KeyGrabError("another program holds the key" if taken else f"X11 answered error {number}")

    def _codes(self, keysym: int, low: int, high: int) -> list[int]:
        xcb, connection = self._xcb, self._connection
        cookie = xcb.xcb_get_keyboard_mapping(connection, low, high - low + 1)
        reply = xcb.xcb_get_keyboard_mapping_reply(connection, cookie, None)
        if not reply:
            raise KeyGrabError("X11 did not tell its keyboard")
        per_code = ctypes.cast(reply, ctypes.POINTER(ctypes.c_uint8))[1]
        symbols = xcb.xcb_get_keyboard_mapping_keysyms(reply)
        found = [code for code in range(low, high + 1) if symbols[(code - low) * per_code] == keysym]
        _free(reply)
        return found


def _library() -> ctypes.CDLL:
    name = ctypes.util.find_library("xcb") or "libxcb.so.1"
    try:
        xcb = ctypes.CDLL(name)
    except OSError:
        raise KeyGrabError("libxcb is not installed") from None
    pointer, byte = ctypes.c_void_p, ctypes.c_uint8
    for function, result, arguments in (
        ("xcb_connect", pointer, [ctypes.c_char_p, pointer]),
        ("xcb_connection_has_error", ctypes.c_int, [pointer]),
        ("xcb_disconnect", None, [pointer]),
        ("xcb_get_setup", pointer, [pointer]),
        ("xcb_setup_roots_iterator", _Roots, [pointer]),
        ("xcb_get_file_descriptor", ctypes.c_int, [pointer]),
        ("xcb_poll_for_event", pointer, [pointer]),
        ("xcb_request_check", pointer, [pointer, _Cookie]),
        ("xcb_grab_key_checked", _Cookie, [pointer, byte, ctypes.c_uint32, ctypes.c_uint16, byte, byte, byte]),
        ("xcb_get_keyboard_mapping", _Cookie, [pointer, byte, byte]),
        ("xcb_get_keyboard_mapping_reply", pointer, [pointer, _Cookie, pointer]),
        ("xcb_get_keyboard_mapping_keysyms", ctypes.POINTER(ctypes.c_uint32), [pointer]),
    ):
        getattr(xcb, function).restype = result
        getattr(xcb, function).argtypes = arguments
    return xcb


def _free(memory: int) -> None:
    ctypes.CDLL(None).free(ctypes.c_void_p(memory))
