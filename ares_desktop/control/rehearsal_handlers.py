"""Restart rehearsals over the control socket."""

from collections.abc import Mapping
from typing import Final

import msgspec

from ares_desktop.control.app import SOURCE, App, Handler, done
from ares_desktop.control.protocol import ExitCode, Reply
from ares_desktop.domain.rehearsals import Rehearsal


class Rehearse(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which adapter, and how many restarts; or only what the newest rehearsals found, or the end of the one at work."""

    adapter: str = ""
    runs: int = 5
    show: bool = False
    cancel: bool = False


async def _rehearse(app: App, wanted: Rehearse) -> Reply:
    rehearsals = app.managers.rehearsals
    if wanted.cancel:
        await rehearsals.cancel(source=SOURCE)
    if wanted.show or wanted.cancel:
        return done({"rehearsals": [_document(item) for item in rehearsals.rehearsals()]})
    rehearsal = await rehearsals.rehearse(wanted.adapter, restarts=wanted.runs, source=SOURCE)
    document = _document(rehearsal)
    return done(document, ExitCode.DONE if rehearsal.whole else ExitCode.FAILED)


def _document(rehearsal: Rehearsal) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(rehearsal)
    return {**plain, "passed": rehearsal.passed, "whole": rehearsal.whole, "problems": list(rehearsal.problems)}


COMMANDS: Final[Mapping[str, tuple[type[msgspec.Struct], Handler]]] = {"rehearse": (Rehearse, _rehearse)}
"""The commands of this room, with what each takes."""
