"""Which commands are recorded, and when: those that only read are not, those that reduce risk never wait for it."""

from collections.abc import Mapping
from typing import Any, Final

from ares_desktop.domain.audit import CommandKind

READING: Final = frozenset(
    {
        "status",
        "raise",
        "portfolio",
        "positions",
        "orders",
        "fills",
        "standings",
        "kill.reports",
        "data.list",
        "strategies.list",
        "strategies.show",
        "strategies.preflight",
        "strategies.logs",
        "strategies.check",
        "strategies.history",
        "strategies.diff",
        "why",
        "decisions",
        "performance",
        "limits.denials",
        "limits.history",
        "alerts.list",
        "alerts.test",
        "audit.bundle",
        "books.proof",
        "books.moves",
        "books.flows",
        "discrepancies",
        "coverage",
        "stress",
        "strategies.export",
    }
)
"""They change nothing in the house."""

REDUCING: Final = frozenset(
    {
        "kill",
        "cancel",
        "flatten",
        "reduce",
        "pause",
        "close-only",
        "locks.add",
        "strategies.disable",
        "strategies.pause",
        "strategies.close-only",
        "strategies.end",
        "stop",
        "alerts.ack",
        "alerts.mute",
    }
)
"""They can only reduce risk, or add none: they act first and are recorded after, also when the journal fails."""

_READING_ENDINGS: Final = (".list", ".show", ".get", ".status")


def kind_of(command: str) -> CommandKind:
    """Return how a command is recorded; one that nobody named changes something unless it is called like a reader."""
    if command in REDUCING:
        return CommandKind.REDUCES
    if command in READING or command.endswith(_READING_ENDINGS):
        return CommandKind.READS
    return CommandKind.CHANGES


def kind_with(command: str, arguments: Mapping[str, Any]) -> CommandKind:
    """Return how a command is recorded that only reads with some arguments."""
    if command == "strategies.presets" and not any(arguments.get(name) for name in ("save", "delete")):
        return CommandKind.READS
    if command == "stress" and not any(arguments.get(name) for name in ("keep", "forget")):
        return CommandKind.READS
    return kind_of(command)
