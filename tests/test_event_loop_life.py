"""What asyncio promises, on the window's loop: sockets, processes, threads, signals and a clean end."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6 import QtCore

from ares_desktop.event_loop import new_event_loop

T = TypeVar("T")
Loop = asyncio.AbstractEventLoop


@pytest.fixture
def runner(qapp: QtCore.QCoreApplication) -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=lambda: new_event_loop(qapp)) as runner:
        yield runner


def run(runner: asyncio.Runner, coroutine: Coroutine[Any, Any, T]) -> T:
    return runner.run(asyncio.wait_for(coroutine, 30))


# asyncio on top


def test_task_groups_and_timeouts_work(runner: asyncio.Runner) -> None:
    async def fail() -> None:
        await asyncio.sleep(0.001)
        raise ValueError("one of them")

    async def both() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            group.create_task(asyncio.sleep(60))

    async def main() -> None:
        with pytest.raises(ExceptionGroup):
            await both()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.005):
                await asyncio.sleep(60)

    run(runner, main())


def test_threads_run_in_asyncios_own_executor(runner: asyncio.Runner) -> None:
    async def main() -> str:
        return await asyncio.to_thread(lambda: threading.current_thread().name)

    assert run(runner, main()).startswith("asyncio_")


def test_subprocesses_work(runner: asyncio.Runner) -> None:
    async def main() -> tuple[bytes, int | None]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "print(input()[::-1])", stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        out, _ = await process.communicate(b"abc\n")
        return out.strip(), process.returncode

    assert run(runner, main()) == (b"cba", 0)


def test_unix_sockets_carry_more_than_their_buffers(runner: asyncio.Runner, tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.close()
        await writer.wait_closed()
        ended.set()

    async def main() -> bool:
        path = str(tmp_path / "s")
        async with await asyncio.start_unix_server(echo, path):
            reader, writer = await asyncio.open_unix_connection(path)
            sent = os.urandom(3_000_000)
            reading = asyncio.create_task(reader.readexactly(len(sent)))
            writer.write(sent)
            await writer.drain()
            same = await reading == sent
            writer.close()
            await writer.wait_closed()
            await ended.wait()
        return same

    assert run(runner, main())


def test_async_generators_are_closed_at_the_end(qapp: QtCore.QCoreApplication) -> None:
    closed: list[bool] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    kept = numbers()

    async def main() -> int:
        return await anext(kept)

    with asyncio.Runner(loop_factory=lambda: new_event_loop(qapp)) as runner:
        assert runner.run(main()) == 1
    assert closed == [True]


# Life


def test_stop_before_run_runs_what_is_ready_and_returns(qapp: QtCore.QCoreApplication) -> None:
    loop = new_event_loop(qapp)
    ran: list[int] = []
    loop.call_soon(ran.append, 1)
    loop.stop()
    loop.run_forever()
    loop.close()
    assert ran == [1]


def test_nothing_runs_while_the_loop_does_not(qapp: QtCore.QCoreApplication) -> None:
    loop = new_event_loop(qapp)
    ran: list[int] = []
    loop.call_soon(ran.append, 1)
    loop.call_later(0.001, ran.append, 2)
    time.sleep(0.005)
    qapp.processEvents()
    assert ran == []
    loop.run_until_complete(asyncio.sleep(0.01))
    loop.close()
    assert sorted(ran) == [1, 2]


def test_quitting_the_application_ends_the_loop(qapp: QtCore.QCoreApplication) -> None:
    loop = new_event_loop(qapp)
    loop.call_soon(qapp.quit)
    loop.run_forever()
    assert not loop.is_running()
    loop.close()


def test_a_closed_loop_refuses_and_close_is_idempotent(qapp: QtCore.QCoreApplication) -> None:
    loop = new_event_loop(qapp)
    loop.close()
    loop.close()
    assert loop.is_closed()
    for call in (loop.call_soon, loop.call_soon_threadsafe):
        with pytest.raises(RuntimeError, match="closed"):
            call(print)
    with pytest.raises(RuntimeError, match="closed"):
        loop.call_later(1, print)
    with pytest.raises(RuntimeError, match="closed"):
        loop.run_forever()


def test_a_running_loop_refuses_to_run_again(runner: asyncio.Runner) -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError, match="already running"):
            asyncio.get_running_loop().run_forever()

    run(runner, main())


def test_system_exit_in_a_callback_leaves_run_forever(qapp: QtCore.QCoreApplication) -> None:
    loop = new_event_loop(qapp)
    loop.call_soon(sys.exit, 3)
    with pytest.raises(SystemExit) as exit_:
        loop.run_forever()
    loop.close()
    assert exit_.value.code == 3


# Signals


def send_after(delay: float, signum: int) -> threading.Timer:
    timer = threading.Timer(delay, os.kill, (os.getpid(), signum))
    timer.start()
    return timer


def test_signal_handlers_of_the_loop_run_while_it_idles(runner: asyncio.Runner) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        got = asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, got.set)
        sender = send_after(0.02, signal.SIGTERM)
        await got.wait()
        sender.join()
        assert loop.remove_signal_handler(signal.SIGTERM)
        assert not loop.remove_signal_handler(signal.SIGTERM)

    run(runner, main())


def test_plain_signal_handlers_run_while_the_loop_idles(runner: asyncio.Runner) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR2, print)
        loop.remove_signal_handler(signal.SIGUSR2)
        got = loop.create_future()
        old = signal.signal(signal.SIGUSR1, lambda *_: got.set_result(None))
        sender = send_after(0.02, signal.SIGUSR1)
        # No timer may wake the loop: only the signal itself.
        await got
        sender.join()
        signal.signal(signal.SIGUSR1, old)

    runner.run(main())
    assert signal.set_wakeup_fd(-1) == -1


def test_ctrl_c_cancels_the_main_task_of_a_runner(runner: asyncio.Runner) -> None:
    async def main() -> None:
        sender = send_after(0.02, signal.SIGINT)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            sender.join()

    with pytest.raises(KeyboardInterrupt):
        runner.run(main())


# Leftovers

_PROGRAM = """
import asyncio, sys
from PySide6 import QtWidgets
from ares_desktop.event_loop import new_event_loop
app = QtWidgets.QApplication([])
async def main():
    await asyncio.to_thread(print, "hello")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "pass")
    await process.wait()
    asyncio.create_task(asyncio.sleep(3600))
    asyncio.get_running_loop().call_later(3600, print)
with asyncio.Runner(loop_factory=lambda: new_event_loop(app)) as runner:
    runner.run(main())
"""


def test_a_program_leaves_no_socket_timer_or_warning_behind() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", _PROGRAM],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "hello\n", "")
