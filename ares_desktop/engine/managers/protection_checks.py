"""Whether changed rules of protection can be: every problem at once, and nothing changed while there is one."""

from collections.abc import Mapping
from typing import Any

import msgspec
from pydantic import ValidationError

from ares_desktop.config.protection import ProtectionSettings
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.protections import ProtectionRules

_PAIRS = (("day_limit", "day_hard"), ("drawdown_limit", "drawdown_hard"))


def checked_rules(rules: ProtectionRules, changes: Mapping[str, Any]) -> ProtectionRules:
    """Return the rules with changes, each value within the bounds of the setting of its name.

    Args:
        rules: in force.
        changes: by name; a text is read as its value, an empty one or ``off`` as none.

    Raises:
        UsageError: with each unknown name and each value that can't be.
    """
    known = ProtectionRules.__struct_fields__
    findings = [
        Finding(place=name, value=str(value), problem="is no rule", remedy=f"Known ones are {', '.join(known)}.")
        for name, value in changes.items()
        if name not in known
    ]
    values = msgspec.structs.asdict(rules) | {
        name: None if value in {"", "off", "none"} else value for name, value in changes.items() if name in known
    }
    try:
        settings = ProtectionSettings.model_validate(values)
    except ValidationError as error:
        findings += [
            Finding(place=str(item["loc"][0]), value=str(item["input"]), problem=item["msg"].lower())
            for item in error.errors()
        ]
        raise UsageError(*findings) from error
    for limit, hard in _PAIRS:
        low, high = getattr(settings, limit), getattr(settings, hard)
        if low is not None and high is not None and high < low:
            findings.append(
                Finding(place=hard, value=f"{high}", problem=f"is below {limit}, which is {low}", remedy="Raise it.")
            )
    if findings:
        raise UsageError(*findings)
    return settings.rules(strategy=False)
