"""Every order tells why it was made and what became of it, however old it is."""

import csv
import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ares_desktop.domain.decisions import Decision, DecisionQuery
from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.events import OrderFilled
from ares_desktop.domain.ids import UNASSIGNED, ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.orders import Bracket, OrderPurpose, OrderType, Side, TimeInForce
from ares_desktop.engine.trading.decisions import Decisions
from ares_desktop.engine.trading.fold import Fold
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, TREND, a_fill, a_flow, events, submitted
from tests.engine.trading.conftest import OpenDesk
from tests.engine.trading.desk import Desk, ObedientBroker

FIRST = ClientOrderId("trend-000001")


@pytest.fixture
async def desk(open_desk: OpenDesk) -> Desk:
    made = await open_desk(ObedientBroker(fills_at_once=True))
    await made.recorder.record(a_flow("-100000", UNASSIGNED), a_flow("100000"))
    return made


@pytest.fixture
def decisions(desk: Desk) -> Decisions:
    return Decisions(desk.fold, desk.journal)


def whats(decision: Decision) -> list[str]:
    return [step.what for step in decision.steps]


async def test_a_decision_tells_inputs_intent_gate_order_fills_and_profit(desk: Desk, decisions: Decisions) -> None:
    await desk.buy("trend-000001", reason="crossed up", inputs={"fast": 2.0, "forecast": 0.7})
    desk.broker.price = Decimal(104)
    await desk.buy("trend-000002", "4", side=Side.SELL, reason="crossed down")
    bought, sold = await decisions.explain(FIRST), await decisions.explain(ClientOrderId("trend-000002"))
    assert (bought.reason, bought.inputs, bought.forecast) == ("crossed up", {"fast": 2.0, "forecast": 0.7}, "0.7")
    assert (bought.approved, bought.gate, bought.realized) == (True, "approved", None)
    assert whats(bought) == ["intent", "gate", "submitted", "accepted", "fill"]
    assert all(step.sequence for step in bought.steps)
    assert [fill.price for fill in bought.fills] == [Decimal(100)]
    assert sold.realized == Decimal(16)


async def test_what_the_gate_refused_is_a_decision_too(desk: Desk, decisions: Decisions) -> None:
    await desk.buy("trend-000001", "1000000", reason="all in")
    decision = await decisions.explain(FIRST)
    assert not decision.approved
    assert decision.gate.startswith(f"{decision.order.reason_code}: ")
    assert decision.reason == "all in"
    assert whats(decision) == ["intent", "gate"]
    assert whats(decisions.decision(FIRST)) == ["intent", "gate"]


async def test_the_exits_of_a_bracket_name_the_entry_that_decided_them(desk: Desk, decisions: Decisions) -> None:
    bracket = Bracket(stop=Decimal(90), target=Decimal(120))
    await desk.buy(bracket=bracket, reason="breakout", inputs={"range": 3.0})
    stop = decisions.decision(ClientOrderId("trend-000001:stop"))
    assert stop.parent == FIRST
    assert stop.inputs == {"range": 3.0}
    assert stop.reason == "bracket stop of trend-000001: breakout"


async def test_a_cancel_is_told_with_its_reason(desk: Desk, decisions: Decisions) -> None:
    await desk.buy(type=OrderType.LIMIT, limit_price=Decimal(95), tif=TimeInForce.GTC)
    await desk.router.cancel([FIRST], reason="canceled by its strategy")
    await desk.settled()
    steps = (await decisions.explain(FIRST)).steps
    assert [step.what for step in steps][-2:] == ["cancel requested", "canceled"]
    assert steps[-2].detail == "canceled by its strategy"
    assert "LIMIT at 95" in steps[0].detail


@pytest.mark.parametrize(
    ("purpose", "reason"),
    [(OrderPurpose.MANUAL, "placed by the trader"), (OrderPurpose.FLATTEN, "flatten")],
)
async def test_an_order_without_a_reason_says_where_it_came_from(
    desk: Desk, decisions: Decisions, purpose: OrderPurpose, reason: str
) -> None:
    await desk.buy("trend-000001", "10")
    await desk.buy("ares-000001", "5", side=Side.SELL, purpose=purpose)
    assert decisions.decision(ClientOrderId("ares-000001")).reason == reason


