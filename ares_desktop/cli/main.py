"""Runs one command line from its words to its exit code."""

import sys
import traceback
from collections.abc import Sequence

from ares_desktop.cli import output
from ares_desktop.cli.commands import COMMANDS
from ares_desktop.cli.parsing import group_overview, overview, parse
from ares_desktop.cli.spec import not_done
from ares_desktop.control.protocol import ExitCode, Reply, failed
from ares_desktop.domain.errors import AresError

_INTERRUPTED = 130
"""What shells report for a program that SIGINT ended."""
_BROKEN_PIPE = 141
"""What shells report for a program whose reader went away."""


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says and return the exit code of :class:`ares_desktop.control.protocol.ExitCode`."""
    given = list(sys.argv[1:] if words is None else words)
    try:
        if given in (["--help"], ["-h"], ["help"], ["--version"]):
            sys.stdout.write((_version() if given == ["--version"] else overview(COMMANDS)) + "\n")
            sys.stdout.flush()
            return 0
        if given[1:] in (["--help"], ["-h"]) and (group := group_overview(given[0], COMMANDS)):
            sys.stdout.write(group + "\n")
            sys.stdout.flush()
            return 0
        return int(_do(given, json="--json" in given).exit_code)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        output.abandon()
        return _BROKEN_PIPE


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - nothing else needs it

    return version("ares-desktop")


def _do(words: Sequence[str], *, json: bool) -> Reply:
    view = ""
    try:
        invocation = parse(words, COMMANDS)
        with output.kept_clean(json=json):
            reply = invocation.command.run(invocation)
        view = invocation.command.view
    except AresError as error:
        reply = failed(error)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - process boundary: a fault of ours still ends with a document and a code
        traceback.print_exc()
        reply = not_done(ExitCode.FAILED, "failed", f"a fault of the program: {error!r}")
    output.show(reply, view=view, json=json)
    return reply
