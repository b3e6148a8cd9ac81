"""Every command about the whole house, typed as a person does, against a real engine."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from ares_desktop.cli.main import main
from ares_desktop.control.server import ControlServer
from ares_desktop.domain.orders import Side
from ares_desktop.domain.tickets import OrderTicket
from tests.engine.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")
D = Decimal


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """An engine with its control socket that holds eight units."""
    made = House(tmp_path_factory.mktemp("house"))
    await made.open()
    server = ControlServer(
        made.managers, path=made.profile.control_socket, raise_window=lambda: None, stop=lambda: None
    )
    await server.start()
    await made.play(1)
    await made.managers.trades.submit(OrderTicket(side=Side.BUY, quantity=D(8), instrument="ACME"))
    await made.play(1)
    yield made
    await server.stop()
    await made.close()


async def typed(house: House, line: list[str], capsys: pytest.CaptureFixture[str], code: int = 0) -> Any:
    """Do a command line; return its document."""
    assert await asyncio.to_thread(main, [*line, "--json", "--profile", str(house.profile.root)]) == code
    lines = capsys.readouterr().out.splitlines()
    # The engine is in the same process here, and its log stands before the document.
    begin = next(number for number, one in enumerate(lines) if one[:1] in {"{", "["})
    return json.loads("\n".join(lines[begin:]), parse_float=D)


async def test_totals_exposure_and_risk_are_one_document(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    found = await typed(house, ["portfolio"], capsys)
    assert (found["currency"], found["gross"], found["net"], found["stale"]) == ("USD", 800, 800, False)
    assert {row["grouping"] for row in found["exposure"]} == {
        "instrument",
        "sector",
        "currency",
        "strategy",
        "asset class",
    }
    assert found["var"] == []
    assert found["var_problem"] == "nothing that is held has enough daily returns"
    assert found["left_out"][0]["item"] == "ACME.SIM"


async def test_a_person_s_own_scenario_is_kept_asked_for_and_forgotten(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    (made,) = await typed(house, ["stress", "--shock", "asset:equity=-0.5", "--keep", "bad week"], capsys)
    assert (made["scenario"], made["profit"]) == ("bad week", -400)
    (again,) = await typed(house, ["stress", "Bad week"], capsys)
    assert again["lines"][0]["item"] == "ACME.SIM"
    assert "bad week" not in {row["scenario"] for row in await typed(house, ["stress", "--forget", "bad week"], capsys)}
    wrong = await typed(house, ["stress", "--shock", "gold"], capsys, code=2)
    assert "TARGET=CHANGE" in json.dumps(wrong, default=str)


async def test_weights_are_proposed_approved_and_rejected(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    await house.managers.strategies.add("idle", name="a", source="test", capital=D(1000))
    first = await typed(house, ["allocate", "propose", "targets"], capsys)
    assert [row["strategy"] for row in first["weights"]] == ["a"]
    await typed(house, ["allocate", "approve", first["id"], "--confirm", "yes"], capsys, code=2)
    approved = await typed(house, ["allocate", "approve", first["id"], "--confirm", "APPROVE"], capsys)
    assert (approved["state"], approved["decided_by"]) == ("approved", "command line")
    second = await typed(house, ["allocate", "propose", "targets"], capsys)
    await typed(house, ["allocate", "reject", second["id"], "--reason", "not now"], capsys)
    shown = await typed(house, ["allocate", "show"], capsys)
    assert [row["state"] for row in shown["proposals"]] == ["rejected", "approved"]
    assert [(row["strategy"], row["state"]) for row in shown["bands"]] == [("a", "at target")]
    refused = await typed(house, ["allocate", "propose", "risk-parity"], capsys, code=4)
    assert "TOO_LITTLE_DATA" in json.dumps(refused, default=str)


async def test_a_share_of_every_position_is_closed(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    reduced = await typed(house, ["reduce", "0.5"], capsys)
    assert [(order["side"], order["quantity"]) for order in reduced["orders"]] == [("SELL", 4)]
    await typed(house, ["reduce", "0"], capsys, code=2)
