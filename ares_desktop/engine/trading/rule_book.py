"""Which rules protect a scope: those that a person set for it, else those of the settings."""

from collections.abc import Mapping

from ares_desktop.domain.protections import ProtectionRules

_STRATEGY = "strategy:"


class RuleBook:
    """Looks rules up by scope.

    Attributes:
        strategies, accounts: the settings' rules for strategies, and for accounts and all of them.
    """

    def __init__(
        self, own: Mapping[str, ProtectionRules], *, strategies: ProtectionRules, accounts: ProtectionRules
    ) -> None:
        self._own = own
        self.strategies = strategies
        self.accounts = accounts

    def of(self, scope: str) -> ProtectionRules:
        """Return the rules in force for ``all``, ``account:ID`` or ``strategy:NAME``."""
        own = self._own.get(scope)
        if own is not None:
            return own
        return self.strategies if scope.startswith(_STRATEGY) else self.accounts

    def is_own(self, scope: str) -> bool:
        """Say whether a person set the scope's own rules."""
        return scope in self._own
