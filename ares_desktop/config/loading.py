"""Settings in force: defaults, then the file, then the environment, then the command line."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from pydantic import ValidationError

from ares_desktop.config.findings import invalid_settings, unknown_setting
from ares_desktop.config.reference import settings_reference
from ares_desktop.config.schema import Settings
from ares_desktop.config.sources import (
    RENAMED,
    RawSetting,
    from_command_line,
    from_environment,
    from_text,
    migrate,
    read_text,
)
from ares_desktop.domain.errors import Finding, UsageError


class LoadedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Valid settings and where they came from.

    Attributes:
        notices: what a person should know, such as a renamed key.
        origins: the value and place of each setting that is not a default, by dotted key.
    """

    settings: Settings
    notices: tuple[str, ...]
    origins: dict[str, RawSetting]


def load_settings(
    file: Path, *, environ: Mapping[str, str] | None = None, overrides: Mapping[str, str] | None = None
) -> LoadedSettings:
    """Read all sources of settings.

    Args:
        file: the profile's settings; it may be missing.
        environ: environment variables, None for none.
        overrides: by dotted key, from the command line.

    Raises:
        UsageError: with every finding of every source.
    """
    text, unreadable = "", tuple[Finding, ...]()
    try:
        text = read_text(file)
    except UsageError as error:
        unreadable = error.findings
    return parse_settings(text, file.name, environ=environ, overrides=overrides, findings=unreadable)


def parse_settings(
    text: str,
    name: str,
    *,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, str] | None = None,
    renamed: Mapping[str, str] = RENAMED,
    findings: Iterable[Finding] = (),
) -> LoadedSettings:
    """Do as :func:`load_settings` with the file's text; ``findings`` are reported together with what is found here.

    Raises:
        UsageError: with every finding of every source.
    """
    problems = list(findings)
    try:
        in_file = list(from_text(text, name))
    except UsageError as error:
        in_file = []
        problems.extend(error.findings)
    origins: dict[str, RawSetting] = {}
    notices: list[str] = []
    for given in (*in_file, *from_environment(environ or {}), *from_command_line(overrides or {})):
        raw, notice = migrate(given, renamed)
        if notice:
            notices.append(notice)
        if raw.key in settings_reference():
            origins[raw.key] = raw
        elif not _is_empty_group(raw):
            problems.append(unknown_setting(raw))
    try:
        settings = Settings.model_validate(_tree(origins.values()))
    except ValidationError as error:
        problems.extend(invalid_settings(error, origins))
    if problems:
        raise UsageError(*problems)
    return LoadedSettings(settings=settings, notices=tuple(notices), origins=origins)


def _tree(raws: Iterable[RawSetting]) -> dict[str, dict[str, Any]]:
    tree: dict[str, dict[str, Any]] = {}
    for raw in raws:
        group, _, name = raw.key.partition(".")
        tree.setdefault(group, {})[name] = raw.value
    return tree


def _is_empty_group(raw: RawSetting) -> bool:
    return raw.value == {} and "." not in raw.key
