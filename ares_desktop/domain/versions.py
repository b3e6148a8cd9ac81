"""Versions of a strategy instance's configuration, and what differs between two of them."""

from datetime import datetime
from typing import Any

import msgspec

from ares_desktop.domain.strategies import StrategyInstance


class InstanceVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration as it was saved.

    Attributes:
        number: counts from 1 for each name.
        sequence: of the journal event that it was saved with.
        note: why, as a person wrote it.
    """

    number: int
    instance: StrategyInstance
    at: datetime
    source: str
    sequence: int = 0
    note: str = ""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One field that differs.

    Attributes:
        place: such as ``parameters.fast`` or ``weight``.
        before, after: None where the field is absent.
    """

    place: str
    before: Any = None
    after: Any = None


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """Named parameter values of a strategy file."""

    name: str
    strategy: str
    parameters: dict[str, Any]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What applying a configuration will do, or did.

    Attributes:
        differences: against the version in force.
        effect: ``nothing``, ``now``, ``next bar`` (parameters of a running instance) or ``swap`` (a fresh worker takes
            over at a bar boundary).
    """

    differences: tuple[Difference, ...]
    effect: str
