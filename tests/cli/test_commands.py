"""Whole commands: words in, one document and an exit code out."""

import io
import json
import os
import socket
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ares_desktop.cli.commands import COMMANDS
from ares_desktop.cli.main import main
from ares_desktop.cli.tables import VIEWS, show_document
from ares_desktop.domain.errors import RefusedError
from ares_desktop.engine.runtime.locks import InstanceLock
from ares_desktop.paths import Profile
from tests.control.serving import Served, serving
from tests.control.test_server import OF_AN_ENGINE
from tests.views.records import (
    a_book,
    a_fault,
    a_fill,
    a_position,
    a_standing,
    a_status,
    an_account,
    an_alert,
    an_order,
)

LINES = {
    "strategies enable": "strategies enable smag7-long",
    "strategies disable": "strategies disable smag7-long",
    "strategies pause": "strategies pause smag7-long",
    "strategies resume": "strategies resume smag7-long",
    "strategies set": "strategies set smag7-long fast=7",
    "strategies add": "strategies add smag7 --name mine --symbols SPY,AAPL --capital 5000",
    "strategies remove": "strategies remove smag7-long",
    "strategies check": "strategies check {file}",
    "order": "order buy 10.50 SPY --limit 9.99 --tif GTC",
    "cancel": "cancel --all",
    "flatten": "flatten smag7-long",
    "release": "release --confirm RELEASE",
    "locks add": "locks add smag7-long --minutes 30 --reason news",
    "locks change": "locks change LOCK --minutes 60",
    "locks lift": "locks lift LOCK",
    "losses rebase": "losses rebase all",
    "protections set": "protections set smag7-long day_limit=0.03",
    "protections reset": "protections reset smag7-long",
    "limits set": "limits set all max_open_orders=7 --note tighter",
    "limits confirm": "limits confirm smag7-long",
    "data import": "data import {file} --symbol SPY",
    "alerts ack": "alerts ack feed",
    "alerts mute": "alerts mute feed --minutes 5",
    "alerts test": "alerts test email",
}
NOT_IN_APP = {"run", "journal", "backtest", "optimize", "montecarlo", "runs", "audit", "alerts secret"}
IN_APP = [
    name
    for name in (command.name for command in COMMANDS.values())
    if not {name, name.split()[0]} & NOT_IN_APP and name.replace(" ", ".") not in OF_AN_ENGINE
]


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    profile = Profile.at(tmp_path / "profile")
    profile.prepare()
    return profile


@pytest.fixture
def served(profile: Profile) -> Iterator[Served]:
    with serving(profile.control_socket) as running:
        fakes = running.fakes
        fakes.strategies.put(a_status(), a_status("broken", fault=a_fault(), pid=None))
        fakes.trades.put(an_order(1))
        fakes.trades.executions.append(a_fill())
        fakes.portfolio.held.append(a_position())
        fakes.alerts.put(an_alert("feed"))
        fakes.portfolio.snapshot = an_account()
        fakes.portfolio.money["smag7-long"] = a_book()
        fakes.traders.ranking = type(fakes.traders.ranking)(rows=(a_standing(),), at=a_book().at)
        yield running


def line(name: str, tmp_path: Path) -> list[str]:
    file = tmp_path / "SPY.csv"
    file.touch()
    return [word.replace("{file}", str(file)) for word in LINES.get(name, name).split()]


