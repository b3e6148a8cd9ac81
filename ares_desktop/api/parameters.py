"""Parameters of a strategy: declared once, validated all at once, described for editors and searches."""

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.strategies import ParameterInfo

_BOUNDS = {"ge": "minimum", "gt": "minimum", "le": "maximum", "lt": "maximum"}
_KINDS: dict[object, str] = {int: "int", float: "float", bool: "bool"}


class Params(BaseModel):
    """Base of a strategy's ``Params`` class; a value is frozen, a change makes a new one."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)


def param(  # noqa: PLR0913 - a field descriptor has the type of its default; each keyword is one property
    default: Any,  # noqa: ANN401 - of whatever type the parameter has
    *,
    title: str = "",
    unit: str = "",
    description: str = "",
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
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


def parameter_infos(model: type[Params]) -> tuple[ParameterInfo, ...]:
    """Return what an editor needs to know of each declared parameter, in order."""
    return tuple(_info(name, field) for name, field in model.model_fields.items())


def _info(name: str, field: FieldInfo) -> ParameterInfo:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    annotation = field.annotation
    choices = tuple(get_args(annotation)) if get_origin(annotation) is Literal else ()
    kind = "choice" if choices else _KINDS.get(annotation, "str")
    bounds: dict[str, float] = {}
    for item in field.metadata:
        for attribute, side in _BOUNDS.items():
            if hasattr(item, attribute):
                bounds[side] = getattr(item, attribute)
    search: Any = extra.get("search")
    return ParameterInfo(
        name=name,
        kind=kind,
        default=field.default,
        title=field.title or name.replace("_", " ").capitalize(),
        unit=str(extra.get("unit") or ""),
        description=field.description or "",
        minimum=bounds.get("minimum"),
        maximum=bounds.get("maximum"),
        choices=choices,
        search=tuple(search) if search else None,
    )


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
