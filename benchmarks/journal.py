"""Measures the journal: appends one by one beside bare SQLite commits, many at once, and folding it at start.

Prints one JSON line. The lone append and the bare commit take turns, so both see the same disk and the same load; both
use WAL and synchronous=FULL, and the bare commit inserts one row of the same size into a table without an index.
"""

import argparse
import asyncio
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from ares_desktop.domain import events as e
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import (
    AccountId,
    ClientOrderId,
    InstrumentId,
    StrategyId,
    TradeId,
    VenueOrderId,
    client_order_id,
)
from ares_desktop.domain.orders import OrderIntent, Side
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.engine.trading.fold import Fold

NOW = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
ACCOUNT = AccountId("PAPER")


def an_intent(number: int) -> OrderIntent:
    """Return the order ``number`` of one of twenty strategies in one of fifty instruments."""
    strategy = StrategyId(f"strategy{number % 20}")
    return OrderIntent(
        client_order_id=client_order_id(strategy, number),
        strategy=strategy,
        account=ACCOUNT,
        instrument=InstrumentId(f"SYM{number % 50}.SMART"),
        side=Side.BUY if number % 3 else Side.SELL,
        quantity=Decimal(10),
        created_at=NOW,
        reason="fast average crossed the slow one",
    )


def history(events: int, seed: int = 1) -> Iterator[e.EventDraft]:
    """Yield orders, each submitted, accepted and filled in two parts."""
    chance = random.Random(seed)  # noqa: S311 - prices, no secrets
    number = 0
    while number * 4 < events:
        number += 1
        intent = an_intent(number)
        order = intent.client_order_id
        yield e.EventDraft(payload=e.OrderSubmitted(intent=intent, at=NOW))
        yield e.EventDraft(
            payload=e.OrderAccepted(client_order_id=order, venue_order_id=VenueOrderId(str(number)), at=NOW)
        )
        for part in (1, 2):
            yield e.EventDraft(payload=e.OrderFilled(fill=a_fill(intent, order, part, chance)))


def a_fill(intent: OrderIntent, order: ClientOrderId, part: int, chance: random.Random) -> Fill:
    """Return half of an order's execution."""
    return Fill(
        trade_id=TradeId(f"{order}/{part}"),
        client_order_id=order,
        strategy=intent.strategy,
        account=ACCOUNT,
        instrument=intent.instrument,
        side=intent.side,
        quantity=Decimal(5),
        price=Decimal(chance.randrange(9_000, 11_000)) / 100,
        at=NOW,
        commission=Decimal("0.35"),
    )


def bare_database(path: Path) -> sqlite3.Connection:
    """Return a database at the journal's durability."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE rows (sequence INTEGER PRIMARY KEY, payload BLOB)")
    return connection


def percentiles(seconds: list[float]) -> dict[str, float]:
    """Return p50 and p99 in microseconds."""
    cuts = statistics.quantiles(seconds, n=100)
    return {"p50_us": round(cuts[49] * 1e6, 1), "p99_us": round(cuts[98] * 1e6, 1)}


async def lone_appends(folder: Path, count: int) -> dict[str, Any]:
    """Time single appends and bare commits in turns."""
    journal = SqliteJournal(folder / "lone.sqlite")
    journal.open()
    bare = bare_database(folder / "bare.sqlite")
    row = b"x" * 420
    appends, commits = [], []
    for number in range(count):
        draft = e.EventDraft(payload=e.OrderSubmitted(intent=an_intent(number), at=NOW))
        start = time.perf_counter()
        await journal.append(draft)
        appends.append(time.perf_counter() - start)
        start = time.perf_counter()
        bare.execute("INSERT INTO rows (payload) VALUES (?)", (row,))
        commits.append(time.perf_counter() - start)
    bare.close()
    await journal.close()
    ours, theirs = percentiles(appends), percentiles(commits)
    return {"lone": ours, "bare_sqlite": theirs, "lone_to_bare_p99": round(ours["p99_us"] / theirs["p99_us"], 2)}


async def group_commit(folder: Path, appenders: int, rounds: int) -> dict[str, Any]:
    """Time many appenders that each wait for their own event."""
    journal = SqliteJournal(folder / "group.sqlite")
    journal.open()
    drafts = [e.EventDraft(payload=e.OrderSubmitted(intent=an_intent(n), at=NOW)) for n in range(appenders)]
    waits: list[float] = []

    async def append(draft: e.EventDraft) -> None:
        start = time.perf_counter()
        await journal.append(draft)
        waits.append(time.perf_counter() - start)

    start = time.perf_counter()
    for _ in range(rounds):
        await asyncio.gather(*map(append, drafts))
    took = time.perf_counter() - start
    await journal.close()
    return {"concurrent": appenders, "appends_per_s": round(appenders * rounds / took), "wait": percentiles(waits)}


async def folding(folder: Path, events: int) -> dict[str, Any]:
    """Write a long journal, then time what a start does with it: first without, then with a snapshot."""
    journal = SqliteJournal(folder / "long.sqlite")
    journal.open()
    batch: list[e.EventDraft] = []
    for draft in history(events):
        batch.append(draft)
        if len(batch) == 10_000:
            await journal.append(*batch)
            batch.clear()
    await journal.append(*batch)
    await journal.close()
    start = time.perf_counter()
    fold = started(journal)
    whole_s = time.perf_counter() - start
    journal.save_snapshot(fold.last_sequence, fold.encode())
    start = time.perf_counter()
    again = started(journal)
    snapshot_s = time.perf_counter() - start
    return {
        "events": fold.last_sequence,
        "fold_s": round(whole_s, 2),
        "fold_us_per_event": round(whole_s / fold.last_sequence * 1e6, 2),
        "with_snapshot_s": round(snapshot_s, 2),
        "same_state": again.encode() == fold.encode(),
        "balanced": again.ledger.check(),
    }


def started(journal: SqliteJournal) -> Fold:
    """Return the state as a start finds it."""
    snapshot = journal.load_snapshot()
    fold = (Fold.decode(snapshot[1]) if snapshot is not None else None) or Fold()
    for event in journal.read(after=fold.last_sequence):
        fold.apply(event)
    return fold


async def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Run all parts in a folder of their own."""
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        result = await lone_appends(folder, arguments.lone)
        result["group"] = await group_commit(folder, appenders=1_000, rounds=10)
        result["start"] = await folding(folder, arguments.events)
    targets = {
        "lone_to_bare_p99": result["lone_to_bare_p99"] <= 2,
        "appends_per_s": result["group"]["appends_per_s"] >= 5_000,
        "fold_s": result["start"]["fold_s"] <= 10,
        "with_snapshot_s": result["start"]["with_snapshot_s"] <= 1,
    }
    return {"benchmark": "journal", **result, "targets_met": targets}


def main() -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000, help="length of the journal that is folded")
    parser.add_argument("--lone", type=int, default=3_000, help="single appends to time")
    parser.add_argument("--folder", default=".", help="where the databases are written: the disk that is measured")
    print(json.dumps(asyncio.run(measure(parser.parse_args()))))


if __name__ == "__main__":
    main()
