"""Journal rows as people read them."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from ares_desktop.domain.audit import AuditRow
from ares_desktop.engine.adapters.stores.journal_codec import Row, from_microseconds

_WHO: Final = ("source", "by", "via", "holder")
_SUBJECTS: Final = ("strategy", "scope", "name", "account")
_NESTED: Final = ("intent", "fill", "instance", "lock", "state", "report")
_LEFT_OUT: Final = frozenset({"type", "at", "created_at"})
_LONGEST: Final = 400

Fields = Mapping[str, Any]


def fields_of(payload: bytes) -> dict[str, Any]:
    """Return a payload's fields; those of a nested record stand beside its own, which win."""
    fields: dict[str, Any] = msgspec.json.decode(payload)
    for name in _NESTED:
        nested = fields.get(name)
        if isinstance(nested, dict):
            fields = nested | fields
    return fields


def who_of(fields: Fields) -> tuple[str, ...]:
    """Return the users, sources and doors that an event names."""
    return tuple(text for name in _WHO if (text := str(fields.get(name) or "")))


def scopes_of(fields: Fields) -> tuple[str, ...]:
    """Return the strategies, accounts, instruments and scopes that an event names, bare and with their kind."""
    found: list[str] = []
    for name in (*_SUBJECTS, "instrument"):
        text = str(fields.get(name) or "")
        if text:
            kind = "strategy" if name == "name" else name
            found += [text] if name == "scope" else [text, f"{kind}:{text}"]
            found += text.partition(":")[2:] if name == "scope" else ()
    return tuple(found)


def order_of(fields: Fields) -> str:
    """Return the client order id that an event concerns, empty for one that concerns none."""
    return str(fields.get("client_order_id") or "")


def row_of(row: Row) -> AuditRow:
    """Return a row as people read it.

    Raises:
        msgspec.MsgspecError: when its payload is no JSON.
    """
    sequence, name, at, kind, _, cause, correlation, payload = row
    fields = fields_of(payload)
    return AuditRow(
        sequence=sequence,
        id=name,
        at=from_microseconds(at),
        kind=kind,
        who=" \N{MIDDLE DOT} ".join(dict.fromkeys(who_of(fields))),
        subject=next((str(fields[key]) for key in _SUBJECTS if fields.get(key)), ""),
        instrument=str(fields.get("instrument") or ""),
        order=order_of(fields),
        summary=_summary(fields),
        cause=cause,
        correlation=correlation,
        payload=payload.decode(errors="replace"),
    )


def _summary(fields: Fields) -> str:
    shown = (
        f"{name} {_short(value)}"
        for name, value in fields.items()
        if name not in _LEFT_OUT and name not in _NESTED and value not in (None, "", [], {}, False)
    )
    return ", ".join(shown)[:_LONGEST]


def _short(value: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={_short(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_short, value)) + "]"
    return str(value)
