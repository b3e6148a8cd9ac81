"""Rungs are kept before they act, and outlive restarts, cash flows, missing data and releases."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from ares_desktop.config.protection import ProtectionSettings
from ares_desktop.domain.accounts import AccountSnapshot, BookSnapshot
from ares_desktop.domain.errors import RefusedError
from ares_desktop.domain.events import (
    EventDraft,
    JournalEvent,
    KillSwitchEngaged,
    KillSwitchReleased,
    LadderStepped,
    LossBaseKept,
    OrderRejected,
    OrderSubmitted,
)
from ares_desktop.domain.ids import ClientOrderId, EventId
from ares_desktop.domain.protections import LossMeasure, Rung
from ares_desktop.domain.risk import KillSwitchReport, TradingState
from ares_desktop.engine.runtime.causes import current_cause
from ares_desktop.engine.runtime.clocks import WallClock
from ares_desktop.engine.trading.protection_desk import ProtectionDesk
from tests.engine.trading.books_builders import NOW, PAPER, TREND, an_intent
from tests.engine.trading.desk import EVERYTHING, Desk

OpenDesk = Callable[..., Awaitable[Desk]]
LIMITS: dict[str, Any] = {
    "day_limit": None,
    "day_hard": None,
    "drawdown_limit": 0.1,
    "drawdown_hard": 0.2,
    "strategy_day_limit": None,
    "strategy_day_hard": None,
    "strategy_drawdown_limit": None,
    "strategy_drawdown_hard": None,
}


class Watch:
    """A desk whose worth is told by hand."""

    def __init__(self, desk: Desk, kept: bytes | None = None, **settings: Any) -> None:
        self.desk = desk
        self.halts: list[str] = []
        self.causes: list[EventId] = []
        self.protections = ProtectionDesk(
            desk.recorder,
            desk.router,
            {PAPER: EVERYTHING}.get,
            journal=desk.journal,
            rate=lambda _one, _other: Decimal(1),
            settings=ProtectionSettings(**{**LIMITS, **settings}),
            clock=desk.clock,
            wall=WallClock(),
        )
        self.protections.restore(kept)
        self.protections.losses.attach(self._engage)

    async def _engage(self, reason: str, scope: str) -> None:
        del reason
        self.halts.append(scope)
        self.causes.append(current_cause())
        report = KillSwitchReport(engaged=True, scope=scope, at=NOW, source="loss ladder")
        await self.desk.recorder.record(KillSwitchEngaged(report=report))

    async def worth(self, equity: float | None, capital: float = 1000.0) -> Rung:
        """Value the account and its one book, and return the rung of everything."""
        money = None if equity is None else Decimal(str(equity))
        common: dict[str, Any] = {
            "account": PAPER,
            "cash": Decimal(0),
            "equity": money,
            "realized": Decimal(0),
            "unrealized": None,
            "commission": Decimal(0),
            "drawdown": None,
            "max_drawdown": None,
            "twr": None,
            "at": self.desk.clock.now(),
        }
        book = BookSnapshot(strategy=TREND, capital=Decimal(str(capital)), fills=0, **common)
        none: dict[str, Any] = dict.fromkeys(("day_pnl", "gross", "net", "margin_used", "buying_power"))
        self.protections.losses.meter.take_book(book)
        self.protections.losses.meter.take_account(AccountSnapshot(currency="USD", **none, **common))
        await self.protections.look_at_losses()
        return self.rung()

    def rung(self, scope: str = "all") -> Rung:
        found = self.protections.losses.states.get((scope, LossMeasure.DRAWDOWN))
        return Rung.CALM if found is None else found.rung

    def state(self) -> TradingState:
        """Return what is in force for everything."""
        held = self.desk.fold.states.get("all")
        return TradingState.ACTIVE if held is None else held.state


async def test_a_rung_its_state_and_its_lock_are_kept_together(desk: Desk) -> None:
    watch = Watch(desk, stop_trading_minutes=30.0)
    assert await watch.worth(1000) is Rung.CALM
    assert await watch.worth(945) is Rung.WARNED
    assert watch.state() is TradingState.ACTIVE
    assert await watch.worth(890) is Rung.REDUCING
    assert watch.state() is TradingState.REDUCING
    assert {lock.scope for lock in watch.protections.protections.locks()} == {"all", f"account:{PAPER}"}
    assert await watch.worth(905) is Rung.REDUCING
    assert await watch.worth(911) is Rung.WARNED
    assert watch.state() is TradingState.ACTIVE
    desk.clock.advance(desk.clock.now_ns() + 31 * 60 * 10**9)
    await watch.protections.look_at_losses()
    assert not watch.protections.protections.locks()


async def test_missing_data_reduces_and_never_calms(desk: Desk) -> None:
    watch = Watch(desk)
    await watch.worth(1000)
    assert await watch.worth(None) is Rung.UNKNOWN
    assert watch.state() is TradingState.REDUCING
    assert await watch.worth(1000) is Rung.CALM
    assert watch.state() is TradingState.ACTIVE
    await watch.worth(890)
    await watch.worth(None)
    assert await watch.worth(905) is Rung.REDUCING


async def test_nothing_is_measured_before_anything_is_valued(desk: Desk) -> None:
    watch = Watch(desk)
    await watch.protections.look_at_losses()
    assert not watch.protections.losses.states
    assert watch.state() is TradingState.ACTIVE


async def test_a_peak_outlives_a_kill_without_the_file_of_peaks(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    watch = Watch(desk)
    await watch.worth(1000)
    await watch.worth(1200)
    await desk.close()
    again = Watch(await open_desk(desk.broker))
    assert await again.worth(1070) is Rung.REDUCING


async def test_cash_that_comes_or_goes_changes_no_rung_also_over_a_restart(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    watch = Watch(desk)
    await watch.worth(1000)
    assert await watch.worth(940) is Rung.WARNED
    assert await watch.worth(94, capital=154.0) is Rung.WARNED
    await desk.close()
    again = Watch(await open_desk(desk.broker))
    assert await again.worth(9400, capital=9460.0) is Rung.WARNED
    assert again.protections.losses.meter.loss("all", LossMeasure.DRAWDOWN) == pytest.approx(0.06)


async def test_a_hard_limit_halts_once_and_a_release_leaves_exits_only(desk: Desk) -> None:
    watch = Watch(desk)
    await watch.worth(1000)
    assert await watch.worth(780) is Rung.HALTED
    await watch.worth(775)
    assert watch.halts == ["all"]
    steps = [event.id for event in desk.journal.read() if isinstance(event.payload, LadderStepped)]
    assert watch.causes[0] in steps
    with pytest.raises(RefusedError):
        await watch.protections.losses.rebase("all", source="test")
    await desk.recorder.record(KillSwitchReleased(source="test", at=NOW, scope="all"))
    assert await watch.worth(774) is Rung.REDUCING
    assert watch.halts == ["all"]
    assert await watch.worth(660) is Rung.HALTED
    assert watch.halts == ["all", "all"]


async def test_a_book_that_never_had_capital_has_no_loss_that_halts_it(desk: Desk) -> None:
    rules = {"drawdown_limit": None, "drawdown_hard": None}
    watch = Watch(desk, **rules, strategy_drawdown_limit=0.1, strategy_drawdown_hard=0.2)
    await watch.worth(50, capital=0.0)
    await watch.worth(10, capital=0.0)
    assert not watch.halts
    await watch.worth(110, capital=100.0)
    await watch.worth(50, capital=100.0)
    await asyncio.sleep(0)
    assert watch.halts == [f"strategy:{TREND}"]


async def test_what_was_cut_off_before_the_kill_switch_engages_after_a_restart(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    watch = Watch(desk)
    await watch.worth(1000)
    state = replace(watch.protections.losses.states["all", LossMeasure.DRAWDOWN], rung=Rung.HALTED, beneath=Rung.HALTED)
    await desk.recorder.record(LadderStepped(state=state, before=Rung.CALM))
    await desk.close()
    again = Watch(await open_desk(desk.broker))
    again.protections.losses.resume()
    async with asyncio.timeout(5):
        while not again.halts:
            await asyncio.sleep(0)
    assert again.halts == ["all"]


async def test_a_person_measures_losses_anew(desk: Desk) -> None:
    watch = Watch(desk)
    await watch.worth(1000)
    await watch.worth(890)
    await watch.protections.losses.rebase("all", source="test")
    assert watch.rung() is Rung.CALM
    assert watch.rung(f"account:{PAPER}") is Rung.REDUCING


async def test_errors_in_a_row_lock_a_strategy_and_a_lift_has_the_last_word(desk: Desk) -> None:
    watch = Watch(desk, errors=2)
    for number in (1, 2):
        await desk.recorder.record(_submitted(number), _rejected(number))
    await watch.protections.look_at_losses()
    lock = watch.protections.protections.locks()[0]
    assert lock.scope == f"strategy:{TREND}"
    await watch.protections.protections.lift(lock.id, source="test")
    await watch.protections.look_at_losses()
    assert not watch.protections.protections.locks()


def _submitted(number: int) -> OrderSubmitted:
    return OrderSubmitted(intent=an_intent(f"trend-00000{number}", "1"), at=NOW)


def _rejected(number: int) -> OrderRejected:
    return OrderRejected(client_order_id=ClientOrderId(f"trend-00000{number}"), reason="no", at=NOW)


async def test_money_that_came_is_kept_for_an_account_and_for_all_in_one_commit(desk: Desk) -> None:
    watch = Watch(desk)
    await watch.worth(1000)
    commits: list[list[str]] = []
    append = desk.journal.append

    async def note(*drafts: EventDraft) -> tuple[JournalEvent, ...]:
        found = [item.payload.base.scope for item in drafts if isinstance(item.payload, LossBaseKept)]
        commits.extend([found] if found else [])
        return await append(*drafts)

    desk.journal.append = note  # type: ignore[method-assign]
    await watch.worth(1500, capital=1500.0)
    assert {"all", f"account:{PAPER}"} <= set(commits[0])
    assert watch.rung() is Rung.CALM