async def test_a_search_matches_every_given_field_and_returns_the_newest_first(
    desk: Desk, decisions: Decisions
) -> None:
    await desk.buy("trend-000001", "10", reason="Crossed UP", inputs={"fast": 1.0})
    await desk.buy("trend-000002", "1000000", reason="too much")
    await desk.buy("trend-000003", "5", side=Side.SELL)

    async def found(**fields: object) -> list[str]:
        return [item.id[-1] for item in await decisions.search(DecisionQuery(**fields))]  # type: ignore[arg-type]

    assert await found() == ["3", "2", "1"]
    assert await found(limit=2) == ["3", "2"]
    assert await found(approved=False) == ["2"]
    assert await found(text="crossed up") == ["1"]
    assert await found(text="FAST") == ["1"]
    assert await found(text=desk.fold.registry.denials()[0].reason.value) == ["2"]
    assert await found(strategy=TREND, instrument=AAPL) == ["3", "2", "1"]
    assert await found(strategy=StrategyId("other")) == []
    assert await found(since=NOW + timedelta(days=1)) == []
    assert await found(until=NOW - timedelta(days=1)) == []


async def test_a_position_has_the_decisions_since_it_was_last_flat(desk: Desk, decisions: Decisions) -> None:
    for number, quantity, side in [(1, "10", Side.BUY), (2, "10", Side.SELL), (3, "4", Side.BUY), (4, "3", Side.SELL)]:
        await desk.buy(f"trend-{number:06d}", quantity, side=side)
    assert [item.id[-1] for item in decisions.of_position(TREND, AAPL)] == ["3", "4"]
    await desk.buy("trend-000005", "1", side=Side.SELL)
    assert decisions.of_position(TREND, AAPL) == ()
    assert decisions.of_position(TREND, InstrumentId("NONE.SMART")) == ()


async def test_decisions_of_an_earlier_session_are_found_with_every_step(desk: Desk, open_desk: OpenDesk) -> None:
    await desk.buy("trend-000001", reason="old")
    snapshot = desk.fold.encode()
    await desk.close()
    later = await open_desk(ObedientBroker())
    fold = Fold.decode(snapshot)
    assert fold is not None
    decision = await Decisions(fold, later.journal).explain(FIRST)
    assert (decision.reason, len(decision.fills)) == ("old", 1)
    assert whats(decision) == ["intent", "gate", "submitted", "accepted", "fill"]


async def test_an_unknown_order_is_refused_with_a_remedy(decisions: Decisions) -> None:
    with pytest.raises(UsageError, match="is not known"):
        decisions.decision(ClientOrderId("nobody-000001"))


async def test_an_export_has_what_matches_and_no_formula_for_a_spreadsheet(
    desk: Desk, decisions: Decisions, tmp_path: Path
) -> None:
    await desk.buy("trend-000001", "10", reason='=HYPERLINK("x")', inputs={"fast": 1.5})
    assert await decisions.export(DecisionQuery(), tmp_path / "why.csv") == 1
    (row,) = csv.DictReader((tmp_path / "why.csv").read_text().splitlines())
    assert (row["reason"], row["inputs"], row["filled"]) == ('\'=HYPERLINK("x")', "fast=1.5", "10")
    assert await decisions.export(DecisionQuery(), tmp_path / "why.json") == 1
    (document,) = json.loads((tmp_path / "why.json").read_text())
    assert [step["what"] for step in document["steps"]][2] == "submitted"
    with pytest.raises(UsageError, match="neither CSV nor JSON"):
        await decisions.export(DecisionQuery(), tmp_path / "why.txt")
    with pytest.raises(UsageError, match="can't be written"):
        await decisions.export(DecisionQuery(), tmp_path / "nowhere" / "why.csv")


async def test_fills_are_found_before_and_after_the_index_has_caught_up(desk: Desk) -> None:
    fold = Fold()
    fills = [OrderFilled(fill=a_fill("1", trade=f"t{n}")) for n in range(3000)]
    for event in events([a_flow("1000000"), submitted(quantity="3000"), *fills]):
        fold.apply(event)
    decisions = Decisions(fold, desk.journal)
    assert len(decisions.decision(FIRST).fills) == 3000
    await decisions.prepare()
    assert len(decisions.decision(FIRST).fills) == 3000
    assert fold.attribution.trips(fold.ledger.all_books()[0]).traded == {"USD": Decimal(300_000)}
    assert fold.ledger.books(PAPER) == (TREND,)
