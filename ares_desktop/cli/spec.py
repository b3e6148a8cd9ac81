"""What a command is: its words, what it takes, how it is done and how its outcome is shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from ares_desktop.cli.values import Convert, text
from ares_desktop.control.protocol import ExitCode, Failure, Reply, encode
from ares_desktop.domain.errors import Finding
from ares_desktop.paths import Profile


@dataclass(frozen=True, kw_only=True)
class Argument:
    """A positional argument, or an option when its flag is given.

    Attributes:
        name: key of its value.
        flag: such as ``--limit``; empty for a positional one.
        metavar: how its value is called; empty for an option without a value.
        many: takes several words.
        unless: name of an option, or names of several, that make a required one needless.
    """

    name: str
    help: str
    metavar: str = ""
    flag: str = ""
    convert: Convert = text
    required: bool = False
    many: bool = False
    unless: str | tuple[str, ...] = ""

    @property
    def place(self) -> str:
        """How a person finds it."""
        return self.flag or self.metavar


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """A command line that was understood.

    Attributes:
        findings: what was wrong with it, for a command that gathers.
    """

    command: "Command"
    values: dict[str, Any]
    profile: Profile
    json: bool
    findings: tuple[Finding, ...] = ()


Run = Callable[[Invocation], Reply]


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command.

    Attributes:
        words: its name, such as ``("strategies", "list")``.
        run: does it; imports what it needs when it is called, so that every other command starts fast.
        view: name of the table that shows its document to people.
        gathers: it has more to check, and reports that together with what was wrong with the command line.
    """

    words: tuple[str, ...]
    help: str
    run: Run
    arguments: tuple[Argument, ...] = ()
    view: str = ""
    gathers: bool = False

    @property
    def name(self) -> str:
        """Its words as they are typed."""
        return " ".join(self.words)


def done(document: object, exit_code: ExitCode = ExitCode.DONE) -> Reply:
    """Return the outcome with a document."""
    return Reply(exit_code=exit_code, document=msgspec.Raw(encode(document)))


def not_done(exit_code: ExitCode, kind: str, message: str, code: str = "") -> Reply:
    """Return the outcome of a command that could not be done."""
    return Reply(exit_code=exit_code, failure=Failure(kind=kind, message=message, code=code))
