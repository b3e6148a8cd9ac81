"""Asks a profile's journal without its application, which may have died: that is when it is asked."""

import asyncio
import getpass
import sys
from pathlib import Path
from typing import Any

from ares_desktop.cli.spec import done
from ares_desktop.config.store import SettingsStore
from ares_desktop.control.documents import time_text
from ares_desktop.control.protocol import Reply
from ares_desktop.domain.audit import AuditQuery, AuditRow
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.engine.adapters.secrets.store import MachineSecrets
from ares_desktop.engine.adapters.stores.journal_search import SqliteJournalSearch
from ares_desktop.engine.alerting.secret_desk import SecretDesk
from ares_desktop.engine.managers.incident import IncidentBundle
from ares_desktop.engine.runtime.clocks import WallClock
from ares_desktop.engine.trading.causal_chain import causal_chain
from ares_desktop.paths import Profile
from ares_desktop.record_desk import versions
from ares_desktop.redaction import Redactor

_LIMIT = 200


def search(journal: Path, values: dict[str, Any]) -> Reply:
    """Return the newest events that match, newest first."""
    query = AuditQuery(
        kinds=tuple(values["kind"] or ()),
        since=values["since"],
        until=values["until"],
        who=values["who"] or "",
        scope=values["scope"] or "",
        order=ClientOrderId(values["order"] or ""),
        text=values["text"] or "",
        before=values["before"],
        limit=values["limit"] or _LIMIT,
    )
    page = SqliteJournalSearch(journal).page(query, lambda: False)
    return done([_row(row) for row in page.rows])


def chain(journal: Path, order: str) -> Reply:
    """Return what led to an order and what came of it.

    Raises:
        UsageError: when the journal knows no such order.
    """
    found = causal_chain(
        ClientOrderId(order), SqliteJournalSearch(journal).related(ClientOrderId(order), lambda: False)
    )
    if not found.links:
        remedy = "ares-desktop orders lists them."
        raise UsageError(Finding(place="ORDER", value=order, problem="is not in the journal", remedy=remedy))
    links = [
        {
            "sequence": link.sequence,
            "at": time_text(link.at),
            "depth": link.depth,
            "stage": link.stage,
            "what": "  " * link.depth + link.title,
            "detail": link.detail,
            "key": link.key,
            "parent": link.parent,
        }
        for link in found.links
    ]
    return done({"order": order, "links": links})


def bundle(profile: Profile, values: dict[str, Any]) -> Reply:
    """Write an incident bundle of an application that does not run."""
    redactor = Redactor()

    def settings() -> object:
        return SettingsStore(profile.settings_file).current.model_dump(mode="json")

    made = IncidentBundle(
        WallClock(),
        redactor,
        logs=profile.logs,
        documents={"settings.json": settings, "versions.json": versions},
    )
    report = made.write(
        values["file"],
        made.gather(),
        minutes=float(values["minutes"] or 30),
        journal=SqliteJournalSearch(profile.journal),
        report=lambda _: None,
        canceled=lambda: False,
    )
    return done(report)


def keep_secret(profile: Profile, name: str) -> Reply:
    """Read a secret from the terminal without showing it, or from a pipe, and keep it.

    Raises:
        UsageError: when no channel uses such a secret.
        StorageError: when it can't be kept.
    """
    desk = SecretDesk(MachineSecrets(str(profile.root), profile.root / "secrets.bin"), Redactor())
    typed = getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    place = asyncio.run(_kept(desk, name, typed))
    return done({"secret": name, "kept": bool(typed), "place": place})


async def _kept(desk: SecretDesk, name: str, secret: str) -> str:
    await desk.put_secret(name, secret)
    return await desk.place()


def _row(row: AuditRow) -> dict[str, object]:
    return {
        "sequence": row.sequence,
        "at": time_text(row.at),
        "kind": row.kind,
        "who": row.who,
        "subject": row.subject,
        "instrument": row.instrument,
        "order": row.order,
        "summary": row.summary,
        "id": row.id,
        "cause": row.cause,
        "correlation": row.correlation,
    }
