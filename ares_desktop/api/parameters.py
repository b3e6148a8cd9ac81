"""Parameters of a strategy: declared once, validated all at once, described for editors and searches."""

import ast
import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.strategies import ParameterInfo

_BOUNDS = {"ge": "minimum", "gt": "minimum", "le": "maximum", "lt": "maximum"}
_KINDS: dict[object, str] = {int: "int", float: "float", bool: "bool"}


class Params(BaseModel):
    """Base of a strategy's ``Params`` class; a value is frozen, a change makes a new one."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _read_texts(cls, values: Any) -> Any:  # noqa: ANN401 - whatever the model was given
        """Read what a person typed for a parameter whose type pydantic takes no text for."""
        if not isinstance(values, Mapping):
            return values
        fields = cls.model_fields
        return {
            name: _read(fields[name], value) if isinstance(value, str) and name in fields else value
            for name, value in values.items()
        }


def param(  # noqa: PLR0913 - a field descriptor has the type of its default; each keyword is one property
    default: Any,  # noqa: ANN401 - of whatever type the parameter has
    *,
    title: str = "",
    unit: str = "",
    description: str = "",
    ge: float | Decimal | None = None,
    gt: float | Decimal | None = None,
    le: float | Decimal | None = None,
    lt: float | Decimal | None = None,
    search: tuple[float, float, float] | None = None,
) -> Any:  # noqa: ANN401 - stands for a value of its default's type
    """Declare a parameter with its default.

    Args:
        default: its value unless set; it must keep the bounds too.
        title: its label, sentence case.
        unit: such as ``bars``, shown behind the value.
        description: what it does, shown as help.
        ge: smallest value; ``gt`` excludes it.
        gt: bound below.
        le: greatest value; ``lt`` excludes it.
        lt: bound above.
        search: ``(low, high, step)`` for optimization.
    """
    extra: dict[str, Any] = {"unit": unit, "search": search}
    return Field(
        default,
        title=title or None,
        description=description or None,
        ge=ge,
        gt=gt,
        le=le,
        lt=lt,
        json_schema_extra=extra,
    )


def make_params(model: type[Params], values: Mapping[str, Any]) -> Params:
    """Validate what a person entered; text is parsed.

    Raises:
        UsageError: with every finding.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise UsageError(*(_finding(model, item) for item in error.errors(include_url=False))) from None
    except Exception as error:
        # Strategy boundary: a validator of its own may raise anything.
        problem = f"can't be checked: {type(error).__name__}: {error}"
        raise UsageError(Finding(place="parameters", value="", problem=problem)) from error


def parameter_infos(model: type[Params]) -> tuple[ParameterInfo, ...]:
    """Return what an editor needs to know of each declared parameter, in order."""
    return tuple(_info(name, field) for name, field in model.model_fields.items())


def _info(name: str, field: FieldInfo) -> ParameterInfo:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    annotation, may_be_none = _without_none(field.annotation)
    choices = tuple(_shown(choice) for choice in _choices(annotation))
    choices = (None, *choices) if choices and may_be_none else choices
    numbers = {int, float}.issuperset(get_args(annotation) or ("",))
    kind = "choice" if choices else "float" if numbers else _KINDS.get(annotation, "str")
    bounds: dict[str, float] = {}
    for item in field.metadata:
        for attribute, side in _BOUNDS.items():
            bound = getattr(item, attribute, None)
            if isinstance(bound, int | float | Decimal):
                bounds[side] = float(bound)
    search: Any = extra.get("search")
    return ParameterInfo(
        name=name,
        kind=kind,
        default=_shown(field.get_default(call_default_factory=True, validated_data={})),
        title=field.title or name.replace("_", " ").capitalize(),
        unit=str(extra.get("unit") or ""),
        description=field.description or "",
        minimum=bounds.get("minimum"),
        maximum=bounds.get("maximum"),
        choices=choices,
        search=tuple(search) if search else None,
    )


def _without_none(annotation: Any) -> tuple[Any, bool]:  # noqa: ANN401 - a type, or what stands for one
    """Return a type without its None, and whether it had one."""
    if get_origin(annotation) not in (Union, UnionType):
        return annotation, False
    rest = tuple(one for one in get_args(annotation) if one is not NoneType)
    return (rest[0] if len(rest) == 1 else annotation), len(rest) < len(get_args(annotation))


def _choices(annotation: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a type, or what stands for one
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(annotation) if isinstance(annotation, type) and issubclass(annotation, Enum) else ()


def _shown(value: Any) -> Any:  # noqa: ANN401 - of whatever type the parameter has
    """Return a value as it can be sent and typed: plain ones as they are, lists and deeper ones as JSON."""
    if value is PydanticUndefined:
        return None
    plain = to_jsonable_python(value, fallback=str)
    return json.dumps(plain, ensure_ascii=False) if isinstance(plain, list | dict) else plain


def _read(field: FieldInfo, text: str) -> Any:  # noqa: ANN401 - of whatever type the parameter has
    annotation, may_be_none = _without_none(field.annotation)
    if may_be_none and text.strip().lower() in ("", "none", "null") and annotation is not str:
        return None
    for choice in _choices(annotation):
        if text == str(_shown(choice)):
            return choice
    kind = get_origin(annotation) or annotation
    if not isinstance(kind, type) or kind is str or not issubclass(kind, Collection | Mapping | BaseModel):
        return text
    for reader in (json.loads, ast.literal_eval):
        with suppress(ValueError, SyntaxError, RecursionError, MemoryError):
            return reader(text)
    return [part.strip() for part in text.split(",")] if issubclass(kind, list | tuple | set | frozenset) else text


def _finding(model: type[Params], item: Any) -> Finding:  # noqa: ANN401 - pydantic's ErrorDetails
    place = ".".join(str(part) for part in item["loc"]) or "parameters"
    known = ", ".join(model.model_fields)
    if item["type"] == "extra_forbidden":
        return Finding(
            place=place,
            value=str(item["input"]),
            problem="is not a parameter of this strategy",
            remedy=f"Known are: {known}.",
        )
    problem = str(item["msg"]).removeprefix("Value error, ")
    value = "" if isinstance(item["input"], Mapping) else str(item["input"])
    return Finding(place=place, value=value, problem=problem[:1].lower() + problem[1:])
