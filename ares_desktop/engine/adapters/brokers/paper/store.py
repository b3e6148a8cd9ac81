"""The paper broker's own database: what was acknowledged is on disk before."""

import sqlite3
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import MarketEvent, to_ns
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.engine.ports.broker import BrokerBooking, booking_key
from ares_desktop.engine.simulation.account import Holding, StrategyHolding
from ares_desktop.engine.simulation.book import KEEP_ENDED
from ares_desktop.engine.simulation.state import BrokerState, Changes, Counters
from ares_desktop.engine.simulation.working import WorkingOrder

FILE_NAME: Final = "broker.sqlite3"
_SCHEMA_VERSION: Final = 2
_SCHEMA: Final = (
    """
CREATE TABLE orders (
    id TEXT PRIMARY KEY, arrival INTEGER NOT NULL, live INTEGER NOT NULL, data BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX orders_by_life ON orders (live, arrival);
CREATE TABLE fills (
    number INTEGER PRIMARY KEY, trade_id TEXT NOT NULL UNIQUE, at_ns INTEGER NOT NULL, saved_ns INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE TABLE holdings (instrument TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE books (
    strategy TEXT NOT NULL, instrument TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (strategy, instrument)
) WITHOUT ROWID;
CREATE TABLE instruments (id TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE marks (instrument TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE state (name TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
""",
    """
CREATE TABLE bookings (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, at_ns INTEGER NOT NULL, saved_ns INTEGER NOT NULL,
    data BLOB NOT NULL
);
""",
)
"""What each version adds to the one before."""
_PUT: Final = {
    table: f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * columns)})"  # noqa: S608 table names are ours
    for table, columns in (
        ("orders", 4),
        ("holdings", 2),
        ("books", 3),
        ("instruments", 2),
        ("marks", 2),
        ("state", 2),
    )
}

_encode = msgspec.msgpack.Encoder().encode
_order = msgspec.msgpack.Decoder(WorkingOrder).decode
_fill = msgspec.msgpack.Decoder(Fill).decode
_booking: Callable[[bytes], BrokerBooking] = msgspec.msgpack.Decoder(BrokerBooking).decode
_holding = msgspec.msgpack.Decoder(Holding).decode
_book = msgspec.msgpack.Decoder(StrategyHolding).decode
_instrument = msgspec.msgpack.Decoder(Instrument).decode
_event = msgspec.msgpack.Decoder(MarketEvent).decode
_counters = msgspec.msgpack.Decoder(Counters).decode


