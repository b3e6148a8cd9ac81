"""What can be set, derived from the schema: for validation, the documentation and the settings panel."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, get_args

import msgspec
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ares_desktop.config.schema import Settings

_BOUND_WORDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


class SettingInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One setting as a person is told about it.

    Attributes:
        key: dotted, such as ``ui.theme``.
        choices: empty when any value within the bounds will do.
        bounds: in words, such as ``at least 1, at most 60``.
        restart: a change takes effect at the next start.
    """

    key: str
    title: str
    description: str
    kind: str
    default: Any
    unit: str
    choices: tuple[str, ...]
    bounds: str
    restart: bool

    @property
    def environment(self) -> str:
        """The environment variable that sets it."""
        return "ARES_DESKTOP__" + self.key.replace(".", "__").upper()


def groups() -> dict[str, type[BaseModel]]:
    """Return each group's model by its name, in the order of the schema."""
    return {
        name: info.annotation
        for name, info in Settings.model_fields.items()
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)
    }


@cache
def settings_reference() -> Mapping[str, SettingInfo]:
    """Return what can be set, by dotted key, in the order of the schema; it is derived once, since that takes long."""
    return MappingProxyType({info.key: info for name, model in groups().items() for info in _of_group(name, model)})


def _of_group(group: str, model: type[BaseModel]) -> Iterator[SettingInfo]:
    schema = model.model_json_schema()
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        yield SettingInfo(
            key=f"{group}.{name}",
            title=field.title or name,
            description=field.description or "",
            kind=_kind(field),
            default=field.default,
            unit=str(extra.get("unit", "")),
            choices=_choices(schema, name),
            bounds=_bounds(field),
            restart=bool(extra.get("restart")),
        )


def _kind(field: FieldInfo) -> str:
    words = {"Decimal": "number", "float": "number", "int": "whole number", "bool": "true or false", "tuple": "list"}
    types = [item for item in get_args(field.annotation) if item is not type(None)]
    optional = type(None) in get_args(field.annotation)
    kind = types[0] if optional else field.annotation
    name = getattr(kind, "__name__", str(kind))
    return words.get(name, "list" if str(kind).startswith("tuple") else "text") + (", may be empty" if optional else "")


def _choices(schema: dict[str, Any], name: str) -> tuple[str, ...]:
    prop = schema["properties"][name]
    reference = prop.get("$ref") or next((item["$ref"] for item in prop.get("allOf", ()) if "$ref" in item), "")
    source = schema["$defs"][reference.rpartition("/")[2]] if reference else prop
    return tuple(str(item) for item in source.get("enum", ()))


def _bounds(field: FieldInfo) -> str:
    found = []
    for item in field.metadata:
        for name, word in _BOUND_WORDS.items():
            bound = getattr(item, name, None)
            if bound is not None:
                found.append(f"{word} {bound:,f}" if isinstance(bound, Decimal) else f"{word} {bound:,}")
    return ", ".join(found)
