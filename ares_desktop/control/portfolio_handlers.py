"""The commands about the whole house: totals, stress, allocation, emergency reduce."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec

from ares_desktop.control import portfolio_arguments as a
from ares_desktop.control import portfolio_documents as p
from ares_desktop.control.app import SOURCE, App, Handler, done
from ares_desktop.control.arguments import Nothing
from ares_desktop.control.documents import order_document
from ares_desktop.control.protocol import Reply
from ares_desktop.control.scopes import scope_of
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.ids import AccountId

_WORD: Final = "APPROVE"


async def _portfolio(app: App, _: Nothing) -> Reply:
    # Figures are valued some times a second; who asks after a command wants to see what it did.
    app.managers.portfolio.collect()
    totals = app.managers.totals
    report = await totals.risk.value_at_risk()
    return done(p.portfolio_document(totals.totals(), totals.risk.exposure(), report))


async def _stress(app: App, wanted: a.Stress) -> Reply:
    app.managers.portfolio.collect()
    risk = app.managers.totals.risk
    if wanted.forget is not None:
        await risk.forget_scenario(wanted.forget)
    if wanted.shocks:
        scenario = risk.scenario(wanted.keep or "these shocks", [_shock(text) for text in wanted.shocks])
        if wanted.keep is not None:
            await risk.keep_scenario(scenario)
        results = risk.stress((scenario,))
    elif wanted.scenario is not None:
        results = risk.stress((risk.named(wanted.scenario),))
    else:
        results = risk.stress()
    return done([p.stress_document(result) for result in results])


async def _bands(app: App, which: a.ShowAllocation) -> Reply:
    app.managers.portfolio.collect()
    allocation = app.managers.totals.allocation
    await allocation.expire()
    if which.proposal is not None:
        return done(p.proposal_document(allocation.proposal(which.proposal)))
    return done(
        {
            "bands": [p.band_document(band) for band in allocation.bands()],
            "proposals": [p.proposal_document(one) for one in allocation.proposals()],
        }
    )


async def _propose(app: App, wanted: a.Propose) -> Reply:
    app.managers.portfolio.collect()
    account = None if wanted.account is None else AccountId(wanted.account)
    made = await app.managers.totals.allocation.propose(wanted.method, source=SOURCE, account=account)
    return done(p.proposal_document(made))


async def _approve(app: App, wanted: a.Approve) -> Reply:
    if wanted.confirm != _WORD:
        remedy = f"Write --confirm {_WORD}."
        raise UsageError(Finding(place="--confirm", value=wanted.confirm, problem="is not the word", remedy=remedy))
    app.managers.portfolio.collect()
    approved = await app.managers.totals.allocation.approve(wanted.proposal, source=SOURCE)
    return done(p.proposal_document(approved))


async def _reject(app: App, wanted: a.Reject) -> Reply:
    rejected = await app.managers.totals.allocation.reject(wanted.proposal, source=SOURCE, reason=wanted.reason)
    return done(p.proposal_document(rejected))


async def _reduce(app: App, wanted: a.Reduce) -> Reply:
    reduced = await app.managers.totals.reduce(scope_of(app, wanted.scope), wanted.fraction, source=SOURCE)
    return done(
        {
            "scope": reduced.scope,
            "fraction": reduced.fraction,
            "orders": [order_document(order) for order in reduced.orders],
            "left_out": [msgspec.structs.asdict(one) for one in reduced.left_out],
        }
    )


def _shock(text: str) -> tuple[str, float]:
    target, sign, change = text.rpartition("=")
    if sign and target.strip():
        with suppress(ValueError):
            return target.strip(), float(change)
    finding = Finding(
        place="--shock",
        value=text,
        problem="must have the form TARGET=CHANGE",
        remedy="Write a fall of all shares by 15 % as asset:equity=-0.15.",
    )
    raise UsageError(finding)


COMMANDS: Final[Mapping[str, tuple[type[Any], Handler]]] = {
    "portfolio": (Nothing, _portfolio),
    "stress": (a.Stress, _stress),
    "allocate.show": (a.ShowAllocation, _bands),
    "allocate.propose": (a.Propose, _propose),
    "allocate.approve": (a.Approve, _approve),
    "allocate.reject": (a.Reject, _reject),
    "reduce": (a.Reduce, _reduce),
}
