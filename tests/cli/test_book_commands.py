"""Every command about the books, typed as a person does, against a real engine."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from ares_desktop.cli.commands import COMMANDS
from ares_desktop.cli.main import main
from ares_desktop.cli.tables import VIEWS
from ares_desktop.control.server import ControlServer
from ares_desktop.domain.orders import Side
from ares_desktop.domain.tickets import OrderTicket
from tests.engine.house import House


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """An engine with its control socket."""
    made = House(tmp_path_factory.mktemp("house"))
    await made.open()
    server = ControlServer(
        made.managers, path=made.profile.control_socket, raise_window=lambda: None, stop=lambda: None
    )
    await server.start()
    yield made
    await server.stop()
    await made.close()


async def typed(house: House, line: str, capsys: pytest.CaptureFixture[str]) -> Any:
    """Do a command line; return its document."""
    words = [*line.split(), "--json", "--profile", str(house.profile.root)]
    assert await asyncio.to_thread(main, words) == 0
    return json.loads(capsys.readouterr().out, parse_float=Decimal)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_holding_goes_from_book_to_book_and_back(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    await house.play(1)
    await house.managers.trades.submit(OrderTicket(side=Side.BUY, quantity=Decimal(8), instrument="ACME"))
    await house.play(1)
    (split,) = await typed(house, "books split ACME --quantity 3 --from manual --to unassigned", capsys)
    assert (split["kind"], split["quantity"], split["undoable"]) == ("split", 3, True)
    (assigned,) = await typed(house, "books assign ACME --quantity 1 --to manual", capsys)
    assert assigned["kind"] == "assign"
    await typed(house, f"books undo {assigned['move']}", capsys)
    await typed(house, "books merge ACME --from unassigned --to manual", capsys)
    moves = await typed(house, "books moves", capsys)
    assert [row["kind"] for row in moves][-4:] == ["split", "assign", "undo", "assign"]
    proof = await typed(house, "books proof", capsys)
    assert proof["balanced"] is True
    assert proof["held_at"]
    assert {line["state"] for line in proof["lines"]} == {"ok"}


@pytest.mark.asyncio(loop_scope="module")
async def test_money_comes_goes_and_changes_its_book(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    await typed(house, "books deposit 500 --note gift", capsys)
    await typed(house, "books transfer 2000 --from unassigned --to manual", capsys)
    await typed(house, "books withdraw 100 --book manual", capsys)
    flows = await typed(house, "books flows", capsys)
    assert [(row["kind"], row["strategy"], row["amount"]) for row in flows][-4:] == [
        ("deposit", "unassigned", 500),
        ("transfer", "unassigned", -2000),
        ("transfer", "manual", 2000),
        ("withdrawal", "manual", -100),
    ]
    assert await typed(house, "discrepancies --resolved", capsys) == []
    assert (await typed(house, "books proof", capsys))["balanced"] is True


@pytest.mark.parametrize("words", [words for words in COMMANDS if words[0] == "books"])
def test_every_book_command_has_a_view(words: tuple[str, ...]) -> None:
    assert COMMANDS[words].view in VIEWS
