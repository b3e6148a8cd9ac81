"""The application's connection to its sentinel."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from typing import Final

import msgspec

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.sentinel import GuardPlan, SentinelAct, SentinelStatus
from ares_desktop.engine.adapters.sentinel import launch, wire
from ares_desktop.engine.adapters.sentinel.files import SentinelFiles
from ares_desktop.engine.ports.guardian import SentinelError
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.paths import Profile, private_socket_folder

_ANSWER_WITHIN_S: Final = 5.0


class SentinelClient:
    """Implements :class:`~ares_desktop.engine.ports.guardian.Guardian` over the profile's socket."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._files = SentinelFiles(profile)
        self._receiver: Callable[[SentinelStatus], None] = lambda _: None
        self._tasks = TaskSet("sentinel client")
        self._writer: asyncio.StreamWriter | None = None
        self._number = 0
        self._waiting: dict[int, asyncio.Future[SentinelStatus]] = {}

    def on_status(self, receiver: Callable[[SentinelStatus], None]) -> None:
        """Call ``receiver`` for every status that comes."""
        self._receiver = receiver

    def left_behind(self) -> SentinelAct | None:
        """Return the act on the disk that no application took over."""
        return self._files.act()

    def is_running(self) -> bool:
        """Say whether a sentinel listens."""
        return launch.is_running(self._profile.socket(launch.SOCKET))

    async def open(self, plan: GuardPlan) -> SentinelStatus:
        """Connect, starting the process where none runs, and have it watch this process.

        Raises:
            SentinelError: when it can't be started or does not answer.
        """
        self.drop()
        try:
            await asyncio.to_thread(self._files.keep_plan, plan)
            private_socket_folder(self._profile.socket(launch.SOCKET))
        except StorageError as error:
            raise SentinelError(str(error)) from error
        try:
            return await self._greet(plan)
        except (OSError, SentinelError):
            self.drop()
        await asyncio.to_thread(launch.start, self._profile)
        try:
            return await self._greet(plan)
        except OSError as error:
            self.drop()
            msg = f"the sentinel can't be reached: {error}"
            raise SentinelError(msg) from error

    async def _greet(self, plan: GuardPlan) -> SentinelStatus:
        path = str(self._profile.socket(launch.SOCKET))
        reader, self._writer = await asyncio.open_unix_connection(path, limit=wire.MAX_LINE)
        self._tasks.spawn(self._read(reader, self._writer), "read")
        return await self._ask(lambda number: wire.Hello(number=number, pid=os.getpid(), plan=plan))

    async def beat(self) -> SentinelStatus:
        """Show that this process is alive.

        Raises:
            SentinelError: when no answer comes.
        """
        return await self._ask(lambda number: wire.Beat(number=number))

    async def take_over(self, act: str) -> None:
        """End an act, in the process or on the disk alone.

        Raises:
            SentinelError: when it can't be noted.
        """
        if self._writer is not None:
            try:
                await self._ask(lambda number: wire.TakeOver(number=number, act=act))
            except SentinelError:
                # One that hangs looks into its file before it sends anything more.
                self.drop()
            else:
                return
        try:
            await asyncio.to_thread(self._files.close_act, act)
        except StorageError as error:
            raise SentinelError(str(error)) from error

    async def farewell(self) -> None:
        """Say that this process ends in order, and close the connection."""
        with contextlib.suppress(SentinelError):
            if self._writer is not None:
                await self._ask(lambda number: wire.Goodbye(number=number))
        self.drop()
        await self._tasks.close()

    def drop(self) -> None:
        """Close the connection at once."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.transport.abort()
        self._fail("the connection to the sentinel was closed")

    async def _ask(self, make: Callable[[int], wire.Request]) -> SentinelStatus:
        writer = self._writer
        if writer is None:
            raise SentinelError("the sentinel is not connected")
        self._number += 1
        number = self._number
        waiter = self._waiting[number] = asyncio.get_running_loop().create_future()
        writer.write(wire.line(make(number)))
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                status: SentinelStatus = await waiter
        except TimeoutError:
            msg = f"the sentinel did not answer within {_ANSWER_WITHIN_S:g} s"
            raise SentinelError(msg) from None
        finally:
            self._waiting.pop(number, None)
        return status

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        problem = "the sentinel's process is gone"
        try:
            while received := await reader.readline():
                message = wire.message_decoder.decode(received)
                if isinstance(message, wire.Answer):
                    self._take(message)
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            problem = f"the sentinel was not understood: {error}"
        finally:
            writer.transport.abort()
            if self._writer is writer:
                self._writer = None
                self._fail(problem)

    def _take(self, answer: wire.Answer) -> None:
        waiter = self._waiting.get(answer.number)
        if waiter is not None and not waiter.done():
            waiter.set_result(answer.status)
        self._receiver(answer.status)

    def _fail(self, problem: str) -> None:
        for waiter in self._waiting.values():
            if not waiter.done():
                waiter.set_exception(SentinelError(problem))
