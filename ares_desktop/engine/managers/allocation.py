"""How capital is divided between strategies: bands, proposals, and what a person approves of them."""

import time
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

import numpy as np
from PySide6.QtCore import QObject

from ares_desktop.config.portfolio import PortfolioSettings
from ares_desktop.domain.accounts import AccountSnapshot, BookSnapshot
from ares_desktop.domain.errors import Finding, RefusedError, UsageError
from ares_desktop.domain.events import AllocationApproved, AllocationProposed, AllocationRejected, JournalEvent
from ares_desktop.domain.ids import AccountId, StrategyId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.portfolio import (
    AllocationBand,
    AllocationMethod,
    AllocationProposal,
    ProposalState,
    ProposedWeight,
)
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.managers.allocation_putting import put_weights_in_force
from ares_desktop.engine.managers.portfolio import PortfolioManager
from ares_desktop.engine.managers.portfolio_risk import PortfolioRisk
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.managers.strategy_parts import StrategyParts
from ares_desktop.engine.performance.history import NavHistory
from ares_desktop.engine.portfolio.bands import BookMoney, band_of, transfers
from ares_desktop.engine.portfolio.proposing import (
    INSTRUMENTS,
    LIVE,
    Evidence,
    blend,
    evidence_of,
    picture_of,
    rounded,
    task_of,
)
from ares_desktop.engine.portfolio.var import Closes
from ares_desktop.engine.portfolio.weight_desk import WeightDesk
from ares_desktop.engine.trading.fold import Applied

_MOST_NAMED: Final = 50
_SHOWN_EVERY_S: Final = 1.0


