"""The control socket, as other processes of the same user see it."""

import contextlib
import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ares_desktop.control import server as server_module
from ares_desktop.control.client import ControlClient, NoAppError
from ares_desktop.control.handlers import COMMANDS
from ares_desktop.control.protocol import MAX_REQUEST_BYTES, Reply
from ares_desktop.domain.errors import BrokerError, RefusedError, StorageError
from ares_desktop.domain.orders import OrderState
from ares_desktop.domain.risk import KillStep, KillSwitchReport, Residue, StepState
from tests.control.serving import Served, serving
from tests.views.records import (
    a_book,
    a_fault,
    a_fill,
    a_position,
    a_standing,
    a_status,
    an_account,
    an_alert,
    an_entry,
    an_order,
)

ARGUMENTS: dict[str, dict[str, Any]] = {
    "alerts.ack": {"all": True},
    "alerts.mute": {"key": "feed", "minutes": 5},
    "alerts.test": {"channel": "email"},
    "audit.bundle": {"file": "incident.zip"},
    **{f"strategies.{verb}": {"name": "smag7-long"} for verb in ("enable", "disable", "pause", "resume")},
    "strategies.set": {"name": "smag7-long", "values": {"fast": "7"}},
    "strategies.add": {"file": "smag7", "symbols": ["SPY"], "capital": "5000"},
    "strategies.remove": {"name": "smag7-long"},
    "strategies.check": {"file": "/strategies/smag7.py"},
    "order": {"side": "BUY", "quantity": "10.5", "instrument": "SPY"},
    "cancel": {"order": "smag7-long-000001"},
    "release": {"confirm": "RELEASE"},
    "locks.change": {"name": "LOCK", "minutes": 60},
    "locks.lift": {"name": "LOCK"},
    "protections.set": {"scope": "all", "values": {"day_limit": "0.03"}},
    "limits.set": {"scope": "all", "values": {"max_open_orders": "7"}},
    "limits.confirm": {"strategy": "smag7-long"},
    "data.import": {"files": ["/data/SPY.csv"]},
}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path / "control.sock") as running:
        running.fakes.strategies.put(a_status())
        running.fakes.trades.put(an_order(1), an_order(2, state=OrderState.FILLED))
        running.fakes.trades.executions.append(a_fill())
        running.fakes.portfolio.held += [a_position(), a_position(quantity=Decimal(0), instrument="SPY.SMART")]
        running.fakes.portfolio.snapshot = an_account()
        running.fakes.portfolio.money["smag7-long"] = a_book()
        running.fakes.traders.ranking = type(running.fakes.traders.ranking)(rows=(a_standing(),), at=a_book().at)
        running.fakes.alerts.put(an_alert("feed"))
        yield running


def document(reply: Reply) -> Any:
    assert reply.failure is None, reply.failure
    return json.loads(bytes(reply.document))


OF_AN_ENGINE = {
    *(f"strategies.{verb}" for verb in ("show", "close-only", "restart", "end", "reload", "preflight", "logs")),
    *(f"strategies.{verb}" for verb in ("history", "diff", "restore", "duplicate", "export", "import", "presets")),
    *("why", "decisions", "performance"),
    *(f"books.{word}" for word in ("proof", "moves", "flows", "move", "assign", "split", "merge", "undo")),
    *(f"books.{word}" for word in ("transfer", "deposit", "withdraw", "sweep")),
    *("discrepancies", "resolve"),
    *("portfolio", "stress", "reduce", *(f"allocate.{word}" for word in ("show", "propose", "approve", "reject"))),
}
"""Commands that test_strategy_commands.py, test_book_commands.py and test_portfolio_commands.py have an engine do."""


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in OF_AN_ENGINE])
def test_every_command_is_done_and_answers_with_a_document(served: Served, command: str) -> None:
    reply = served.request(command, ARGUMENTS.get(command))
    assert reply.exit_code == 0
    assert document(reply) is not None


