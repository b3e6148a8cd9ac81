"""The commands about limits and trading states."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from ares_desktop.control.app import SOURCE, App, Handler, done
from ares_desktop.control.protocol import Reply
from ares_desktop.control.scopes import scope_of
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.limits import BY_NAME
from ares_desktop.domain.risk import ALL_SCOPE, DenyReason, LimitUse, TradingState


class ShowLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One scope, or every scope that may have limits."""

    scope: str | None = None


class SetLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Values by limit, for one scope; ``none`` takes one away."""

    scope: str
    values: dict[str, str]
    note: str = ""


class ListDenials(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The newest denials, of one reason or of all; with ``reasons`` how often each came."""

    reason: str | None = None
    count: int = 50
    reasons: bool = False


class OfStrategy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One strategy."""

    strategy: str


class StateOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A scope, and why its trading state is set."""

    scope: str = ALL_SCOPE
    reason: str = "asked for on the command line"


def use_document(use: LimitUse) -> dict[str, Any]:
    """Return a limit with its use; what is not known, and what is not set, is null."""
    return {
        "scope": use.scope,
        "limit": use.name,
        "title": BY_NAME[use.name].title,
        "used": use.used,
        "bound": use.bound,
        "unit": use.unit,
        "fraction": use.fraction,
        "state": "breached" if use.breached else "",
        "where": use.where,
        "origin": use.origin,
        "unknown": use.unknown,
    }


async def _show(app: App, which: ShowLimits) -> Reply:
    limits = app.managers.limits
    scopes = limits.scopes() if which.scope is None else (scope_of(app, which.scope),)
    # Without a scope only what is set is worth reading; one scope is told in full.
    rows = [use for scope in scopes for use in limits.uses(scope) if use.bound is not None or which.scope is not None]
    return done([use_document(use) for use in rows])


async def _set(app: App, wanted: SetLimits) -> Reply:
    scope = scope_of(app, wanted.scope)
    breached = await app.managers.limits.change({scope: wanted.values}, source=SOURCE, note=wanted.note)
    rows = [use for use in app.managers.limits.uses(scope) if use.name in wanted.values]
    return done({"limits": [use_document(use) for use in rows], "breached": [use_document(use) for use in breached]})


async def _denials(app: App, which: ListDenials) -> Reply:
    reason = None
    if which.reason is not None:
        known = {one.value.lower().replace("_", "-"): one for one in DenyReason}
        reason = known.get(which.reason.lower().replace("_", "-"))
        if reason is None:
            remedy = f"Write one of {', '.join(known)}."
            raise UsageError(Finding(place="--reason", value=which.reason, problem="is no reason", remedy=remedy))
    limits = app.managers.limits
    if which.reasons:
        counts = limits.denial_counts()
        return done([{"reason": one.value, "count": counts[one]} for one in DenyReason if counts.get(one)])
    return done(
        [
            {
                "at": one.at,
                "reason": one.reason,
                "strategy": one.strategy,
                "instrument": one.instrument,
                "client_order_id": one.client_order_id,
                "detail": one.detail,
            }
            for one in limits.denials(reason, count=which.count)
        ]
    )


async def _history(app: App, which: ShowLimits) -> Reply:
    scope = None if which.scope is None else scope_of(app, which.scope)
    return done(
        [
            {
                "at": one.at,
                "scope": one.scope,
                "source": one.source,
                "note": one.note,
                "limits": ", ".join(
                    f"{name}={value}" for name in BY_NAME if (value := getattr(one.limits, name)) is not None
                ),
            }
            for one in await app.managers.limits.history(scope)
        ]
    )


async def _confirm(app: App, which: OfStrategy) -> Reply:
    await app.managers.limits.confirm_executions(which.strategy, source=SOURCE)
    return done({"strategy": which.strategy, "waits": which.strategy in app.managers.limits.waiting()})


def _setter(state: TradingState) -> Handler:
    async def set_state(app: App, wanted: StateOf) -> Reply:
        scope = scope_of(app, wanted.scope)
        await app.managers.state.set_state(state, reason=wanted.reason, source=SOURCE, scope=scope)
        held = app.managers.state.state(scope)
        return done({"scope": scope, "state": held.state.name, "reason": held.reason, "holder": held.holder})

    return set_state


COMMANDS: Final[Mapping[str, tuple[type[msgspec.Struct], Handler]]] = {
    "limits.show": (ShowLimits, _show),
    "limits.set": (SetLimits, _set),
    "limits.denials": (ListDenials, _denials),
    "limits.history": (ShowLimits, _history),
    "limits.confirm": (OfStrategy, _confirm),
    "pause": (StateOf, _setter(TradingState.PAUSED)),
    "close-only": (StateOf, _setter(TradingState.REDUCING)),
    "resume": (StateOf, _setter(TradingState.ACTIVE)),
}
"""Those about limits and trading states."""
