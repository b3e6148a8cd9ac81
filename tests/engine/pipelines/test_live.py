"""The market goes through the engine in one order, and the same data gives the same orders at any speed."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from math import nan

import pytest

from ares_desktop.domain.errors import BrokerError
from ares_desktop.domain.events import JournalEvent, OrderDenied, OrderFilled, OrderSubmitted
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import NS_PER_SECOND, Bar, FeedStatus, MarketEvent
from ares_desktop.domain.market_actions import MarketAction
from ares_desktop.domain.positions import Proof
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.pipelines.live import LivePipeline
from ares_desktop.engine.runtime.clocks import MarketClock
from tests.engine.house import House

ACME = InstrumentId("ACME.SIM")
MINUTE = 60 * NS_PER_SECOND
MakeHouse = Callable[..., House]


def a_bar(number: int) -> Bar:
    return Bar(ACME, number * MINUTE, (number + 1) * MINUTE, 1.0, 1.0, 1.0, 1.0, nan)


class Script:
    """Feed, broker, workers and intake in one, that write down when each was asked.

    Attributes:
        unanswered: how often the workers still have something to say.
        late: who does not answer in time.
    """

    name = "script"
    replayed = True

    def __init__(self, moments: Sequence[Sequence[MarketEvent]], *, replayed: bool = True) -> None:
        self.said: list[str] = []
        self.unanswered = 0
        self.late: frozenset[StrategyId] = frozenset()
        self.fails: BrokerError | None = None
        self.moments = moments
        self.clock = MarketClock()
        hub = DataHub([Instrument(id=ACME)])
        hub.on_events(lambda _: self.said.append("books"))
        self.pipeline = LivePipeline(
            self,  # type: ignore[arg-type]
            hub,
            self,
            self,
            clock=self.clock if replayed else None,
            sinks=(self,),
            settled=self._settled,
        )

    async def run(self, publish: Callable[[Sequence[MarketEvent]], Awaitable[None]]) -> None:
        for events in self.moments:
            await publish(events)

    def seek(self, after_ns: int) -> int:
        return after_ns

    def status(self) -> FeedStatus:
        raise NotImplementedError

    async def on_market(self, events: Sequence[MarketEvent], *, settle: bool) -> None:
        del events
        self.said.append("broker" if settle else "broker, no waiting")
        if self.fails is not None:
            raise self.fails

    async def register(self, instruments: Sequence[Instrument]) -> None:
        raise NotImplementedError

    async def schedule(self, actions: Iterable[MarketAction]) -> None:
        raise NotImplementedError

    async def shutdown(self) -> None:
        raise NotImplementedError

    def deliver_market(self, events: Sequence[MarketEvent]) -> None:
        del events
        self.said.append("strategies")

    async def settle(self, timeout_s: float) -> frozenset[StrategyId]:
        del timeout_s
        self.said.append("answers")
        self.unanswered -= 1
        late, self.late = self.late, frozenset()
        return late

    def is_settled(self) -> bool:
        return self.unanswered <= 0

    def hold(self) -> None:
        self.said.append("hold")

    def hand_over(self) -> None:
        self.said.append("hand over")

    def release(self) -> None:
        self.said.append("release")

    async def _settled(self) -> None:
        self.said.append("settled")


REPLAYED = [
    "hold",
    "broker",
    "settled",
    "strategies",
    "books",
    "answers",
    "hand over",
    "settled",
    "release",
]


async def test_a_replay_asks_the_broker_then_the_strategies_then_the_books() -> None:
    script = Script([[a_bar(0)]])
    await script.pipeline.run()
    assert script.said == REPLAYED


async def test_the_clock_stands_at_the_moment_before_anybody_hears_of_it() -> None:
    script = Script([[a_bar(0)], [a_bar(1)]])
    await script.pipeline.run()
    assert script.clock.now_ns() == 2 * MINUTE
    assert script.said == REPLAYED * 2


async def test_strategies_may_answer_to_what_became_of_their_orders() -> None:
    script = Script([[a_bar(0)]])
    script.unanswered = 2
    await script.pipeline.run()
    assert script.said.count("answers") == script.said.count("hand over") == 2


async def test_a_strategy_that_always_has_an_answer_does_not_stop_the_market() -> None:
    script = Script([[a_bar(0)], [a_bar(1)]])
    script.unanswered = 1000
    await script.pipeline.run()
    assert script.said.count("books") == 2


async def test_who_is_late_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    script = Script([[a_bar(0)], [a_bar(1)]])
    script.late = frozenset({StrategyId("slow")})
    await script.pipeline.run()
    assert "".join(capfd.readouterr()).count("slow") == 1


async def test_live_data_waits_for_nobody() -> None:
    script = Script([[a_bar(0)]], replayed=False)
    await script.pipeline.run()
    assert script.said == ["strategies", "books", "broker, no waiting"]


async def test_prices_are_shown_while_the_broker_is_away() -> None:
    script = Script([[a_bar(0)]])
    script.fails = BrokerError("gone")
    await script.pipeline.run()
    assert script.said == REPLAYED


def traded(events: Sequence[JournalEvent]) -> list[object]:
    """Return intents, denials and fills, in their order; what the wall clock says is left out."""
    found: list[object] = []
    for event in events:
        payload = event.payload
        if isinstance(payload, OrderSubmitted | OrderDenied):
            found.append((type(payload).__name__, payload.intent))
        elif isinstance(payload, OrderFilled):
            found.append(payload.fill)
    return found


async def test_the_same_data_gives_the_same_orders_and_fills_at_any_speed(make_house: MakeHouse) -> None:
    runs: list[list[object]] = []
    proofs: list[Proof] = []
    for name, speed in (("quick", 0.0), ("slow", 400.0)):
        house = make_house(name, feed="sample")
        await house.open(demo=True)
        house.managers.portfolio.proof_changed.connect(proofs.append)
        await house.until_all_run()
        await house.play(600, speed=speed)
        await house.close()
        runs.append(traded(house.events()))
    assert len(runs[0]) >= 40
    assert runs[0] == runs[1]
    assert all(line.balanced for proof in proofs for line in proof.lines if line.broker is not None)


async def test_a_strategy_that_hangs_costs_a_replay_one_time_out(make_house: MakeHouse) -> None:
    house = make_house()
    (house.strategies / "hangs.py").write_text(
        "import time\nfrom ares_desktop.api import Strategy\n\n\n"
        "class Hangs(Strategy):\n    def on_bar(self, bar):\n        time.sleep(60)\n"
    )
    house.settings |= {"strategies.stop_grace_s": "0.1", "strategies.isolation": "process"}
    await house.open()
    await house.add("hangs")
    await house.add("holder")
    await house.play(30)
    assert house.managers.data.events_seen == 30
    await house.until(house.managers.portfolio.net_positions)
    assert house.managers.portfolio.net_positions()[0].quantity == 10
