"""Keeps running strategies and the catalog in step with the files on disk."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import structlog

from ares_desktop.domain.errors import AresError
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.strategies import CatalogEntry, Fault, StrategyInstance, StrategyState
from ares_desktop.engine.hosting.file_looks import FileLooks
from ares_desktop.engine.managers.strategy_parts import StrategyParts
from ares_desktop.engine.runtime.tasks import TaskSet

_log = structlog.get_logger(__name__)
_EVERY_S: Final = 0.5


class StrategyReloads:
    """Looks at strategy files twice a second, off the loop, and reloads what changed.

    Args:
        parts: services under the strategies.
        reload: has an instance take over its file as it is; raises when it can't.
    """

    def __init__(self, parts: StrategyParts, reload: Callable[[StrategyId], Awaitable[None]]) -> None:
        self._parts = parts
        self._reload = reload
        self._looks = FileLooks()
        self._tasks = TaskSet("strategy files")
        self._tried: dict[StrategyId, str] = {}
        self._reloading: dict[StrategyId, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Watch until canceled."""
        blind = False
        while True:
            try:
                await self._watch()
                blind = False
            except OSError as error:
                # Such as no file descriptor left: what is there is seen once it can be looked at again.
                if not blind:
                    _log.warning("strategy_files_not_seen", error=str(error))
                blind = True
            await asyncio.sleep(_EVERY_S)

    async def _watch(self) -> None:
        instances = self._parts.instances.all()
        changed, files = await asyncio.to_thread(self._look, instances)
        for path in changed:
            self._tasks.spawn(self._refresh(path), f"check of {path.name}")
        for instance in instances:
            if instance.file in files:
                self._keep_up(instance.name, files[instance.file])
            else:
                self._miss(instance)

    async def close(self) -> None:
        """End what is under way; a swap that is not done is left undone."""
        await self._tasks.close()

    def _look(self, instances: tuple[StrategyInstance, ...]) -> tuple[tuple[Path, ...], dict[str, Path]]:
        """Return what changed, and where each instance's file is."""
        catalog = self._parts.catalog
        files = {}
        for file in {instance.file for instance in instances}:
            try:
                files[file] = catalog.find(file)
            except AresError:
                continue
        return self._looks.look((*catalog.files(), *files.values())), files

    async def _refresh(self, path: Path) -> None:
        """Look at a changed file anew, or take a removed one out of the catalog."""
        parts = self._parts
        if source := self._looks.source(path):
            entry = await parts.catalog.check(str(path))
            if self._looks.source(path) == source:  # else a look at what it is by now is under way
                parts.note(entry)
            return
        known = parts.entries.get(path.stem)
        if known is not None and Path(known.file) == path:
            fault = Fault(kind="removed", message="the file was removed", file=str(path))
            parts.note(CatalogEntry(name=path.stem, file=str(path), faults=(fault,)))
            parts.entries.pop(path.stem, None)

    def _miss(self, instance: StrategyInstance) -> None:
        """Tell that what runs could not be started again."""
        worker, told = self._parts.workers.status(instance.name), self._parts.reloads.get(instance.name).fault
        if worker is None or worker.state is not StrategyState.RUNNING or (told and told.kind == "removed"):
            return
        message = "the file was removed; what runs goes on, but could not be started again"
        self._parts.reloads.failed(instance.name, Fault(kind="removed", message=message, file=instance.file))
        self._parts.show(instance.name)

    def _keep_up(self, name: StrategyId, path: Path) -> None:
        worker, source = self._parts.workers.status(name), self._looks.source(path)
        if worker is None or not source or not worker.sha256:
            return
        if worker.sha256 == source:
            self._tried.pop(name, None)
            if self._parts.reloads.get(name).fault is not None:
                self._parts.reloads.forgive(name)
                self._parts.show(name)
        elif worker.state is StrategyState.RUNNING and self._tried.get(name) != source:
            before = self._reloading.get(name)
            if before is not None and not before.done():
                before.cancel()  # what it tries is outdated; the next look begins anew once it is over
                return
            self._tried[name] = source
            self._reloading[name] = self._tasks.spawn(self._reload_quietly(name), f"reload of {name}")

    async def _reload_quietly(self, name: StrategyId) -> None:
        try:
            await self._reload(name)
        except AresError as error:
            _log.warning("strategy_not_reloaded", strategy=name, error=str(error))