class Allocation(QObject):
    """Shows weights against their bands, proposes others, and puts those in force that a person approved.

    Signals:
        proposal_changed: a proposal was made, approved, rejected or has expired.
        band_changed: a strategy's weight moved; its instance has its target and its bounds.
    """

    proposal_changed: SignalOf[AllocationProposal] = signal_of(AllocationProposal)
    band_changed: SignalOf[AllocationBand] = signal_of(AllocationBand)

    def __init__(
        self,
        parts: StrategyParts,
        portfolio: PortfolioManager,
        risk: PortfolioRisk,
        nav: NavHistory,
        desk: WeightDesk,
        *,
        settings: PortfolioSettings,
    ) -> None:
        super().__init__()
        self._parts = parts
        self._fold = parts.recorder.fold
        self._portfolio = portfolio
        self._risk = risk
        self._nav = nav
        self._desk = desk
        self._settings = settings
        self._shown_at = float("-inf")
        self._shown: dict[StrategyId, AllocationBand] = {}
        portfolio.account_changed.connect(self._account_changed)
        parts.recorder.subscribe(self._recorded)

    def bands(self) -> tuple[AllocationBand, ...]:
        """Return where every strategy stands."""
        accounts = {item.account: item for item in self._portfolio.accounts()}
        books = {(item.account, item.strategy): item for item in self._portfolio.books()}
        return tuple(
            _band(instance, books.get((instance.account, instance.name)), accounts.get(instance.account))
            for instance in self._fold.instances.values()
        )

    def proposals(self) -> tuple[AllocationProposal, ...]:
        """Return the newest proposals, the newest first; the open ones can be approved."""
        return tuple(reversed(self._fold.proposals.all()))

    def proposal(self, key: str) -> AllocationProposal:
        """Return a proposal.

        Raises:
            UsageError: when there is none of that id.
        """
        found = self._fold.proposals.get(key)
        if found is None:
            known = ", ".join(one.id for one in self.proposals()[:_MOST_NAMED]) or "none"
            finding = Finding(place="proposal", value=key, problem="is not known", remedy=f"Known ones are {known}.")
            raise UsageError(finding)
        return found

    async def propose(
        self, method: AllocationMethod, *, source: str, account: AccountId | None = None
    ) -> AllocationProposal:
        """Compute weights and record them as a proposal; nothing changes by that.

        They stand on the strategies' own daily NAV returns where there are enough of those in common, else on the
        returns of their instruments, which the proposal says.

        Raises:
            UsageError: when there is no strategy, or its bands leave no weights.
            RefusedError: when there is too little data, an equity is unknown, or no weights were found.
            StorageError: when the journal could not keep it.
        """
        await self.expire()
        bands = self._bands_of(account)
        evidence = await self._evidence(bands)
        if method is AllocationMethod.TARGETS:
            after = tuple(band.target for band in bands)
        elif evidence.problem:
            raise RefusedError("TOO_LITTLE_DATA", evidence.problem)
        else:
            solved = await self._desk.solve(task_of(method, bands, evidence))
            after = rounded(solved, bands)
        proposal = self._made(method, bands, after, evidence)
        await self._parts.recorder.record(AllocationProposed(proposal=proposal, source=source, at=proposal.at))
        return proposal

    async def approve(self, key: str, *, source: str) -> AllocationProposal:
        """Put a proposal in force, all or nothing: weights, transfers and the workers' capital.

        Raises:
            UsageError: when there is none of that id, or the money for it is not there.
            RefusedError: when it is no longer open, or an equity is not known.
            StrategyError: when a worker does not take its new capital over.
            StorageError: when the journal could not keep it.
        """
        await self.expire()
        proposal = self.proposal(key)
        if proposal.state is not ProposalState.OPEN:
            raise RefusedError("NOT_OPEN", f"proposal {key} is {proposal.state}; make a new one")
        bands = {band.strategy: band for band in self._bands_of(proposal.account)}
        named = {one.strategy for one in proposal.weights}
        if named != bands.keys():
            other = ", ".join(sorted(named ^ bands.keys()))
            raise RefusedError("OUTDATED", f"there are other strategies now than when it was made: {other}")
        equity = self._equity(proposal.account)
        pairs = [(bands[one.strategy], one.after) for one in proposal.weights]
        moved = {StrategyId(name): amount for name, amount in transfers(pairs, equity).items()}
        approved = AllocationApproved(
            proposal=proposal.id,
            account=proposal.account,
            method=proposal.method.value,
            before={band.strategy: band.weight or ZERO for band, _ in pairs},
            after={band.strategy: weight for band, weight in pairs},
            moved=moved,
            basis=proposal.basis,
            days=proposal.days,
            first=proposal.first,
            last=proposal.last,
            source=source,
            at=self._parts.wall.now(),
        )
        await put_weights_in_force(self._parts, dict(approved.after), moved, approved)
        return self.proposal(key)

    async def reject(self, key: str, *, source: str, reason: str = "") -> AllocationProposal:
        """Put a proposal aside; it stays in the list.

        Raises:
            UsageError: when there is none of that id.
            RefusedError: when it is no longer open.
            StorageError: when the journal could not keep it.
        """
        proposal = self.proposal(key)
        if proposal.state is not ProposalState.OPEN:
            raise RefusedError("NOT_OPEN", f"proposal {key} is {proposal.state}")
        now = self._parts.wall.now()
        await self._parts.recorder.record(AllocationRejected(proposal=key, reason=reason, source=source, at=now))
        return self.proposal(key)

    async def expire(self) -> None:
        """Put proposals aside that nobody approved in time.

        Raises:
            StorageError: when the journal could not keep it.
        """
        now = self._parts.wall.now()
        over = [
            AllocationRejected(
                proposal=one.id, reason="nobody approved it in time", source="engine", at=now, expired=True
            )
            for one in self._fold.proposals.all()
            if one.state is ProposalState.OPEN and one.expires_at <= now
        ]
        if over:
            await self._parts.recorder.record(*over)

    async def close(self) -> None:
        """End the worker; idempotent."""
        await self._desk.close()

    def _bands_of(self, account: AccountId | None) -> tuple[AllocationBand, ...]:
        bands = self.bands()
        accounts = sorted({band.account for band in bands})
        if account is None and len(accounts) > 1:
            remedy = f"Name one of {', '.join(accounts)}."
            raise UsageError(Finding(place="account", value="", problem="has to be named", remedy=remedy))
        chosen = tuple(band for band in bands if account is None or band.account == account)
        if not chosen:
            problem = "has no strategies"
            raise UsageError(
                Finding(place="account", value=account or "", problem=problem, remedy="Add a strategy first.")
            )
        unknown = [
            f"{band.strategy}: {band.problem or 'its equity is not known'}" for band in chosen if not _known(band)
        ]
        if unknown:
            raise RefusedError("EQUITY_UNKNOWN", "; ".join(unknown))
        return chosen

    def _equity(self, account: AccountId) -> Decimal:
        for found in self._portfolio.accounts():
            if found.account == account and found.equity is not None:
                return found.equity
        raise RefusedError("EQUITY_UNKNOWN", f"the equity of {account} is not known")

    async def _evidence(self, bands: Sequence[AllocationBand]) -> Evidence:
        own = {str(band.strategy): self._nav_closes(band.strategy) for band in bands}
        live = evidence_of(own, LIVE, self._settings.proposal_days)
        if not live.problem:
            return live
        closes = {str(band.strategy): await self._instrument_closes(band.strategy) for band in bands}
        other = evidence_of(closes, INSTRUMENTS, self._settings.proposal_days)
        if not other.problem:
            return other._replace(basis=f"{INSTRUMENTS} ({LIVE}: {live.problem})")
        problem = f"{LIVE}: {live.problem}; the returns of their instruments: {other.problem}"
        return other._replace(problem=problem)

    def _nav_closes(self, strategy: StrategyId) -> Closes | None:
        history = self._nav.book(strategy)
        if history is None:
            return None
        return Closes.of([close.ns for close in history.closes], [close.value for close in history.closes])

    async def _instrument_closes(self, strategy: StrategyId) -> Closes | None:
        found = []
        for contract in self._parts.setups.instruments_of(self._fold.instances[strategy]):
            closes = await self._risk.closes(contract.id, contract.currency)
            if not isinstance(closes, str) and closes.days.size > self._settings.proposal_days:
                found.append(closes)
        return blend(found)

    def _made(
        self,
        method: AllocationMethod,
        bands: Sequence[AllocationBand],
        after: Sequence[Decimal],
        evidence: Evidence,
    ) -> AllocationProposal:
        before = tuple(band.weight or ZERO for band in bands)
        nothing = (None,) * len(bands)
        then = now = None
        if not evidence.problem:
            returns = np.ascontiguousarray(evidence.returns)
            now, then = picture_of(before, returns), picture_of(after, returns)
        weights = tuple(
            ProposedWeight(
                strategy=band.strategy,
                before=before[at],
                target=band.target,
                after=after[at],
                minimum=band.minimum,
                maximum=band.maximum,
                risk_before=(now.parts if now else nothing)[at],
                risk_after=(then.parts if then else nothing)[at],
                fixed=band.fixed,
            )
            for at, band in enumerate(bands)
        )
        at = self._parts.wall.now()
        first, last = (None, None) if evidence.problem else evidence.span
        return AllocationProposal(
            id=f"A{len(self._fold.proposals.all()) + 1}-{at:%y%m%d%H%M%S}",
            account=bands[0].account,
            method=method,
            weights=weights,
            basis="the configured targets" if method is AllocationMethod.TARGETS else evidence.basis,
            days=int(evidence.days.size),
            at=at,
            expires_at=at + timedelta(hours=self._settings.proposal_valid_h),
            volatility_before=now.volatility if now else None,
            volatility_after=then.volatility if then else None,
            var_before=now.var if now else None,
            var_after=then.var if then else None,
            first=first,
            last=last,
        )

    def _account_changed(self, _: AccountSnapshot) -> None:
        # Accounts are valued many times a second; weights are for people and for plans.
        now = time.monotonic()
        if now - self._shown_at < _SHOWN_EVERY_S:
            return
        self._shown_at = now
        for band in self.bands():
            if band != self._shown.get(band.strategy):
                self._shown[band.strategy] = band
                self.band_changed.emit(band)

    def _recorded(self, event: JournalEvent, applied: Applied) -> None:
        del applied
        match event.payload:
            case AllocationProposed(proposal=proposal):
                key = proposal.id
            case AllocationApproved(proposal=key) | AllocationRejected(proposal=key):
                pass
            case _:
                return
        found = self._fold.proposals.get(key)
        if found is not None:
            self.proposal_changed.emit(found)


def _known(band: AllocationBand) -> bool:
    return band.weight is not None and band.equity is not None


def _band(instance: StrategyInstance, book: BookSnapshot | None, account: AccountSnapshot | None) -> AllocationBand:
    money = BookMoney(ZERO, ZERO)
    if book is not None:
        money = BookMoney(book.capital, book.equity, book.stale, "; ".join(book.missing))
    currency = "USD" if account is None else account.currency
    return band_of(instance, money, None if account is None else account.equity, currency)
