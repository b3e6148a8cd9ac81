"""Each check before a start says what it found with figures, and what to do; the card says what will happen."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.events import TradingStateSet
from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.domain.market import NS_PER_SECOND, to_ns
from ares_desktop.domain.monitoring import ConnectionState, ConnectionStatus
from ares_desktop.domain.preflight import CheckState, PreflightCheck
from ares_desktop.domain.risk import RiskLimits, TradingState
from ares_desktop.domain.strategies import CatalogEntry, Isolation, StrategyInstance
from ares_desktop.engine.trading.preflight import CHECKS, report_on
from ares_desktop.engine.trading.preflight_facts import (
    ClockFacts,
    InstrumentFacts,
    MoneyFacts,
    PreflightFacts,
    RunningFacts,
)
from tests.engine.trading.desk import EVERYTHING

D = Decimal
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
NOW_NS = to_ns(NOW)
HOUR = 3600 * NS_PER_SECOND
ACME, OTHER = InstrumentId("ACME.SIM"), InstrumentId("OTHER.SIM")
PAPER = AccountId("PAPER")
AN_INSTRUMENT = InstrumentFacts(
    id=ACME,
    instrument=Instrument(id=ACME, lot_size=D(10)),
    bars=500,
    spec="1m",
    age_s=30.0,
    interval_s=60.0,
    price=D("99.5"),
    rate=D(1),
    opens_ns=NOW_NS - HOUR,
    closes_ns=NOW_NS + 6 * HOUR,
)
MONEY = MoneyFacts(
    currency="USD",
    funded=False,
    budget=D(10_000),
    free=D(50_000),
    equity=D(100_000),
    margin_used=D(20_000),
    buying_power=D(200_000),
    weights=D("0.5"),
)
GOOD = PreflightFacts(
    instance=StrategyInstance(name=StrategyId("alpha"), file="alpha.py", account=PAPER, instruments=(ACME,)),
    entry=CatalogEntry(name="alpha", file="alpha.py", class_name="Alpha"),
    faults=(),
    instruments=(AN_INSTRUMENT,),
    warm_up=200,
    connection=ConnectionStatus(name="paper", account=PAPER, state=ConnectionState.RECONCILED),
    capabilities=EVERYTHING,
    clock=ClockFacts(replayed=False, now_ns=NOW_NS),
    halted=False,
    states=(),
    limits=RiskLimits(),
    money=MONEY,
    running=(),
    memory_free_mb=8000.0,
)
ANOTHER = RunningFacts(name=StrategyId("beta"), correlation=0.1, common=300, messages_per_second=50.0)


def change(record: Any, **fields: Any) -> Any:
    return msgspec.structs.replace(record, **fields)


def facts(**fields: Any) -> PreflightFacts:
    return msgspec.structs.replace(GOOD, **fields)


def of_instance(**fields: Any) -> PreflightFacts:
    return facts(instance=change(GOOD.instance, **fields))


def of_instrument(**fields: Any) -> PreflightFacts:
    return facts(instruments=(change(AN_INSTRUMENT, **fields),))


def of_money(**fields: Any) -> PreflightFacts:
    return facts(money=change(MONEY, **fields))


def of_clock(**fields: Any) -> PreflightFacts:
    return facts(clock=change(GOOD.clock, **fields))


def session(state: ConnectionState) -> ConnectionStatus:
    return ConnectionStatus(name="paper", account=PAPER, state=state, detail="timed out")


def covered(state: TradingState) -> PreflightFacts:
    by = TradingStateSet(scope="account:PAPER", state=state, reason="lunch", source="test", at=NOW)
    return facts(states=(by,), halted=state is TradingState.HALTED)


def look(code: str, at: PreflightFacts) -> PreflightCheck:
    return next(check for check in report_on(at, NOW).checks if check.code == code)


def test_when_all_is_well_everything_passes_and_nothing_needs_a_remedy() -> None:
    report = report_on(GOOD, NOW)
    assert {check.code: check.state.value for check in report.checks} == {
        check.code: "passed" for check in report.checks
    }
    assert len({check.code for check in report.checks}) == len(CHECKS)
    assert not report.failed
    assert not report.forbidden
    assert not any(check.remedy for check in report.checks)


FORBIDDEN = [
    ("STRATEGY_FILE", facts(faults=("size: must be at least 1 (was 0).",)), "size: must be at least 1"),
    ("INSTRUMENTS", of_instrument(instrument=None), "the feed has no ACME.SIM"),
    ("INSTRUMENTS", facts(instruments=()), "nothing that can be traded"),
    ("BROKER", facts(connection=None), "no broker carries account PAPER"),
    ("TRADING_STATE", covered(TradingState.HALTED), "kill switch"),
    ("BUDGET", of_money(budget=D(60_000)), "asks for 60,000.00 USD, 50,000.00 USD belong to no strategy"),
    ("BUDGET", of_money(budget=D(0)), "0.00 USD"),
]
FAILED = [
    ("INSTRUMENTS", of_instrument(instrument=Instrument(id=ACME, tradable=False)), "only inform"),
    ("DATA_FRESH", of_instrument(age_s=301.0), "is 5 min old, at most 5 min is taken"),
    ("BROKER", facts(connection=session(ConnectionState.FAILED)), "paper is failed: timed out"),
    ("BROKER", facts(connection=session(ConnectionState.DISCONNECTED)), "denied until it is connected"),
    ("CLOCK", of_clock(jumped_s=-61.0), "jumped by -61.0 s"),
    ("CLOCK", of_clock(broker_ahead_s=45.0), "is -45.0 s off the broker's"),
    (
        "PERMISSIONS",
        facts(capabilities=change(EVERYTHING, asset_classes=frozenset({AssetClass.FX}))),
        "may not trade ACME.SIM (equity)",
    ),
    ("MESSAGE_RATE", facts(limits=RiskLimits(messages_per_second=0)), "no message"),
    ("WORKER_MEMORY", facts(memory_free_mb=80.0), "80 MB are free, its process may use 1,024 MB"),
]
WARNED = [
    ("DATA", of_instrument(bars=150), "150 bars of 1m of ACME.SIM at hand, its longest parameter counts 200"),
    ("DATA", of_instrument(bars=0), "0 bars"),
    ("DATA_FRESH", of_instrument(age_s=900.0, opens_ns=None), "15 min old"),
    ("BROKER", facts(connection=session(ConnectionState.CONNECTING)), "connecting"),
    ("RECONCILED", facts(connection=session(ConnectionState.CONNECTED)), "denied until they are"),
    ("CLOCK", of_clock(data_ahead_s=3.0), "3.0 s behind the newest market data"),
    ("SESSION", of_instrument(opens_ns=NOW_NS + HOUR), "ACME.SIM opens 2026-03-02 16:00 UTC"),
    (
        "HOURS",
        facts(
            instance=change(GOOD.instance, hours="15:10 to 15:20"),
            instruments=(change(AN_INSTRUMENT, outside_hours="only exits pass"),),
        ),
        "ACME.SIM: only exits pass",
    ),
    ("PERMISSIONS", facts(capabilities=change(EVERYTHING, short_sales=False)), "no short sales"),
    ("PERMISSIONS", of_instrument(instrument=Instrument(id=ACME, shortable=False)), "no short sales of ACME.SIM"),
    ("PERMISSIONS", facts(capabilities=change(EVERYTHING, brackets=False)), "no bracket orders"),
    ("TRADING_STATE", covered(TradingState.PAUSED), "account:PAPER is paused (lunch)"),
    ("TRADING_STATE", covered(TradingState.REDUCING), "close-only"),
    ("WEIGHTS", of_money(weights=D("1.1")), "110.0%"),
    ("WEIGHTS", of_instance(min_weight=D("0.2")), "10.0% is outside of 20.0% to 100.0%"),
    ("MARGIN", of_money(buying_power=D(4000)), "needs 5,000.00 USD of margin, 4,000.00 are free"),
    ("OVERLAP", facts(running=(change(ANOTHER, shared={ACME: D(-30)}),)), "beta trades ACME.SIM (short 30)"),
    ("CORRELATION", facts(running=(ANOTHER, change(ANOTHER, name="gamma", correlation=-0.93))), "gamma are the most"),
    (
        "MESSAGE_RATE",
        facts(running=(ANOTHER,), capabilities=change(EVERYTHING, messages_per_second=60.0)),
        "50 a second for it, 100 for all that run, but the broker takes 60",
    ),
    ("WORKER_MEMORY", facts(memory_free_mb=800.0), "800 MB are free"),
]
UNKNOWN = [
    ("STRATEGY_FILE", facts(entry=None), "not looked at"),
    ("DATA_FRESH", of_instrument(age_s=None), "no price of ACME.SIM came yet"),
    ("SESSION", of_instrument(opens_ns=None), "not at hand"),
    ("PERMISSIONS", facts(capabilities=None), "did not tell"),
    ("BUDGET", of_money(budget=None), "can't be told"),
    ("MARGIN", of_money(buying_power=None, equity=None), "can't be computed"),
    ("CORRELATION", facts(running=(change(ANOTHER, correlation=None, common=3),)), "too few"),
    ("WORKER_MEMORY", facts(memory_free_mb=None), "not known"),
]


@pytest.mark.parametrize(
    ("state", "forcible", "code", "at", "told"),
    [
        *((CheckState.FAILED, False, *case) for case in FORBIDDEN),
        *((CheckState.FAILED, True, *case) for case in FAILED),
        *((CheckState.WARNING, True, *case) for case in WARNED),
        *((CheckState.UNKNOWN, True, *case) for case in UNKNOWN),
    ],
)
def test_what_is_not_well_is_told_with_its_figures(
    state: CheckState, forcible: bool, code: str, at: PreflightFacts, told: str
) -> None:
    found = look(code, at)
    assert (found.state, found.forcible) == (state, forcible)
    assert told in found.reason
    assert found.remedy or (code, state) == ("WORKER_MEMORY", CheckState.UNKNOWN)


@pytest.mark.parametrize(
    ("code", "at", "told"),
    [
        ("DATA_FRESH", of_instrument(age_s=90_000.0, opens_ns=NOW_NS + HOUR), "its market is closed"),
        ("CLOCK", of_clock(replayed=True), "replay's own time is in force: 2026-03-02 15:00:00"),
        ("BUDGET", of_money(funded=True, free=D(0)), "its book has a capital of 10,000.00 USD"),
        ("OVERLAP", facts(running=(ANOTHER,)), "none of 1 running ones"),
        ("CORRELATION", facts(running=(ANOTHER,)), "+0.10 over 300 bars"),
    ],
)
def test_what_only_looks_bad_passes(code: str, at: PreflightFacts, told: str) -> None:
    found = look(code, at)
    assert found.state is CheckState.PASSED
    assert told in found.reason


def test_before_the_first_bar_of_a_replay_nothing_fails() -> None:
    early = facts(
        instruments=(InstrumentFacts(id=ACME, instrument=AN_INSTRUMENT.instrument),),
        clock=ClockFacts(replayed=True, now_ns=0),
        connection=session(ConnectionState.CONNECTING),
        money=change(MONEY, equity=None, margin_used=None, buying_power=None),
    )
    assert not report_on(early, NOW).failed


def test_the_card_says_what_will_happen() -> None:
    told = {effect.title: effect.text for effect in report_on(GOOD, NOW).effects}
    assert told == {
        "Capital": "10,000.00 USD move from the unassigned book, which keeps 40,000.00 USD",
        "Largest position": "100 ACME.SIM at 99.5 (1 x its budget, in one of them)",
        "Margin": "up to 5,000.00 USD when it uses its whole budget",
        "Instruments": "ACME.SIM",
        "Runs in": "a process of its own with at most 1,024 MB",
        "Next bar": "ACME.SIM at 2026-03-02 15:00:30 UTC, in 30 s of the market's time",
        "Warm-up": "its longest parameter counts 200 bars; 500 of each instrument are at hand",
        "Trades": "at any time that its market is open",
        "On a fault": "its working orders are canceled, protective ones stay; it is started again",
    }
    poor = {effect.title: effect.text for effect in report_on(of_money(free=D(4)), NOW).effects}
    assert poor["Capital"] == "nothing moves: the unassigned book has 4.00 of the 10,000.00 USD that it asks for"
    thread = report_on(of_instance(isolation=Isolation.THREAD, hours="09:35 to 15:50"), NOW)
    assert "a thread of the application" in {effect.title: effect.text for effect in thread.effects}["Runs in"]
    assert {effect.title: effect.text for effect in thread.effects}["Trades"] == "09:35 to 15:50"


def test_the_next_bar_of_a_closed_market_comes_after_its_open() -> None:
    closed = of_instrument(opens_ns=NOW_NS + HOUR)
    told = {effect.title: effect.text for effect in report_on(closed, NOW).effects}
    assert told["Next bar"] == "after the market opens, 2026-03-02 16:00 UTC"


@given(
    newest=st.tuples(
        st.none() | st.floats(0, 1e7), st.floats(0, 1e6), st.none() | st.decimals("0.01", "1e6", places=2)
    ),
    budget=st.none() | st.decimals("-1e6", "1e9", places=2),
    equity=st.none() | st.decimals("-1e6", "1e9", places=2),
    now=st.sampled_from([0, NOW_NS]),
    opens=st.none() | st.integers(-10, 10).map(lambda hours: NOW_NS + hours * HOUR),
    correlation=st.none() | st.floats(-1, 1),
    lot=st.sampled_from(["0", "0.001", "1", "100"]),
)
def test_whatever_is_known_or_not_every_check_answers(
    newest: Any, budget: Any, equity: Any, now: Any, opens: Any, correlation: Any, lot: str
) -> None:
    age, interval, price = newest
    at = facts(
        instruments=(
            change(
                AN_INSTRUMENT,
                age_s=age,
                interval_s=interval,
                price=price,
                opens_ns=opens,
                closes_ns=None if opens is None else opens + HOUR,
                instrument=Instrument(id=ACME, lot_size=D(lot)),
            ),
            InstrumentFacts(id=OTHER, instrument=Instrument(id=OTHER)),
        ),
        money=change(MONEY, budget=budget, equity=equity),
        clock=change(GOOD.clock, now_ns=now),
        running=(change(ANOTHER, correlation=correlation),),
    )
    report = report_on(at, NOW)
    assert [check.code for check in report.forbidden] == (
        ["BUDGET"] if budget is not None and (budget <= 0 or budget > MONEY.free) else []
    )
    assert all(effect.text for effect in report.effects)
    assert all(check.remedy for check in report.checks if check.state is CheckState.FAILED)
