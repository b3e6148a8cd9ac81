"""Executes the backtest lab's commands: runs on the profile, with progress for people."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import msgspec

from ares_desktop.cli.lab_documents import (
    as_table,
    backtest_document,
    monte_carlo_document,
    run_document,
    search_document,
    sparkline,
)
from ares_desktop.cli.lab_specs import (
    backtest_spec,
    in_words_of_the_command_line,
    monte_carlo_spec,
    search_spec,
)
from ares_desktop.cli.offline import quiet_log
from ares_desktop.cli.spec import Invocation, done
from ares_desktop.config.schema import Settings
from ares_desktop.config.store import SettingsStore
from ares_desktop.control.protocol import Reply
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.runs import Run, RunEnded, RunKind, RunProgress, RunRemoved
from ares_desktop.domain.searches import SearchSpec
from ares_desktop.engine.adapters.stores.arctic import ArcticBarStore
from ares_desktop.engine.hosting.catalog import Catalog
from ares_desktop.engine.hosting.folders import strategy_folders
from ares_desktop.engine.hosting.launcher import Launcher
from ares_desktop.engine.pipelines.desk import RunDesk
from ares_desktop.engine.runtime.clocks import WallClock
from ares_desktop.run_desk import build_run_desk

Document = dict[str, Any] | list[Any]
Work = Callable[[RunDesk], Awaitable[Document]]
Tell = Callable[[RunProgress], None]


class StderrNotifier:
    """Implements :class:`~ares_desktop.engine.ports.notifier.Notifier` with a line on standard error."""

    def notify(self, title: str, detail: str, *, severity: Severity, source: str) -> None:
        """Write the title; what went wrong is told by the command's own outcome."""
        del detail, severity, source
        with contextlib.suppress(OSError):
            sys.stderr.write(f"ares-desktop: {title}\n")


def run_backtest(invocation: Invocation) -> Reply:
    """Run a backtest and return its figures and warnings.

    Raises:
        UsageError: with everything that is wrong.
        AresError: when it fails.
    """
    values = invocation.values
    settings, found = _settings(invocation)
    spec, more = backtest_spec(values, settings)

    async def work(desk: RunDesk) -> Document:
        start = desk.start_backtest(spec, checks=not values["quick"], found=(*found, *more))
        run = await _followed(desk, await _started(invocation, start))
        if values["report"] is not None:
            await desk.write_report(run.id, values["report"])
        outcome, report = await desk.outcome(run.id)
        if not invocation.json:
            sys.stdout.write(f"{sparkline(outcome.curve.equity)}\n")
        return backtest_document(run, report)

    return _carried_out(invocation, settings, work)


def run_search(invocation: Invocation) -> Reply:
    """Search parameters, or go on with a search, and return what was found. Errors as :func:`run_backtest`."""
    values = invocation.values
    settings, found = _settings(invocation)

    async def started(desk: RunDesk) -> Run:
        if values["resume"]:
            if found:
                raise UsageError(*found)
            return await desk.runs.resume(_search(desk, values["resume"]).id)
        spec, more = search_spec(values, settings)
        return await _started(invocation, desk.start_search(spec, found=(*found, *more)))

    async def work(desk: RunDesk) -> Document:
        run = await _followed(desk, await started(desk))
        spec = await desk.spec(run.id)
        assert isinstance(spec, SearchSpec)  # noqa: S101 - the kind of the run says so
        return search_document(run, spec, await desk.search_report(run.id))

    return _carried_out(invocation, settings, work)


def run_monte_carlo(invocation: Invocation) -> Reply:
    """Resample a backtest and return percentiles and the probability of ruin. Errors as :func:`run_backtest`."""
    settings, found = _settings(invocation)

    async def work(desk: RunDesk) -> Document:
        start = desk.start_monte_carlo(monte_carlo_spec(invocation.values), found=found)
        run = await _followed(desk, await _started(invocation, start))
        document = monte_carlo_document(run, await desk.monte_carlo_report(run.id))
        return document if invocation.json else as_table(document)

    return _carried_out(invocation, settings, work)


