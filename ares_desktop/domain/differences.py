"""What differs between two configurations of a strategy instance, and a configuration with differences applied."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.domain.versions import Difference

PARAMETERS: Final = "parameters"
_PREFIX: Final = f"{PARAMETERS}."


def difference(a: StrategyInstance, b: StrategyInstance) -> tuple[Difference, ...]:
    """Return what has to change in ``a`` to make it ``b``.

    Fields come in the order in which they are declared, each parameter by itself and by name. A parameter that is
    None counts as absent.
    """
    found: list[Difference] = []
    for name in StrategyInstance.__struct_fields__:
        before, after = getattr(a, name), getattr(b, name)
        if name == PARAMETERS:
            places = sorted(before.keys() | after.keys())
            found += [
                Difference(place=_PREFIX + key, before=before.get(key), after=after.get(key))
                for key in places
                if _differ(before.get(key), after.get(key))
            ]
        elif _differ(before, after):
            found.append(Difference(place=name, before=before, after=after))
    return tuple(found)


def with_differences(a: StrategyInstance, differences: Iterable[Difference]) -> StrategyInstance:
    """Return ``a`` with every difference applied: the ``b`` that :func:`difference` was given."""
    parameters = dict(a.parameters)
    fields: dict[str, Any] = {}
    for item in differences:
        if not item.place.startswith(_PREFIX):
            fields[item.place] = item.after
        elif item.after is None:
            parameters.pop(item.place.removeprefix(_PREFIX), None)
        else:
            parameters[item.place.removeprefix(_PREFIX)] = item.after
    return msgspec.structs.replace(a, **{**fields, PARAMETERS: parameters})


def without_switches(instance: StrategyInstance) -> StrategyInstance:
    """Return the configuration alone: switched off and not paused, since switching changes no version."""
    return msgspec.structs.replace(instance, active=False, paused=False)


def _differ(before: object, after: object) -> bool:
    # True equals 1 for Python, but not for a person who reads a form.
    return isinstance(before, bool) != isinstance(after, bool) or before != after
