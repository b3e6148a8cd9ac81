"""Starts the sentinel's process where none answers."""

import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

from ares_desktop.engine.ports.guardian import SentinelError
from ares_desktop.paths import Profile

SOCKET: Final = "sentinel"
_START_WITHIN_S: Final = 20.0


def is_running(path: Path) -> bool:
    """Say whether a process listens on the sentinel's socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def start(profile: Profile) -> None:
    """Start the sentinel of a profile and return once it listens; blocks, so not for a loop.

    It leaves the session of its starter and outlives it. Where another starter was quicker that one's serves both.

    Raises:
        SentinelError: when it does not start.
    """
    command = [sys.executable, "-m", "ares_desktop.sentinel", "--profile", str(profile.root), "--daemon"]
    try:
        ended = subprocess.run(  # noqa: S603 - our own module
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            timeout=_START_WITHIN_S,
        )
    except subprocess.TimeoutExpired as error:
        msg = f"the sentinel of {profile.root} was not ready within {_START_WITHIN_S:g} s"
        raise SentinelError(msg) from error
    except OSError as error:
        msg = f"the sentinel of {profile.root} can't be started: {error}"
        raise SentinelError(msg) from error
    if ended.returncode and not is_running(profile.socket(SOCKET)):
        detail = ended.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        msg = f"the sentinel of {profile.root} did not start: {detail or f'exit code {ended.returncode}'}"
        raise SentinelError(msg)
