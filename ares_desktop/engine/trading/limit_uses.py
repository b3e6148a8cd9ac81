"""How much of each limit is used, and a strategy's own view of its limits."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from ares_desktop.domain.ids import MANUAL, UNASSIGNED, AccountId, InstrumentId, StrategyId
from ares_desktop.domain.limits import LimitInfo, Reach, ScopeLimits, offered, scope_kind
from ares_desktop.domain.money import ONE
from ares_desktop.domain.orders import OrderIntent
from ares_desktop.domain.risk import ALL_SCOPE, LimitsInForce, LimitUse, RiskLimits
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.execution_log import ExecutionLog
from ares_desktop.engine.trading.exposure import WorkingExposure
from ares_desktop.engine.trading.facts import AccountLink, Facts
from ares_desktop.engine.trading.gate_money import GateMoney
from ares_desktop.engine.trading.gate_view import ScopeView
from ares_desktop.engine.trading.limit_scopes import LimitScopes
from ares_desktop.engine.trading.locks import locked_by
from ares_desktop.engine.trading.messages import MessageLog
from ares_desktop.engine.trading.scope_sums import Reaches, ScopeSums, Worth
from ares_desktop.engine.trading.states import risk_multiplier, scopes_of, strategy_state

_NO_INSTRUMENT = InstrumentId("")
_NO_DATA = "a price or a rate is missing"


def scope_view(
    scope: str,
    limits: ScopeLimits,
    sums: ScopeSums,
    intent: OrderIntent,
    *,
    currency: str,
    equity: Decimal | None,
    multiplier: Decimal,
) -> ScopeView:
    """Return what a scope would hold after an intent and everything that works."""
    reaches = sums.reaches(scope, intent)
    name = intent.instrument
    position = sum((some[name].worst for some in reaches if name in some), Decimal(0))
    unit = sums.unit_value(name, currency) if limits.max_position_value is not None else None
    exposed = (limits.max_exposure, limits.max_net_exposure, limits.max_account_leverage) != (None, None, None)
    worth = sums.worth(reaches, currency) if exposed else None
    return ScopeView(
        scope=scope,
        limits=limits,
        position=position,
        position_value=None if unit is None else position * unit,
        gross=None if worth is None else worth.gross,
        net=None if worth is None else worth.net,
        equity=equity,
        orders=sums.orders(scope),
        multiplier=multiplier,
    )


class _Used(NamedTuple):
    """What is used of a limit, by whom most, and why it is not known."""

    amount: float | None
    where: str = ""
    unknown: str = ""


class LimitUses:
    """Compares what is held and asked for with every limit; the gate's own sums."""

    def __init__(  # noqa: PLR0913 - the gate's own parts
        self,
        fold: Facts,
        *,
        scopes: LimitScopes,
        sums: ScopeSums,
        money: GateMoney,
        exposure: WorkingExposure,
        messages: MessageLog,
        executions: ExecutionLog,
        accounts: Mapping[AccountId, AccountLink],
        clock: Clock,
    ) -> None:
        self._fold = fold
        self._scopes = scopes
        self._sums = sums
        self._money = money
        self._exposure = exposure
        self._messages = messages
        self._executions = executions
        self._accounts = accounts
        self._clock = clock

    def limits(self, scope: str) -> RiskLimits:
        """Return the limits in force for a scope: its own and those of everything around it."""
        return self._scopes.together(self._around(scope))

    def of(self, scope: str) -> tuple[LimitUse, ...]:
        """Return every limit that a scope may set, with its bound and use."""
        limits, reaches = self.limits(scope), self._sums.reaches(scope)
        worth = self._sums.worth(reaches, self._currency(scope))
        return tuple(self._use(scope, info, limits, reaches, worth) for info in offered(scope))

    def seen_by(self, account: AccountId, strategy: StrategyId) -> LimitsInForce:
        """Return a strategy's own view of its limits."""
        limits = self._scopes.in_force((account, strategy, _NO_INSTRUMENT))
        safety = self._fold.safety
        return LimitsInForce.of(
            limits,
            uses=tuple(use for use in self.of(f"strategy:{strategy}") if use.bound is not None and not use.each_order),
            multiplier=risk_multiplier(safety.ladders, account, strategy) if safety.ladders else ONE,
            state=strategy_state(self._fold.states, account, strategy),
            lock=locked_by(safety.locks, account, strategy, _NO_INSTRUMENT, self._clock),
            waits=self._executions.waits(strategy, limits, safety.confirmed),
        )

    def _around(self, scope: str) -> tuple[str, ...]:
        kind, _, name = scope.partition(":")
        if kind == "strategy":
            return tuple(dict.fromkeys(scopes_of(self._account_of(StrategyId(name)), StrategyId(name), _NO_INSTRUMENT)))
        return tuple(dict.fromkeys((ALL_SCOPE, scope)))

    def _account_of(self, strategy: StrategyId) -> AccountId:
        books = [account for account, book in self._fold.ledger.all_books() if book == strategy]
        return next(iter(books), next(iter(self._accounts), AccountId("")))

    def _currency(self, scope: str) -> str:
        kind, _, name = scope.partition(":")
        account = AccountId(name) if kind == "account" else next(iter(self._accounts), AccountId(""))
        link = self._accounts.get(account)
        return "USD" if link is None else link.currency

    def _use(
        self, scope: str, info: LimitInfo, limits: RiskLimits, reaches: list[Reaches], worth: Worth | None
    ) -> LimitUse:
        bound = self._bound(scope, info, limits)
        if info.reach is Reach.ORDER or info.name == "executions_window_s":
            used = _Used(None)
        elif info.reach is Reach.STRATEGY:
            used = self._most_of_a_strategy(scope, info.name)
        else:
            used = self._of_scope(scope, info.name, reaches, worth)
        return LimitUse(
            scope=scope,
            name=info.name,
            used=used.amount,
            bound=None if bound is None else float(bound),
            unit=info.unit,
            origin=self._origin(scope, info, bound),
            where=used.where,
            each_order=info.reach is Reach.ORDER or info.name == "executions_window_s",
            unknown=used.unknown,
        )

    def _bound(self, scope: str, info: LimitInfo, limits: RiskLimits) -> Any:  # noqa: ANN401 - of the limit's kind
        if info.reach is Reach.SCOPE:
            return getattr(self._scopes.of_scope(scope), info.name)
        return getattr(limits, info.name)

    def _origin(self, scope: str, info: LimitInfo, bound: Any) -> str:  # noqa: ANN401 - of the limit's kind
        around = (scope,) if info.reach is Reach.SCOPE else self._around(scope)
        found = (one for one in around if bound is not None and getattr(self._scopes.own(one), info.name) == bound)
        return next(found, "")

    def _of_scope(self, scope: str, name: str, reaches: list[Reaches], worth: Worth | None) -> _Used:
        if name == "max_total_orders":
            return _Used(float(self._sums.orders(scope)))
        if name == "max_position":
            units: dict[InstrumentId, Decimal] = {}
            for some in reaches:
                for item, reach in some.items():
                    units[item] = units.get(item, Decimal(0)) + reach.worst
            most = max(units, key=lambda item: units[item], default=None)
            return _Used(0.0) if most is None else _Used(float(units[most]), most)
        if worth is None:
            return _Used(None, unknown=_NO_DATA)
        if name == "max_position_value":
            dearest = max(worth.each, key=lambda one: worth.each[one], default=None)
            return _Used(0.0) if dearest is None else _Used(float(worth.each[dearest]), dearest)
        if name == "max_account_leverage":
            equity = self._money.scope_equity(scope, self._currency(scope))
            return _Used(None, unknown=_NO_DATA) if not equity else _Used(float(worth.gross / equity))
        return _Used(float(worth.gross if name == "max_exposure" else worth.net))

    def _books(self, scope: str) -> Iterable[tuple[AccountId, StrategyId]]:
        kind, _, name = scope.partition(":")
        for account, strategy in self._fold.ledger.all_books():
            mine = kind in {ALL_SCOPE, "instrument"} or name == (account if kind == "account" else strategy)
            if mine:
                yield account, strategy

    def _most_of_a_strategy(self, scope: str, name: str) -> _Used:
        """Return the greatest use of a limit by any strategy in a scope."""
        reckon: dict[str, Callable[[AccountId, StrategyId], float | None]] = {
            "max_leverage": self._leverage,
            "max_open_orders": lambda _, strategy: float(self._exposure.open_orders(strategy)),
            "messages_per_second": lambda _, strategy: float(
                self._messages.in_last_second(strategy, self._clock.now_ns())
            ),
            "max_executions": self._executed,
        }
        most, found, unknown = "", 0.0, ""
        for account, strategy in self._books(scope):
            used = reckon[name](account, strategy)
            if used is None:
                unknown = f"{strategy}: {_NO_DATA}"
            elif used > found:
                most, found = strategy, used
        if unknown:
            return _Used(None, unknown=unknown)
        return _Used(found, "" if scope_kind(scope) == "strategy" else most)

    def _executed(self, account: AccountId, strategy: StrategyId) -> float:
        limits = self._scopes.in_force((account, strategy, _NO_INSTRUMENT))
        return float(self._executions.used(strategy, limits, self._fold.safety.confirmed, self._clock.now()))

    def _leverage(self, account: AccountId, strategy: StrategyId) -> float | None:
        if strategy in {MANUAL, UNASSIGNED}:
            return 0.0  # without capital of their own, so the gate bounds their exposure within the account alone
        equity, exposure = self._money.book(account, strategy, _NO_INSTRUMENT)
        if equity is None or exposure is None:
            return None
        if equity <= 0:
            return 0.0 if not exposure else float("inf")
        return float(exposure / equity)
