"""Commands that the running application does."""

from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from ares_desktop.cli.spec import Invocation, Run, not_done
from ares_desktop.control.client import ANSWER_WITHIN_S, DONE_WITHIN_S, ControlClient, NoAppError
from ares_desktop.control.protocol import ExitCode, Reply
from ares_desktop.domain.errors import AresError

KILL_ANSWER_WITHIN_S: Final = 1.0


def in_app(command: str, *, answer_within_s: float = ANSWER_WITHIN_S, done_within_s: float = DONE_WITHIN_S) -> Run:
    """Return what has the running application do ``command`` with the values of the command line."""

    def run(invocation: Invocation) -> Reply:
        client = ControlClient(
            invocation.profile.control_socket, answer_within_s=answer_within_s, done_within_s=done_within_s
        )
        try:
            return ask(client, command, invocation.values)
        except NoAppError as error:
            return not_done(ExitCode.NO_APP, "no_app", f"{error}. {_remedy(invocation)}", code="NO_APP")

    return run


def ask(client: ControlClient, command: str, values: dict[str, Any]) -> Reply:
    """Have one command done and close the connection.

    Raises:
        NoAppError: when no application answers.
    """
    try:
        return client.request(command, {name: _plain(value) for name, value in values.items() if value is not None})
    except NoAppError:
        raise
    except AresError as error:
        return not_done(ExitCode.FAILED, "failed", str(error))
    finally:
        client.close()


def is_running(invocation: Invocation) -> bool:
    """Say whether an application listens on the profile."""
    client = ControlClient(invocation.profile.control_socket)
    try:
        client.connect()
    except NoAppError:
        return False
    client.close()
    return True


def _plain(value: object) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple | list) and value and all(isinstance(item, tuple) for item in value):
        return dict(value)
    return value


def _remedy(invocation: Invocation) -> str:
    from ares_desktop.engine.runtime.locks import lock_holder  # noqa: PLC0415 - only when nothing answers

    holder = lock_holder(invocation.profile.lock)
    where = f"--profile '{invocation.profile.root}'"
    if holder is None:
        return f"Start it with: ares-desktop run {where}"
    if invocation.command.words == ("kill",):
        return (
            f"Process {holder} holds the profile but hangs: end it with kill -9 {holder}, which stops its strategies, "
            f"then start ares-desktop run --headless {where} and run this command again to cancel and flatten."
        )
    return f"Process {holder} holds the profile: it is starting, or it hangs. Try again, or end it and start it again."