@pytest.mark.parametrize("name", [name for name in IN_APP if name not in {"doctor", "data export"}])
def test_a_command_prints_one_document(
    served: Served, profile: Profile, tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    code = main([*line(name, tmp_path), "--json", "--profile", str(profile.root)])
    assert json.loads(capfd.readouterr().out) is not None
    assert code == 0
    assert served.path.exists()


@pytest.mark.parametrize("name", [name for name in IN_APP if name not in {"doctor", "data export"}])
def test_a_command_prints_a_table_without_color_in_a_pipe(
    served: Served, profile: Profile, tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["--profile", str(profile.root), *line(name, tmp_path)]) == 0
    out = capfd.readouterr().out
    assert out.strip()
    assert "\x1b" not in out
    assert served.path.exists()


def test_numbers_are_printed_with_all_their_digits(
    served: Served, profile: Profile, capfd: pytest.CaptureFixture[str]
) -> None:
    served.fakes.portfolio.held[0] = a_position(average_price=Decimal("0.1234567890123456789012"))
    main(["positions", "--json", "--profile", str(profile.root)])
    assert '"average_price": 0.1234567890123456789012' in capfd.readouterr().out


def test_arguments_arrive_as_they_were_written(served: Served, profile: Profile, tmp_path: Path) -> None:
    for name in ("order", "strategies add", "strategies set", "data import"):
        main([*line(name, tmp_path), "--json", "--profile", str(profile.root)])
    ticket = served.fakes.trades.calls[0][1]
    assert (ticket.side, ticket.quantity, ticket.limit, ticket.tif) == ("BUY", Decimal("10.50"), Decimal("9.99"), "GTC")
    _, _, name, settings = served.fakes.strategies.calls[0]
    assert (name, settings["instruments"], settings["capital"]) == ("mine", ("SPY.SMART", "AAPL.SMART"), Decimal(5000))
    assert served.fakes.strategies.calls[1] == ("set_parameters", "smag7-long", {"fast": 7})
    assert served.fakes.data.calls == [("import_files", [str(tmp_path / "SPY.csv")], "SPY", None)]


def failure(capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    document = json.loads(capfd.readouterr().out)
    assert set(document["error"]) == {"kind", "code", "message", "findings"}
    return document  # type: ignore[no-any-return]


def test_a_denied_order_ends_with_four_and_its_reason_code(
    served: Served, profile: Profile, capfd: pytest.CaptureFixture[str]
) -> None:
    served.fakes.trades.refusal = RefusedError("KILL_SWITCH", "the kill switch is engaged")
    assert main(["order", "BUY", "1", "SPY", "--json", "--profile", str(profile.root)]) == 4
    assert failure(capfd)["reason"] == "KILL_SWITCH"
    assert main(["order", "BUY", "1", "SPY", "--profile", str(profile.root)]) == 4
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == "ares-desktop: KILL_SWITCH: the kill switch is engaged\n"


def test_wrong_usage_ends_with_two_and_all_findings(profile: Profile, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["order", "HOLD", "-1", "--json", "--profile", str(profile.root)]) == 2
    assert [finding["place"] for finding in failure(capfd)["error"]["findings"]] == ["SIDE", "QTY", "INSTRUMENT"]
    assert main(["order", "HOLD", "-1"]) == 2
    assert len(capfd.readouterr().err.splitlines()) == 3


def test_without_an_application_a_command_ends_with_three(profile: Profile, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--json", "--profile", str(profile.root)]) == 3
    assert f"ares-desktop run --profile '{profile.root}'" in failure(capfd)["error"]["message"]


def test_a_kill_of_an_application_that_hangs_says_what_to_do(
    profile: Profile, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ares_desktop.control.client.ControlClient._line", timed_out)
    with InstanceLock(profile.lock), socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(profile.control_socket))
        deaf.listen()
        assert main(["kill", "--json", "--profile", str(profile.root)]) == 3
    assert f"kill -9 {os.getpid()}" in failure(capfd)["error"]["message"]


def timed_out(*_: object) -> bytes:
    raise TimeoutError("timed out")


def test_what_anybody_prints_meanwhile_goes_to_standard_error(
    profile: Profile, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def noisy(_file: Path) -> Any:
        print("python says hello")  # noqa: T201 - that is what must not reach standard output
        os.write(1, b"a library says hello\n")
        raise RefusedError("NO", "no")

    monkeypatch.setattr("ares_desktop.cli.offline.check_strategy_file", noisy)
    main(["strategies", "check", __file__, "--json", "--profile", str(profile.root)])
    sys.stdout.flush()
    captured = capfd.readouterr()
    assert json.loads(captured.out)["reason"] == "NO"
    assert "a library says hello" in captured.err


def test_help_and_version_are_printed(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "Exit codes:" in capfd.readouterr().out
    assert main(["--version"]) == 0
    assert capfd.readouterr().out.strip()


def test_every_view_of_a_command_is_declared() -> None:
    assert {command.view for command in COMMANDS.values() if command.view} - set(VIEWS) <= {"verify"}


def test_a_table_is_colored_on_a_terminal_alone() -> None:
    def shown(**terminal: Any) -> str:
        out = io.StringIO()
        rows = [{"name": "trend", "state": "faulted", "fault": {"message": "no"}}]
        show_document("strategies", rows, Console(file=out, width=120, **terminal))
        return out.getvalue()

    assert "\x1b[31mfaulted" in shown(force_terminal=True, color_system="standard")
    assert "\x1b" not in shown()
