"""Does without a running application what needs no engine: stored market data and looking at strategy files."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from ares_desktop.cli.spec import done
from ares_desktop.control.documents import catalog_document, has_errors, stored_document
from ares_desktop.control.protocol import ExitCode, Reply
from ares_desktop.domain.errors import Finding, StorageError, UsageError
from ares_desktop.domain.market import BarUnit, DataKind, ImportProgress, StoredSymbol
from ares_desktop.domain.strategies import CatalogEntry
from ares_desktop.engine.adapters.feeds.export import write_columns
from ares_desktop.engine.adapters.feeds.files import read_series
from ares_desktop.engine.adapters.stores.arctic import ArcticBarStore
from ares_desktop.engine.data.importer import Importer
from ares_desktop.engine.hosting.catalog import Catalog
from ares_desktop.engine.hosting.folders import bundled_strategies
from ares_desktop.engine.hosting.launcher import Launcher
from ares_desktop.engine.runtime.locks import InstanceLock
from ares_desktop.logs import configure_logging
from ares_desktop.paths import Profile


def check_strategy_file(file: Path) -> Reply:
    """Validate a strategy file in a worker of its own; exit code 1 when it can't run."""
    with quiet_log():
        entry = asyncio.run(_checked(file))
    return done(catalog_document(entry), ExitCode.FAILED if has_errors(entry) else ExitCode.DONE)


def import_files(profile: Profile, values: Mapping[str, Any]) -> Reply:
    """Store files; the profile's lock keeps an application from starting meanwhile.

    Raises:
        ProfileInUseError: when an application holds the profile but does not answer.
        UsageError: with the findings of all files; then nothing is stored.
    """
    profile.prepare()
    files = [Path(file) for file in values["files"]]
    kind = DataKind(values["kind"]) if values["kind"] else None
    with InstanceLock(profile.lock), quiet_log(), _store(profile) as store, _progress() as report:
        importer = Importer(store, read_series)
        stored = asyncio.run(importer.run(files, symbol=values["symbol"], kind=kind, report=report))
    return done([stored_document(item) for item in stored])


def list_stored(profile: Profile) -> Reply:
    """List what is stored."""
    with quiet_log(), _store(profile) as store:
        return done([stored_document(item) for item in store.symbols()])


def export_series(profile: Profile, values: Mapping[str, Any]) -> Reply:
    """Write a stored series to a CSV or Parquet file that can be imported again.

    Raises:
        UsageError: when there is no such series, or several and no kind was given.
        StorageError: when the file can't be written.
    """
    file: Path = values["file"]
    with quiet_log(), _store(profile) as store:
        found = _chosen(store.symbols(), values["symbol"], values["kind"])
        columns = store.read(found.symbol, found.kind)
    try:
        write_columns(file, columns, daily=found.spec.endswith(BarUnit.DAY))
    except OSError as error:
        msg = f"{file} can't be written: {error}"
        raise StorageError(msg) from error
    return done({**stored_document(found), "file": str(file)})


async def _checked(file: Path) -> CatalogEntry:
    launcher = Launcher()
    try:
        return await Catalog((bundled_strategies(),), launcher).check(str(file))
    finally:
        await launcher.close()


def _chosen(stored: Sequence[StoredSymbol], symbol: str, kind: str | None) -> StoredSymbol:
    found = [item for item in stored if item.symbol == symbol and kind in {None, item.kind.value}]
    if len(found) == 1:
        return found[0]
    if found:
        kinds = ", ".join(item.kind for item in found)
        raise UsageError(Finding(place="--kind", value="", problem=f"is needed: {symbol} has {kinds}"))
    remedy = "See ares-desktop data list."
    raise UsageError(Finding(place="SYMBOL", value=symbol, problem="is not stored", remedy=remedy))


@contextlib.contextmanager
def _store(profile: Profile) -> Iterator[ArcticBarStore]:
    store = ArcticBarStore(profile.arctic)
    try:
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def quiet_log() -> Iterator[None]:
    """Log warnings to standard error alone: standard output is for the outcome."""
    logs = configure_logging(level="WARNING")
    try:
        yield
    finally:
        logs.close()
        structlog.reset_defaults()


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[ImportProgress], None]]:
    """Show a bar while files are imported, when somebody looks at a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - rich is slow to import
    from rich.progress import Progress  # noqa: PLC0415 - rich is slow to import

    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("importing", total=1.0)
        yield lambda progress: bars.update(task, completed=progress.share, description=Path(progress.file).name)
