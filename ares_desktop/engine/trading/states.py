"""Trading states by scope, and which one is in force for an order."""

from collections.abc import Mapping
from decimal import Decimal

from ares_desktop.domain.events import TradingStateSet
from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.money import ONE
from ares_desktop.domain.protections import LadderState
from ares_desktop.domain.risk import ALL_SCOPE, KillSwitchReport, TradingState


def scopes_of(account: AccountId, strategy: StrategyId, instrument: InstrumentId) -> tuple[str, str, str, str]:
    """Return every scope that holds an order, widest first."""
    return ALL_SCOPE, f"account:{account}", f"strategy:{strategy}", f"instrument:{instrument}"


def covers(scope: str, account: AccountId, strategy: StrategyId, instrument: InstrumentId) -> bool:
    """Say whether an order of these belongs to ``scope``."""
    return scope in scopes_of(account, strategy, instrument)


def effective_state(
    states: Mapping[str, TradingStateSet],
    account: AccountId,
    strategy: StrategyId,
    instrument: InstrumentId,
) -> TradingState:
    """Return the most restrictive state of all scopes that hold an order."""
    found = (states[scope].state for scope in scopes_of(account, strategy, instrument) if scope in states)
    return max(found, default=TradingState.ACTIVE)


def strategy_state(states: Mapping[str, TradingStateSet], account: AccountId, strategy: StrategyId) -> TradingState:
    """Return the state in force for everything that a strategy trades; single instruments may be more restricted."""
    scopes = (ALL_SCOPE, f"account:{account}", f"strategy:{strategy}")
    return max((states[scope].state for scope in scopes if scope in states), default=TradingState.ACTIVE)


def risk_multiplier(
    ladders: Mapping[tuple[str, str], LadderState], account: AccountId, strategy: StrategyId
) -> Decimal:
    """Return what budgets of a strategy are multiplied by: the smallest of the ladders that cover it, 1 without one."""
    scopes = (ALL_SCOPE, f"account:{account}", f"strategy:{strategy}")
    return min((ladder.multiplier for ladder in ladders.values() if ladder.scope in scopes), default=ONE)


def scope_multiplier(
    ladders: Mapping[tuple[str, str], LadderState], scope: str, account: AccountId, strategy: StrategyId
) -> Decimal:
    """Return what a scope's exposure bounds are multiplied by: the smallest of the ladders that cover all of it."""
    wide = {ALL_SCOPE: (ALL_SCOPE,), f"strategy:{strategy}": (ALL_SCOPE, f"account:{account}", scope)}
    scopes = wide.get(scope, (ALL_SCOPE, scope))
    return min((ladder.multiplier for ladder in ladders.values() if ladder.scope in scopes), default=ONE)


class Fence:
    """What the kill switch closes before anything is written, until its release: from that instant the gate denies."""

    def __init__(self) -> None:
        self._closing: set[str] = set()

    def close(self, scope: str) -> None:
        """Deny everything in ``scope`` at once."""
        self._closing.add(scope)

    def open(self, scope: str) -> None:
        """Let ``scope`` be traded again, as far as nothing else forbids it."""
        self._closing.discard(scope)

    @property
    def is_open(self) -> bool:
        """Whether nothing is being closed."""
        return not self._closing

    def holds(
        self,
        report: KillSwitchReport,
        account: AccountId,
        strategy: StrategyId,
        instrument: InstrumentId,
    ) -> bool:
        """Say whether the kill switch, closing or latched, covers an order."""
        if not self._closing and not report.engaged:
            return False
        scopes = scopes_of(account, strategy, instrument)
        return (report.engaged and report.scope in scopes) or any(scope in self._closing for scope in scopes)
