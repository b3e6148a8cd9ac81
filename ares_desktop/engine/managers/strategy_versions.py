"""Versions of instances: kept beside the journal, compared and restored."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Final

import msgspec
import structlog

from ares_desktop.domain.differences import difference, without_switches
from ares_desktop.domain.errors import Finding, StorageError, UsageError
from ares_desktop.domain.events import InstanceSaved, JournalEvent
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.domain.versions import Change, Difference, InstanceVersion
from ares_desktop.engine.managers.strategy_editing import InstanceEditing
from ares_desktop.engine.managers.strategy_parts import StrategyParts
from ares_desktop.engine.ports.instance_store import InstanceStore
from ares_desktop.engine.ports.journal import EventJournal
from ares_desktop.engine.ports.state_store import StateStore
from ares_desktop.engine.trading.fold import Applied

_log = structlog.get_logger(__name__)
_MARK: Final = "versions"
_BEGIN_S: Final = 2.0
"""After the strategies have started: the store takes a second to load, which is nothing for the first moments."""
_RETRY_S: Final = (5.0, 10.0, 30.0, 60.0)


_Newest = dict[StrategyId, InstanceVersion]


class _Mark(msgspec.Struct, frozen=True, kw_only=True):
    """How far the journal was carried over when this was kept.

    Attributes:
        seen: journal sequence up to which nothing is missing.
        numbers: newest version of each name.
    """

    seen: int
    numbers: dict[StrategyId, int]


class InstanceVersions:
    """Carries every configuration that the journal saves over into the store of versions, in order.

    The journal says what is in force; the store says what was. A configuration that differs from the newest version by
    its switches alone (on, off, paused) makes no new one. What a crash or a failing store left out is read from the
    journal again, by its sequence.

    Attributes:
        on_failure: called with what is wrong when the store begins to fail, with an empty text when it works.
    """

    def __init__(self, parts: StrategyParts, editing: InstanceEditing) -> None:
        self._parts = parts
        self._editing = editing
        self._store: InstanceStore | None = None
        self._marks: StateStore | None = None
        self._journal: EventJournal | None = None
        self._waiting: deque[tuple[int, InstanceSaved]] = deque()
        self._wake = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._seen: int | None = None
        self._newest: _Newest | None = None
        self._numbers: dict[StrategyId, int] = {}
        self._failure = ""
        self.on_failure: Callable[[str], None] | None = None
        parts.recorder.subscribe(self._recorded)

    def attach(self, store: InstanceStore, *, marks: StateStore, journal: EventJournal) -> None:
        """Set where versions are kept, where it is kept how far that came, and the journal they come from."""
        self._store, self._marks, self._journal = store, marks, journal
        mark = _mark(marks.load(_MARK))
        if mark is not None and mark.seen <= self._parts.recorder.fold.last_sequence:
            self._seen, self._numbers = mark.seen, dict(mark.numbers)

    def number(self, name: StrategyId) -> int | None:
        """Return the number of an instance's configuration, None before it was stored."""
        return self._numbers.get(name)

    async def history(self, name: str) -> tuple[InstanceVersion, ...]:
        """Return every version of a name, newest first; of a removed instance too.

        Raises:
            UsageError: when there never was one of that name.
            StorageError: when the store can't be read.
        """
        store = self._attached
        async with self._one_at_a_time:
            await self._carry_over(look=True)
            versions = tuple(await asyncio.to_thread(store.history, name))
        if not versions:
            known = ", ".join(await asyncio.to_thread(store.names)) or "none"
            raise UsageError(
                Finding(place="strategy", value=name, problem="has no versions", remedy=f"Known ones are {known}.")
            )
        return versions

    def difference(self, a: StrategyInstance, b: StrategyInstance) -> tuple[Difference, ...]:
        """Return what has to change in ``a`` to make it ``b``."""
        return difference(a, b)

    async def version(self, name: str, number: int) -> InstanceVersion:
        """Return one version of a name.

        Raises:
            UsageError: when there is none of that number.
            StorageError: when the store can't be read.
        """
        versions = await self.history(name)
        for item in versions:
            if item.number == number:
                return item
        remedy = f"{name} has versions 1 to {versions[0].number}."
        raise UsageError(Finding(place="version", value=f"{number}", problem="is not known", remedy=remedy))

    async def restore(self, name: str, number: int, *, source: str) -> Change:
        """Put an old version in force as a new one, an instance that was removed included; it keeps its switches.

        Raises:
            UsageError: when there is no such version, or it does not fit any more, with every finding.
            RefusedError, StrategyError: as :meth:`InstanceEditing.apply`.
            StorageError: when the store can't be read, or the journal not be written.
        """
        found = await self.version(name, number)
        note = f"version {number} again"
        if StrategyId(name) in self._parts.instances.names():
            return await self._editing.apply(found.instance, source=source, note=note)
        await self._editing.create(found.instance, source=source, note=note)
        return Change(differences=(), effect="now")

    async def run(self) -> None:
        """Carry configurations over as the journal saves them, until canceled; a failing store is tried again."""
        if self._store is None:
            return
        await asyncio.sleep(_BEGIN_S)
        failures = 0
        while True:
            self._wake.clear()
            try:
                async with self._one_at_a_time:
                    await self._carry_over()
                failures = 0
                await self._wake.wait()
            except StorageError:
                await asyncio.sleep(_RETRY_S[min(failures, len(_RETRY_S) - 1)])
                failures += 1

    async def keep(self) -> None:
        """Keep how far the journal was carried over, so that the next start need not load the store to know it."""
        if self._marks is None or self._seen is None:
            return
        if not self._waiting and not self._failure:
            self._seen = self._parts.recorder.fold.last_sequence
        mark = msgspec.msgpack.encode(_Mark(seen=self._seen, numbers=self._numbers))
        try:
            await asyncio.to_thread(self._marks.save, _MARK, mark)
        except StorageError as error:
            _log.warning("version_mark_not_kept", error=str(error))

    def _recorded(self, event: JournalEvent, _: Applied) -> None:
        if isinstance(event.payload, InstanceSaved):
            self._waiting.append((event.sequence, event.payload))
            self._wake.set()

    async def _carry_over(self, *, look: bool = False) -> None:
        """Bring the store up to the journal; with ``look`` open it also when nothing is known to be missing.

        Raises:
            StorageError: when the store or the journal fails; what is left is carried over the next time.
        """
        try:
            if self._newest is None:
                if not look and not self._waiting and not await self._left_out():
                    return
                self._newest = await self._opened()
            while self._waiting:
                await self._keep_version(self._newest, *self._waiting[0])
                self._seen, _ = self._waiting.popleft()
        except StorageError as error:
            self._tell(str(error))
            raise
        self._tell("")

    async def _left_out(self) -> bool:
        """Say whether an earlier run may have left something out."""
        if self._seen is None:
            return True
        last = self._parts.recorder.fold.last_sequence
        missed = await asyncio.to_thread(self._saved, self._seen, last)
        if not missed:
            self._seen = last
        return bool(missed)

    async def _opened(self) -> _Newest:
        """Open the store, carry over what earlier runs left out, and return the newest version of each name."""
        until = self._waiting[0][0] - 1 if self._waiting else self._parts.recorder.fold.last_sequence
        newest = await asyncio.to_thread(_newest, self._attached)
        numbers = {name: version.number for name, version in newest.items()}
        after = self._seen
        if after is None or numbers != self._numbers:
            # Without a mark, or with a store that was put back from a backup, the store itself tells how far it is.
            after = max((version.sequence for version in newest.values()), default=0)
        self._numbers = numbers
        for sequence, saved in await asyncio.to_thread(self._saved, after, until):
            await self._keep_version(newest, sequence, saved)
        self._seen = until
        return newest

    async def _keep_version(self, newest: _Newest, sequence: int, saved: InstanceSaved) -> None:
        instance = without_switches(saved.instance)
        name = instance.name
        if name in newest and not difference(newest[name].instance, instance):
            return
        version = InstanceVersion(
            number=0, instance=instance, at=saved.at, source=saved.source, sequence=sequence, note=saved.note
        )
        stored = await asyncio.to_thread(self._attached.save, version)
        newest[name] = stored
        self._numbers[name] = stored.number
        self._parts.show(name)

    def _saved(self, after: int, until: int) -> Sequence[tuple[int, InstanceSaved]]:
        """Return the configurations that were saved after one sequence and up to another; blocks."""
        if self._journal is None or after >= until:
            return ()
        events = takewhile(lambda event: event.sequence <= until, self._journal.read(after))
        return [(event.sequence, event.payload) for event in events if isinstance(event.payload, InstanceSaved)]

    @property
    def _attached(self) -> InstanceStore:
        if self._store is None:
            raise StorageError("no store of versions is attached")
        return self._store

    def _tell(self, failure: str) -> None:
        if failure == self._failure:
            return
        if failure:
            _log.error("versions_not_stored", error=failure)
        self._failure = failure
        if self.on_failure is not None:
            self.on_failure(failure)


def _newest(store: InstanceStore) -> _Newest:
    return {StrategyId(name): store.history(name)[0] for name in store.names()}


def _mark(kept: bytes | None) -> _Mark | None:
    if kept is None:
        return None
    try:
        return msgspec.msgpack.decode(kept, type=_Mark)
    except msgspec.MsgspecError:
        return None
