"""Totals over all accounts, the limits in force, and what the whole house is exposed to."""

import asyncio
from decimal import Decimal
from typing import NamedTuple

from PySide6.QtCore import QObject

from ares_desktop.domain.accounts import AccountSnapshot
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.events import JournalEvent, LimitsChanged
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.limits import own_part
from ares_desktop.domain.monitoring import PortfolioTotals
from ares_desktop.domain.risk import ALL_SCOPE, RiskLimits
from ares_desktop.engine.data.fx_rates import KEPT_AS as RATES_KEPT_AS
from ares_desktop.engine.data.fx_rates import DatedRates
from ares_desktop.engine.managers.allocation import Allocation
from ares_desktop.engine.managers.portfolio import PortfolioManager
from ares_desktop.engine.managers.portfolio_risk import PortfolioRisk
from ares_desktop.engine.managers.reducing import Reduced, Reducing
from ares_desktop.engine.managers.scopes import Scopes
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.state_store import StateStore
from ares_desktop.engine.trading.conversion import Conversion, no_rate
from ares_desktop.engine.trading.fold import Applied
from ares_desktop.engine.trading.gate import RiskGate
from ares_desktop.engine.trading.recorder import Recorder


class PortfolioDesks(NamedTuple):
    """What looks at the house as a whole, and acts on it."""

    risk: PortfolioRisk
    allocation: Allocation
    reducing: Reducing


class GlobalPortfolioManager(QObject):
    """Adds up the accounts in the base currency and owns the limits.

    Attributes:
        risk: exposure, value at risk and stress.
        allocation: weights of strategies, proposals and their approval.

    Signals:
        totals_changed: new totals.
        limits_changed: the limits of a scope were set.
    """

    totals_changed: SignalOf[PortfolioTotals] = signal_of(PortfolioTotals)
    limits_changed: SignalOf[LimitsChanged] = signal_of(LimitsChanged)

    def __init__(
        self,
        portfolio: PortfolioManager,
        recorder: Recorder,
        gate: RiskGate,
        scopes: Scopes,
        desks: PortfolioDesks,
        rates: DatedRates,
        *,
        wall: Clock,
        states: StateStore,
    ) -> None:
        super().__init__()
        self.risk, self.allocation, self._reducing = desks
        self._rates = rates
        self._states = states
        self._scopes = scopes
        self._portfolio = portfolio
        self._recorder = recorder
        self._gate = gate
        self._wall = wall
        self._totals: PortfolioTotals | None = None
        portfolio.account_changed.connect(self._account_changed)
        recorder.subscribe(self._recorded)

    def totals(self) -> PortfolioTotals | None:
        """Return the newest totals, None before an account was valued."""
        return self._totals

    async def reduce(self, scope: str, fraction: Decimal, *, source: str) -> Reduced:
        """Close a share of every position in a scope; errors as :meth:`Reducing.reduce`."""
        return await self._reducing.reduce(scope, fraction, source=source)

    async def keep(self) -> None:
        """Save the rates that were used, so that money has a value, with its age, before the next price of a pair.

        Raises:
            StorageError: when they can't be written; what was saved before stays.
        """
        await asyncio.to_thread(self._states.save, RATES_KEPT_AS, self._rates.encode())

    async def close(self) -> None:
        """End the workers; idempotent."""
        await self.allocation.close()

    def limits(self, scope: str = ALL_SCOPE) -> RiskLimits:
        """Return the limits in force for ``all`` or ``strategy:NAME``.

        Raises:
            UsageError: for another scope.
        """
        return self._gate.limits(self._strategy(scope))

    def set_default_limits(self, limits: RiskLimits) -> None:
        """Set the limits that hold where none were set for a scope."""
        self._gate.set_default_limits(limits)

    async def set_limits(self, limits: RiskLimits, *, source: str, scope: str = ALL_SCOPE) -> None:
        """Set the limits of ``all`` or ``strategy:NAME``; they hold once they are in the journal.

        Raises:
            UsageError: for another scope, on which nothing would be enforced.
            StorageError: when the journal could not keep them; then the old ones hold.
        """
        self._strategy(scope)
        around = self._gate.scopes.defaults if scope == ALL_SCOPE else self._gate.limits_of(ALL_SCOPE)
        own = own_part(limits, around)
        await self._recorder.record(LimitsChanged(scope=scope, limits=own, source=source, at=self._wall.now()))

    def _strategy(self, scope: str) -> StrategyId:
        kind, _, name = scope.partition(":")
        if scope != ALL_SCOPE and kind != "strategy":
            raise UsageError(
                Finding(
                    place="scope",
                    value=scope,
                    problem="has no limits of its own",
                    remedy="Write all or strategy:NAME.",
                ),
            )
        self._scopes.check(scope)
        return StrategyId(name or scope)

    def _account_changed(self, account: AccountSnapshot) -> None:
        accounts = self._portfolio.accounts()
        self._totals = add_up(accounts, account, Conversion(self._rates.rate, self.risk.base))
        self.totals_changed.emit(self._totals)

    def _recorded(self, event: JournalEvent, applied: Applied) -> None:
        del applied
        if isinstance(event.payload, LimitsChanged):
            self.limits_changed.emit(event.payload)


def add_up(
    accounts: tuple[AccountSnapshot, ...], newest: AccountSnapshot, worth: Conversion | None = None
) -> PortfolioTotals:
    """Add accounts up; a figure that one account lacks, or whose money has no rate, is unknown for all.

    Args:
        accounts: every one.
        newest: the one that was valued last.
        worth: converts into the base currency; without it money of another currency has no rate.
    """
    worth = worth or Conversion(no_rate, newest.currency)

    def total(name: str) -> Decimal | None:
        figures = [worth.amount(getattr(account, name), account.currency) for account in accounts]
        return None if None in figures else sum((figure or Decimal(0) for figure in figures), Decimal(0))

    equity, day_pnl, gross, net = (total(name) for name in ("equity", "day_pnl", "gross", "net"))
    dates = [account.rate_at for account in accounts if account.rate_at is not None]
    dates += [worth.oldest.at] if worth.oldest is not None else []
    return PortfolioTotals(
        currency=worth.into,
        # What has no rate may be nothing at this moment, and its account's sum be unknown all the same.
        equity=None if worth.missing else equity,
        day_pnl=None if worth.missing else day_pnl,
        drawdown=newest.drawdown if len(accounts) == 1 else None,
        gross=None if worth.missing else gross,
        net=None if worth.missing else net,
        at=newest.at,
        stale=any(account.stale for account in accounts) or worth.is_stale(newest.at),
        missing=tuple(dict.fromkeys([*worth.gaps(), *(gap for account in accounts for gap in account.missing)])),
        rate_at=min(dates, default=None),
        accounts=len(accounts),
    )
