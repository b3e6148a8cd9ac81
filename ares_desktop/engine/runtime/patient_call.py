"""Calls of libraries that block and may hang, each on a thread that the end of the process need not wait for."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def call_patiently(work: Callable[[], T], name: str) -> T:
    """Return what ``work`` returns, done on a daemon thread; who cancels leaves the thread to its own end."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:  # noqa: ANN401 - whatever the work returns
        if outcome.done():
            return
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)

    def run() -> None:
        result: Any = None
        failure: BaseException | None = None
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - thread boundary: who waits gets the error
            failure = error
        try:
            loop.call_soon_threadsafe(settle, result, failure)
        except RuntimeError:
            return  # The loop has ended meanwhile, and nobody waits.

    threading.Thread(target=run, name=name, daemon=True).start()
    return await outcome
