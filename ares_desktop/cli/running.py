"""``run``: the application itself, with a window or without."""

from collections.abc import Mapping
from typing import Any

from ares_desktop.cli.remote import ask
from ares_desktop.cli.spec import Invocation, done, not_done
from ares_desktop.control.client import ControlClient, NoAppError
from ares_desktop.control.protocol import ExitCode, Reply
from ares_desktop.domain.errors import Finding, ProfileInUseError, UsageError
from ares_desktop.run_options import RunOptions


def run(invocation: Invocation) -> Reply:
    """Run the application until it is told to stop, and return the summary of the run.

    A second application on a profile is refused with exit code 4, and the first one's window is raised.
    """
    from ares_desktop.engine.runtime.locks import lock_holder  # noqa: PLC0415 - the other commands don't need it

    summary: dict[str, Any] = {}
    options = run_options(invocation, summary)
    if lock_holder(invocation.profile.lock) is not None:
        return _refused(invocation, f"Ares Desktop already runs on the profile {invocation.profile.root}")
    try:
        exit_code = _start(options)
    except ProfileInUseError as error:
        return _refused(invocation, str(error))
    if not summary:
        return Reply(exit_code=exit_code)
    return done(summary, ExitCode(exit_code))


def run_options(invocation: Invocation, summary: dict[str, Any]) -> RunOptions:
    """Return what the command line asks for; the run puts its summary into ``summary``.

    Raises:
        UsageError: when options contradict each other.
    """
    values: Mapping[str, Any] = invocation.values
    if values["headless"] and values["screenshot"] is not None:
        problem = "needs a window, and --headless has none"
        raise UsageError(Finding(place="--screenshot", value=str(values["screenshot"]), problem=problem))
    return RunOptions(
        profile=invocation.profile.root,
        feed=values["feed"],
        seconds=values["seconds"],
        screenshot=values["screenshot"],
        enable=values["enable"] or (),
        headless=values["headless"],
        json=invocation.json,
        overrides=dict(values["overrides"] or ()),
        report=summary.update,
    )


def _start(options: RunOptions) -> int:
    if options.headless:
        from ares_desktop.headless import run_headless  # noqa: PLC0415 - the engine is loaded for a run alone

        return run_headless(options)
    from ares_desktop.app import run_window  # noqa: PLC0415 - Qt is loaded for a window alone

    return run_window(options)


def _refused(invocation: Invocation, message: str) -> Reply:
    try:
        ask(ControlClient(invocation.profile.control_socket), "raise", {})
        outcome = "It was asked to show its window."
    except NoAppError:
        outcome = "It does not answer: it is starting, or it hangs."
    return not_done(ExitCode.REFUSED, "refused", f"{message}. {outcome}", code="PROFILE_IN_USE")