def test_a_command_that_changes_something_is_recorded_and_a_reading_one_is_not(served: Served) -> None:
    served.request("status")
    served.request("strategies.enable", ARGUMENTS.get("strategies.enable"))
    served.request("cancel", {"all": True})
    assert [(name, via, kind.value) for name, via, kind in served.fakes.audit.commands.seen] == [
        ("strategies.enable", "command line", "changes"),
        ("cancel", "command line", "reduces"),
    ]
    issuer = served.fakes.audit.commands.issuers[-1]
    assert (issuer.pid, issuer.uid) == (os.getpid(), os.getuid())


def test_the_status_has_its_fields(served: Served) -> None:
    status = document(served.request("status"))
    assert {"state", "reason", "since", "accounts", "strategies", "brokers", "equity", "drawdown"} <= set(status)
    assert status["state"] == "ACTIVE"
    assert set(status["loop_lag_ms"]) == {"p50", "p99", "max"}
    assert status["version"]
    (strategy,) = status["strategies"]
    assert {"name", "state", "requested", "pid", "heartbeat_age_s", "positions", "pnl"} <= set(strategy)
    assert (strategy["requested"], strategy["positions"], strategy["pnl"]) == ("running", 1, 412.3)
    (broker,) = status["brokers"]
    assert (broker["name"], broker["connected"], broker["reconciled"]) == ("paper", True, True)


def test_the_lists_have_their_fields(served: Served) -> None:
    (strategy,) = document(served.request("strategies.list"))
    assert {"name", "file", "state", "active", "params", "weights", "fault"} <= set(strategy)
    (position,) = document(served.request("positions"))
    assert {"strategy", "instrument", "quantity", "average_price", "mark", "realized", "unrealized"} <= set(position)
    orders = document(served.request("orders"))
    order = {"client_order_id", "strategy", "side", "type", "quantity", "filled", "status", "reason"}
    assert order <= set(orders[0])
    (fill,) = document(served.request("fills"))
    assert {"trade_id", "client_order_id", "strategy", "instrument", "side", "quantity", "price"} <= set(fill)
    (standing,) = document(served.request("standings"))
    assert set(standing) >= {
        *("rank", "trader", "model", "venue", "equity", "pnl", "twr_pct", "sharpe", "max_drawdown", "positions"),
        *("margin_used_pct", "running", "stale", "error"),
    }
    (stored,) = document(served.request("data.list"))
    assert (stored["symbol"], stored["rows"], stored["from"]) == ("SPY", 3, "1970-01-01T00:00:00Z")


def test_a_list_is_narrowed_by_its_arguments(served: Served) -> None:
    assert len(document(served.request("orders"))) == 2
    assert len(document(served.request("orders", {"working": True}))) == 1
    assert len(document(served.request("positions", {"closed": True}))) == 2


def test_a_faulty_file_is_listed_with_its_line_and_a_warning_is_not(served: Served) -> None:
    served.fakes.strategies.entries = [
        an_entry("broken", faults=(a_fault(kind="syntax", line=3),)),
        an_entry("odd", faults=(a_fault(kind="warning"),)),
    ]
    rows = document(served.request("strategies.list"))
    assert [(row["name"], row["state"]) for row in rows] == [("smag7-long", "running"), ("broken", "faulted")]
    assert rows[1]["fault"]["line"] == 3


def test_money_keeps_all_its_digits(served: Served) -> None:
    exact = Decimal("0.1234567890123456789012")
    served.fakes.portfolio.held[:] = [a_position(average_price=exact)]
    assert str(exact).encode() in bytes(served.request("positions").document)
    served.request("order", {"side": "BUY", "quantity": str(exact), "instrument": "SPY"})
    assert served.fakes.trades.calls[-1][1].quantity == exact


