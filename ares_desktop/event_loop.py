"""The event loop of the window: asyncio on Qt, safe for any delay and fast for bursts.

It keeps qasync's socket notifiers and takes the rest from asyncio itself, run by one Qt wake-up instead of one Qt timer
for each callback. What stock qasync 0.28 gets wrong and this loop does not: timers that fire early or overflow,
canceled timers that stay, timer handles without a time, signal handlers that wait for the next event, a thread pool
that ``shutdown_default_executor`` does not know, async generators that are never closed.
"""

import asyncio
import heapq
import itertools
import math
import signal
import sys
import threading
import time
from asyncio.base_events import _format_handle  # type: ignore[attr-defined]
from asyncio.log import logger
from collections.abc import Callable
from contextvars import Context

# Before qasync, which binds to the Qt package that is already imported.
from PySide6 import QtCore

import qasync  # isort: skip

_BUDGET_S = 0.004
"""Longest time one turn runs callbacks while Qt waits."""
_CHAIN_S = 0.0005
"""Within it, callbacks that callbacks have scheduled run in the same turn, which saves them a turn of Qt each."""
_LONGEST_ARM_S = 86_400.0
"""Qt counts a timer's milliseconds in 32 bits; a later time is approached in steps."""
_MIN_PURGE = 64
"""Canceled timers are dropped at once when they are more than this and more than half of all."""


def new_event_loop(app: QtCore.QCoreApplication) -> asyncio.AbstractEventLoop:
    """Return a loop that serves ``app`` and asyncio together; ``asyncio.Runner(loop_factory=...)`` can drive it."""
    loop: asyncio.AbstractEventLoop = QtEventLoop(app)
    return loop


class TimerHeap:
    """Pending timers in the order of their times."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._order = itertools.count()
        self._canceled = 0

    def __len__(self) -> int:
        return len(self._heap)

    def push(self, timer: asyncio.TimerHandle) -> None:
        """Add a timer; equal times keep the order of their arrival."""
        timer._scheduled = True  # type: ignore[attr-defined]
        heapq.heappush(self._heap, (timer.when(), next(self._order), timer))

    def next_when(self) -> float | None:
        """Return the earliest time that is still wanted."""
        heap = self._heap
        while heap and heap[0][2]._cancelled:
            heapq.heappop(heap)[2]._scheduled = False  # type: ignore[attr-defined]
            self._canceled -= 1
        return heap[0][0] if heap else None

    def pop_due(self, now: float) -> asyncio.TimerHandle | None:
        """Take out the earliest timer when its time has come."""
        when = self.next_when()
        if when is None or when > now:
            return None
        timer = heapq.heappop(self._heap)[2]
        timer._scheduled = False  # type: ignore[attr-defined]
        return timer

    def note_canceled(self) -> None:
        """Count a canceled timer; each purge halves the heap at least, so that its cost per cancel stays constant."""
        self._canceled += 1
        if self._canceled <= _MIN_PURGE or self._canceled * 2 <= len(self._heap):
            return
        self._heap = [entry for entry in self._heap if not entry[2]._cancelled]
        heapq.heapify(self._heap)
        self._canceled = 0

    def clear(self) -> None:
        """Forget every timer."""
        self._heap.clear()
        self._canceled = 0


class _Waker(QtCore.QObject):
    """Qt's side of the loop: a timer for ready callbacks, one for the earliest time, a signal for threads."""

    posted = QtCore.Signal()

    def __init__(self, on_turn: Callable[[], None], on_due: Callable[[], None]) -> None:
        super().__init__()
        self._on_turn = on_turn
        self._on_due = on_due
        self._turn_timer = 0
        self._due_timer = 0
        self._due_at = math.inf

    def request_turn(self) -> None:
        """Call ``on_turn`` in every turn of Qt until :meth:`rest`."""
        if not self._turn_timer:
            self._turn_timer = self.startTimer(0)

    def rest(self) -> None:
        """Stop calling ``on_turn``."""
        if self._turn_timer:
            self.killTimer(self._turn_timer)
            self._turn_timer = 0

    def arm(self, when: float) -> None:
        """Call ``on_due`` at ``when`` (loop time) or somewhat later, unless an earlier time is armed."""
        if when >= self._due_at:
            return
        self.disarm()
        self._due_at = when
        wait_s = min(max(0.0, when - time.monotonic()), _LONGEST_ARM_S)
        self._due_timer = self.startTimer(math.ceil(wait_s * 1000), QtCore.Qt.TimerType.PreciseTimer)

    def disarm(self) -> None:
        """Forget the armed time."""
        if self._due_timer:
            self.killTimer(self._due_timer)
            self._due_timer = 0
        self._due_at = math.inf

    def close(self) -> None:
        """Stop both timers for good."""
        self.rest()
        self.disarm()

    def timerEvent(self, event: QtCore.QTimerEvent) -> None:  # noqa: N802  Qt's name
        """Tell the loop which of the two timers fired."""
        if event.timerId() == self._due_timer:
            self.disarm()
            self._on_due()
        elif event.timerId() == self._turn_timer:
            self._on_turn()


