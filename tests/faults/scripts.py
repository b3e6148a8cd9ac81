"""Scripts of what a run does and what goes wrong in it: made from a seed, printed, repeated and made shorter."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from tests.faults.points import BROKER, ENGINE, Fault

Item = TypeVar("Item")


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """One start of the application and what happens until its process is gone.

    Attributes:
        actions: what the trader and the market do, see :mod:`tests.faults.engine_life`.
        faults: what strikes the application's process.
        ends: ``stop`` in order or ``die``; a fault may end it before.
        after: what happens to its files once it is gone.
    """

    actions: tuple[str, ...]
    faults: tuple[Fault, ...] = ()
    ends: str = "die"
    after: tuple[Fault, ...] = ()


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run; its last life is undisturbed.

    Attributes:
        broker: what strikes the paper broker's process, or what it says.
    """

    seed: int
    lives: tuple[Life, ...]
    broker: tuple[Fault, ...] = ()

    def text(self) -> str:
        """Return the script as a person reads it, and as :func:`read` takes it."""
        return msgspec.json.encode(self).decode()


def read(text: str) -> Script:
    """Return the script of a text."""
    return msgspec.json.decode(text, type=Script)


_ACTIONS: Final = (
    *("play:2", "play:3", "play:5"),
    *("market:BUY:5", "market:SELL:5", "limit:BUY:7:-0.3", "limit:SELL:7:0.3", "stop:SELL:4:-0.4", "stop:BUY:4:0.4"),
    *("limit:BUY:3:-20", "cancel", "cancel_all", "flatten", "go:0.05", "pause", "resume", "disable", "enable"),
)
_RARE: Final = ("kill:CANCEL", "kill:FLATTEN", "kill_soon:FLATTEN", "kill_soon:CANCEL")
_KILL_POINTS: Final = tuple(point.name for point in ENGINE if point.name.startswith("kill-"))
_ENGINE_POINTS: Final = tuple(point.name for point in ENGINE if not point.name.startswith("kill-"))
_DISTURBING: Final = (
    *("journal_full", "journal_locked", "journal_slow", "journal_error", "clock", "no_descriptors", "stall"),
)
_BETWEEN: Final = (
    *("twice", "late", "dropped", "cut", "garbage", "swapped", "fill_twice", "answer_lost", "request_lost", "silent"),
)
_AFTER: Final = ("tear_wal", "garble_wal", "garble_page", "tear_snapshot", "tear_bookmark", "tear_states")


def make(seed: int) -> Script:
    """Return the script of a seed."""
    dice = random.Random(seed)  # noqa: S311 - chooses faults, no secrets
    lives = [_life(dice) for _ in range(dice.choice((1, 1, 2)))]
    broker: list[Fault] = []
    if dice.random() < 0.25:
        broker.append(Fault(kind="kill", at=dice.choice(BROKER).name, nth=dice.randrange(1, 30)))
    for _ in range(dice.choice((0, 0, 1, 2, 3))):
        kind = dice.choice(_BETWEEN)
        at = "request" if kind == "request_lost" else "frame"
        broker.append(Fault(kind=kind, at=at, nth=dice.randrange(8, 60), amount=round(dice.uniform(0.01, 0.3), 3)))
    return Script(seed=seed, lives=(*lives, _LAST), broker=tuple(broker))


def _life(dice: random.Random) -> Life:
    actions = ["play:3", *(dice.choice(_ACTIONS) for _ in range(dice.randrange(1, 6)))]
    faults: list[Fault] = []
    if dice.random() < 0.25:
        actions.append(dice.choice(_RARE))
        if dice.random() < 0.6:
            faults.append(Fault(kind="kill", at=dice.choice(_KILL_POINTS), nth=1))
    if dice.random() < 0.6:
        faults.append(Fault(kind="kill", at=dice.choice(_ENGINE_POINTS), nth=dice.choice((1, 1, 2, 3, 5, 8))))
    faults += [_disturbance(dice) for _ in range(dice.choice((0, 0, 1, 1, 2)))]
    after = [Fault(kind=dice.choice(_AFTER), at="files", amount=dice.random())] if dice.random() < 0.25 else []
    if dice.random() < 0.15:
        after.append(Fault(kind="kill_broker", at="files"))
    return Life(
        actions=tuple(actions), faults=tuple(faults), ends=dice.choice(("die", "die", "stop")), after=tuple(after)
    )


def _disturbance(dice: random.Random) -> Fault:
    kind = dice.choice(_DISTURBING)
    amount = dice.choice((-25.0, -5.0, -1.0, 1.0, 5.0, 25.0)) if kind == "clock" else round(dice.uniform(0.02, 0.4), 3)
    at = dice.choice(("before-review", "before-append", "fill-received", "market-step", "before-send", "ack-received"))
    return Fault(kind=kind, at=at, nth=dice.randrange(1, 5), amount=amount)


_LAST: Final = Life(actions=("play:2", "market:BUY:1"), ends="stop")
_EVERYTHING: Final = ("play:3", "market:BUY:5", "limit:BUY:3:-20", "cancel", "play:2")
_HALT: Final = ("play:3", "market:BUY:5", "limit:BUY:3:-20", "kill:FLATTEN")
_AGAIN: Final = ("until_done", "release", "enable")


def at_points(names: Sequence[str]) -> Script:
    """Return a script that kills the application at each of some points, one life after the other."""
    lives: list[Life] = []
    halted = False
    for name in names:
        halting = name.startswith("kill-")
        actions = (*(_AGAIN if halted else ()), *(_HALT if halting else _EVERYTHING))
        lives.append(Life(actions=actions, faults=(Fault(kind="kill", at=name),), ends="stop"))
        halted = halting and name != "kill-latch"
    return Script(seed=len(names), lives=(*lives, _LAST))


def at_broker_points() -> tuple[Script, ...]:
    """Return scripts that kill the paper broker at each of its points, in the middle of trading."""
    life = Life(actions=_EVERYTHING, ends="die")
    return tuple(
        Script(seed=1, lives=(life, _LAST), broker=(Fault(kind="kill", at=point.name, nth=12),)) for point in BROKER
    )


def shorter(script: Script) -> Iterator[Script]:
    """Yield scripts with one thing less."""
    for number in range(len(script.lives) - 1):
        yield replace(script, lives=_without(script.lives, number))
    for number in range(len(script.broker)):
        yield replace(script, broker=_without(script.broker, number))
    for place, life in enumerate(script.lives):
        lives = list(script.lives)
        for field in ("faults", "after", "actions"):
            for number in range(len(getattr(life, field))):
                lives[place] = replace(life, **{field: _without(getattr(life, field), number)})
                yield replace(script, lives=tuple(lives))


def _without(items: tuple[Item, ...], number: int) -> tuple[Item, ...]:
    return (*items[:number], *items[number + 1 :])


def shrink(script: Script, fails: Callable[[Script], bool], *, tries: int = 60) -> Script:
    """Return a script that still fails and of which nothing more can be left out, within a number of tries."""
    found = True
    while found:
        found = False
        for candidate in shorter(script):
            tries -= 1
            if tries < 0:
                return script
            if fails(candidate):
                script, found = candidate, True
                break
    return script
