"""What a strategy wants to carry over: taken from it, and given back."""

import time
from typing import Final

import msgspec

from ares_desktop.api.strategy import Strategy
from ares_desktop.domain.errors import StrategyError
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.packing import packed
from ares_desktop.engine.hosting.wire_desk import WireDesk

_EVERY_S: Final = 2.0
_MOST: Final = wire.MAX_UPWARD // 2


class Keeper:
    """Sends a strategy's snapshot when it has changed, at most every two seconds.

    Attributes:
        touched: the strategy heard something since its last snapshot.
    """

    def __init__(self, desk: WireDesk, saved: bytes) -> None:
        self.touched = False
        self._desk = desk
        self._saved = saved
        self._at = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether it is time for a snapshot."""
        return self.touched and time.monotonic() - self._at > _EVERY_S

    def save(self, strategy: Strategy) -> None:
        """Send a snapshot if it differs from the last one; one that is too long is told and left out."""
        self.touched = False
        self._at = time.monotonic()
        state = snapshot_of(strategy)
        if state == self._saved:
            return
        if len(state) > _MOST:
            self._desk.log("warning", f"the snapshot has {len(state)} bytes and is not kept: {_MOST} are the most")
            return
        self._saved = state
        self._desk.send(wire.Snapshot(state))

    def restore(self, strategy: Strategy, state: bytes, *, strict: bool) -> None:
        """Give a strategy its state back.

        Args:
            strategy: that has just been made.
            state: msgpack; what says nothing is not passed on.
            strict: let through what it raises; otherwise state of an older version is told and left out.

        Raises:
            Exception: whatever ``restore`` raises.
        """
        if not state or state == wire.EMPTY_STATE:
            return
        try:
            strategy.restore(msgspec.msgpack.decode(state))
        except Exception as error:
            if strict:
                raise
            self._desk.log("warning", f"the saved state could not be restored and is left out: {error!r}")


def snapshot_of(strategy: Strategy) -> bytes:
    """Return what a strategy wants to carry over, as msgpack.

    Raises:
        TypeError: when it holds what can't be kept.
        Exception: whatever ``snapshot`` raises.
    """
    state = strategy.snapshot()
    try:
        return packed(state)
    except TypeError as error:
        msg = f"snapshot(): {error}"
        raise TypeError(msg) from error


def final_state(strategy: Strategy) -> bytes:
    """Return a strategy's state for its successor.

    Raises:
        StrategyError: when it is too long to be handed over.
        Exception: whatever ``snapshot`` raises.
    """
    state = snapshot_of(strategy)
    if len(state) > _MOST:
        msg = f"the snapshot has {len(state)} bytes and can't be handed over: {_MOST} are the most"
        raise StrategyError(msg)
    return state
