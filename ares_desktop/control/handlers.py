"""The commands of the control socket: each name with its arguments and the coroutine that does it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ares_desktop.control import arguments as a
from ares_desktop.control import documents as d
from ares_desktop.control.protocol import ExitCode, Reply, encode
from ares_desktop.control.summaries import status_document
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.positions import Discrepancy
from ares_desktop.domain.risk import ALL_SCOPE, KillSwitchReport, StepState
from ares_desktop.domain.strategies import ParameterInfo, StrategyStatus
from ares_desktop.domain.tickets import OrderTicket

if TYPE_CHECKING:
    from ares_desktop.engine.managers.bundle import Managers

SOURCE: Final = "command line"


@dataclass(frozen=True, kw_only=True)
class App:
    """What commands act on.

    Attributes:
        raise_window: bring the window to the front; does nothing without one.
        stop: end the application in order.
    """

    managers: "Managers"
    version: str
    raise_window: Callable[[], None]
    stop: Callable[[], None]


Handler = Callable[[App, Any], Awaitable[Reply]]


async def perform(app: App, command: str, values: Mapping[str, Any]) -> Reply:
    """Do a command.

    Raises:
        UsageError: for an unknown command or wrong arguments.
        AresError: whatever the manager raised.
    """
    if command not in COMMANDS:
        known = ", ".join(sorted(COMMANDS))
        finding = Finding(place="command", value=command, problem="is not known", remedy=f"Known ones are {known}.")
        raise UsageError(finding)
    kind, handler = COMMANDS[command]
    try:
        parsed = msgspec.convert(dict(values), kind, strict=False)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$.")
        raise UsageError(Finding(place=place.rstrip("`") or command, value="", problem=problem)) from error
    return await handler(app, parsed)


def done(document: object, exit_code: ExitCode = ExitCode.DONE) -> Reply:
    """Return the reply with a document."""
    return Reply(exit_code=exit_code, document=msgspec.Raw(encode(document)))


async def _status(app: App, _: a.Nothing) -> Reply:
    return done(status_document(app.managers, version=app.version))


async def _raise(app: App, _: a.Nothing) -> Reply:
    app.raise_window()
    return done({"raised": True})


async def _stop(app: App, _: a.Nothing) -> Reply:
    app.stop()
    return done({"stopping": True})


async def _strategies(app: App, _: a.Nothing) -> Reply:
    rows = [_strategy(app, status) for status in app.managers.strategies.statuses()]
    files = {row["file"] for row in rows}
    faulty = [entry for entry in app.managers.strategies.catalog() if d.has_errors(entry) and entry.file not in files]
    return done(rows + [d.faulty_file_document(entry) for entry in faulty])


async def _enable(app: App, of: a.OfStrategy) -> Reply:
    return done(_strategy(app, await app.managers.strategies.enable(of.name, source=SOURCE)))


async def _disable(app: App, of: a.OfStrategy) -> Reply:
    return done(_strategy(app, await app.managers.strategies.disable(of.name, source=SOURCE)))


async def _pause(app: App, of: a.OfStrategy) -> Reply:
    return done(_strategy(app, await app.managers.strategies.pause(of.name, source=SOURCE)))


async def _resume(app: App, of: a.OfStrategy) -> Reply:
    return done(_strategy(app, await app.managers.strategies.resume(of.name, source=SOURCE)))


async def _set(app: App, wanted: a.SetParameters) -> Reply:
    infos = _parameters(app, app.managers.strategies.status(wanted.name).instance.file)
    values = {name: d.typed(value, infos.get(name)) for name, value in wanted.values.items()}
    status = await app.managers.strategies.set_parameters(wanted.name, values, source=SOURCE)
    return done(_strategy(app, status))


async def _add(app: App, wanted: a.AddStrategy) -> Reply:
    instruments = tuple(app.managers.data.resolve(symbol) for symbol in wanted.symbols)
    status = await app.managers.strategies.add(
        wanted.file, name=wanted.name, instruments=instruments, capital=wanted.capital, source=SOURCE
    )
    return done(_strategy(app, status))


async def _remove(app: App, of: a.OfStrategy) -> Reply:
    await app.managers.strategies.remove(of.name, source=SOURCE)
    return done({"removed": of.name})


async def _check(app: App, of: a.OfFile) -> Reply:
    entry = await app.managers.strategies.check(of.file)
    return done(d.catalog_document(entry), ExitCode.FAILED if d.has_errors(entry) else ExitCode.DONE)


async def _positions(app: App, which: a.ListPositions) -> Reply:
    # Figures are valued some times a second; who asks after a command wants to see what it did.
    app.managers.portfolio.collect()
    rows = app.managers.portfolio.positions()
    return done([d.position_document(row) for row in rows if which.closed or row.quantity])


async def _orders(app: App, which: a.ListOrders) -> Reply:
    rows = app.managers.trades.working() if which.working else app.managers.trades.orders()
    return done([d.order_document(row) for row in rows])


async def _fills(app: App, _: a.Nothing) -> Reply:
    return done([d.fill_document(row) for row in app.managers.trades.fills()])


async def _order(app: App, wanted: a.PlaceOrder) -> Reply:
    ticket = OrderTicket(**msgspec.structs.asdict(wanted), source=SOURCE)
    return done(d.order_document(await app.managers.trades.submit(ticket)))


async def _cancel(app: App, which: a.CancelOrders) -> Reply:
    if which.all == (which.order is not None):
        problem = "name one order, or all"
        remedy = "Give a client order id or --all, not both."
        raise UsageError(Finding(place="cancel", value=which.order or "", problem=problem, remedy=remedy))
    if which.order is None:
        return done({"cancels_requested": await app.managers.trades.cancel_all(source=SOURCE)})
    await app.managers.trades.cancel(ClientOrderId(which.order), source=SOURCE)
    return done({"cancels_requested": 1})


async def _flatten(app: App, within: a.InScope) -> Reply:
    scope = _scope(app, within.scope)
    orders = await app.managers.trades.flatten(source=SOURCE, scope=scope)
    return done({"scope": scope, "orders": [d.order_document(order) for order in orders]})


async def _kill(app: App, wanted: a.Kill) -> Reply:
    scope = _scope(app, wanted.scope)
    report = await app.managers.state.engage(reason=wanted.reason, source=SOURCE, scope=scope, mode=wanted.mode)
    return done(d.kill_document(report), ExitCode.DONE if _all_undone(report) else ExitCode.FAILED)


async def _release(app: App, typed: a.Release) -> Reply:
    await app.managers.state.release(word=typed.confirm, source=SOURCE)
    return done(d.state_document(app.managers.state.state()))


async def _standings(app: App, _: a.Nothing) -> Reply:
    return done([d.standing_document(row) for row in app.managers.traders.standings().rows])


async def _import(app: App, wanted: a.ImportFiles) -> Reply:
    files = [Path(file) for file in wanted.files]
    stored = await app.managers.data.import_files(files, symbol=wanted.symbol, kind=wanted.kind)
    return done([d.stored_document(row) for row in stored])


async def _stored(app: App, _: a.Nothing) -> Reply:
    return done([d.stored_document(row) for row in await app.managers.data.stored()])


async def _reconcile(app: App, _: a.Nothing) -> Reply:
    found: list[Discrepancy] = []
    for status in app.managers.connections.connections():
        found += await app.managers.connections.reconcile(status.name)
    brokers = [d.broker_document(status) for status in app.managers.connections.connections()]
    return done({"brokers": brokers, "discrepancies": [d.discrepancy_document(item) for item in found]})


def _strategy(app: App, status: StrategyStatus) -> d.Document:
    return d.strategy_document(status, _parameters(app, status.instance.file))


def _parameters(app: App, file: str) -> dict[str, ParameterInfo]:
    """Return what is known of a file's parameters, nothing before it was looked at."""
    for entry in app.managers.strategies.catalog():
        if entry.name == Path(file).stem:
            return {info.name: info for info in entry.parameters}
    return {}


