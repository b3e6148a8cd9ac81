"""The protections as pure rules: each looks at facts and says which lock, if any, they call for."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.protections import Lock, LockKind, ProtectionRules
from ares_desktop.engine.trading.trips import Close

CloseRule = Callable[[Close, Sequence[Close], ProtectionRules], Lock | None]


def stop_loss_guard(close: Close, closes: Sequence[Close], rules: ProtectionRules) -> Lock | None:
    """Lock after several stop-outs within a window: of the instrument, or of all that the strategy trades."""
    if not rules.stop_losses or not close.stopped:
        return None
    window = _since(close.at, rules.stop_loss_minutes)
    stopped = [
        other
        for other in closes
        if other.stopped
        and other.at >= window
        and other.strategy == close.strategy
        and (rules.stop_loss_all or other.instrument == close.instrument)
    ]
    if len(stopped) < rules.stop_losses:
        return None
    scope = f"strategy:{close.strategy}" if rules.stop_loss_all else _both(close)
    reason = f"{len(stopped)} stop-outs within {rules.stop_loss_minutes:g} minutes"
    return lock(LockKind.STOP_LOSS_GUARD, scope, reason, close.at, rules.stop_loss_lock_minutes)


def low_profit(close: Close, closes: Sequence[Close], rules: ProtectionRules) -> Lock | None:
    """Lock an instrument whose trades of a window together returned too little."""
    if not rules.low_profit_trades:
        return None
    window = _since(close.at, rules.low_profit_minutes)
    mine = [
        other.result
        for other in closes
        if other.at >= window and other.strategy == close.strategy and other.instrument == close.instrument
    ]
    total = sum(mine)
    if len(mine) < rules.low_profit_trades or total >= rules.low_profit_return:
        return None
    reason = f"{len(mine)} trades within {rules.low_profit_minutes:g} minutes returned {total:.2%}"
    return lock(LockKind.LOW_PROFIT, _both(close), reason, close.at, rules.low_profit_lock_minutes)


def cool_down(close: Close, closes: Sequence[Close], rules: ProtectionRules) -> Lock | None:
    """Lock an instrument for a while after its position was closed."""
    del closes
    if not rules.cool_down_minutes:
        return None
    return lock(LockKind.COOL_DOWN, _both(close), "it just closed a position", close.at, rules.cool_down_minutes)


ON_CLOSE: Final[tuple[CloseRule, ...]] = (stop_loss_guard, low_profit, cool_down)
"""What a closed trade is put before."""


def errors_in_a_row(strategy: StrategyId, count: int, rules: ProtectionRules, now: datetime) -> Lock | None:
    """Lock a strategy whose orders were refused, or which failed, too often in a row."""
    if not rules.errors or count < rules.errors:
        return None
    reason = f"{count} errors in a row"
    return lock(LockKind.ERRORS, f"strategy:{strategy}", reason, now, rules.errors_lock_minutes)


def max_drawdown(
    strategy: StrategyId, worth: Iterable[tuple[datetime, float]], rules: ProtectionRules, now: datetime
) -> Lock | None:
    """Lock a strategy that fell too far within a window.

    Args:
        strategy: the book.
        worth: times and NAV unit prices, oldest first; those before the window are left aside.
        rules: of the strategy.
        now: of the clock in force.
    """
    if rules.max_drawdown is None:
        return None
    window = _since(now, rules.max_drawdown_minutes)
    peak, last = 0.0, 0.0
    for at, price in worth:
        if at >= window:
            peak, last = max(peak, price), price
    fall = 1 - last / peak if peak > 0 else 0.0
    if fall < rules.max_drawdown:
        return None
    reason = f"fell {fall:.2%} within {rules.max_drawdown_minutes:g} minutes"
    return lock(LockKind.MAX_DRAWDOWN, f"strategy:{strategy}", reason, now, rules.max_drawdown_lock_minutes)


def given_back(peak: float, gain: float, rules: ProtectionRules) -> bool:
    """Say whether a position gave back so much of its gain that it is closed.

    Args:
        peak: its greatest gain, as a fraction of its cost.
        gain: at the newest price.
        rules: of its strategy.
    """
    if rules.give_back_gain is None or peak < rules.give_back_gain or peak <= 0:
        return False
    return gain <= peak * (1 - rules.give_back_share)


def lock(kind: LockKind, scope: str, reason: str, at: datetime, minutes: float) -> Lock:
    """Return a lock of a protection; of one kind and scope there is one."""
    return Lock(
        id=f"{kind.value}:{scope}",
        scope=scope,
        kind=kind,
        reason=reason,
        since=at,
        until=at + timedelta(minutes=minutes),
    )


def _both(close: Close) -> str:
    return f"strategy:{close.strategy} instrument:{close.instrument}"


def _since(now: datetime, minutes: float) -> datetime:
    return now - timedelta(minutes=minutes)
