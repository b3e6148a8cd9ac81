"""Strategies written to files and read from them; the files are those of whoever types the command."""

import sys
from pathlib import Path

from ares_desktop.cli.remote import in_app
from ares_desktop.cli.spec import Invocation, done
from ares_desktop.control.protocol import ExitCode, Reply, decode_document
from ares_desktop.domain.errors import Finding, StorageError, UsageError


def export(invocation: Invocation) -> Reply:
    """Write strategies as TOML to a file, else to standard output, where JSON holds them as one text."""
    file: Path | None = invocation.values["file"]
    asked = {"names": invocation.values["names"]}
    reply = in_app("strategies.export")(_with(invocation, asked))
    if reply.exit_code != ExitCode.DONE:
        return reply
    text = decode_document(bytes(reply.document))["text"]
    if file is not None:
        from ares_desktop.config.saving import write_atomically  # noqa: PLC0415 - only this command needs it

        write_atomically(file, text)
        return done({"file": str(file), "names": asked["names"]})
    if invocation.json:
        return reply
    sys.stdout.write(text)
    return Reply(exit_code=ExitCode.DONE)


def import_file(invocation: Invocation) -> Reply:
    """Add the strategies of a file.

    Raises:
        UsageError: when it is not UTF-8 text.
        StorageError: when it can't be read.
    """
    file = Path(invocation.values["file"])
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        remedy = "Save it as UTF-8."
        raise UsageError(Finding(place=str(file), value="", problem=f"is not UTF-8: {error}", remedy=remedy)) from error
    except OSError as error:
        msg = f"{file} can't be read: {error.strerror}"
        raise StorageError(msg) from error
    return in_app("strategies.import")(_with(invocation, {"text": text}))


def _with(invocation: Invocation, values: dict[str, object]) -> Invocation:
    return Invocation(command=invocation.command, values=values, profile=invocation.profile, json=invocation.json)
