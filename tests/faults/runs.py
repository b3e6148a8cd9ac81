"""The real application as a process of its own: started without a window, talked to, killed, and looked at."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import psutil
import pytest

from ares_desktop.control.client import ControlClient
from ares_desktop.control.protocol import Reply, decode_document
from ares_desktop.domain.errors import AresError
from ares_desktop.domain.events import JournalEvent
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.engine.adapters.stores.journal_check import verify
from ares_desktop.engine.runtime.locks import lock_holder
from ares_desktop.paths import Profile

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-m", "ares_desktop"]
LONG_S = 60.0


def until(met: Callable[[], Any], what: str | Callable[[], str], *, within_s: float = LONG_S) -> Any:
    """Return what ``met`` returns as soon as it is true."""
    deadline = time.monotonic() + within_s
    while not (found := met()):
        if time.monotonic() >= deadline:
            pytest.fail(f"not within {within_s:g} s: {what if isinstance(what, str) else what()}")
        time.sleep(0.02)
    return found


class Run:
    """A profile and the application on it; leaving the block ends whatever still runs there.

    Attributes:
        process: of the newest start.
    """

    def __init__(self, root: Path, *, feed: str = "sample@2000", settings: str = "") -> None:
        self.profile = Profile.at(root)
        self.feed = feed
        self.process: subprocess.Popen[str] | None = None
        self._starts = 0
        root.mkdir(parents=True, exist_ok=True)
        if settings:
            self.profile.settings_file.write_text(settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pid in (self.process.pid if self.running and self.process else 0, self.broker_pid()):
            if pid:
                with contextlib.suppress(psutil.Error):
                    process = psutil.Process(pid)
                    process.kill()
                    process.wait(10)
        if self.process is not None:
            self.process.wait(10)

    @property
    def running(self) -> bool:
        """Whether the newest start still runs."""
        return self.process is not None and self.process.poll() is None

    @property
    def stderr(self) -> Path:
        """What the newest start wrote to standard error."""
        return self.profile.root.with_name(f"{self.profile.root.name}-{self._starts}.stderr")

    @property
    def stdout(self) -> Path:
        """What the newest start wrote to standard output."""
        return self.stderr.with_suffix(".stdout")

    def launch(self, *words: str) -> "subprocess.Popen[str]":
        """Start the application and return at once."""
        assert not self.running
        self._starts += 1
        command = [*PROGRAM, "--profile", str(self.profile.root), "run", "--headless", "--feed", self.feed, *words]
        with self.stderr.open("w") as errors, self.stdout.open("w") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, text=True
            )
        return self.process

    def start(self, *words: str) -> None:
        """Start the application and return once its books are compared with the broker's and its strategies started."""
        self.launch(*words)
        until(self._is_up, lambda: f"the application is up: {self.status()} {self.errors()[-3000:]}")

    def _is_up(self) -> bool:
        assert self.running, f"the application ended with {self.process and self.process.poll()}: {self.errors()}"
        status = self.status()
        return bool(
            status
            and status["strategies"]
            and all(broker["reconciled"] for broker in status["brokers"])
            and all(row["state"] != "starting" for row in status["strategies"])
            and (status["state"] == "HALTED" or all(_settled(row) for row in status["strategies"]))
        )

    def errors(self) -> str:
        """Return what the newest start wrote to standard error."""
        return self.stderr.read_text()

    def status(self) -> dict[str, Any] | None:
        """Return the document of ``status``, None while nothing answers."""
        try:
            reply = self.request("status")
        except AresError:
            return None
        document: dict[str, Any] = decode_document(bytes(reply.document))
        return document

    def request(self, command: str, **values: Any) -> Reply:
        """Have a command done.

        Raises:
            NoAppError: nothing answers.
            AresError: the application ended meanwhile.
        """
        with ControlClient(self.profile.control_socket, answer_within_s=20.0, done_within_s=LONG_S) as client:
            return client.request(command, values)

    def ask(self, command: str, **values: Any) -> Any:
        """Have a command done that must succeed, and return its document."""
        reply = self.request(command, **values)
        assert reply.exit_code == 0, f"{command}: {reply.failure}"
        return decode_document(bytes(reply.document))

    def strategy(self, name: str) -> dict[str, Any]:
        """Return the row of a strategy."""
        return next(row for row in self.ask("strategies.list") if row["name"] == name)

    def count(self, what: str) -> int:
        """Return how many orders or fills there are."""
        return len(self.ask(what))

    def until_more(self, what: str, more: int = 1) -> None:
        """Wait for further orders or fills."""
        before = self.count(what)
        until(lambda: self.count(what) >= before + more, f"{more} more {what}")

    def kill(self) -> None:
        """End the application as ``kill -9`` does, and wait until its workers are gone too."""
        assert self.process is not None
        children = self.children()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)
        _, left = psutil.wait_procs(children, timeout=20)
        assert not left, f"left behind: {left}"
        assert "Traceback" not in self.errors()

    def children(self) -> list[psutil.Process]:
        """Return the fork server and the workers; the paper broker is nobody's child."""
        assert self.process is not None
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def finish(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the application in order and return its exit code; nothing may be left running."""
        assert self.process is not None
        children = self.children()
        self.process.send_signal(number)
        code = self.process.wait(LONG_S)
        _, left = psutil.wait_procs(children, timeout=20)
        assert not left, f"left behind: {left}"
        until(lambda: self.broker_pid() is None, "the paper broker ended")
        return code

    def broker_pid(self) -> int | None:
        """Return the process id of the paper broker, None when none runs."""
        try:
            pid = int((self.profile.paper / "server.pid").read_text())
            command = psutil.Process(pid).cmdline()
        except (OSError, ValueError, psutil.Error):
            return None
        return pid if str(self.profile.paper) in command else None

    def kill_broker(self) -> int:
        """End the paper broker's process as ``kill -9`` does, and return its former process id."""
        pid = self.broker_pid()
        assert pid is not None
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            process.kill()
            process.wait(10)
        return pid

    def events(self) -> list[JournalEvent]:
        """Return the whole journal, each row checked against the one before."""
        return list(SqliteJournal(self.profile.journal).read())

    def verify(self) -> None:
        """Check the journal's hash chain."""
        found = verify(self.profile.journal)
        assert found.ok, found.problem

    def is_held(self) -> bool:
        """Say whether a process holds the profile."""
        return lock_holder(self.profile.lock) is not None


def _settled(row: dict[str, Any]) -> bool:
    return row["requested"] == "stopped" or row["state"] not in {"stopped", "starting", "warming up"}


class Outcome:
    """How a command line ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def document(self) -> Any:
        """The JSON document that it printed."""
        return json.loads(self.out)

    @property
    def findings(self) -> list[dict[str, str]]:
        """What it found wrong."""
        found: list[dict[str, str]] = self.document["error"]["findings"]
        return found


def command_line(*words: str, under: Sequence[str] = ()) -> Outcome:
    """Run the program with ``words`` to its end, as a process of its own, which the program ``under`` may start."""
    ended = subprocess.run(
        [*under, *PROGRAM, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_S,
        stdin=subprocess.DEVNULL,
    )
    return Outcome(ended.returncode, ended.stdout, ended.stderr)
