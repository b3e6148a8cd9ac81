"""Workers are heard in small pieces, for themselves alone, and not at all when they flood."""

import asyncio
from decimal import Decimal

from ares_desktop.domain.ids import UNASSIGNED, ClientOrderId, StrategyId
from ares_desktop.domain.orders import OrderPurpose
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.trading.intake import IntentIntake
from tests.engine.trading.books_builders import AAPL, PAPER, TREND, a_flow, an_intent
from tests.engine.trading.desk import Desk

AN_INSTANCE = StrategyInstance(name=TREND, file="trend.py", account=PAPER, instruments=(AAPL,))


async def an_intake(desk: Desk) -> tuple[IntentIntake, list[StrategyId]]:
    await desk.recorder.record(a_flow("-100000", UNASSIGNED), a_flow("100000"))
    floods: list[StrategyId] = []
    return IntentIntake(desk.router, on_flood=floods.append), floods


async def test_an_intent_is_its_worker_s_whatever_it_says(desk: Desk) -> None:
    intake, _ = await an_intake(desk)
    intake.put_intents(AN_INSTANCE, [an_intent(strategy="other", purpose=OrderPurpose.KILL_SWITCH)])
    await desk.settled()
    intent = desk.broker.submitted[0]
    assert (intent.strategy, intent.purpose) == (TREND, OrderPurpose.STRATEGY)


async def test_an_order_id_of_another_strategy_is_dropped(desk: Desk) -> None:
    intake, _ = await an_intake(desk)
    intake.put_intents(AN_INSTANCE, [an_intent("trend-2-000001"), an_intent("ares-000001")])
    intake.put_cancels(TREND, [ClientOrderId("trend-2-000001")])
    await desk.settled()
    assert desk.broker.submitted == []
    assert desk.broker.canceled == []


async def test_a_large_batch_leaves_the_loop_to_others_in_between(desk: Desk) -> None:
    intake, _ = await an_intake(desk)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.ensure_future(others())
    intake.put_intents(AN_INSTANCE, [an_intent(f"trend-{n:06d}", "1") for n in range(1, 201)])
    await intake.settled()
    other.cancel()
    assert turns >= 5


async def test_a_cancel_stays_behind_the_intents_before_it(desk: Desk) -> None:
    intake, _ = await an_intake(desk)
    intake.put_intents(AN_INSTANCE, [an_intent(f"trend-{n:06d}", "1") for n in range(1, 41)])
    intake.put_cancels(TREND, [ClientOrderId("trend-000040")])
    await intake.settled()
    await desk.settled()
    assert desk.state("trend-000040") == "CANCELED"


async def test_a_flood_is_reported_once_and_not_heard_until_it_is_forgiven(desk: Desk) -> None:
    intake, floods = await an_intake(desk)
    many = [an_intent(f"trend-{n:06d}", "1") for n in range(1, 5002)]
    intake.put_intents(AN_INSTANCE, many)
    intake.put_intents(AN_INSTANCE, many[:1])
    assert floods == [TREND]
    assert desk.fold.ledger.cash(PAPER, TREND) == Decimal(100_000)
    intake.forgive(TREND)
    intake.put_intents(AN_INSTANCE, many[:1])
    await desk.settled()
    assert len(desk.broker.submitted) == 1


async def test_what_an_intent_says_of_itself_is_bounded(desk: Desk) -> None:
    intake, _ = await an_intake(desk)
    inputs = {f"{n}" + "x" * 1000: float(n) for n in range(500)} | {"nothing": float("nan")}
    intake.put_intents(AN_INSTANCE, [an_intent(reason="y" * 100_000, inputs=inputs)])
    await desk.settled()
    intent = desk.broker.submitted[0]
    assert len(intent.inputs) == 32
    assert max(map(len, intent.inputs)) <= 64
    assert len(intent.reason) == 1000
