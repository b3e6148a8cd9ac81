"""Which limits hold for an order: those of every scope that covers it together."""

from collections.abc import Iterable

from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.limits import NO_LIMITS, SCOPE_LIMITS, ScopeLimits, tightest
from ares_desktop.domain.risk import ALL_SCOPE, RiskLimits
from ares_desktop.engine.trading.facts import Facts
from ares_desktop.engine.trading.states import scopes_of

Key = tuple[AccountId, StrategyId, InstrumentId]


def bounds_a_scope(limits: ScopeLimits) -> bool:
    """Say whether any limit is of everything in a scope together."""
    return any(getattr(limits, name) is not None for name in SCOPE_LIMITS)


class LimitScopes:
    """Puts the limits of all scopes together, and keeps what it found until :meth:`forget`.

    Args:
        defaults: the settings', which hold where no scope sets a limit.
    """

    def __init__(self, fold: Facts, defaults: RiskLimits) -> None:
        self._fold = fold
        self._defaults = defaults
        self._found: dict[Key, RiskLimits] = {}
        self._bounding: dict[Key, tuple[tuple[str, ScopeLimits], ...]] = {}

    @property
    def defaults(self) -> RiskLimits:
        """The settings' limits."""
        return self._defaults

    def set_defaults(self, limits: RiskLimits) -> None:
        """Take other settings."""
        self._defaults = limits
        self.forget()

    def forget(self) -> None:
        """Put everything together anew."""
        self._found.clear()
        self._bounding.clear()

    def own(self, scope: str) -> ScopeLimits:
        """Return what a scope sets of its own."""
        return self._fold.limits.get(scope, NO_LIMITS)

    def of_scope(self, scope: str) -> ScopeLimits:
        """Return what bounds a scope as a whole: its own limits, and for everything the settings' where it has none."""
        own = self.own(scope)
        if scope != ALL_SCOPE:
            return own
        merged = {name: getattr(own, name) for name in SCOPE_LIMITS}
        merged = {name: getattr(self._defaults, name) if value is None else value for name, value in merged.items()}
        return ScopeLimits(**merged)

    def in_force(self, key: Key) -> RiskLimits:
        """Return the tightest of every scope that covers an order."""
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self.together(scopes_of(*key))
        return found

    def together(self, scopes: Iterable[str]) -> RiskLimits:
        """Return the tightest of some scopes, the settings' where none sets a limit."""
        limits = self._fold.limits
        return tightest(self._defaults, [limits[scope] for scope in scopes if scope in limits])

    def bounding(self, key: Key) -> tuple[tuple[str, ScopeLimits], ...]:
        """Return the scopes that cover an order and bound what they hold as a whole."""
        found = self._bounding.get(key)
        if found is None:
            every = ((scope, self.of_scope(scope)) for scope in scopes_of(*key))
            found = tuple((scope, limits) for scope, limits in every if bounds_a_scope(limits))
            self._bounding[key] = found
        return found
