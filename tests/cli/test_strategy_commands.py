"""Commands about strategies, typed as a person types them, done by a real engine."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from ares_desktop.cli.main import main
from ares_desktop.control.server import ControlServer
from tests.control.test_server import OF_AN_ENGINE
from tests.engine.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")
Typed = Callable[..., Awaitable[tuple[int, Any]]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """An engine that answers commands, and an instance ``one`` that has bought."""
    made = House(tmp_path_factory.mktemp("house"), [100.0] * 400)
    await made.open()
    server = ControlServer(
        made.managers, path=made.profile.control_socket, raise_window=lambda: None, stop=lambda: None
    )
    await server.start()
    await made.managers.strategies.discover()
    yield made
    await server.stop()
    await made.close()


@pytest.fixture
def typed(house: House, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Types a command and gives its exit code and its JSON document."""

    async def run(words: str, *more: str) -> tuple[int, Any]:
        capsys.readouterr()
        line = [*words.split(), *more, "--json", "--profile", str(house.profile.root)]
        code = await asyncio.to_thread(main, line)
        return code, json.loads(capsys.readouterr().out)

    return run


async def holder(house: House, typed: Typed, name: str, *more: str) -> None:
    code, _ = await typed(f"strategies add holder --name {name} --capital 5000", *more)
    assert code == 0
    await typed(f"strategies enable {name} --force")
    await house.until(lambda: house.state(name) == "running")


async def test_a_strategy_is_added_with_all_its_fields_and_shown_with_them(typed: Typed) -> None:
    options = "--weight 0.2 --min-weight 0.1 --max-weight 0.3 --no-trade-band 0.02 --benchmark ACME --memory 300"
    policies = "--isolation thread --restart on-fault --restart-limit 2 --restart-backoff 0.5 --on-fault keep"
    code, row = await typed(
        f"strategies add holder --name whole --symbols ACME --param size=7 --start-order 3 {options} {policies}",
        "--hours",
        "session open +5m to session close -10m",
        "--note",
        "the first",
    )
    assert code == 0
    assert (row["params"], row["weights"]) == ({"size": 7}, {"target": 0.2, "min": 0.1, "max": 0.3})
    code, shown = await typed("strategies show whole")
    configuration = shown["configuration"]
    assert configuration["hours"] == "session open +5m to session close -10m"
    assert (configuration["restart"], configuration["restart_limit"], configuration["on_fault"]) == (
        "on fault",
        2,
        "keep",
    )
    assert (configuration["benchmark"], configuration["start_order"], shown["state"]) == ("ACME.SIM", 3, "stopped")


async def test_everything_wrong_with_an_added_strategy_is_told_and_ends_with_two(typed: Typed) -> None:
    code, document = await typed("strategies add holder --name bad --min-weight 0.5 --hours later --param size=0")
    assert code == 2
    places = [finding["place"] for finding in document["error"]["findings"]]
    assert places == ["min_weight", "hours", "parameters.size"]


async def test_fields_parameters_and_presets_are_set_and_cleared_together(typed: Typed) -> None:
    await typed("strategies add idle --name fields --capital 1000")
    code, kept = await typed("strategies presets idle size=3 --save small")
    assert (code, kept) == (0, [{"name": "small", "strategy": "idle", "parameters": {"size": 3}}])
    code, row = await typed("strategies set fields --preset small --memory 512 --note why")
    assert (code, row["params"]) == (0, {"size": 3})
    assert row["change"]["effect"] == "now"
    assert [item["place"] for item in row["change"]["differences"]] == ["parameters.size", "memory_mb"]
    code, row = await typed("strategies set fields --clear capital,size")
    assert (row["capital"], row["params"]) == (None, {"size": 10})
    code, _ = await typed("strategies set fields --clear color")
    assert code == 2
    assert (await typed("strategies presets idle --delete small"))[1] == []


async def test_versions_are_listed_compared_and_restored(typed: Typed) -> None:
    await typed("strategies add idle --name past --capital 1000")
    await typed("strategies set past size=4")
    await typed("strategies set past --memory 256 --note less")
    code, history = await typed("strategies history past")
    assert [(row["version"], row["note"]) for row in history] == [(3, "less"), (2, ""), (1, "")]
    assert history[1]["changes"] == [{"place": "parameters.size", "before": None, "after": 4}]
    assert [row["place"] for row in (await typed("strategies diff past 1 3"))[1]] == ["parameters.size", "memory_mb"]
    assert (await typed("strategies diff past 3"))[1] == []
    code, restored = await typed("strategies restore past 1")
    assert (code, restored["effect"], len(restored["differences"])) == (0, "now", 2)
    assert (await typed("strategies diff past 1"))[1] == []
    assert (await typed("strategies history past"))[1][0]["note"] == "version 1 again"
    assert (await typed("strategies restore past 9"))[0] == 2


