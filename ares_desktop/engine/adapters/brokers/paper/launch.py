"""Starts the paper broker's process where none answers."""

import asyncio
import fcntl
import socket
import subprocess
import sys
from pathlib import Path

from ares_desktop.domain.errors import BrokerError
from ares_desktop.engine.adapters.brokers.paper import settings as settings_file
from ares_desktop.engine.adapters.brokers.paper.folder import socket_path
from ares_desktop.engine.adapters.brokers.paper.settings import PaperSettings

_START_WITHIN_S = 20.0
_MODULE = "ares_desktop.engine.adapters.brokers.paper.server"


def is_running(folder: Path) -> bool:
    """Say whether a broker process answers for ``folder``."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.connect(str(socket_path(folder)))
    except OSError:
        return False
    return True


async def ensure_running(folder: Path, settings: PaperSettings | None = None) -> None:
    """Start the broker of ``folder`` unless it runs; of several starters at once one does it and all wait.

    Args:
        folder: its files, made when missing.
        settings: written before a start, None to leave what is there.

    Raises:
        BrokerError: when it does not start.
    """
    if is_running(folder):
        return
    await asyncio.to_thread(_start, folder, settings)


def _start(folder: Path, settings: PaperSettings | None) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "launch.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if is_running(folder):
                return
            if settings is not None:
                settings_file.save(folder, settings)
            _spawn(folder)
    except OSError as error:
        msg = f"the paper broker in {folder} can't be started: {error}"
        raise BrokerError(msg) from error


def _spawn(folder: Path) -> None:
    command = [sys.executable, "-m", _MODULE, "--folder", str(folder), "--daemon"]
    try:
        subprocess.run(  # noqa: S603 our own module
            command,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            timeout=_START_WITHIN_S,
        )
    except subprocess.TimeoutExpired as error:
        msg = f"the paper broker in {folder} was not ready within {_START_WITHIN_S:g} s"
        raise BrokerError(msg) from error
    except subprocess.CalledProcessError as error:
        msg = f"the paper broker in {folder} did not start: {error.stderr.decode(errors='replace').strip()}"
        raise BrokerError(msg) from error
