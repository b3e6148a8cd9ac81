"""Keeps secrets out of whatever is shown or written."""

import re
from collections.abc import Mapping
from typing import Final

MASK: Final = "***"
_WORDS: Final = (
    r"(?:password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key"
    r"|authorization|credentials?|cookie|signature)"
)
_PARTS: Final = ("passw", "passphrase", "secret", "token", "key", "authorization", "credential", "cookie", "signature")
"""One of these is in everything that the words above match."""
_NAME: Final = re.compile(_WORDS, re.IGNORECASE)
# Each of these looks at a place of a text once: strategies choose what they log, and the loop waits for it.
_ASSIGNED: Final = re.compile(
    rf"({_WORDS}[\w-]{{0,64}}+\\?[\"']?\s*+[=:]\s*+)"
    r"((?:Bearer|Basic)\s+[^\s\"',;&]+|\\?\"[^\"]*\"|'[^']*'|[^\s\"',;&)}\]]+)",
    re.IGNORECASE,
)
_BEARER: Final = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_USER_INFO: Final = re.compile(r"(\b\w+://[^\s:/@]*):[^\s/@]+@")
_SHORTEST: Final = 4


class Redactor:
    """Masks secrets by the name they go under, by the form they have, and by the values it was told of."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    def remember(self, secret: str) -> None:
        """Mask this text wherever it appears; one under four characters would mask ordinary words and is left."""
        if len(secret) >= _SHORTEST:
            self._values.add(secret)

    def text(self, text: str) -> str:
        """Return ``text`` with every secret masked."""
        for value in self._values:
            text = text.replace(value, MASK)
        if "://" in text:
            text = _USER_INFO.sub(rf"\1:{MASK}@", text)
        # Most lines hold none of these words, and to look for all of them at each place takes a hundred times longer.
        folded = text.casefold()
        if any(word in folded for word in _PARTS):
            text = _ASSIGNED.sub(_mask_assigned, text)
        return _BEARER.sub(rf"\1 {MASK}", text) if "bearer" in folded or "basic" in folded else text

    def value(self, name: str, value: object) -> object:
        """Return ``value`` of the field ``name``, masked when the name says so; containers are walked."""
        if _NAME.search(name) and value != "" and not isinstance(value, bool | None):
            return MASK
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self.value(str(key), item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value("", item) for item in value]
        return value


def _mask_assigned(match: "re.Match[str]") -> str:
    head, value = match.groups()
    quote = re.match(r"\\?[\"']", value)
    mark = quote.group() if quote else ""
    return f"{head}{mark}{MASK}{mark}"