async def test_strategies_are_copied_exported_and_imported(typed: Typed, tmp_path: Path) -> None:
    await typed("strategies add idle --name source --capital 1000 --param size=8")
    code, row = await typed("strategies duplicate source copy")
    assert (code, row["name"], row["params"]) == (0, "copy", {"size": 8})
    file = tmp_path / "mine.toml"
    code, written = await typed(f"strategies export source,copy --file {file}")
    assert (code, written) == (0, {"file": str(file), "names": ["source", "copy"]})
    assert (await typed("strategies export source,copy"))[1]["text"] == file.read_text()
    code, document = await typed(f"strategies import {file}")
    assert code == 2
    assert [item["problem"] for item in document["error"]["findings"]] == ["is taken", "is taken"]
    file.write_text(file.read_text().replace('"source"', '"third"').replace('"copy"', '"fourth"'))
    code, rows = await typed(f"strategies import {file}")
    assert (code, [row["name"] for row in rows]) == (0, ["third", "fourth"])
    file.write_bytes(b"\xff")
    assert (await typed(f"strategies import {file}"))[0] == 2


async def test_a_strategy_is_led_through_its_life(house: House, typed: Typed) -> None:
    await holder(house, typed, "living")
    code, card = await typed("strategies preflight living")
    assert card["name"] == "living"
    assert {"code", "state", "reason", "remedy"} <= card["checks"][0].keys()
    assert code == int(not card["ready"])
    assert (await typed("strategies close-only living"))[1]["state"] == "close-only"
    assert (await typed("strategies resume living"))[1]["state"] == "running"
    for verb in ("restart", "reload"):
        code, row = await typed(f"strategies {verb} living")
        assert (code, row["name"]) == (0, "living")
        await house.until(lambda: house.state("living") == "running")
    assert (await typed("strategies logs living --count 5"))[0] == 0
    assert (await typed("strategies end living"))[0] == 0
    await house.until(lambda: house.state("living") != "running" or house.managers.strategies.status("living").restarts)
    await typed("strategies disable living")


async def test_an_order_tells_why_and_decisions_are_found_and_exported(
    house: House, typed: Typed, tmp_path: Path
) -> None:
    await holder(house, typed, "buyer", "--param", "size=2")
    await house.play(2)
    await house.until(lambda: any(fill.strategy == "buyer" for fill in house.managers.trades.fills()))
    code, found = await typed("decisions --strategy buyer --instrument ACME")
    assert (code, len(found)) == (0, 1)
    order = found[0]["client_order_id"]
    code, why = await typed(f"why {order}")
    assert (code, why["approved"], why["order"]["status"]) == (0, True, "FILLED")
    assert why["steps"]
    assert len(why["fills"]) == 1
    assert (await typed("why nobody-000001"))[0] == 2
    assert (await typed("decisions --text nothing-like-this"))[1] == []
    file = tmp_path / "why.csv"
    code, document = await typed(f"decisions --strategy buyer --export {file}")
    assert (code, document["decisions"]) == (0, 1)
    assert order in file.read_text()


async def test_performance_is_listed_and_told_of_one(typed: Typed) -> None:
    code, rows = await typed("performance")
    assert code == 0
    assert all({"strategy", "nav", "sharpe", "max_drawdown", "days"} <= row.keys() for row in rows)
    for row in rows[:1]:
        code, one = await typed(f"performance {row['strategy']}")
        assert (code, one["strategy"]) == (0, row["strategy"])
        assert {"months", "curve"} <= one.keys()
    assert (await typed("performance nobody"))[0] == 2


async def test_people_get_tables(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    await house.managers.strategies.add("idle", name="told", source="test")
    lines = ("show told", "history told", "export told", "presets idle", "logs told", "preflight told")
    for words in lines:
        capsys.readouterr()
        line = ["strategies", *words.split(), "--profile", str(house.profile.root)]
        assert await asyncio.to_thread(main, line) in {0, 1}
        assert capsys.readouterr().out.strip()
    for words in ("decisions", "performance"):
        assert await asyncio.to_thread(main, [words, "--profile", str(house.profile.root)]) == 0
    assert {name.partition(".")[2] for name in OF_AN_ENGINE if "." in name} >= {words.split()[0] for words in lines}
