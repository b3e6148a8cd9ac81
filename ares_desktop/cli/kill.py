"""``kill``: the application's kill switch, or the sentinel where the application does not answer."""

import sys
from typing import TYPE_CHECKING, Final

from ares_desktop.cli.remote import KILL_ANSWER_WITHIN_S, ask, in_app
from ares_desktop.cli.spec import Invocation, done, not_done
from ares_desktop.control.client import ControlClient, NoAppError
from ares_desktop.control.protocol import ExitCode, Reply

if TYPE_CHECKING:
    from ares_desktop.domain.risk import KillSwitchReport

SOURCE: Final = "command line, through the sentinel"


def kill(invocation: Invocation) -> Reply:
    """Engage the kill switch; of an application that hangs or is dead the sentinel does its work."""
    if invocation.values.get("drill"):
        return in_app("kill", answer_within_s=KILL_ANSWER_WITHIN_S)(invocation)
    client = ControlClient(invocation.profile.control_socket, answer_within_s=KILL_ANSWER_WITHIN_S)
    try:
        return ask(client, "kill", invocation.values)
    except NoAppError as error:
        if not _ever_traded(invocation):
            return in_app("kill", answer_within_s=KILL_ANSWER_WITHIN_S)(invocation)
        sys.stderr.write(f"ares-desktop: {error}; the sentinel stops trading instead\n")
    return _through_sentinel(invocation)


def _ever_traded(invocation: Invocation) -> bool:
    """Say whether the profile can hold anything to be stopped; else no process is started in it."""
    return invocation.profile.journal.is_file()


def _through_sentinel(invocation: Invocation) -> Reply:
    from ares_desktop.control.documents import kill_document  # noqa: PLC0415 - only when the application hangs
    from ares_desktop.domain.risk import ALL_SCOPE, KillMode  # noqa: PLC0415 - as above
    from ares_desktop.engine.adapters.sentinel import caller  # noqa: PLC0415 - as above
    from ares_desktop.engine.ports.guardian import SentinelError  # noqa: PLC0415 - as above

    values = invocation.values
    mode = values.get("mode")
    try:
        act = caller.kill(
            invocation.profile,
            reason=values.get("reason") or "asked for on the command line",
            source=SOURCE,
            scope=values.get("scope") or ALL_SCOPE,
            mode=None if mode is None else KillMode(mode),
        )
    except SentinelError as error:
        remedy = "Cancel and close at the broker itself, then start the application: it compares its books by itself."
        return not_done(ExitCode.FAILED, "failed", f"neither the application nor the sentinel acted: {error}. {remedy}")
    return done(kill_document(act.report), ExitCode.DONE if _all_undone(act.report) else ExitCode.FAILED)


def _all_undone(report: "KillSwitchReport") -> bool:
    from ares_desktop.domain.risk import StepState  # noqa: PLC0415 - only when the application hangs

    return report.finished and not report.residue and all(step.state is not StepState.FAILED for step in report.steps)
