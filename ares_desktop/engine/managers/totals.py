"""Totals over all accounts, and the limits in force."""

from decimal import Decimal

from PySide6.QtCore import QObject

from ares_desktop.domain.accounts import AccountSnapshot
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.events import JournalEvent, LimitsChanged
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.monitoring import PortfolioTotals
from ares_desktop.domain.risk import ALL_SCOPE, RiskLimits
from ares_desktop.engine.managers.portfolio import PortfolioManager
from ares_desktop.engine.managers.scopes import Scopes
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.fold import Applied
from ares_desktop.engine.trading.gate import RiskGate
from ares_desktop.engine.trading.recorder import Recorder


class GlobalPortfolioManager(QObject):
    """Adds up the accounts and owns the limits.

    Signals:
        totals_changed: new totals.
        limits_changed: the limits of a scope were set.
    """

    totals_changed: SignalOf[PortfolioTotals] = signal_of(PortfolioTotals)
    limits_changed: SignalOf[LimitsChanged] = signal_of(LimitsChanged)

    def __init__(
        self, portfolio: PortfolioManager, recorder: Recorder, gate: RiskGate, scopes: Scopes, *, wall: Clock
    ) -> None:
        super().__init__()
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
        await self._recorder.record(LimitsChanged(scope=scope, limits=limits, source=source, at=self._wall.now()))

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
        self._totals = add_up(accounts, account)
        self.totals_changed.emit(self._totals)

    def _recorded(self, event: JournalEvent, applied: Applied) -> None:
        del applied
        if isinstance(event.payload, LimitsChanged):
            self.limits_changed.emit(event.payload)


def add_up(accounts: tuple[AccountSnapshot, ...], newest: AccountSnapshot) -> PortfolioTotals:
    """Add accounts up; a figure that one account lacks, or that stands in another currency, is unknown for all."""
    same = all(account.currency == newest.currency for account in accounts)

    def total(name: str) -> Decimal | None:
        figures = [getattr(account, name) for account in accounts]
        return None if not same or None in figures else sum(figures, Decimal(0))

    return PortfolioTotals(
        currency=newest.currency,
        equity=total("equity"),
        day_pnl=total("day_pnl"),
        drawdown=newest.drawdown if len(accounts) == 1 else None,
        gross=total("gross"),
        net=total("net"),
        at=newest.at,
        stale=any(account.stale for account in accounts),
    )
