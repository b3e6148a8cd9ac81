"""The process of the paper broker: ``python -m ares_desktop.engine.adapters.brokers.paper.server --folder DIR``.

It logs with the standard library, because it must be there within a moment of being asked for.
"""

import argparse
import asyncio
import logging
import logging.handlers
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import IO

from ares_desktop.domain.errors import AresError
from ares_desktop.engine.adapters.brokers.paper import settings
from ares_desktop.engine.adapters.brokers.paper.folder import socket_path, try_lock
from ares_desktop.engine.adapters.brokers.paper.service import PaperService
from ares_desktop.engine.adapters.brokers.paper.store import PaperStore

_log = logging.getLogger(__name__)
_LOG_BYTES = 1_000_000
_READY = b"ready"
_WAIT_FOR_PREDECESSOR_S = 5.0
_LOOK_AGAIN_S = 0.01
_LOOK_AT_FOLDER_S = 0.5


def main() -> int:
    """Run the broker of a folder; with ``--daemon`` return once it serves in the background."""
    parser = argparse.ArgumentParser(description="Paper broker of Ares Desktop.")
    parser.add_argument("--folder", type=Path, required=True, help="its state, settings, socket and log")
    parser.add_argument("--daemon", action="store_true", help="go to the background once it is ready")
    arguments = parser.parse_args()
    folder = arguments.folder.absolute()
    return _in_background(folder) if arguments.daemon else _guarded(folder, None)


def _in_background(folder: Path) -> int:
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        os.setsid()
        code = _guarded(folder, writing)
        logging.shutdown()
        os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        message = pipe.read()
    if message == _READY:
        return 0
    sys.stderr.write(message.decode(errors="replace") or "the paper broker ended before it was ready\n")
    return 1


def _guarded(folder: Path, ready: int | None) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _log_to(folder / "server.log")
        lock = _lock(folder / "server.lock")
        if lock is None:
            return _give_up(ready, f"another paper broker runs in {folder}")
        with lock:
            return asyncio.run(_serve(folder, ready, os.fstat(lock.fileno()).st_ino))
    except (AresError, OSError) as error:
        return _give_up(ready, str(error))


def _lock(file: Path) -> IO[bytes] | None:
    """Lock the folder; a predecessor that is about to end gets the time to."""
    deadline = monotonic() + _WAIT_FOR_PREDECESSOR_S
    while (lock := try_lock(file)) is None and monotonic() < deadline:
        sleep(_LOOK_AGAIN_S)
    return lock


def _give_up(ready: int | None, reason: str) -> int:
    _log.error("server_not_started reason=%s", reason)
    if ready is None:
        sys.stderr.write(reason + "\n")
    else:
        with suppress(OSError):
            os.write(ready, reason.encode())
            os.close(ready)
    return 1


async def _serve(folder: Path, ready: int | None, lock_inode: int) -> int:
    store = PaperStore(folder)
    service = PaperService(settings.load(folder), store)
    path = socket_path(folder)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    loop = asyncio.get_running_loop()
    server = await loop.create_unix_server(service.new_session, path)
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, _end, service, name)
    (folder / "server.pid").write_text(f"{os.getpid()}\n")
    _log.info("server_started pid=%s", os.getpid())
    if ready is not None:
        _detach(ready)
    reason = await _ended(service, folder / "server.lock", lock_inode)
    server.close()
    if not service.failed:
        path.unlink(missing_ok=True)
        (folder / "server.pid").unlink(missing_ok=True)
    service.close()
    # The answer to the request that ended it is still on its way.
    await asyncio.sleep(0)
    store.close()
    _log.info("server_ended reason=%s", reason)
    return 1 if service.failed else 0


async def _ended(service: PaperService, lock: Path, inode: int) -> str:
    """Return why the service ended; it also ends when its folder is deleted, whoever makes a new one in its place."""
    while not service.ended.done():
        await asyncio.wait({service.ended}, timeout=_LOOK_AT_FOLDER_S)
        if not _is_same(lock, inode):
            service.abandon("its folder was deleted")
    return service.ended.result()


def _is_same(file: Path, inode: int) -> bool:
    try:
        return file.stat().st_ino == inode
    except OSError:
        return False


def _end(service: PaperService, name: signal.Signals) -> None:
    if not service.ended.done():
        service.ended.set_result(name.name)


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
