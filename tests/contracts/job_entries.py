"""Worker objects for the contract suite of job runners; worker processes import this module."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ares_desktop.domain.errors import Finding, UsageError

Tell = Callable[[bytes], None]


class Echo:
    """Returns its payload, with the number of jobs that this object did before."""

    def __init__(self) -> None:
        self._done = 0

    def run(self, payload: bytes, tell: Tell) -> bytes:
        self._done += 1
        return payload + f" {self._done}".encode()


class Double:
    """Returns twice a number; what it prints is noise."""

    def run(self, payload: bytes, tell: Tell) -> bytes:
        sys.stdout.write("noise\n")
        sys.stderr.write("noise\n")
        os.write(1, b"noise\n")
        return str(2 * int(payload)).encode()


class Teller:
    """Tells as many messages as the payload says."""

    def run(self, payload: bytes, tell: Tell) -> bytes:
        for number in range(int(payload)):
            tell(f"{number}".encode())
        return b"told"


class Frail:
    """Fails, dies or hangs when the payload says so, else returns it."""

    def run(self, payload: bytes, tell: Tell) -> bytes:
        word, _, rest = payload.decode().partition(" ")
        if word == "raise":
            raise LookupError(rest)
        if word == "refuse":
            raise UsageError(Finding(place="fast", value=rest, problem="is too large"))
        if word == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "leave":
            os._exit(int(rest))
        if word == "exit":
            sys.exit(int(rest))
        if word == "crash":
            os.abort()
        if word == "note":
            note(Path(rest), os.getpid())
        if word == "child":
            with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as child:
                note(Path(rest), child.pid)
        if word in {"hang", "note", "child"}:
            tell(b"hanging")
            spin()
        return payload


class Faulty:
    """Can't be made."""

    def __init__(self) -> None:
        raise OSError("no such dataset")

    def run(self, payload: bytes, tell: Tell) -> bytes:
        raise NotImplementedError


class Nap:
    """Says that it sleeps, and sleeps for as many seconds as the payload says."""

    def run(self, payload: bytes, tell: Tell) -> bytes:
        tell(b"asleep")
        time.sleep(float(payload))
        return b"rested"


class Niceness:
    """Returns how nice its process is."""

    def run(self, payload: bytes, tell: Tell) -> bytes:
        return str(os.nice(0)).encode()


class Large:
    """Returns as many bytes as the payload says."""

    def run(self, payload: bytes, tell: Tell) -> bytes:
        return bytes(int(payload))


def note(file: Path, pid: int) -> None:
    """Write down a process id as a whole."""
    file.with_suffix(".new").write_text(str(pid))
    file.with_suffix(".new").replace(file)


def spin() -> None:
    """Burn a processor without ever waiting."""
    end = time.monotonic() + 600
    while time.monotonic() < end:
        pass
