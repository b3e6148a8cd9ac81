"""The process of the sentinel: ``python -m ares_desktop.sentinel --profile DIR``.

It logs with the standard library and imports little, because it must be there within a moment of being asked for.
"""

import argparse
import asyncio
import contextlib
import logging
import logging.handlers
import os
import signal
import sys
from pathlib import Path
from typing import Final

from ares_desktop.domain.errors import AresError
from ares_desktop.engine.adapters.sentinel.files import SentinelFiles
from ares_desktop.engine.adapters.sentinel.launch import SOCKET
from ares_desktop.engine.runtime.locks import InstanceLock
from ares_desktop.paths import Profile, private_socket_folder
from ares_desktop.sentinel.guard import Guard
from ares_desktop.sentinel.server import SentinelServer

_log = logging.getLogger("ares_desktop.sentinel")
_LOG_BYTES: Final = 1_000_000
_READY: Final = b"ready"
_LOOK_AT_FOLDER_S: Final = 0.5


def main() -> int:
    """Guard a profile; with ``--daemon`` return once it listens in the background."""
    parser = argparse.ArgumentParser(description="Sentinel of Ares Desktop.")
    parser.add_argument("--profile", type=Path, required=True, help="the profile that it guards")
    parser.add_argument("--daemon", action="store_true", help="go to the background once it listens")
    arguments = parser.parse_args()
    profile = Profile.at(arguments.profile)
    return _in_background(profile) if arguments.daemon else _guarded(profile, None)


def _in_background(profile: Profile) -> int:
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        os.setsid()
        code = _guarded(profile, writing)
        logging.shutdown()
        os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        message = pipe.read()
    if message == _READY:
        return 0
    sys.stderr.write(message.decode(errors="replace") or "the sentinel ended before it was ready\n")
    return 1


def _guarded(profile: Profile, ready: int | None) -> int:
    try:
        files = SentinelFiles(profile)
        files.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        profile.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        _log_to(profile.logs / "sentinel.log")
        private_socket_folder(profile.socket(SOCKET))
        with InstanceLock(files.lock):
            return asyncio.run(_serve(profile, files.lock, files.lock.stat().st_ino, ready))
    except (AresError, OSError) as error:
        return _give_up(ready, str(error))


def _give_up(ready: int | None, problem: str) -> int:
    _log.error("sentinel_not_started problem=%s", problem)
    if ready is None:
        sys.stderr.write(f"{problem}\n")
    else:
        os.write(ready, problem.encode())
        os.close(ready)
    return 1


async def _serve(profile: Profile, lock: Path, inode: int, ready: int | None) -> int:
    guard = Guard(profile)
    server = SentinelServer(guard, profile.socket(SOCKET))
    await server.start()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, guard.end, number.name)
    _look_at(guard, lock, inode)
    _log.info("sentinel_started pid=%s", os.getpid())
    if ready is not None:
        _detach(ready)
    reason = await guard.run()
    await server.stop()
    _log.info("sentinel_ended reason=%s", reason)
    return 0


def _look_at(guard: Guard, lock: Path, inode: int) -> None:
    """End when the profile was deleted, whoever makes a new one in its place."""
    same = False
    with contextlib.suppress(OSError):
        same = lock.stat().st_ino == inode
    if not same:
        guard.end("its profile was deleted")
        return
    asyncio.get_running_loop().call_later(_LOOK_AT_FOLDER_S, _look_at, guard, lock, inode)


def _detach(ready: int) -> None:
    """Let go of the starter: tell it, and leave its terminal and pipes."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
    os.write(ready, _READY)
    os.close(ready)


def _log_to(file: Path) -> None:
    handler = logging.handlers.RotatingFileHandler(file, maxBytes=_LOG_BYTES, backupCount=1)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


if __name__ == "__main__":
    sys.exit(main())
