"""Plays a script: forks the broker and one process for each life, and looks at what each of them leaves."""

import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec

from ares_desktop.config.reference import settings_reference
from ares_desktop.domain.errors import AresError
from ares_desktop.domain.events import JournalEvent
from ares_desktop.engine.adapters.brokers.paper import launch, server, settings
from ares_desktop.engine.adapters.brokers.paper.settings import PaperSettings
from ares_desktop.engine.adapters.rehearsals import proof
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.engine.adapters.stores.latch_file import LatchFile
from ares_desktop.engine.trading.fold import Fold
from ares_desktop.foundation import fold_journal
from ares_desktop.paths import Profile
from tests.faults import facts, files
from tests.faults.between import misbehave
from tests.faults.engine_life import EngineLife, look_at_strategy
from tests.faults.points import BROKER, Reached
from tests.faults.scripts import Life, Script
from tests.faults.strikes import kill_broker

_LIFE_WITHIN_S: Final = 120.0
_BROKER_WITHIN_S: Final = 20.0
_SILENCE_S: Final = 0.05


class RunFailedError(AssertionError):
    """Something does not hold that must."""

    def __init__(self, what: str) -> None:
        super().__init__(what)


def _fail(what: str, cause: Exception | None = None) -> NoReturn:
    raise RunFailedError(what) from cause


