"""Turns what is wrong with settings into findings that say what to do."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ares_desktop.config.reference import SettingInfo, groups, settings_reference
from ares_desktop.config.sources import RawSetting
from ares_desktop.domain.errors import Finding
from ares_desktop.redaction import Redactor

_LONGEST_VALUE: Final = 80
_PROBLEMS: Final[Mapping[str, str]] = {
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "finite_number": "must be a finite number",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "string_too_long": "must be shorter",
    "string_pattern_mismatch": "must have the form {pattern}",
    "too_long": "must have fewer items",
    "value_error": "{error}",
}
_BY_FAMILY: Final[Mapping[str, str]] = {
    "int": "must be a whole number",
    "float": "must be a number",
    "decimal": "must be a number",
    "bool": "must be true or false",
    "tuple": "must be a list",
    "string": "must be text",
}


def unknown_setting(raw: RawSetting) -> Finding:
    """Say that there is no such setting, and which one may have been meant."""
    if raw.key in groups():
        problem, remedy = (
            "is a group and can't be a value itself",
            f"Set one of its keys, for example {_first(raw.key)}.",
        )
    else:
        problem, remedy = "is not a setting", _meant(raw.key)
    return Finding(place=raw.place, value=show(raw.value, raw.key), problem=problem, remedy=remedy)


def invalid_settings(error: ValidationError, origins: Mapping[str, RawSetting]) -> list[Finding]:
    """Return one finding for each of pydantic's errors, at the place its value came from."""
    return [_finding(details, origins) for details in error.errors(include_url=False)]


def show(value: object, key: str = "") -> str:
    """Return a value as people wrote it, shortened, secrets masked."""
    try:
        written = str(value).lower() if isinstance(value, bool) else str(value)
    except ValueError:
        # Python refuses to write out whole numbers of thousands of digits.
        written = "a number that is too long"
    text = str(Redactor().value(key, written))
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."


def _finding(details: ErrorDetails, origins: Mapping[str, RawSetting]) -> Finding:
    key = ".".join(str(part) for part in details["loc"][:2])
    info = settings_reference().get(key)
    value = details["input"]
    return Finding(
        place=origins[key].place if key in origins else key,
        value=show(value, key),
        problem=_problem(details),
        remedy=_remedy(info, value) if info else "",
    )


def _problem(details: ErrorDetails) -> str:
    kind = details["type"]
    context: dict[str, Any] = details.get("ctx", {})
    if kind in _PROBLEMS:
        return _PROBLEMS[kind].format(**context)
    return _BY_FAMILY.get(kind.partition("_")[0], details["msg"])


def _remedy(info: SettingInfo, value: object) -> str:
    near = get_close_matches(str(value), info.choices, n=1) if info.choices else []
    if near:
        return f"Did you mean {near[0]}?"
    unit = f" {info.unit}" if info.unit else ""
    default = "empty" if info.default in (None, ()) else f"{info.default}{unit}"
    allowed = f" Allowed: {', '.join(info.choices) or info.bounds}." if info.choices or info.bounds else ""
    return f"Default: {default}.{allowed or ' ' + info.description}"


def _meant(key: str) -> str:
    known = settings_reference()
    group, _, name = key.partition(".")
    elsewhere = [item for item in known if item.partition(".")[2] == name]
    if group in groups():
        near = get_close_matches(key, [item for item in known if item.startswith(f"{group}.")], n=1) or elsewhere
    else:
        near = elsewhere or get_close_matches(key, known, n=1, cutoff=0.8) or get_close_matches(group, groups(), n=1)
    return f"Did you mean {near[0]}?" if near else f"The groups are {', '.join(groups())}."


def _first(group: str) -> str:
    return next(key for key in settings_reference() if key.startswith(f"{group}."))