def _scope(app: App, text: str) -> str:
    kind, colon, name = text.partition(":")
    if text == ALL_SCOPE or (colon and kind == "account"):
        return text
    if colon and kind == "strategy":
        return f"strategy:{app.managers.strategies.status(name).instance.name}"
    if colon and kind == "instrument":
        return f"instrument:{app.managers.data.resolve(name)}"
    if text in {status.instance.name for status in app.managers.strategies.statuses()}:
        return f"strategy:{text}"
    if text in {account.account for account in app.managers.portfolio.accounts()}:
        return f"account:{text}"
    return f"instrument:{app.managers.data.resolve(text)}"


def _all_undone(report: KillSwitchReport) -> bool:
    failed = any(step.state is StepState.FAILED for step in report.steps)
    return report.finished and not failed and not report.residue


COMMANDS: Final[Mapping[str, tuple[type[msgspec.Struct], Handler]]] = {
    "status": (a.Nothing, _status),
    "raise": (a.Nothing, _raise),
    "stop": (a.Nothing, _stop),
    "strategies.list": (a.Nothing, _strategies),
    "strategies.enable": (a.OfStrategy, _enable),
    "strategies.disable": (a.OfStrategy, _disable),
    "strategies.pause": (a.OfStrategy, _pause),
    "strategies.resume": (a.OfStrategy, _resume),
    "strategies.set": (a.SetParameters, _set),
    "strategies.add": (a.AddStrategy, _add),
    "strategies.remove": (a.OfStrategy, _remove),
    "strategies.check": (a.OfFile, _check),
    "positions": (a.ListPositions, _positions),
    "orders": (a.ListOrders, _orders),
    "fills": (a.Nothing, _fills),
    "order": (a.PlaceOrder, _order),
    "cancel": (a.CancelOrders, _cancel),
    "flatten": (a.InScope, _flatten),
    "kill": (a.Kill, _kill),
    "release": (a.Release, _release),
    "standings": (a.Nothing, _standings),
    "data.import": (a.ImportFiles, _import),
    "data.list": (a.Nothing, _stored),
    "reconcile": (a.Nothing, _reconcile),
}
"""Every command, with what it takes."""
