"""The commands about losses, locks, stops and the rules that protect."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import msgspec

from ares_desktop.control.app import SOURCE, App, Handler, done
from ares_desktop.control.arguments import InScope, Nothing
from ares_desktop.control.protocol import Reply
from ares_desktop.control.scopes import scope_of
from ares_desktop.domain.events import LadderStepped
from ares_desktop.domain.protections import LadderState, Lock, StopCover


class AddLock(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where, for how long and why to forbid new exposure."""

    scope: str = "all"
    minutes: float | None = None
    reason: str = "locked on the command line"


class LiftLock(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A lock by its name."""

    name: str


class ChangeLock(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A lock, and its new end and reason."""

    name: str
    minutes: float | None = None
    reason: str | None = None


class SetRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Rules of a scope, by name."""

    scope: str
    values: dict[str, Any]


def lock_document(lock: Lock) -> dict[str, Any]:
    """Return a lock as JSON."""
    return {
        "name": lock.id,
        "scope": lock.scope,
        "kind": lock.kind.value,
        "reason": lock.reason,
        "since": lock.since,
        "until": lock.until,
    }


def ladder_document(state: LadderState) -> dict[str, Any]:
    """Return where a scope stands as JSON; a loss that is not known is null."""
    return {
        "scope": state.scope,
        "measure": state.measure.value,
        "rung": state.rung.name.lower(),
        "loss": state.loss,
        "warn": state.warn,
        "limit": state.limit,
        "hard": state.hard,
        "multiplier": float(state.multiplier),
        "since": state.at,
        "detail": state.detail,
    }


def _step_document(step: LadderStepped) -> dict[str, Any]:
    return ladder_document(step.state) | {"before": step.before.name.lower()}


def _stop_document(cover: StopCover) -> dict[str, Any]:
    return {
        "account": cover.account,
        "strategy": cover.strategy,
        "instrument": cover.instrument,
        "quantity": cover.quantity,
        "asked": cover.asked,
        "covered": cover.covered,
        "lacking": cover.naked,
        "since": cover.naked_since,
        "state": cover.action,
    }


def _rules_document(app: App, scope: str) -> dict[str, Any]:
    protections = app.managers.protections
    rules = msgspec.structs.asdict(protections.rules(scope))
    return {"scope": scope, "own": protections.has_own_rules(scope), "rules": rules}


def _lock_scope(app: App, text: str) -> str:
    first, space, instrument = text.partition(" ")
    scope = scope_of(app, first)
    return f"{scope} {scope_of(app, instrument.strip())}" if space else scope


async def _locks(app: App, _: Nothing) -> Reply:
    return done([lock_document(lock) for lock in app.managers.protections.locks()])


async def _add(app: App, wanted: AddLock) -> Reply:
    protections = app.managers.protections
    until = None if wanted.minutes is None else protections.now() + timedelta(minutes=wanted.minutes)
    lock = await protections.place_lock(
        _lock_scope(app, wanted.scope), until=until, reason=wanted.reason, source=SOURCE
    )
    return done(lock_document(lock))


async def _change(app: App, wanted: ChangeLock) -> Reply:
    protections = app.managers.protections
    known = {lock.id: lock for lock in protections.locks()}.get(wanted.name)
    until = known.until if known is not None else None
    if wanted.minutes is not None:
        until = protections.now() + timedelta(minutes=wanted.minutes)
    reason = wanted.reason or (known.reason if known is not None else "")
    return done(lock_document(await protections.change_lock(wanted.name, until=until, reason=reason, source=SOURCE)))


async def _lift(app: App, which: LiftLock) -> Reply:
    return done(lock_document(await app.managers.protections.lift_lock(which.name, source=SOURCE)))


async def _ladders(app: App, _: Nothing) -> Reply:
    # Figures are valued some times a second; who asks after a command wants to see what it did.
    app.managers.portfolio.collect()
    return done([ladder_document(state) for state in app.managers.protections.ladders()])


async def _steps(app: App, _: Nothing) -> Reply:
    return done([_step_document(step) for step in await app.managers.protections.steps()])


async def _rebase(app: App, within: InScope) -> Reply:
    scope = scope_of(app, within.scope)
    await app.managers.protections.rebase(scope, source=SOURCE)
    states = app.managers.protections.ladders()
    return done([ladder_document(state) for state in states if state.scope == scope])


async def _stops(app: App, _: Nothing) -> Reply:
    return done([_stop_document(cover) for cover in app.managers.protections.stops()])


async def _rules(app: App, within: InScope) -> Reply:
    return done(_rules_document(app, scope_of(app, within.scope)))


async def _set(app: App, wanted: SetRules) -> Reply:
    scope = scope_of(app, wanted.scope)
    await app.managers.protections.set_rules(scope, wanted.values, source=SOURCE)
    return done(_rules_document(app, scope))


async def _reset(app: App, within: InScope) -> Reply:
    scope = scope_of(app, within.scope)
    await app.managers.protections.reset_rules(scope, source=SOURCE)
    return done(_rules_document(app, scope))


COMMANDS: Final[Mapping[str, tuple[type[msgspec.Struct], Handler]]] = {
    "locks.list": (Nothing, _locks),
    "locks.add": (AddLock, _add),
    "locks.change": (ChangeLock, _change),
    "locks.lift": (LiftLock, _lift),
    "losses.list": (Nothing, _ladders),
    "losses.steps.list": (Nothing, _steps),
    "losses.rebase": (InScope, _rebase),
    "stops.list": (Nothing, _stops),
    "protections.show": (InScope, _rules),
    "protections.set": (SetRules, _set),
    "protections.reset": (InScope, _reset),
}
"""Each with what it takes."""