class PaperStore:
    """Saves what changed in one transaction, which survives the loss of power once it returns."""

    def __init__(self, folder: Path) -> None:
        """Open or create the database.

        Raises:
            StorageError: when it can't be opened, or is of a later version of this program.
        """
        self._file = folder / FILE_NAME
        try:
            self._database = sqlite3.connect(self._file, isolation_level=None)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=FULL")
            self._migrate()
        except sqlite3.Error as error:
            msg = f"{self._file}: {error}{_remedy(error)}"
            raise StorageError(msg) from error

    def _migrate(self) -> None:
        version = self._database.execute("PRAGMA user_version").fetchone()[0]
        if version > _SCHEMA_VERSION:
            msg = f"{self._file} has version {version}, this program knows {_SCHEMA_VERSION}: use a newer program"
            raise StorageError(msg)
        if version < _SCHEMA_VERSION:
            steps = "".join(_SCHEMA[version:])
            self._database.executescript(f"BEGIN; {steps} PRAGMA user_version={_SCHEMA_VERSION}; COMMIT")

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def load(self, settings: SimulationSettings) -> BrokerState:
        """Return the saved state, or that of a new account with its starting cash.

        Raises:
            StorageError: when the database can't be read.
        """
        try:
            return self._load(settings)
        except (sqlite3.Error, msgspec.MsgspecError) as error:
            msg = f"{self._file}: {error}{_remedy(error)}"
            raise StorageError(msg) from error

    def _load(self, settings: SimulationSettings) -> BrokerState:
        state = dict(self._database.execute("SELECT name, data FROM state"))
        if "counters" not in state:
            return BrokerState(cash={settings.currency: settings.starting_cash})
        ended = "SELECT data, arrival FROM orders WHERE live = 0 ORDER BY arrival DESC LIMIT ?"
        orders = [*self._database.execute("SELECT data, arrival FROM orders WHERE live = 1")]
        orders += self._database.execute(ended, (KEEP_ENDED,))
        orders.sort(key=lambda row: row[1])
        return BrokerState(
            cash=msgspec.msgpack.decode(state["cash"], type=dict[str, Decimal]),
            orders=[_order(data) for data, _ in orders],
            holdings=[_holding(data) for data in self._column("holdings")],
            books=[_book(data) for data in self._column("books")],
            instruments=[_instrument(data) for data in self._column("instruments")],
            last=[_event(data) for data in self._column("marks")],
            counters=_counters(state["counters"]),
        )

    def _column(self, table: str) -> list[bytes]:
        rows = self._database.execute(f"SELECT data FROM {table}")  # noqa: S608 table names are ours
        return [data for (data,) in rows]

    def kept(self, name: str) -> bytes | None:
        """Return what :meth:`keep` kept under a name, None when it kept nothing."""
        row = self._database.execute("SELECT data FROM state WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def keep(self, name: str, data: bytes) -> None:
        """Keep a value of the process's own.

        Raises:
            StorageError: when it could not be made durable.
        """
        try:
            self._database.execute(_PUT["state"], (name, data))
        except sqlite3.Error as error:
            msg = f"{self._file}: {error}"
            raise StorageError(msg) from error

    def find(self, order: ClientOrderId) -> WorkingOrder | None:
        """Return an order however long ago it ended, None when there is none."""
        row = self._database.execute("SELECT data FROM orders WHERE id = ?", (order,)).fetchone()
        return None if row is None else _order(row[0])

    def fills(self, since: datetime | None) -> tuple[Fill, ...]:
        """Return executions that happened or were saved at or after a time, oldest first."""
        return tuple(_fill(data) for data in self._since("fills", since))

    def bookings(self, since: datetime | None) -> tuple[BrokerBooking, ...]:
        """Return dividends and the like, and splits, that happened or were saved at or after a time, oldest first."""
        return tuple(_booking(data) for data in self._since("bookings", since))

    def has_booking(self, key: str) -> bool:
        """Say whether a booking of this key was saved."""
        return self._database.execute("SELECT 1 FROM bookings WHERE key = ?", (key,)).fetchone() is not None

    def _since(self, table: str, since: datetime | None) -> list[bytes]:
        ns = -1 if since is None else to_ns(since)
        query = f"SELECT data FROM {table} WHERE at_ns >= ? OR saved_ns >= ? ORDER BY number"  # noqa: S608 table names are ours
        return [data for (data,) in self._database.execute(query, (ns, ns))]

    def save(self, changes: Changes, marks: Iterable[MarketEvent]) -> None:
        """Save what changed, all of it or nothing.

        Raises:
            StorageError: when it could not be made durable.
        """
        rows: dict[str, list[tuple[object, ...]]] = {
            "orders": [
                (order.intent.client_order_id, int(order.venue_order_id[2:]), order.is_live, _encode(order))
                for order in changes.orders
            ],
            "holdings": [(holding.instrument, _encode(holding)) for holding in changes.holdings],
            "books": [(book.strategy, book.instrument, _encode(book)) for book in changes.books],
            "instruments": [(instrument.id, _encode(instrument)) for instrument in changes.instruments],
            "marks": [(event.instrument, _encode(event)) for event in marks],
            "state": [("counters", _encode(changes.counters)), ("cash", _encode(changes.cash))],
        }
        saved_ns = time.time_ns()
        facts: dict[str, list[tuple[object, ...]]] = {
            "fills (trade_id": [(fill.trade_id, to_ns(fill.at), saved_ns, _encode(fill)) for fill in changes.fills],
            "bookings (key": [(booking_key(item), to_ns(item.at), saved_ns, _encode(item)) for item in changes.booked],
        }
        try:
            self._database.execute("BEGIN IMMEDIATE")
            for table, values in rows.items():
                self._database.executemany(_PUT[table], values)
            for place, told in facts.items():
                insert = f"INSERT INTO {place}, at_ns, saved_ns, data) VALUES (?, ?, ?, ?)"  # noqa: S608 names are ours
                self._database.executemany(insert, told)
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            msg = f"{self._file}: {error}"
            raise StorageError(msg) from error


def _remedy(error: Exception) -> str:
    """Return what helps against a damaged file, which no other try does."""
    if isinstance(error, sqlite3.OperationalError):
        return ""
    return ". Put a backup in its place, or move it away: then the paper account begins anew, and the books differ"
