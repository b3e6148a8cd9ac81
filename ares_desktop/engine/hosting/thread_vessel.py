"""A worker in a thread of the application, with its own loop."""

import asyncio
import ctypes
import signal
import socket
import threading
from contextlib import suppress

from ares_desktop.engine.hosting.worker import run_worker


class ThreadVessel:
    """A worker thread; Python can interrupt it only between two of its own instructions."""

    def __init__(self, wire: socket.socket, name: str) -> None:
        loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, args=(wire, loop), name=f"strategy-{name}", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> None:
        """None: it shares the application's process."""
        return

    def end(self, number: signal.Signals) -> None:
        """Raise SystemExit inside it, whatever the signal."""
        del number
        if self._thread.ident is not None and self._thread.is_alive():
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread.ident), ctypes.py_object(SystemExit))

    async def ended(self) -> str:
        """Wait for its end."""
        await self._over.wait()
        return ""

    def _run(self, wire: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        # SystemExit may be raised at any instruction, once: also behind the worker, or while its end is told.
        with suppress(SystemExit):
            run_worker(wire, own_process=False)
        with suppress(SystemExit):
            self._tell(loop)
        self._tell(loop)

    def _tell(self, loop: asyncio.AbstractEventLoop) -> None:
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(self._over.set)
