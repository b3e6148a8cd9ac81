"""Rules of the house that no linter knows, checked on the syntax tree of every source file."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

MAX_LINES = 400
MAX_FUNCTION_LINES = 40
DECLARATION_STATEMENTS = 3
"""A function of so few statements is one long declaration, of a table's columns for example."""
CODE = ("ares_desktop", "strategies")
EVERYTHING = (*CODE, "tests", "benchmarks", "scripts")
VAGUE_NAMES = {"utils", "util", "misc", "helpers", "common", "stuff"}
VAGUE_VERBS = ("handle_", "process_", "do_", "manage_")
STRATEGY_ENTRY_POINT = "manage_strategy"

OUTERMOST_LOOP = "ares_desktop/event_loop.py"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(root: Path, folders: tuple[str, ...] = CODE) -> list[Path]:
    return sorted(path for folder in folders for path in (root / folder).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def looked_at(path: Path) -> tuple[ast.Call | Function, ...]:
    """Return the nodes that rules are about: to walk through all of the code takes long."""
    return tuple(node for node in ast.walk(tree(path)) if isinstance(node, ast.Call | Function))


def nodes(root: Path, *kinds: type[ast.Call | Function]) -> Iterator[tuple[str, ast.AST]]:
    """Yield ``place, node`` of these kinds in the code."""
    for path in sources(root):
        for node in looked_at(path):
            if isinstance(node, kinds):
                line = getattr(node, "lineno", 1)
                yield f"{path.relative_to(root)}:{line}", node


def attribute_calls(root: Path, *names: str) -> Iterator[tuple[str, ast.Attribute]]:
    for place, node in nodes(root, ast.Call):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
            yield place, node.func


def report(offenders: list[str]) -> None:
    """Fail with one offender a line."""
    assert not offenders, "\n".join(["", *offenders])


def test_no_modal_loop_is_ever_started(root: Path) -> None:
    modal = [place for place, _ in attribute_calls(root, "exec", "exec_")]
    report([place for place in modal if not place.startswith(OUTERMOST_LOOP)])


def test_only_the_task_set_spawns_tasks(root: Path) -> None:
    allowed = ("ares_desktop/engine/runtime/tasks.py", OUTERMOST_LOOP)
    spawning = [place for place, _ in attribute_calls(root, "create_task", "ensure_future")]
    report([place for place in spawning if not place.startswith(allowed)])


def test_only_the_router_hands_orders_to_a_broker(root: Path) -> None:
    submitting = [
        place
        for place, call in attribute_calls(root, "submit")
        if ast.unparse(call.value).rpartition(".")[2].strip("_") == "broker"
    ]
    assert submitting, "the router moved: this test looks for `broker.submit(`"
    brokers_own = "ares_desktop/engine/adapters/brokers/"
    # A backtest has the venue in its own process and a router of its own: what is written down there comes first too.
    replay = "ares_desktop/engine/backtest/replay/floor.py:"
    # The sentinel stands in for a router that can't act, and writes its orders into its record before it sends them.
    sentinel = "ares_desktop/sentinel/account_act.py:"
    allowed = ("ares_desktop/engine/trading/router.py:", replay, sentinel, brokers_own)
    report([place for place in submitting if not place.startswith(allowed)])


def test_no_file_is_too_long_to_read(root: Path) -> None:
    lengths = {path: path.read_text().count("\n") for path in sources(root, EVERYTHING)}
    report([f"{path.relative_to(root)} has {lines} lines" for path, lines in lengths.items() if lines > MAX_LINES])


def test_no_function_is_too_long_to_read(root: Path) -> None:
    long = []
    for place, node in nodes(root, ast.FunctionDef, ast.AsyncFunctionDef):
        assert isinstance(node, Function)
        body = node.body[1:] if ast.get_docstring(node) else node.body
        lines = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
        if lines > MAX_FUNCTION_LINES and len(body) > DECLARATION_STATEMENTS:
            long.append(f"{place} {node.name} has {lines} lines")
    report(long)


def test_every_module_says_in_a_sentence_what_it_is_for(root: Path) -> None:
    silent = []
    for path in sources(root, EVERYTHING):
        doc = ast.get_docstring(tree(path)) or ""
        if not re.match(r"[A-Z`].*[.:]$", doc.partition("\n\n")[0], flags=re.DOTALL):
            silent.append(str(path.relative_to(root)))
    report(silent)


def test_names_say_what_a_thing_is_and_does(root: Path) -> None:
    vague = [str(path.relative_to(root)) for path in sources(root) if VAGUE_NAMES & {path.stem, path.parent.name}]
    for place, node in nodes(root, ast.FunctionDef, ast.AsyncFunctionDef):
        assert isinstance(node, Function)
        name = node.name.lstrip("_")
        if name.startswith(VAGUE_VERBS) and name != STRATEGY_ENTRY_POINT:
            vague.append(f"{place} {node.name}")
    report(vague)


def test_every_exception_to_a_rule_has_a_code_and_a_reason(root: Path) -> None:
    reasoned = re.compile(r"# noqa: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)* +\S+ \S+|# type: ignore\[[a-z-]+(, ?[a-z-]+)*\]")
    bare = []
    for path in sources(root):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if ("# noqa" in line or "# type: ignore" in line or "# ruff: noqa" in line) and not reasoned.search(line):
                bare.append(f"{path.relative_to(root)}:{number} {line.strip()}")
    report(bare)


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX", "HACK"])
def test_open_work_is_tracked_outside_the_code(root: Path, word: str) -> None:
    pattern = re.compile(rf"\b{word}\b")
    report([str(path.relative_to(root)) for path in sources(root) if pattern.search(path.read_text())])
