"""Reads the command line, and reports everything that is wrong with it at once."""

import argparse
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, NoReturn

from ares_desktop.cli.spec import Argument, Command, Invocation
from ares_desktop.cli.values import BadValueError
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.paths import Profile

PROGRAM: Final = "ares-desktop"
DEFAULT: Final = ("run",)
_NO_VALUE: Final = object()


class _Words(argparse.ArgumentParser):
    """Splits words into options and the rest; judging them is left to us, since argparse stops at the first error."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(Finding(place="command line", value="", problem=message, remedy=f"See {self.prog} --help."))


def parse(words: Sequence[str], commands: Mapping[tuple[str, ...], Command]) -> Invocation:
    """Understand a command line.

    Raises:
        UsageError: with every finding.
        SystemExit: after help or version was printed.
    """
    everywhere = _Words(prog=PROGRAM, add_help=False, allow_abbrev=False)
    _add_everywhere(everywhere)
    given, rest = everywhere.parse_known_args(list(words))
    findings: list[Finding] = []
    command, rest = _command(rest, commands)
    parser = _parser(command)
    parsed, unknown = parser.parse_known_intermixed_args(rest)
    findings += [_unexpected(word, command) for word in unknown]
    values = {item.name: _value(item, parsed, findings) for item in command.arguments}
    if given.profile is _NO_VALUE:
        findings.append(Finding(place="--profile", value="", problem="must be followed by a folder"))
    if findings and (not command.gathers or given.profile is _NO_VALUE):
        raise UsageError(*findings)
    return Invocation(
        command=command, values=values, profile=Profile.at(given.profile), json=given.json, findings=tuple(findings)
    )


def group_overview(group: str, commands: Mapping[tuple[str, ...], Command]) -> str:
    """Return the help on the commands that begin with one word, empty when there are none or it is a command itself."""
    below = [command for words, command in commands.items() if words[0] == group and len(words) > 1]
    if not below or (group,) in commands:
        return ""
    width = max(len(command.name) for command in below)
    lines = [f"  {command.name:<{width}}  {command.help}" for command in below]
    return "\n".join([f"usage: {PROGRAM} {group} COMMAND ...", "", *lines])


def overview(commands: Mapping[tuple[str, ...], Command]) -> str:
    """Return the help on all commands."""
    width = max(len(command.name) for command in commands.values())
    lines = [f"  {command.name:<{width}}  {command.help}" for command in commands.values()]
    return "\n".join(
        [
            f"usage: {PROGRAM} [--profile DIR] [--json] [COMMAND] ...",
            "",
            "Without a command: run, with a window.",
            "",
            *lines,
            "",
            f"{PROGRAM} COMMAND --help tells what a command takes.",
            "Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 no running application, 4 refused.",
            "Ctrl-C ends a command with 130; a search goes on with: optimize --resume RUN.",
            "A second run on a profile is refused (4), and the window of the first one is raised.",
        ]
    )


def _add_everywhere(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--profile", metavar="DIR", nargs="?", const=_NO_VALUE, help="the folder that holds everything")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def _command(rest: list[str], commands: Mapping[tuple[str, ...], Command]) -> tuple[Command, list[str]]:
    if not rest or rest[0].startswith("-"):
        return commands[DEFAULT], rest
    for length in (2, 1):
        if tuple(rest[:length]) in commands:
            return commands[tuple(rest[:length])], rest[length:]
    below = [words[1] for words in commands if words[0] == rest[0] and len(words) > 1]
    wrong, choices = (" ".join(rest[1:2]), below) if below else (rest[0], list(dict.fromkeys(w[0] for w in commands)))
    near = get_close_matches(wrong, choices, n=1)
    raise UsageError(
        Finding(
            place="command",
            value=" ".join(rest[:2]) if below else rest[0],
            problem="is not a command",
            remedy=f"Did you mean {near[0]}?" if near else f"Known ones are {', '.join(choices)}.",
        )
    )


def _parser(command: Command) -> _Words:
    parser = _Words(
        prog=f"{PROGRAM} {command.name}",
        usage=" ".join([PROGRAM, command.name, *(_usage(item) for item in command.arguments)]),
        description=f"{command.help[:1].upper()}{command.help[1:]}.",
        allow_abbrev=False,
    )
    _add_everywhere(parser)
    for item in command.arguments:
        if item.flag and not item.metavar:
            parser.add_argument(item.flag, dest=item.name, action="store_true", help=item.help)
        elif item.flag:
            action = "append" if item.many else "store"
            parser.add_argument(
                item.flag,
                dest=item.name,
                metavar=item.metavar,
                nargs="?",
                const=_NO_VALUE,
                action=action,
                help=item.help,
            )
        else:
            parser.add_argument(item.name, metavar=item.metavar, nargs="*" if item.many else "?", help=item.help)
    return parser


def _usage(item: Argument) -> str:
    words = " ".join(filter(None, (item.flag, item.metavar))) + ("..." if item.many else "")
    return words if item.required else f"[{words}]"


def _value(item: Argument, parsed: argparse.Namespace, findings: list[Finding]) -> Any:  # noqa: ANN401 - the argument's converter decides
    raw = getattr(parsed, item.name)
    if item.flag and not item.metavar:
        return raw
    words = [word for word in (raw if isinstance(raw, list) else [raw]) if word is not None]
    if _NO_VALUE in words:
        findings.append(Finding(place=item.place, value="", problem=f"must be followed by {item.metavar}"))
        return None
    if not words:
        others = (item.unless,) if isinstance(item.unless, str) else item.unless
        if item.required and not any(getattr(parsed, other, None) not in (None, [], False) for other in others):
            findings.append(Finding(place=item.place, value="", problem="is missing", remedy=f"It is {item.help}."))
        return None
    converted = [_converted(item, word, findings) for word in words]
    return converted if item.many else converted[0]


def _converted(item: Argument, word: str, findings: list[Finding]) -> Any:  # noqa: ANN401 - the argument's converter decides
    try:
        return item.convert(word)
    except BadValueError as error:
        findings.append(Finding(place=item.place, value=word, problem=error.problem, remedy=error.remedy))
        return None


def _unexpected(word: str, command: Command) -> Finding:
    known = [item.flag for item in command.arguments if item.flag] + ["--profile", "--json"]
    near = get_close_matches(word.partition("=")[0], known, n=1) if word.startswith("-") else []
    problem = f"is not an option of {command.name}" if word.startswith("-") else "is one word too many"
    remedy = f"Did you mean {near[0]}?" if near else f"See {PROGRAM} {command.name} --help."
    return Finding(place="command line", value=word, problem=problem, remedy=remedy)
