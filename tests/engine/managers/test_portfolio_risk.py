"""Exposure, value at risk, stress and an emergency reduce of what the engine holds."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.orders import Side, TimeInForce
from ares_desktop.domain.portfolio import Grouping
from ares_desktop.domain.tickets import OrderTicket
from tests.engine.house import House

D = Decimal


async def play_until_filled(house: House, fills: int) -> None:
    for _ in range(6):
        if len(house.managers.trades.fills()) < fills:
            await house.play(48)
    assert len(house.managers.trades.fills()) == fills


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """An engine on the sample market that holds Apple shares and is short of Exxon's."""
    made = House(tmp_path_factory.mktemp("risk"), feed="sample")
    made.settings["account.starting_cash"] = "100000"
    await made.open()
    await made.play(96)
    for side, quantity, symbol in ((Side.BUY, 601, "AAPL"), (Side.SELL, 200, "XOM")):
        # An order of the day would end with the day's only bar.
        ticket = OrderTicket(side=side, quantity=D(quantity), instrument=symbol, tif=TimeInForce.GTC)
        await made.managers.trades.submit(ticket)
    await play_until_filled(made, 2)
    made.managers.portfolio.collect()
    yield made
    await made.close()


async def test_exposure_is_what_is_held_with_the_sectors_of_the_sample_market(own: House) -> None:
    found = own.managers.totals.risk.exposure()
    total = own.managers.totals.totals()
    assert total is not None
    assert (found.total.gross, found.total.net) == (total.gross, total.net)
    assert {row.name for row in found.by(Grouping.SECTOR)} == {"Information Technology", "Energy"}
    assert found.equity == total.equity


async def test_value_at_risk_stands_on_the_feed_s_past(own: House) -> None:
    report = await own.managers.totals.risk.value_at_risk()
    assert (report.problem, len(report.outcomes), report.covered) == ("", 500, 1.0)
    values = [one.value or 0 for one in report.figures if one.days == 1]
    assert all(0 < value < 5_000 for value in values)


async def test_a_scenario_that_a_person_kept_is_there_after_a_restart(own: House) -> None:
    risk = own.managers.totals.risk
    await risk.keep_scenario(risk.scenario("mine", [("sector:Energy", -0.5)]))
    (result,) = risk.stress((risk.named("Mine"),))
    assert result.profit is not None
    assert result.profit > 0
    assert risk._restored().keys() == {"mine"}
    with pytest.raises(UsageError, match="is taken"):
        await risk.keep_scenario(risk.scenarios()[0])
    await risk.forget_scenario("mine")
    with pytest.raises(UsageError, match="is not known"):
        risk.named("mine")


async def test_half_of_every_position_is_closed_through_the_gate(own: House) -> None:
    with pytest.raises(UsageError, match="at most 1"):
        await own.managers.totals.reduce("all", D("1.5"), source="test")
    reduced = await own.managers.totals.reduce("all", D("0.5"), source="test")
    assert {(order.intent.instrument, order.intent.side, order.intent.quantity) for order in reduced.orders} == {
        ("AAPL.SIM", Side.SELL, D(300)),
        ("XOM.SIM", Side.BUY, D(100)),
    }
    assert all(order.intent.reduce_only for order in reduced.orders)
    await play_until_filled(own, 4)
    held = {one.instrument: one.quantity for one in own.managers.portfolio.net_positions()}
    assert held == {"AAPL.SIM": D(301), "XOM.SIM": D(-100)}


async def test_what_makes_no_lot_is_left_out_and_said(own: House) -> None:
    reduced = await own.managers.totals.reduce("instrument:XOM.SIM", D("0.001"), source="test")
    assert reduced.orders == ()
    assert "less than a lot" in reduced.left_out[0].problem


async def test_rates_and_risk_need_no_engine_that_runs(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.build()
    try:
        risk = house.managers.totals.risk
        assert risk.exposure().total.gross == 0
        assert (await risk.value_at_risk()).problem == "nothing is held"
        assert house.managers.totals.allocation.bands() == ()
    finally:
        await house.close()
