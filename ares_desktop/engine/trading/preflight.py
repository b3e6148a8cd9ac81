"""The checks before a start: pure functions of gathered facts, each with a code, a reason and a remedy.

A failed check that is not forcible forbids the start. What only means that orders are denied until it is over, such as
a broker that is not reconciled yet, warns: the gate looks at every single order anyway.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from ares_desktop.domain.monitoring import ConnectionState
from ares_desktop.domain.orders import OrderType
from ares_desktop.domain.preflight import CheckState, PreflightCheck, PreflightReport
from ares_desktop.domain.risk import TradingState
from ares_desktop.domain.strategies import Isolation
from ares_desktop.engine.trading.preflight_effects import effects
from ares_desktop.engine.trading.preflight_facts import PreflightFacts
from ares_desktop.engine.trading.preflight_market import (
    check_clock,
    check_data,
    check_freshness,
    check_hours,
    check_instruments,
    check_session,
)
from ares_desktop.engine.trading.preflight_money import (
    check_budget,
    check_correlation,
    check_margin,
    check_message_rate,
    check_overlap,
    check_weights,
)

Look = Callable[[PreflightFacts], PreflightCheck]

_LITTLE_MB: Final = 100.0
_PASSED, _WARNING, _FAILED, _UNKNOWN = CheckState.PASSED, CheckState.WARNING, CheckState.FAILED, CheckState.UNKNOWN


def check_file(facts: PreflightFacts) -> PreflightCheck:
    """Forbid a file that holds no strategy, and parameters that it does not take."""
    code, title = "STRATEGY_FILE", "Strategy file and parameters"
    if facts.faults:
        remedy = "Correct the file or the parameters; the strategies panel shows the place."
        return PreflightCheck(
            code=code, title=title, state=_FAILED, reason="; ".join(facts.faults), remedy=remedy, forcible=False
        )
    if facts.entry is None:
        remedy = "Look at it in the strategies panel."
        return PreflightCheck(
            code=code, title=title, state=_UNKNOWN, reason="the file was not looked at", remedy=remedy
        )
    count = len(facts.entry.parameters)
    reason = f"{facts.entry.class_name or facts.entry.name} with {count} parameter{'' if count == 1 else 's'}"
    return PreflightCheck(code=code, title=title, state=_PASSED, reason=reason)


def check_broker(facts: PreflightFacts) -> PreflightCheck:
    """Fail without a session that works; one that is being opened warns."""
    code, title, account = "BROKER", "Broker session", facts.instance.account
    found = facts.connection
    if found is None:
        remedy = "Choose an account that has a broker."
        reason = f"no broker carries account {account}"
        return PreflightCheck(code=code, title=title, state=_FAILED, reason=reason, remedy=remedy, forcible=False)
    if found.connected:
        kind = "paper money" if found.paper else "real money"
        return PreflightCheck(code=code, title=title, state=_PASSED, reason=f"{found.name} is connected, {kind}")
    detail = f": {found.detail}" if found.detail else ""
    reason = f"{found.name} is {found.state.value}{detail}; its orders are denied until it is connected"
    state = _WARNING if found.state is ConnectionState.CONNECTING else _FAILED
    remedy = "Wait, it is tried again by itself; or reconnect in the connections panel."
    return PreflightCheck(code=code, title=title, state=state, reason=reason, remedy=remedy)


def check_reconciled(facts: PreflightFacts) -> PreflightCheck:
    """Warn before the books were compared with the broker: the gate denies until then."""
    code, title = "RECONCILED", "Books reconciled"
    if facts.connection is not None and facts.connection.reconciled:
        return PreflightCheck(
            code=code, title=title, state=_PASSED, reason=f"books were compared with {facts.connection.name}"
        )
    reason = "the books were not compared with the broker yet; its orders are denied until they are"
    remedy = "Wait some seconds; if it stays so, the connections panel tells what differs."
    return PreflightCheck(code=code, title=title, state=_WARNING, reason=reason, remedy=remedy)


def check_permissions(facts: PreflightFacts) -> PreflightCheck:
    """Fail where the account may not trade what the instance trades; warn of what will be denied in part."""
    code, title, able = "PERMISSIONS", "Permissions", facts.capabilities
    if able is None:
        return PreflightCheck(
            code=code, title=title, state=_UNKNOWN, reason="the broker did not tell", remedy="Connect the account."
        )
    known = [item.instrument for item in facts.instruments if item.instrument is not None]
    foreign = [item for item in known if able.asset_classes is not None and item.asset_class not in able.asset_classes]
    if foreign:
        reason = f"the account may not trade {', '.join(f'{item.id} ({item.asset_class.value})' for item in foreign)}"
        remedy = "Ask the broker for the permission, or choose other instruments."
        return PreflightCheck(code=code, title=title, state=_FAILED, reason=reason, remedy=remedy)
    lacks = [f"no {kind}" for kind in _lacking(facts)]
    if lacks:
        reason = f"{', '.join(lacks)}: such orders are denied"
        remedy = "Make sure that the strategy does without, or choose another account."
        return PreflightCheck(code=code, title=title, state=_WARNING, reason=reason, remedy=remedy)
    reason = f"{len(able.order_types)} order types, brackets, short sales of all {len(known)} instruments"
    return PreflightCheck(code=code, title=title, state=_PASSED, reason=reason)


def _lacking(facts: PreflightFacts) -> Iterable[str]:
    able = facts.capabilities
    if able is None:
        return
    known = [item.instrument for item in facts.instruments if item.instrument is not None]
    if not able.short_sales:
        yield "short sales"
    elif hard := [item.id for item in known if not item.shortable and item.tradable]:
        yield f"short sales of {', '.join(hard)}"
    missing = [kind.value for kind in OrderType if kind not in able.order_types]
    yield from (f"{kind} orders" for kind in missing)
    if not able.brackets:
        yield "bracket orders"
    if not able.reduce_only:
        yield "reduce-only orders"


def check_trading(facts: PreflightFacts) -> PreflightCheck:
    """Forbid while the kill switch is engaged; warn where its intents would be denied."""
    code, title = "TRADING_STATE", "Trading state"
    if facts.halted:
        remedy = "Release the kill switch first; it takes a typed word."
        return PreflightCheck(
            code=code,
            title=title,
            state=_FAILED,
            reason="the kill switch is engaged in its scope",
            remedy=remedy,
            forcible=False,
        )
    if facts.states:
        told = "; ".join(f"{item.scope} is {_said(item.state)} ({item.reason})" for item in facts.states)
        remedy = "Resume the scope when it shall open positions."
        return PreflightCheck(code=code, title=title, state=_WARNING, reason=told, remedy=remedy)
    return PreflightCheck(code=code, title=title, state=_PASSED, reason="trading is active in every scope")


def _said(state: TradingState) -> str:
    return {TradingState.REDUCING: "close-only", TradingState.PAUSED: "paused"}.get(state, state.name.lower())


def check_worker(facts: PreflightFacts) -> PreflightCheck:
    """Compare this machine's memory with what the worker may use."""
    code, title, bound = "WORKER_MEMORY", "Memory for its worker", facts.instance.memory_mb
    free = facts.memory_free_mb
    if free is None:
        return PreflightCheck(code=code, title=title, state=_UNKNOWN, reason="this machine's memory is not known")
    where = "the application's own process" if facts.instance.isolation is Isolation.THREAD else "its process"
    reason = f"{free:,.0f} MB are free, {where} may use {bound:,d} MB"
    remedy = "Stop other programs or strategies, or bound its memory lower."
    if free < _LITTLE_MB:
        return PreflightCheck(code=code, title=title, state=_FAILED, reason=reason, remedy=remedy)
    if free < bound:
        return PreflightCheck(code=code, title=title, state=_WARNING, reason=reason, remedy=remedy)
    return PreflightCheck(code=code, title=title, state=_PASSED, reason=reason)


CHECKS: Final[tuple[Look, ...]] = (
    check_file,
    check_instruments,
    check_data,
    check_freshness,
    check_broker,
    check_reconciled,
    check_clock,
    check_session,
    check_hours,
    check_permissions,
    check_trading,
    check_budget,
    check_weights,
    check_margin,
    check_overlap,
    check_correlation,
    check_message_rate,
    check_worker,
)
"""All checks in the order in which the card shows them."""


def report_on(facts: PreflightFacts, at: datetime) -> PreflightReport:
    """Return the card: every check, and what the start will do."""
    return PreflightReport(
        name=facts.instance.name,
        at=at,
        checks=tuple(check(facts) for check in CHECKS),
        effects=effects(facts),
    )
