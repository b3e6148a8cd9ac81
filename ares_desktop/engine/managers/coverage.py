"""Says of each protection whether it is real, from what is known of it: pure functions, one for each column."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from ares_desktop.domain.coverage import Cover, CoverageCell, Protection
from ares_desktop.domain.events import TradingStateSet
from ares_desktop.domain.monitoring import ConnectionStatus
from ares_desktop.domain.protections import StopCover
from ares_desktop.domain.risk import KillSwitchReport
from ares_desktop.domain.sentinel import SentinelPhase, SentinelPolicy, SentinelStatus
from ares_desktop.engine.trading.dead_man import DeadManTimer

_NAMED: Final = 3

DEEDS: Final = {
    SentinelPolicy.NOTHING: "does nothing here",
    SentinelPolicy.CANCEL: "cancels orders",
    SentinelPolicy.FLATTEN: "cancels and flattens",
}


class SentinelFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the application knows of its sentinel.

    Attributes:
        wanted: the settings and this run have one.
        problem: why there is none, empty while there is one.
        heard_s: since it answered last.
        since: when it came or was lost.
    """

    wanted: bool
    status: SentinelStatus | None = None
    problem: str = ""
    heard_s: float = 0.0
    beat_s: float = 0.5
    after_s: float = 10.0
    since: datetime | None = None


def kill_switch_cell(status: ConnectionStatus, report: KillSwitchReport) -> CoverageCell:
    """Return whether the application's own kill switch would reach the broker."""
    if report.engaged:
        return CoverageCell(
            protection=Protection.KILL_SWITCH,
            cover=Cover.ENGAGED,
            reason=f"engaged by {report.source}: {report.reason}",
            remedy="Release it with the word RELEASE once you know why.",
            since=report.at,
        )
    if not status.connected:
        return CoverageCell(
            protection=Protection.KILL_SWITCH,
            cover=Cover.GAP,
            reason=f"no session with {status.name}: it would reach nothing",
            remedy="Reconnect in the panel Connections.",
            since=status.since,
        )
    return CoverageCell(
        protection=Protection.KILL_SWITCH, cover=Cover.REAL, reason="one click cancels", since=status.since
    )


def sentinel_cell(facts: SentinelFacts, policy: SentinelPolicy) -> CoverageCell:
    """Return whether somebody acts for an account when the application can't."""
    cell = CoverageCell(protection=Protection.SENTINEL, cover=Cover.REAL, reason="", since=facts.since)
    replace = msgspec.structs.replace
    if not facts.wanted:
        return replace(cell, cover=Cover.CHOSEN_OFF, reason="switched off", remedy="Set sentinel.enabled and restart.")
    status = facts.status
    if status is None:
        remedy = "It is started again by itself; orders go on without it. The log sentinel.log has the details."
        return replace(cell, cover=Cover.GAP, reason=f"no sentinel: {facts.problem}", remedy=remedy)
    if facts.heard_s > max(2 * facts.beat_s, 1.0):
        remedy = f"It hangs: end process {status.pid}, then another one is started."
        return replace(cell, cover=Cover.GAP, reason=f"no answer for {facts.heard_s:.1f} s", remedy=remedy)
    if status.phase in {SentinelPhase.ACTING, SentinelPhase.ACTED} and status.act is not None:
        return replace(cell, cover=Cover.ENGAGED, reason=f"{status.act.state}: {status.act.report.reason}")
    if policy is SentinelPolicy.NOTHING:
        remedy = "Choose what it does for this account in the settings."
        return replace(cell, cover=Cover.CHOSEN_OFF, reason="alive; nothing is chosen here", remedy=remedy)
    reason = f"process {status.pid} {DEEDS[policy]} after {facts.after_s:g} s of silence"
    return replace(cell, seconds=facts.heard_s, reason=reason)


def dead_man_cell(timer: DeadManTimer | None, seconds: float) -> CoverageCell:
    """Return whether the broker cancels by itself when it does not hear from us."""
    cell = CoverageCell(protection=Protection.DEAD_MAN, cover=Cover.REAL, reason="")
    replace = msgspec.structs.replace
    if timer is None:
        return replace(cell, cover=Cover.MISSING, reason="this broker has no such timer")
    cell = replace(cell, since=timer.since)
    if not seconds:
        return replace(cell, cover=Cover.CHOSEN_OFF, reason="not armed", remedy="Set sentinel.dead_man_s and restart.")
    if timer.failure:
        remedy = "It is tried again by itself; see the connection."
        return replace(cell, cover=Cover.GAP, reason=f"not refreshed: {timer.failure}", remedy=remedy)
    if timer.ends_at is None:
        return replace(cell, cover=Cover.GAP, reason="not armed yet", remedy="It is armed once the broker answers.")
    return replace(cell, seconds=timer.left_s, reason=f"armed: cancels orders after {seconds:g} s without us")


def stops_cell(covers: Sequence[StopCover]) -> CoverageCell:
    """Return whether every holding that shall have a protective stop has one at the broker."""
    cell = CoverageCell(protection=Protection.STOPS, cover=Cover.REAL, reason="")
    replace = msgspec.structs.replace
    naked = [cover for cover in covers if cover.naked]
    if naked:
        names = ", ".join(f"{cover.strategy} {cover.instrument}" for cover in naked[:_NAMED])
        remedy = "See the stops in the panel Risk: the position is closed unless its stop is placed."
        since = min((cover.naked_since for cover in naked if cover.naked_since), default=None)
        reason = f"without the stop that was asked for: {names}" + (", ..." if len(naked) > _NAMED else "")
        return replace(cell, cover=Cover.GAP, reason=reason, remedy=remedy, since=since)
    asked = sum(bool(cover.asked) for cover in covers)
    if not asked:
        return replace(cell, cover=Cover.CHOSEN_OFF, reason=f"none of {len(covers)} positions asked for a stop")
    return replace(cell, reason=f"stops of {asked} positions work at the broker")


def latch_cell(failure: str, state: TradingStateSet | None, since: datetime | None) -> CoverageCell:
    """Return whether a halt would be on the disk before anything is sent."""
    cell = CoverageCell(protection=Protection.LATCH, cover=Cover.REAL, reason="the journal can be written", since=since)
    replace = msgspec.structs.replace
    if failure:
        remedy = "Free disk space, or make the profile's folder writable."
        return replace(cell, cover=Cover.GAP, reason=f"the journal can't be written: {failure}", remedy=remedy)
    if state is not None:
        return replace(cell, cover=Cover.ENGAGED, reason=f"halted on disk: {state.reason}", since=state.at)
    return cell
