"""A process that appends without end and says on standard output what was committed: something to kill."""

import asyncio
import sys
from pathlib import Path

from ares_desktop.domain.events import EventDraft
from ares_desktop.domain.ids import EventId
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from tests.engine.trading.books_builders import a_flow


async def main(path: Path, name: str) -> None:
    """Append in four tasks, in groups of different sizes."""
    journal = SqliteJournal(path)
    journal.open()

    async def appender(task: int) -> None:
        for number in range(1_000_000):
            ids = [EventId(f"{name}/{task}/{number}/{part}") for part in range(1 + (number + task) % 5)]
            await journal.append(*(EventDraft(payload=a_flow("1"), id=event_id) for event_id in ids))
            sys.stdout.write("".join(f"{event_id}\n" for event_id in ids))
            sys.stdout.flush()

    await asyncio.gather(*(appender(task) for task in range(4)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
