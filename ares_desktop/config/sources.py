"""Raw settings from the file, the environment and the command line, each with the place it came from."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from ares_desktop.config.reference import groups
from ares_desktop.domain.errors import Finding, UsageError

ENV_PREFIX: Final = "ARES_DESKTOP__"
RENAMED: Final[Mapping[str, str]] = {}
"""Keys of earlier versions and what they are called here."""
_HEADER: Final = re.compile(r"^\s*\[\[?\s*([\w.\"'-]+)\s*\]")
_KEY: Final = re.compile(r"^\s*([\w.\"'-]+)\s*=")
_LARGEST_EXPONENT: Final = 400


class RawSetting(msgspec.Struct, frozen=True, kw_only=True):
    """A value as it was written.

    Attributes:
        key: dotted.
        place: where a person finds it.
    """

    key: str
    value: Any
    place: str


def from_text(text: str, name: str) -> Iterator[RawSetting]:
    """Yield what a TOML text sets; ``name`` is how the file is called to people.

    Raises:
        UsageError: when it is not TOML.
    """
    try:
        tree = tomllib.loads(text, parse_float=_exact)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            Finding(
                place=name,
                value="",
                problem=f"is not valid TOML: {str(error) or 'nested too deep'}",
                remedy='Settings are written as [group] and lines such as theme = "dark".',
            )
        ) from error
    lines = _lines(text)
    for key, value in _flatten(tree):
        line = lines.get(key) or lines.get(key.partition(".")[0])
        yield RawSetting(key=key, value=value, place=f"{name} line {line}: {key}" if line else f"{name}: {key}")


def from_environment(environ: Mapping[str, str]) -> Iterator[RawSetting]:
    """Yield what variables named ``ARES_DESKTOP__GROUP__KEY`` set."""
    for name in sorted(environ):
        if name.startswith(ENV_PREFIX):
            key = name.removeprefix(ENV_PREFIX).lower().replace("__", ".")
            yield RawSetting(key=key, value=_from_word(key, environ[name]), place=f"environment {name}")


def from_command_line(overrides: Mapping[str, str]) -> Iterator[RawSetting]:
    """Yield what the command line sets by dotted key."""
    for key, value in overrides.items():
        yield RawSetting(key=key, value=_from_word(key, value), place=f"command line {key}")


def read_text(file: Path) -> str:
    """Return the file's text, empty when there is no file.

    Raises:
        UsageError: when it can't be read as UTF-8 text.
    """
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        problem = f"can't be read: {error.strerror}" if isinstance(error, OSError) else "is not UTF-8 text"
        remedy = f"Correct {os.fspath(file)}, or move it away to start with the defaults."
        raise UsageError(Finding(place=file.name, value="", problem=problem, remedy=remedy)) from error


def migrate(raw: RawSetting, renamed: Mapping[str, str]) -> tuple[RawSetting, str]:
    """Return the setting under its present name, and a notice when that is not the one it was given."""
    new = renamed.get(raw.key)
    if new is None:
        return raw, ""
    return msgspec.structs.replace(raw, key=new), f"{raw.place} is called {new}; please rename it"


def _exact(text: str) -> Decimal | float:
    number = Decimal(text)
    # Arithmetic on 1e999999999 would fill the memory; a float says "infinite" and is refused as not finite.
    return number if not number.is_finite() or abs(number.adjusted()) < _LARGEST_EXPONENT else float(number)


def _flatten(tree: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for group, content in tree.items():
        if isinstance(content, dict):
            yield from ((f"{group}.{name}", value) for name, value in content.items())
        else:
            yield group, content


def _lines(text: str) -> dict[str, int]:
    """Find the line of each key; tomllib doesn't tell, and a guess in odd layouts is only a missing number."""
    lines: dict[str, int] = {}
    group = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            group = _bare(header.group(1))
            lines.setdefault(group, number)
        elif key := _KEY.match(line):
            lines.setdefault(".".join(filter(None, (group, _bare(key.group(1))))), number)
    return lines


def _bare(key: str) -> str:
    return key.replace('"', "").replace("'", "")


def _from_word(key: str, word: str) -> Any:  # noqa: ANN401 - the schema decides what becomes of it
    group, _, name = key.partition(".")
    field = groups()[group].model_fields.get(name) if group in groups() else None
    if field is None:
        return word
    if str(field.annotation).startswith("tuple"):
        return [item.strip() for item in word.split(",") if item.strip()]
    optional = type(None) in getattr(field.annotation, "__args__", ())
    return None if optional and word.strip().lower() in {"", "none"} else word