def test_a_denied_order_is_refused_with_its_reason_code(served: Served) -> None:
    served.fakes.trades.refusal = RefusedError("PRICE_COLLAR", "too far")
    reply = served.request("order", {"side": "SELL", "quantity": "1", "instrument": "SPY"})
    assert reply.exit_code == 4
    assert reply.failure is not None
    assert (reply.failure.kind, reply.failure.code) == ("refused", "PRICE_COLLAR")


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("nothing", {}),
        ("order", {"side": "HOLD", "quantity": "1", "instrument": "SPY"}),
        ("order", {"side": "BUY", "quantity": "one", "instrument": "SPY"}),
        ("cancel", {}),
        ("cancel", {"order": "x", "all": True}),
        ("kill", {"mode": "explode"}),
        ("kill", {"scope": "nothing.AT"}),
        ("release", {}),
        ("status", {"surplus": 1}),
        ("strategies.set", {"name": "smag7-long", "values": {"fast": "40", "slow": "30"}}),
    ],
)
def test_wrong_input_is_answered_with_findings(served: Served, command: str, arguments: dict[str, Any]) -> None:
    reply = served.request(command, arguments)
    assert reply.exit_code == 2
    assert reply.failure is not None
    assert all(finding.place and finding.problem for finding in reply.failure.findings)


def test_a_failure_of_the_engine_is_answered_and_the_next_command_is_done(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(name: str) -> None:
        raise BrokerError(name + " is down")

    monkeypatch.setattr(served.fakes.connections, "reconcile", down)
    monkeypatch.setattr(served.fakes.trades, "orders", lambda: 1 // 0)
    with ControlClient(served.path) as client:
        broker, fault, good = (client.request(name) for name in ("reconcile", "orders", "status"))
    assert (broker.exit_code, fault.exit_code, good.exit_code) == (1, 1, 0)
    assert broker.failure is not None
    assert broker.failure.message == "paper is down"
    assert fault.failure is not None
    assert "ZeroDivisionError" in fault.failure.message


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("all", "all"),
        ("smag7-long", "strategy:smag7-long"),
        ("strategy:smag7-long", "strategy:smag7-long"),
        ("SPY", "instrument:SPY.SMART"),
        ("instrument:SPY", "instrument:SPY.SMART"),
        ("paper", "account:paper"),
        ("account:paper", "account:paper"),
    ],
)
def test_a_scope_may_be_named_in_short(served: Served, text: str, scope: str) -> None:
    assert document(served.request("flatten", {"scope": text}))["scope"] == scope


def test_the_kill_switch_reports_every_figure(served: Served) -> None:
    report = document(served.request("kill", {"reason": "drill", "mode": "cancel"}))
    assert set(report) >= {
        *("engaged", "latched_ms", "cancel_sent_ms", "cancel_confirmed_ms", "flat_ms", "orders_canceled"),
        *("positions_flattened", "residue", "steps"),
    }
    assert (report["engaged"], report["reason"]) == (True, "drill")
    assert document(served.request("status"))["state"] == "HALTED"


@pytest.mark.parametrize(
    "left",
    [
        {"residue": (Residue(item="SPY", detail="market is closed", next_action="queued for the open"),)},
        {"steps": (KillStep(name="confirm", state=StepState.FAILED),)},
        {"finished": False},
    ],
)
def test_a_kill_that_left_something_fails_but_reports(
    served: Served, monkeypatch: pytest.MonkeyPatch, left: dict[str, Any]
) -> None:
    async def engage(**_: object) -> KillSwitchReport:
        return KillSwitchReport(**{"engaged": True, "finished": True, **left})

    monkeypatch.setattr(served.fakes.state, "engage", engage)
    reply = served.request("kill")
    assert reply.exit_code == 1
    assert document(reply)["engaged"] is True


def test_only_the_typed_word_releases(served: Served) -> None:
    served.request("kill")
    assert served.request("release", {"confirm": "release"}).exit_code == 4
    assert document(served.request("release", {"confirm": "RELEASE"}))["state"] == "ACTIVE"


