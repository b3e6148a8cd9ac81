"""The commands of the control socket: each name with its arguments and the coroutine that does it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from ares_desktop.control import arguments as a
from ares_desktop.control import (
    audit_handlers,
    book_handlers,
    coverage_handlers,
    kill_handlers,
    limit_handlers,
    portfolio_handlers,
    protection_handlers,
    rehearsal_handlers,
    strategy_handlers,
)
from ares_desktop.control import documents as d
from ares_desktop.control.app import SOURCE, App, Handler, done
from ares_desktop.control.protocol import Reply
from ares_desktop.control.scopes import scope_of
from ares_desktop.control.summaries import status_document
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.positions import Discrepancy
from ares_desktop.domain.tickets import OrderTicket


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


async def _status(app: App, _: a.Nothing) -> Reply:
    return done(status_document(app.managers, version=app.version))


async def _raise(app: App, _: a.Nothing) -> Reply:
    app.raise_window()
    return done({"raised": True})


async def _stop(app: App, _: a.Nothing) -> Reply:
    app.stop()
    return done({"stopping": True})


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
    scope = scope_of(app, within.scope)
    orders = await app.managers.trades.flatten(source=SOURCE, scope=scope)
    return done({"scope": scope, "orders": [d.order_document(order) for order in orders]})


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


COMMANDS: Final[Mapping[str, tuple[type[msgspec.Struct], Handler]]] = {
    "status": (a.Nothing, _status),
    "raise": (a.Nothing, _raise),
    "stop": (a.Nothing, _stop),
    **strategy_handlers.COMMANDS,
    **book_handlers.COMMANDS,
    **coverage_handlers.COMMANDS,
    "positions": (a.ListPositions, _positions),
    "orders": (a.ListOrders, _orders),
    "fills": (a.Nothing, _fills),
    "order": (a.PlaceOrder, _order),
    "cancel": (a.CancelOrders, _cancel),
    "flatten": (a.InScope, _flatten),
    **kill_handlers.COMMANDS,
    **rehearsal_handlers.COMMANDS,
    **portfolio_handlers.COMMANDS,
    **limit_handlers.COMMANDS,
    **protection_handlers.COMMANDS,
    **audit_handlers.COMMANDS,
    "standings": (a.Nothing, _standings),
    "data.import": (a.ImportFiles, _import),
    "data.list": (a.Nothing, _stored),
    "reconcile": (a.Nothing, _reconcile),
}
"""Every command, with what it takes."""
