"""Shows outcomes: one JSON document on standard output, or tables for people."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

import msgspec

from ares_desktop.control.protocol import ExitCode, Failure, Reply, decode_document, encode

_NOTHING = msgspec.Raw(b"null")


@contextlib.contextmanager
def kept_clean(*, json: bool) -> Iterator[None]:
    """Send whatever anybody prints meanwhile to standard error, native libraries included, when JSON is asked for."""
    if not json:
        yield
        return
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def show(reply: Reply, *, view: str, json: bool) -> None:
    """Print how a command ended."""
    if json:
        sys.stdout.write(json_text(reply) + "\n")
        sys.stdout.flush()
        return
    if reply.failure is not None:
        _show_failure(reply.failure)
    elif reply.document != _NOTHING:
        from ares_desktop.cli.tables import show_document  # noqa: PLC0415 - rich is slow to import

        show_document(view, decode_document(bytes(reply.document)))
        sys.stdout.flush()


def json_text(reply: Reply) -> str:
    """Return the one JSON document of a reply; a failure is ``{"error": {...}}`` with its reason code and findings."""
    if reply.failure is None and (reply.document != _NOTHING or reply.exit_code == ExitCode.DONE):
        document = bytes(reply.document)
    else:
        failure = reply.failure or Failure(kind="failed", message="it ended with an error; the log tells which")
        document = encode({"error": _error(failure), "reason": failure.code or failure.kind})
    return msgspec.json.format(document, indent=2).decode()


def abandon() -> None:
    """Close standard output after its reader went away, so that the interpreter does not complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _error(failure: Failure) -> dict[str, Any]:
    return {
        "kind": failure.kind,
        "code": failure.code,
        "message": failure.message,
        "findings": [msgspec.to_builtins(finding) for finding in failure.findings],
    }


def _show_failure(failure: Failure) -> None:
    lines = [str(finding) for finding in failure.findings] or [failure.message]
    code = f"{failure.code}: " if failure.code and failure.kind == "refused" else ""
    for line in lines:
        sys.stderr.write(f"ares-desktop: {code}{line}\n")