class FaultRun:
    """One script on a profile of its own.

    Args:
        complete: every planned fault must have struck.
    """

    def __init__(self, script: Script, folder: Path, *, complete: bool = False) -> None:
        self.script = script
        self.complete = complete
        self.folder = folder
        self.profile = Profile.at(folder / "profile")
        self._past: list[JournalEvent] = []
        self._told: list[dict[str, Any]] = []

    def play(self) -> None:
        """Live every life.

        Raises:
            RunFailedError: with what does not hold.
        """
        self.profile.prepare()
        broker = self._fork(self._broker, "broker")
        try:
            self._wait_for_broker()
            for number, life in enumerate(self.script.lives):
                self._live(number, life)
            self._same_account()
            self._all_struck()
        finally:
            kill_broker(self.profile)
            with contextlib.suppress(ProcessLookupError):
                os.kill(broker, 9)
            os.waitpid(broker, 0)

    def _live(self, number: int, life: Life) -> None:
        pid = self._fork(lambda: EngineLife(self.folder, self.script.seed, life).run(), f"life-{number}")
        code = _ended(pid, self.folder / f"life-{number}.log")
        if code not in {0, -9}:
            log = (self.folder / f"life-{number}.log").read_text()[-4000:]
            _fail(f"life {number} ended with {code}: {log}")
        undisturbed = number == len(self.script.lives) - 1
        if undisturbed and code:
            _fail(f"the last life was to end in order, ended with {code}")
        if "Traceback" in (text := (self.folder / f"life-{number}.log").read_text()):
            _fail(f"life {number} raised: {text[text.index('Traceback') - 200 :][:4000]}")
        for fault in life.after:
            files.strike(self.profile, fault)
        self._look(number)

    def _look(self, number: int) -> None:
        if not self.profile.journal.exists():
            return
        told = self.folder / "told.jsonl"
        self._told = [json.loads(line) for line in told.read_text().splitlines()] if told.exists() else []
        wrong = [item["text"] for item in self._told if item["what"] == "wrong"]
        wrong += [item["text"] for item in self._told if "fork server" in item.get("text", "")]
        if wrong:
            _fail(f"life {number}: {wrong}")
        if self.script.lives[number].after:
            return  # what the next start makes of damaged files is looked at after it
        events = self._read()
        if events[: len(self._past)] != self._past:
            _fail(f"life {number}: the journal's past has changed, {len(self._past)} then {len(events)}")
        self._past = events
        if found := proof.doubled(events):
            _fail("; ".join(found))
        fold = proof.folded(events)
        self._check_told(fold)

    def _read(self) -> list[JournalEvent]:
        try:
            return list(SqliteJournal(self.profile.journal).read())
        except AresError as error:
            _fail(f"the journal can't be read: {error!r}", error)

    def _check_told(self, fold: Fold) -> None:
        orders = {item["order"] for item in self._told if item["what"] == "order"}
        if lost := orders - set(fold.registry.ids()):
            _fail(f"orders that were told of are lost: {lost}")
        trades = {item["trade"] for item in self._told if item["what"] == "fill"}
        if gone := trades - {fill.trade_id for fill in fold.registry.fills()}:
            _fail(f"executions that were told of are lost: {gone}")
        halted = [item["what"] for item in self._told if item["what"] in {"halted", "releasing"}]
        # While the journal fails, a latch waits in a file of its own for the next start.
        latched = fold.kill_switch.engaged or LatchFile(self.profile.state / "kill-latch.json").load()
        if halted and halted[-1] == "halted" and not latched:
            _fail("the kill switch was latched and is not any more")

    def _same_account(self) -> None:
        events = self._past
        scratch, kept = proof.folded(events), fold_journal(SqliteJournal(self.profile.journal))
        for what in ("orders", "fills", "ids"):
            ours, theirs = list(getattr(scratch.registry, what)()), list(getattr(kept.registry, what)())
            if ours != theirs:
                _fail(f"a snapshot's {what} differ from the journal's")
        encode = msgspec.json.encode
        if sorted(map(encode, scratch.ledger.dump())) != sorted(map(encode, kept.ledger.dump())):
            _fail("a snapshot's ledger differs from the journal's")
        if encode(scratch.safety.dump()) != encode(kept.safety.dump()):
            _fail("a snapshot's safety differs from the journal's")
        if found := proof.differences(scratch, facts.ACCOUNT, self.profile.paper):
            _fail("; ".join(found))

    def _all_struck(self) -> None:
        """A run that only kills at points must have reached each of them."""
        faults = [fault for life in self.script.lives for fault in life.faults]
        if not self.complete:
            return
        struck = [item["at"] for item in self._told if item["what"] == "fault"]
        if missed := [fault.at for fault in faults if fault.at not in struck]:
            _fail(f"these points were never reached: {missed}")

    def _broker(self) -> None:
        faults = self.script.broker
        reached = Reached([item for item in faults if item.kind == "kill"], lambda *_: os.kill(os.getpid(), 9))
        reached.install(BROKER)
        misbehave(faults)
        load = settings.load
        settings.load = lambda folder: msgspec.structs.replace(load(folder), silence_s=_SILENCE_S)
        server._guarded(self.profile.paper, None)

    def _wait_for_broker(self) -> None:
        settings.save(self.profile.paper, PaperSettings(silence_s=_SILENCE_S))
        deadline = time.monotonic() + _BROKER_WITHIN_S
        while not launch.is_running(self.profile.paper) and time.monotonic() < deadline:
            time.sleep(0.002)

    def _fork(self, do: Callable[[], None], name: str) -> int:
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            log = os.open(self.folder / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            for stream in (1, 2):
                os.dup2(log, stream)
            os.close(log)
            do()
            code = 0
        except BaseException:  # noqa: BLE001 - process boundary
            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)


def _ended(pid: int, log: Path) -> int:
    deadline = time.monotonic() + _LIFE_WITHIN_S
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            _fail(f"a life did not end: {log.read_text()[-3000:] if log.exists() else ''}")
        time.sleep(0.002)


def warm_up() -> None:
    """Make once, before anything is forked, what every life would make anew."""
    settings_reference()
    look_at_strategy()


def play(script: Script, *, keep: Path | None = None, complete: bool = False) -> str:
    """Play a script in a folder of its own; return what does not hold, empty when all does."""
    folder = Path(tempfile.mkdtemp(prefix="ares-fault-"))
    try:
        FaultRun(script, folder, complete=complete).play()
    except AssertionError as error:
        if keep is not None:
            shutil.copytree(folder, keep, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock"))
        return str(error) or repr(error)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return ""
