"""Which lock, if any, forbids new exposure."""

from collections.abc import Mapping
from datetime import datetime

from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.protections import Lock
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.states import scopes_of


def lock_scopes(account: AccountId, strategy: StrategyId, instrument: InstrumentId) -> tuple[str, ...]:
    """Return every scope of a lock that holds an order, widest first."""
    return (
        *scopes_of(account, strategy, instrument),
        f"strategy:{strategy} instrument:{instrument}",
    )


def in_force(lock: Lock, now: datetime) -> bool:
    """Say whether a lock has not ended by itself; ``now`` is the time of the clock in force."""
    return lock.until is None or now < lock.until


def lock_on(
    locks: Mapping[str, Lock], account: AccountId, strategy: StrategyId, instrument: InstrumentId, now: datetime
) -> Lock | None:
    """Return the lock that forbids new exposure, of several the one that lasts longest; None when nothing does."""
    scopes = lock_scopes(account, strategy, instrument)
    found = [lock for lock in locks.values() if lock.scope in scopes and in_force(lock, now)]
    endless = [lock for lock in found if lock.until is None]
    if endless:
        return endless[0]
    return max(found, key=lambda lock: lock.until or now, default=None)


def locked_by(
    locks: Mapping[str, Lock], account: AccountId, strategy: StrategyId, instrument: InstrumentId, clock: Clock
) -> str:
    """Return why nothing new may be opened, empty when nothing locks it."""
    found = lock_on(locks, account, strategy, instrument, clock.now()) if locks else None
    if found is None:
        return ""
    until = "a person lifts it" if found.until is None else f"{found.until:%Y-%m-%d %H:%M:%S} UTC"
    return f"{found.scope} is locked until {until}: {found.reason}"