class QtEventLoop(qasync.QEventLoop):  # type: ignore[misc]
    """A qasync loop with asyncio's own queues, timers and executor.

    Callbacks run in turns of at most 4 ms, so that Qt's events are served in between however many there are. A nested
    Qt loop inside a callback only suspends asyncio until it ends: callbacks never run inside one another, which
    asyncio answers with the loss of task steps.
    """

    # qasync's own versions keep their state apart from asyncio's, so that what reads it there finds nothing.
    is_running = asyncio.BaseEventLoop.is_running
    run_until_complete = asyncio.BaseEventLoop.run_until_complete
    run_in_executor = asyncio.BaseEventLoop.run_in_executor
    set_default_executor = asyncio.BaseEventLoop.set_default_executor
    set_exception_handler = asyncio.BaseEventLoop.set_exception_handler
    call_exception_handler = asyncio.BaseEventLoop.call_exception_handler
    default_exception_handler = asyncio.BaseEventLoop.default_exception_handler
    get_debug = asyncio.BaseEventLoop.get_debug

    def __init__(self, app: QtCore.QCoreApplication) -> None:
        self._qt_app = app
        self._timers = TimerHeap()
        self._waker = _Waker(self._run_turn, self._collect_due)
        self._waker.posted.connect(self._run_posted, QtCore.Qt.ConnectionType.QueuedConnection)
        self._awake = False
        self._post_pending = False
        self._in_callback = False
        self._interrupt: BaseException | None = None
        self._stopping: bool
        self._thread_id: int | None
        self._current_handle: asyncio.Handle | None
        super().__init__(app)

    def run_forever(self) -> None:
        """Run Qt and asyncio until :meth:`stop`, or until the application quits."""
        self._check_closed()
        self._check_running()
        self._set_coroutine_origin_tracking(self._debug)
        hooks = sys.get_asyncgen_hooks()
        wakeup_fd = self._watch_signals()
        try:
            self._thread_id = threading.get_ident()
            sys.set_asyncgen_hooks(firstiter=self._asyncgen_firstiter_hook, finalizer=self._asyncgen_finalizer_hook)
            asyncio._set_running_loop(self)
            if self._stopping:
                self.call_soon(self._qt_app.exit)
            self._settle()
            self._qt_app.exec()
        finally:
            self._stopping = False
            self._thread_id = None
            asyncio._set_running_loop(None)
            self._set_coroutine_origin_tracking(False)  # noqa: FBT003  asyncio's own form
            sys.set_asyncgen_hooks(*hooks)
            if wakeup_fd is not None:
                signal.set_wakeup_fd(wakeup_fd)
        if self._interrupt is not None:
            interrupt, self._interrupt = self._interrupt, None
            raise interrupt

    def stop(self) -> None:
        """End :meth:`run_forever` after the callbacks that are ready by now."""
        self._stopping = True
        if self.is_running():
            self._qt_app.exit()

    def close(self) -> None:
        """Release sockets, timers and threads; callbacks that are still queued are dropped."""
        if self.is_closed():
            return
        super().close()
        self._timers.clear()
        self._waker.close()

    def call_soon(
        self, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.Handle:
        """Run ``callback`` in the next turn; from this thread only."""
        handle = self._ready_handle("call_soon", callback, args, context)
        if not self._awake:
            self._awake = True
            self._waker.request_turn()
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.Handle:
        """Run ``callback`` in the next turn; from any thread and from signal handlers."""
        handle = self._ready_handle("call_soon_threadsafe", callback, args, context)
        # One signal wakes the loop for all callbacks that are queued until it arrives: a crossing is dear.
        if not self._awake and not self._post_pending:
            self._post_pending = True
            self._waker.posted.emit()
        return handle

    def _ready_handle(
        self, method: str, callback: Callable[..., object], args: tuple[object, ...], context: Context | None
    ) -> asyncio.Handle:
        if self._closed or self._debug:
            self._check_call(method, callback)
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def _check_call(self, method: str, callback: Callable[..., object]) -> None:
        self._check_closed()
        if self._debug:
            if method != "call_soon_threadsafe":
                self._check_thread()
            self._check_callback(callback, method)

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run ``callback`` after ``delay`` seconds, never earlier; ``inf`` means never."""
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run ``callback`` at ``when`` in loop time, never earlier."""
        if self._closed or self._debug:
            self._check_call("call_at", callback)
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        self._timers.push(timer)
        self._waker.arm(when)
        return timer

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        if handle._scheduled:  # type: ignore[attr-defined]
            self._timers.note_canceled()

    def _collect_due(self) -> None:
        now = self.time()
        while (timer := self._timers.pop_due(now)) is not None:
            self._ready.append(timer)
        when = self._timers.next_when()
        if when is not None:
            self._waker.arm(when)
        self._run_turn()

    def _run_posted(self) -> None:
        self._post_pending = False
        self._run_turn()

    def _run_turn(self) -> None:
        if self._in_callback or not self.is_running():
            self._waker.rest()
            return
        self._in_callback = self._awake = True
        try:
            self._run_ready()
        except (SystemExit, KeyboardInterrupt) as interrupt:
            # Qt would print it and go on; run_forever raises it as asyncio's does.
            self._interrupt = interrupt
            self._qt_app.exit()
        finally:
            self._in_callback = False
            self._settle()

    def _run_ready(self) -> None:
        ready = self._ready
        clock = time.perf_counter
        left = len(ready)
        start = clock()
        chain_end = start + _CHAIN_S
        end = start + _BUDGET_S
        while ready:
            handle = ready.popleft()
            left -= 1
            if not handle._cancelled:
                if self._debug:
                    self._run_watched(handle)
                else:
                    handle._run()
            now = clock()
            if now >= end or (left <= 0 and (now >= chain_end or self._stopping)):
                break

    def _run_watched(self, handle: asyncio.Handle) -> None:
        self._current_handle = handle
        start = self.time()
        try:
            handle._run()
        finally:
            self._current_handle = None
        took = self.time() - start
        if took >= self.slow_callback_duration:
            logger.warning("Executing %s took %.3f seconds", _format_handle(handle), took)

    def _settle(self) -> None:
        if not self._ready:
            self._waker.rest()
            # In this order: a thread that still saw the loop awake has queued its callback before the second look.
            self._awake = False
        if self._ready:
            self._awake = True
            self._waker.request_turn()

    def _watch_signals(self) -> int | None:
        """Let every signal of the process wake Qt; return the descriptor that was told before."""
        if threading.current_thread() is not threading.main_thread():
            return None
        return signal.set_wakeup_fd(self._csock.fileno(), warn_on_full_buffer=False)

    def remove_signal_handler(self, sig: int) -> bool:
        """Forget the handler of ``sig``; return whether there was one."""
        removed: bool = super().remove_signal_handler(sig)
        if self.is_running():
            self._watch_signals()
        return removed