def test_the_window_is_raised_and_the_application_stopped_on_request(served: Served) -> None:
    served.request("raise")
    served.request("stop")
    assert served.asked == ["raise", "stop"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff\xfe garbage\n",
        b"{}\n",
        b'{"command": 5}\n',
        b"[" * 100_000 + b"\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"x" * (MAX_REQUEST_BYTES + 4096),
        b'{"command": "status"',
    ],
    ids=["bytes", "empty", "types", "nested", "http", "endless", "cut"],
)
def test_garbage_ends_its_own_connection_alone(served: Served, garbage: bytes) -> None:
    with ControlClient(served.path) as other:
        with socket.socket(socket.AF_UNIX) as rude:
            rude.settimeout(10)
            rude.connect(str(served.path))
            try:
                rude.sendall(garbage)
                rude.shutdown(socket.SHUT_WR)
                while rude.recv(65536):
                    pass
            except OSError:
                pass  # the server may hang up while we still talk
        assert other.request("status").exit_code == 0


def keep_asking(client: socket.socket) -> None:
    while True:
        client.sendall(b'{"command": "orders"}\n' * 100)


def test_a_client_that_does_not_read_is_dropped_and_holds_nobody_up(tmp_path: Path) -> None:
    with serving(tmp_path / "control.sock", write_within_s=0.05) as served:
        served.fakes.trades.put(*(an_order(number) for number in range(3000)))
        with socket.socket(socket.AF_UNIX) as slow:
            slow.settimeout(10)
            slow.connect(str(served.path))
            slow.sendall(b'{"command": "orders"}\n' * 4)
            assert served.request("status").exit_code == 0
            with pytest.raises(ConnectionError):
                keep_asking(slow)


def test_a_silent_client_is_dropped(tmp_path: Path) -> None:
    with serving(tmp_path / "control.sock", idle_s=0.01) as served, socket.socket(socket.AF_UNIX) as silent:
        silent.settimeout(10)
        silent.connect(str(served.path))
        assert silent.recv(1) == b""


def test_beyond_the_bound_who_is_silent_makes_room_for_who_asks(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "MAX_CLIENTS", 2)
    with contextlib.ExitStack() as flood:
        silent = [flood.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(8)]
        for one in silent:
            one.settimeout(10)
            one.connect(str(served.path))
        assert silent[0].recv(1) == b""
        with ControlClient(served.path) as client:
            assert [client.request("status").exit_code for _ in range(3)] == [0, 0, 0]


def test_a_flood_of_one_process_drops_none_of_another(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "MAX_CLIENTS", 4)
    flood = "import socket, sys; held = [socket.socket(socket.AF_UNIX) for _ in range(9)];\n"
    flood += "for one in held: one.connect(sys.argv[1])\nprint(flush=True); sys.stdin.read()"
    with ControlClient(served.path) as client:
        assert client.request("status").exit_code == 0
        command = [sys.executable, "-c", flood, str(served.path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            assert client.request("status").exit_code == 0
            process.communicate()


def test_who_waits_for_an_answer_is_not_dropped_for_others(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "MAX_CLIENTS", 0)
    with ControlClient(served.path) as client, pytest.raises(NoAppError):
        client.request("status")


def test_another_user_is_refused(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_peer", lambda _writer: (1, 12345))
    with pytest.raises(NoAppError):
        served.request("status")


def test_the_socket_is_its_owners_alone_and_goes_with_the_server(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    path.touch()
    with serving(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_ISSOCK(path.stat().st_mode)
    assert not path.exists()


async def test_a_folder_that_cannot_hold_a_socket_is_reported(tmp_path: Path) -> None:
    blocked = tmp_path / "control.sock"
    blocked.mkdir()
    with pytest.raises(StorageError, match="can't be made"):
        await Served(blocked).server().start()


def test_without_an_application_nobody_answers(tmp_path: Path) -> None:
    with pytest.raises(NoAppError, match="no application runs"):
        ControlClient(tmp_path / "control.sock").request("status")


def test_an_application_that_hangs_does_not_hold_its_client_up(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(path))
        deaf.listen()
        with pytest.raises(NoAppError, match="does not answer"):
            ControlClient(path, answer_within_s=0.05).request("kill")
