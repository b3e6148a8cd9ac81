"""``kill -9`` at bad moments: what was acknowledged is there once, the books agree, and all goes on as it was.

For a long run: ``ARES_KILLS=40 ARES_KILL_SEED=7 ARES_KILL_FEED=synthetic:7@2000 pytest tests/faults --timeout 900``
"""

import contextlib
import os
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ares_desktop.domain.errors import AresError
from ares_desktop.domain.events import JournalEvent, KillSwitchEngaged
from ares_desktop.domain.risk import TradingState
from tests.faults import facts
from tests.faults.runs import Run, until

pytestmark = pytest.mark.scenario

KILLS = int(os.environ.get("ARES_KILLS", "5"))
SEED = int(os.environ.get("ARES_KILL_SEED", "20261120"))
FEED = os.environ.get("ARES_KILL_FEED", "sample@2000")
IN_AND_OUT = Path(__file__).parent / "strategies" / "in_and_out.py"
TOGGLED = "in_and_out"


class Life:
    """One profile over many sudden deaths, and what is known to be true of it."""

    def __init__(self, run: Run, seed: int) -> None:
        self.run = run
        self.random = random.Random(seed)  # noqa: S311 - chooses moments, no secrets
        self.journal: list[JournalEvent] = []
        self.orders: set[str] = set()
        self.fills: dict[str, Any] = {}
        self.requested: dict[str, str] = {}
        self.halted = False
        self.seen = ""

    def begin(self) -> None:
        """Start for the first time and add the strategy that would notice a lost or doubled fill."""
        self.run.start()
        symbols = [item for row in self.run.ask("strategies.list") for item in row["instruments"]][:3]
        self.run.ask("strategies.add", file=str(IN_AND_OUT), name=TOGGLED, symbols=symbols, capital="50000")
        self.run.ask("strategies.enable", name=TOGGLED)
        self.run.until_more("fills")
        self.acknowledge()
        self.die()

    def acknowledge(self) -> None:
        """Keep what the application has told: it may not take it back."""
        self.seen = max(self.seen, self.market_time())
        fills = self.run.ask("fills")
        self.orders |= {row["client_order_id"] for row in self.run.ask("orders")}
        self.fills |= {row["trade_id"]: row for row in fills}
        self.requested = {row["name"]: row["requested"] for row in self.run.ask("strategies.list")}

    def market_time(self) -> str:
        """Return the market's time as the application shows it."""
        times: list[str] = [account["at"] for account in self.run.ask("status")["accounts"]]
        return max(times)

    def die(self) -> None:
        """End it suddenly and look at what it left."""
        self.run.kill()
        self.run.verify()
        events = self.run.events()
        assert events[: len(self.journal)] == self.journal, "the journal's past has changed"
        facts.check_nothing_twice(events)
        facts.check_market_time(events)
        self.journal = events
        self._check_told(facts.folded(events))

    def _check_told(self, fold: Any) -> None:
        assert self.orders <= set(fold.registry.ids())
        known = {fill.trade_id: fill for fill in fold.registry.fills()}
        for trade, row in self.fills.items():
            assert (known[trade].quantity, known[trade].price) == (row["quantity"], row["price"])
        told = {"running": True, "paused": True, "stopped": False}
        latched = fold.kill_switch.engaged
        assert latched or not self.halted
        self.halted = latched
        if not latched:
            assert {name: item.active for name, item in fold.instances.items()} == {
                name: told[state] for name, state in self.requested.items()
            }

    def return_to_life(self) -> None:
        """Start again: everything is what it was."""
        self.run.start()
        status = self.run.status()
        assert status is not None
        assert (status["state"] == "HALTED") == self.halted
        assert self.market_time() >= self.seen, "market time went back"
        assert self.run.ask("reconcile")["discrepancies"] == []
        if self.halted:
            self.stay_halted_until_released()
            return
        rows = self.run.ask("strategies.list")
        assert {row["name"]: row["requested"] for row in rows} == self.requested
        assert not [row for row in rows if row["fault"]]
        assert {row["name"]: row["state"] for row in rows} == self.requested

    def stay_halted_until_released(self) -> None:
        """The kill switch's sequence goes on where it was cut off, and only a person ends the halt."""
        until(lambda: self.run.request("release", confirm="no").failure, "an answer")
        until(lambda: not self.run.ask("positions"), "everything is flat")
        until(lambda: self.run.request("release", confirm="RELEASE").exit_code == 0, "the sequence has ended")
        self.halted = False
        assert {row["requested"] for row in self.run.ask("strategies.list")} == {"stopped"}
        for name in self.requested:
            self.run.ask("strategies.enable", name=name)
        self.acknowledge()

    def with_the_broker(self) -> None:
        """Die together with the broker's process, as in a power cut."""
        self.return_to_life()
        self.run.until_more("orders")
        self.acknowledge()
        self.run.kill_broker()
        self.die()

    def while_starting(self) -> None:
        """Die at some point of the start."""
        self.run.launch()
        time.sleep(self.random.uniform(0.05, 1.6))
        self.die()

    def while_trading(self) -> None:
        """Die in the middle of trading."""
        self.return_to_life()
        self.run.until_more("orders", self.random.randrange(1, 20))
        self.acknowledge()
        time.sleep(self.random.uniform(0.0, 0.3))
        self.die()

    def after_a_switch(self) -> None:
        """Die right after a strategy was paused, resumed, switched off or on."""
        self.return_to_life()
        verbs = {"running": ("pause", "disable"), "paused": ("resume", "disable"), "stopped": ("enable",)}
        verb = self.random.choice(verbs[self.requested[TOGGLED]])
        self.run.ask(f"strategies.{verb}", name=TOGGLED)
        self.acknowledge()
        self.die()

    def while_killing(self) -> None:
        """Die while the kill switch works."""
        self.return_to_life()
        self.run.until_more("orders")
        told = self._engage()
        time.sleep(self.random.uniform(0.0, 0.15))
        self.die()
        if told():
            assert self.halted

    def _engage(self) -> Callable[[], bool]:
        answers: list[bool] = []

        def engage() -> None:
            with contextlib.suppress(AresError):
                self.run.request("kill", reason="scenario")
                answers.append(True)

        threading.Thread(target=engage, daemon=True).start()
        return lambda: bool(answers)

    def end(self) -> None:
        """End in order, and compare every figure with the broker's own database."""
        self.return_to_life()
        self.run.until_more("orders")
        assert self.run.finish() == 0
        events = self.run.events()
        facts.check_nothing_twice(events)
        facts.check_market_time(events)
        facts.check_same_account(events, self.run.profile.paper)


MOMENTS = (
    Life.while_trading,
    Life.while_starting,
    Life.while_killing,
    Life.with_the_broker,
    Life.after_a_switch,
)


def test_nothing_is_lost_or_doubled_by_kills_at_random_moments(tmp_path: Path) -> None:
    with Run(tmp_path / "profile", feed=FEED) as run:
        life = Life(run, SEED)
        life.begin()
        moments = [*MOMENTS, *(life.random.choice(MOMENTS) for _ in range(KILLS))][:KILLS]
        for moment in moments:
            moment(life)
        life.end()


def test_a_latched_kill_switch_is_on_disk_before_anything_else(tmp_path: Path) -> None:
    with Run(tmp_path / "profile") as run:
        run.start()
        run.until_more("fills")
        run.ask("kill", reason="scenario")
        run.kill()
        fold = facts.folded(run.events())
        assert fold.states["all"].state is TradingState.HALTED
        assert any(isinstance(event.payload, KillSwitchEngaged) for event in run.events())
        run.start()
        refused = run.request("order", side="BUY", quantity="1", instrument="AAPL")
        assert (refused.exit_code, refused.failure and refused.failure.code) == (4, "KILL_SWITCH")
        assert run.finish() == 0
