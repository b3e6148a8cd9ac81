"""Carries calls between the thread of a ``manage_strategy`` file and the loop that its orders leave from."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final, TypeVar

from ares_desktop.domain.errors import StrategyError

T = TypeVar("T")
_ANSWER_S: Final = 30.0


class Bridge:
    """Two loops: the worker's, and the file's own.

    Args:
        loops: where the file registers its loop.
        client_id: under which it does.
    """

    def __init__(self, loops: dict[int, asyncio.AbstractEventLoop], client_id: int) -> None:
        self._worker = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._loops = loops
        self._client_id = client_id
        self._waiting: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []

    def ask(self, call: Callable[[], T]) -> T:
        """Run a call where the context lives, and return what it returns.

        Raises:
            StrategyError: when the worker does not come to it.
            BaseException: whatever the call raises.
        """
        if threading.get_ident() == self._thread:
            return call()
        answer: Future[T] = Future()

        def run() -> None:
            try:
                answer.set_result(call())
            except BaseException as error:  # noqa: BLE001 - strategy boundary: it is raised in the thread that asked
                answer.set_exception(error)

        self._worker.call_soon_threadsafe(run)
        try:
            return answer.result(_ANSWER_S)
        except TimeoutError:
            msg = f"the strategy's worker did not answer within {_ANSWER_S:.0f} s"
            raise StrategyError(msg) from None

    def tell(self, call: Callable[..., Any], *values: Any) -> None:  # noqa: ANN401 - what the listener takes
        """Run a call on the file's own loop, once there is one."""
        self._waiting.append((call, values))
        loop = self._loops.get(self._client_id)
        if loop is None:
            return
        waiting, self._waiting = self._waiting, []
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            for later, what in waiting:
                loop.call_soon_threadsafe(later, *what)

    def stop(self) -> None:
        """Stop every loop that the file registered."""
        for loop in tuple(self._loops.values()):
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(loop.stop)
