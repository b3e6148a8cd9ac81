"""The command ``coverage``: what protects each account right now."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from ares_desktop.control import arguments as a
from ares_desktop.control.app import App, Handler, done
from ares_desktop.control.documents import rounded, time_text
from ares_desktop.control.protocol import Reply
from ares_desktop.domain.coverage import AccountCoverage


def coverage_document(account: AccountCoverage) -> list[dict[str, Any]]:
    """Return the protections of an account."""
    return [
        {
            "account": account.account,
            "broker": account.broker,
            "paper": account.paper,
            "protection": cell.protection.value,
            "state": cell.cover.value,
            "reason": cell.reason,
            "remedy": cell.remedy,
            "since": time_text(cell.since),
            "seconds": rounded(cell.seconds),
        }
        for cell in account.cells
    ]


async def _coverage(app: App, _: a.Nothing) -> Reply:
    accounts = app.managers.sentinel.coverage().accounts
    rows = [cell for account in accounts for cell in coverage_document(account)]
    return done({"gaps": sum(len(account.gaps) for account in accounts), "protections": rows})


COMMANDS: Final[Mapping[str, tuple[type[msgspec.Struct], Handler]]] = {"coverage": (a.Nothing, _coverage)}
