"""Runs one command line from its words to its exit code."""

import sys
from collections.abc import Sequence

from ares_desktop.cli import output
from ares_desktop.cli.commands import COMMANDS
from ares_desktop.cli.parsing import overview, parse
from ares_desktop.control.protocol import failed
from ares_desktop.domain.errors import AresError

_INTERRUPTED = 130
"""What shells report for a program that SIGINT ended."""


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says and return the exit code of :class:`ares_desktop.control.protocol.ExitCode`."""
    given = list(sys.argv[1:] if words is None else words)
    if given in (["--help"], ["-h"], ["help"]):
        print(overview(COMMANDS))  # noqa: T201 - help is the output
        return 0
    if given == ["--version"]:
        from importlib.metadata import version  # noqa: PLC0415 - nothing else needs it

        print(version("ares-desktop"))  # noqa: T201 - the version is the output
        return 0
    json = "--json" in given
    try:
        invocation = parse(given, COMMANDS)
        with output.kept_clean(json=json):
            reply = invocation.command.run(invocation)
        output.show(reply, view=invocation.command.view, json=json)
    except AresError as error:
        reply = failed(error)
        output.show(reply, view="", json=json)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        output.abandon()
    else:
        return int(reply.exit_code)
    return int(reply.exit_code)
