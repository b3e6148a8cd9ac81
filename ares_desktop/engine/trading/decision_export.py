"""Decisions as a file for a spreadsheet or a program."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from ares_desktop.domain.decisions import Decision
from ares_desktop.domain.errors import Finding, UsageError

_KINDS: Final = (".csv", ".json")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

_COLUMNS: Final[dict[str, Callable[[Decision], object]]] = {
    "at": lambda it: it.at.isoformat(),
    "strategy": lambda it: _text(it.order.intent.strategy),
    "instrument": lambda it: _text(it.order.intent.instrument),
    "order": lambda it: _text(it.id),
    "parent": lambda it: _text(it.parent or ""),
    "side": lambda it: it.order.intent.side.value,
    "quantity": lambda it: it.order.intent.quantity,
    "type": lambda it: it.order.intent.type.value,
    "limit": lambda it: _known(it.order.intent.limit_price),
    "stop": lambda it: _known(it.order.intent.stop_price),
    "reason": lambda it: _text(it.reason),
    "forecast": lambda it: _text(it.forecast),
    "inputs": lambda it: _text("; ".join(f"{name}={value!r}" for name, value in it.inputs.items())),
    "approved": lambda it: "yes" if it.approved else "no",
    "gate": lambda it: _text(it.gate),
    "state": lambda it: it.order.state.value,
    "filled": lambda it: it.order.filled,
    "average_price": lambda it: _known(it.order.average_price),
    "commission": lambda it: it.commission,
    "realized": lambda it: _known(it.realized),
    "currency": lambda it: it.currency,
}


def check_file(file: Path) -> None:
    """See that a file's name says what it shall hold.

    Raises:
        UsageError: when it does not end in ``.csv`` or ``.json``.
    """
    if file.suffix.lower() not in _KINDS:
        problem, remedy = "is neither CSV nor JSON", "End its name with .csv or .json."
        raise UsageError(Finding(place="file", value=str(file), problem=problem, remedy=remedy))


def write(decisions: Sequence[Decision], file: Path) -> None:
    """Write decisions as the file's name says; the file is there as a whole or as it was.

    Raises:
        UsageError: when it can't be written.
    """
    body = _json(decisions) if file.suffix.lower() == ".json" else _csv(decisions)
    part = file.with_name(f"{file.name}.part")
    try:
        part.write_bytes(body)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        remedy = "Choose a folder that exists, is writable and has space."
        problem = f"can't be written: {error.strerror or error}"
        raise UsageError(Finding(place="file", value=str(file), problem=problem, remedy=remedy)) from error


def _json(decisions: Sequence[Decision]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(decisions), indent=2)


def _csv(decisions: Sequence[Decision]) -> bytes:
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(_COLUMNS)
    table.writerows([column(item) for column in _COLUMNS.values()] for item in decisions)
    return text.getvalue().encode()


def _known(value: object) -> object:
    return "" if value is None else value


def _text(value: str) -> str:
    """Return a text that no spreadsheet takes for a formula: strategies wrote it."""
    return f"'{value}" if value.startswith(_FORMULA) else value