def listed(invocation: Invocation) -> Reply:
    """List the runs, newest first."""

    async def work(desk: RunDesk) -> Document:
        return [run_document(run) for run in desk.runs.all()]

    return _carried_out(invocation, Settings(), work)


def shown(invocation: Invocation) -> Reply:
    """Show a run with what it was asked to do.

    Raises:
        UsageError: when there is no such run.
    """

    async def work(desk: RunDesk) -> Document:
        run = desk.runs.get(invocation.values["run"])
        spec = None if run.kind is RunKind.LIVE else msgspec.to_builtins(await desk.spec(run.id))
        return {**msgspec.to_builtins(run), "spec": spec, "folder": str(desk.runs.folder(run.id))}

    return _carried_out(invocation, Settings(), work)


def deleted(invocation: Invocation) -> Reply:
    """Remove runs.

    Raises:
        UsageError: when there is no such run.
        RefusedError: while one of them is executed.
    """

    async def work(desk: RunDesk) -> Document:
        await desk.runs.delete(invocation.values["runs"])
        return {"deleted": list(invocation.values["runs"])}

    return _carried_out(invocation, Settings(), work)


def _settings(invocation: Invocation) -> tuple[Settings, tuple[Finding, ...]]:
    """Return the profile's settings, and what is wrong with them and with the command line."""
    try:
        settings = SettingsStore(invocation.profile.settings_file, environ=os.environ).current
    except UsageError as error:
        return Settings(), (*invocation.findings, *error.findings)
    return settings, invocation.findings


def _carried_out(invocation: Invocation, settings: Settings, work: Work) -> Reply:
    invocation.profile.prepare()

    async def carry_out() -> Document:
        async with _desk(invocation, settings) as desk:
            return await work(desk)

    with quiet_log():
        return done(asyncio.run(carry_out()))


@contextlib.asynccontextmanager
async def _desk(invocation: Invocation, settings: Settings) -> AsyncIterator[RunDesk]:
    profile = invocation.profile
    store = ArcticBarStore(profile.arctic)
    launcher = Launcher()
    files = Catalog(strategy_folders(profile.strategies, settings.strategies.folders), launcher)
    desk = build_run_desk(
        profile, store=store, files=files, notifier=StderrNotifier(), wall=WallClock(), background=False
    )
    try:
        await desk.runs.open()
        yield desk
    finally:
        await desk.runs.close()
        await launcher.close()
        store.close()


async def _started(invocation: Invocation, start: Awaitable[Run]) -> Run:
    try:
        return await start
    except UsageError as error:
        raise UsageError(*in_words_of_the_command_line(error.findings, invocation.values)) from None


def _search(desk: RunDesk, name: str) -> Run:
    run = desk.runs.get(name)
    if run.kind is not RunKind.SEARCH:
        raise UsageError(Finding(place="--resume", value=name, problem=f"is a {run.kind}, not a search"))
    return run


async def _followed(desk: RunDesk, run: Run) -> Run:
    """Show how far a run is, and return it once it is done; Ctrl-C cancels it and says how to go on."""
    with _progress() as tell:
        desk.runs.listen(changed=_nothing, progressed=tell, ended=_nothing, removed=_nothing)
        try:
            return await desk.runs.wait(run.id)
        except asyncio.CancelledError:
            ended = await desk.runs.cancel(run.id)
            how = f"; go on with: ares-desktop optimize --resume {run.id}" if ended.resumable else ""
            sys.stderr.write(f"ares-desktop: {run.id} is {ended.state}{how}\n")
            raise


@contextlib.contextmanager
def _progress() -> Iterator[Tell]:
    """Show a bar while somebody looks at a terminal."""
    if not sys.stderr.isatty():
        yield _nothing
        return
    from rich.console import Console  # noqa: PLC0415 - rich is slow to import
    from rich.progress import Progress  # noqa: PLC0415 - rich is slow to import

    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("starting", total=1.0)

        def tell(progress: RunProgress) -> None:
            best = "" if progress.best is None else f", best {progress.best:.3f}"
            bars.update(task, completed=progress.share or 0.0, description=f"{progress.stage}{best}")

        yield tell


def _nothing(_: Run | RunProgress | RunEnded | RunRemoved) -> None:
    """Nobody looks."""
