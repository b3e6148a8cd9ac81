"""Past engagements and drills of the kill switch, as the journal holds them, and their export."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.events import (
    JournalEvent,
    KillSwitchDrilled,
    KillSwitchEngaged,
    KillSwitchReleased,
    KillSwitchStepped,
)
from ares_desktop.domain.kill import KillSwitchReport
from ares_desktop.engine.managers.kill_pages import report_page
from ares_desktop.engine.ports.journal import EventJournal


class KillRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An engagement as its last report tells it.

    Attributes:
        released_by: who released it and when, empty while it is engaged.
    """

    report: KillSwitchReport
    released_by: str = ""


class KillReports:
    """Reads the journal on a thread; nothing is kept, since it is asked for rarely.

    Args:
        journal: what holds them.
        folder: where reports go that are written without being told where; made when the first is.
    """

    def __init__(self, journal: EventJournal, folder: Path) -> None:
        self._journal = journal
        self._folder = folder

    async def engagements(self, *, drills: bool = False) -> tuple[KillRecord, ...]:
        """Return every engagement, newest first; those of drills only when asked for.

        Raises:
            JournalCorruptError: when the journal can't be read to its end.
        """
        found = await asyncio.to_thread(lambda: _engagements(self._journal.read()))
        return tuple(one for one in reversed(found) if drills or not one.report.drill)

    async def drills(self) -> tuple[KillSwitchDrilled, ...]:
        """Return every drill, newest first.

        Raises:
            JournalCorruptError: when the journal can't be read to its end.
        """

        def look() -> list[KillSwitchDrilled]:
            return [event.payload for event in self._journal.read() if isinstance(event.payload, KillSwitchDrilled)]

        return tuple(reversed(await asyncio.to_thread(look)))

    async def keep(self, report: KillSwitchReport) -> Path:
        """Write a report as HTML and as JSON into the folder, and return the HTML file.

        Raises:
            StorageError: when they can't be written.
        """
        when = "" if report.at is None else f"{report.at:%Y%m%d-%H%M%S}"
        name = "".join(sign if sign.isalnum() or sign in "-." else "_" for sign in f"kill-{when}-{report.scope}")
        await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        await self.export(report, self._folder / f"{name}.json")
        return await self.export(report, self._folder / f"{name}.html")

    async def export(self, report: KillSwitchReport, file: Path) -> Path:
        """Write a report as HTML, or as JSON where the file is called ``.json``, and return where.

        Raises:
            StorageError: when it can't be written.
        """
        text = report_json(report) if file.suffix == ".json" else report_page(report)
        try:
            await asyncio.to_thread(file.write_text, text, encoding="utf-8")
        except OSError as error:
            msg = f"{file} can't be written: {error.strerror or error}. Choose another folder, or free some space."
            raise StorageError(msg) from error
        return file


def report_json(report: KillSwitchReport) -> str:
    """Return a report with every step, order and position as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()


def _engagements(events: Iterator[JournalEvent]) -> list[KillRecord]:
    """Return the newest report of each engagement, in the order in which they were engaged."""
    found: dict[tuple[str, str], KillRecord] = {}
    for event in events:
        payload = event.payload
        if isinstance(payload, KillSwitchEngaged | KillSwitchStepped):
            report = payload.report
            key = (report.scope, str(report.at))
            before = found.get(key)
            if before is None or not before.released_by:
                found[key] = KillRecord(report=report)
        elif isinstance(payload, KillSwitchReleased):
            told = f"{payload.source}, {payload.at:%Y-%m-%d %H:%M:%S} UTC"
            for key, record in found.items():
                if not record.released_by and payload.scope in {"", record.report.scope}:
                    found[key] = KillRecord(report=record.report, released_by=told)
    return list(found.values())
