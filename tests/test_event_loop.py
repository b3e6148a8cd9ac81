"""The queues of the window's loop: every trap of stock qasync."""

import asyncio
import contextlib
import math
import threading
import time
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import pytest
from PySide6 import QtCore

from ares_desktop.event_loop import QtEventLoop, TimerHeap, new_event_loop

T = TypeVar("T")
Loop = asyncio.AbstractEventLoop


@pytest.fixture
def runner(qapp: QtCore.QCoreApplication) -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=lambda: new_event_loop(qapp)) as runner:
        yield runner


def run(runner: asyncio.Runner, coroutine: Coroutine[Any, Any, T]) -> T:
    return runner.run(asyncio.wait_for(coroutine, 30))


# Timers


def test_timers_never_fire_early(runner: asyncio.Runner) -> None:
    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        early: list[float] = []
        done = loop.create_future()
        left = 200

        def fired(due: float) -> None:
            nonlocal left
            early.append(due - loop.time())
            left -= 1
            if not left:
                done.set_result(None)

        for index in range(200):
            due = loop.time() + 0.0003 * index + 0.0001
            loop.call_at(due, fired, due)
        await done
        return early

    assert max(run(runner, main())) <= 0


def test_timers_fire_in_the_order_of_their_times_then_of_their_arrival(runner: asyncio.Runner) -> None:
    async def main() -> list[str]:
        loop = asyncio.get_running_loop()
        fired: list[str] = []
        soon = loop.time() + 0.01
        loop.call_at(soon + 0.01, fired.append, "last")
        loop.call_at(soon, fired.append, "a")
        loop.call_at(soon, fired.append, "b")
        loop.call_at(soon - 0.005, fired.append, "first")
        await asyncio.sleep(0.04)
        return fired

    assert run(runner, main()) == ["first", "a", "b", "last"]


@pytest.mark.parametrize("delay", [math.inf, 40 * 86_400.0, 1e12])
def test_a_delay_beyond_what_qt_can_count_is_accepted_and_can_be_canceled(runner: asyncio.Runner, delay: float) -> None:
    async def main() -> None:
        never = asyncio.get_running_loop().call_later(delay, pytest.fail, "must not fire")
        async with asyncio.timeout(delay):
            await asyncio.sleep(0.005)
        never.cancel()

    run(runner, main())


def test_a_negative_delay_runs_at_once(runner: asyncio.Runner) -> None:
    async def main() -> bool:
        ran = asyncio.Event()
        asyncio.get_running_loop().call_later(-5, ran.set)
        return await asyncio.wait_for(ran.wait(), 1)

    assert run(runner, main())


def test_a_timer_knows_its_time(runner: asyncio.Runner) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        timer = loop.call_at(loop.time() + 7, print)
        assert isinstance(timer, asyncio.TimerHandle)
        assert 6 < timer.when() - loop.time() <= 7
        timer.cancel()

    run(runner, main())


def test_an_earlier_timer_overtakes_a_waiting_one(runner: asyncio.Runner) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        late = loop.call_later(20, print)
        await asyncio.sleep(0.005)
        late.cancel()

    run(runner, main())


def test_canceled_timeouts_are_dropped(runner: asyncio.Runner) -> None:
    async def main() -> int:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, QtEventLoop)
        done = loop.create_future()
        done.set_result(None)
        for _ in range(20_000):
            async with asyncio.timeout(3600):
                await done
        return len(loop._timers)

    assert run(runner, main()) <= 200


def test_a_purge_keeps_the_timers_that_are_wanted() -> None:
    loop = asyncio.new_event_loop()
    heap = TimerHeap()
    timers = [asyncio.TimerHandle(float(index), print, (), loop) for index in range(1000)]
    for timer in reversed(timers):
        heap.push(timer)
    for index, timer in enumerate(timers):
        if index % 10:
            timer.cancel()
            heap.note_canceled()
    kept = []
    while (due := heap.pop_due(1e9)) is not None:
        kept.append(due.when())
    loop.close()
    assert kept == [float(index) for index in range(0, 1000, 10)]
    assert heap.next_when() is None


