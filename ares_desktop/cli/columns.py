"""Kinds of columns in tables for people."""

from typing import Final

NUMBER: Final = "number"
MONEY: Final = "money"
PERCENT: Final = "percent"
SIGNED: Final = "signed"
STATE: Final = "state"
TIME: Final = "time"
TEXT: Final = "text"

Column = tuple[str, str, str]
"""Heading, key in the document, kind."""
