"""Who holds a scope in which state, and what is in force."""

from datetime import UTC, datetime, timedelta

from ares_desktop.domain.events import LockLifted, LockPlaced, TradingStateSet
from ares_desktop.domain.protections import Lock, LockKind
from ares_desktop.domain.risk import TradingState
from ares_desktop.engine.trading.safety import Safety

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def held(state: TradingState, holder: str = "", *, scope: str = "all", minute: int = 0) -> TradingStateSet:
    at = NOW + timedelta(minutes=minute)
    return TradingStateSet(scope=scope, state=state, reason="", source="test", at=at, holder=holder)


def in_force(safety: Safety) -> TradingState:
    return safety.states["all"].state


def test_what_one_holder_lifts_stays_where_another_holds_it() -> None:
    safety = Safety()
    safety.apply(held(TradingState.PAUSED))
    safety.apply(held(TradingState.REDUCING, "loss ladder", minute=1))
    safety.apply(held(TradingState.ACTIVE, "loss ladder", minute=2))
    assert in_force(safety) is TradingState.PAUSED
    safety.apply(held(TradingState.ACTIVE, minute=3))
    assert in_force(safety) is TradingState.ACTIVE


def test_the_most_restrictive_holder_is_in_force_also_after_a_snapshot() -> None:
    safety = Safety()
    safety.apply(held(TradingState.REDUCING, "loss ladder"))
    safety.apply(held(TradingState.ACTIVE, minute=1))
    again = Safety.load(safety.dump())
    assert safety.states["all"].holder == again.states["all"].holder == "loss ladder"
    again.apply(held(TradingState.ACTIVE, "loss ladder", minute=2))
    assert in_force(again) is TradingState.ACTIVE


def test_a_lock_of_the_same_id_replaces_the_one_before_and_is_lifted_by_it() -> None:
    safety = Safety()
    lock = Lock(id="a", scope="all", kind=LockKind.PERSON, reason="news", since=NOW)
    safety.apply(LockPlaced(lock=lock, source="test", at=NOW))
    safety.apply(
        LockPlaced(
            lock=Lock(id="a", scope="all", kind=LockKind.PERSON, reason="over", since=NOW), source="test", at=NOW
        )
    )
    assert [lock.reason for lock in Safety.load(safety.dump()).locks.values()] == ["over"]
    safety.apply(LockLifted(id="a", source="test", at=NOW))
    assert not safety.locks