def test_a_timer_canceled_after_it_became_ready_does_not_run(runner: asyncio.Runner) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        second: asyncio.TimerHandle | None = None

        def first() -> None:
            assert second is not None
            second.cancel()

        due = loop.time() + 0.002
        loop.call_at(due, first)
        second = loop.call_at(due, pytest.fail, "was canceled")
        await asyncio.sleep(0.02)

    run(runner, main())


# Queue


def test_callbacks_run_in_order_and_canceled_ones_do_not(runner: asyncio.Runner) -> None:
    async def main() -> list[int]:
        loop = asyncio.get_running_loop()
        ran: list[int] = []
        handles = [loop.call_soon(ran.append, index) for index in range(1000)]
        for handle in handles[::2]:
            handle.cancel()
        done = loop.create_future()
        loop.call_soon(done.set_result, None)
        await done
        return ran

    assert run(runner, main()) == list(range(1, 1000, 2))


def test_qt_is_served_during_a_burst(runner: asyncio.Runner, qapp: QtCore.QCoreApplication) -> None:
    del qapp

    async def main() -> int:
        loop = asyncio.get_running_loop()
        served = 0

        class Receiver(QtCore.QObject):
            def timerEvent(self, event: QtCore.QTimerEvent) -> None:  # noqa: N802  Qt's name
                nonlocal served
                del event
                served += 1

        receiver = Receiver()
        timer = receiver.startTimer(1)
        done = loop.create_future()
        for _ in range(200):
            loop.call_soon(time.sleep, 0.0005)
        loop.call_soon(done.set_result, None)
        await done
        receiver.killTimer(timer)
        return served

    # 100 ms of callbacks in turns of 4 ms.
    assert run(runner, main()) >= 10


def test_qt_is_served_beside_tasks_that_never_wait(runner: asyncio.Runner) -> None:
    async def spin() -> None:
        while True:
            await asyncio.sleep(0)

    async def main() -> None:
        spinning = asyncio.create_task(spin())
        fired = asyncio.Event()
        QtCore.QTimer.singleShot(1, fired.set)
        await fired.wait()
        spinning.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await spinning

    run(runner, main())


def test_callbacks_from_threads_all_arrive(runner: asyncio.Runner) -> None:
    async def main() -> int:
        loop = asyncio.get_running_loop()
        count = 0
        done = asyncio.Event()

        def arrived() -> None:
            nonlocal count
            count += 1
            if count == 8000:
                done.set()

        def send() -> None:
            for index in range(2000):
                loop.call_soon_threadsafe(arrived)
                if index % 97 == 0:
                    time.sleep(0.0005)

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        await asyncio.wait_for(done.wait(), 20)
        for thread in threads:
            thread.join()
        return count

    assert run(runner, main()) == 8000


def test_a_nested_qt_loop_suspends_asyncio_and_loses_nothing(runner: asyncio.Runner) -> None:
    async def main() -> list[int]:
        loop = asyncio.get_running_loop()
        steps: list[int] = []

        async def other() -> None:
            for index in range(5):
                steps.append(index)
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        before = len(steps)
        nested = QtCore.QEventLoop()
        QtCore.QTimer.singleShot(10, nested.quit)
        loop.call_later(0.001, steps.append, 99)
        nested.exec()
        assert len(steps) == before
        await task
        await asyncio.sleep(0.01)
        return steps

    assert sorted(run(runner, main())) == [0, 1, 2, 3, 4, 99]


def test_a_failing_callback_reaches_the_exception_handler_and_the_loop_goes_on(runner: asyncio.Runner) -> None:
    async def main() -> list[str]:
        loop = asyncio.get_running_loop()
        seen: list[str] = []
        loop.set_exception_handler(lambda _, context: seen.append(repr(context["exception"])))
        assert loop.get_exception_handler() is not None
        loop.call_soon(lambda: 1 // 0)
        await asyncio.sleep(0.005)
        return seen

    assert run(runner, main()) == ["ZeroDivisionError('integer division or modulo by zero')"]


def test_debug_mode_names_slow_callbacks_and_foreign_threads(
    runner: asyncio.Runner, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_debug(True)
        loop.slow_callback_duration = 0.005
        loop.call_soon(time.sleep, 0.01)
        await asyncio.sleep(0.02)
        with pytest.raises(RuntimeError, match="Non-thread-safe"):
            await asyncio.to_thread(loop.call_soon, print)
        loop.set_debug(False)

    run(runner, main())
    assert "took 0.01" in caplog.text
