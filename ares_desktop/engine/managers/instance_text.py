"""Configurations of instances as TOML that a person may read, keep and edit."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final

import msgspec
import tomlkit
from tomlkit.items import Table

from ares_desktop.domain.differences import PARAMETERS
from ares_desktop.domain.errors import Finding
from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.strategies import StrategyInstance

FORMAT: Final = 1
_TABLE: Final = "strategy"
_COMMENTS: Final[Mapping[str, str]] = {
    "name": "",
    "file": "a name in one of the strategy folders, or a path",
    "account": "without this line: that of the profile it is imported into",
    "instruments": "SYMBOL.VENUE; empty for everything the feed has",
    "bar_spec": 'length of its bars, such as "5m"; empty for what the feed has',
    "weight": "share of the account's equity",
    "min_weight": "band around the weight that allocation keeps to",
    "max_weight": "",
    "no_trade_band": "weights nearer to the present one are not traded",
    "capital": "fixed, instead of the weight",
    "hours": 'when it may open positions, such as "session open +5m to session close -10m"; empty for always',
    "benchmark": "what its performance is compared with",
    "isolation": "process or thread",
    "restart": "never, on fault or always",
    "restart_limit": "restarts before it stays down",
    "restart_backoff_s": "seconds before the first restart, doubled with each further one",
    "on_fault": "cancel or keep its working orders when it faults",
    "start_order": "smaller ones start first",
    "memory_mb": "what its process may use",
}
"""Fields in the order in which they are written; switches are left out, what is imported comes switched off."""
_HEAD: Final = (
    "Strategies of Ares Desktop, to be read by `ares-desktop strategies import`.",
    "Numbers are kept exactly as written. What is imported comes switched off.",
)
_TYPES: Final = {field.name: field.type for field in msgspec.structs.fields(StrategyInstance)}
_EXACT: Final = frozenset({"weight", "min_weight", "max_weight", "no_trade_band", "capital"})
_HEADER: Final = re.compile(r"^\s*\[\[\s*[\"']?strategy[\"']?\s*\]\]")
_SUBTABLE: Final = re.compile(r"^\s*\[\s*[\"']?strategy[\"']?\s*\.\s*[\"']?(\w+)[\"']?\s*\]")
_KEY: Final = re.compile(r"^\s*[\"']?([^\s\"'=.]+)[\"']?\s*(?:\.\s*[\"']?([^\s\"'=]+)[\"']?\s*)?=")
_AT_LINE: Final = re.compile(r"\s*\(at line (\d+), column (\d+)\)")


class ReadInstance(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration out of a text, with the place of each of its fields in it."""

    instance: StrategyInstance
    places: "Places"

    def placed(self, finding: Finding) -> Finding:
        """Return a finding about the instance with the line that it is about."""
        return msgspec.structs.replace(finding, place=self.places.of(finding.place))


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where one table of a text begins and where its keys are, by dotted key."""

    title: str
    lines: Mapping[str, int]

    def of(self, key: str) -> str:
        """Return how a person finds a key; a parameter may come without its table's name."""
        line = self.lines.get(key) or self.lines.get(f"{PARAMETERS}.{key}") or self.lines[""]
        return f"line {line}, {self.title}.{key}"


def write_instances(instances: Iterable[StrategyInstance]) -> str:
    """Return the TOML of instances, in their order; the same instances give the same text."""
    document = tomlkit.document()
    for line in _HEAD:
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    document.add("format", tomlkit.item(FORMAT))
    tables = tomlkit.aot()
    for instance in instances:
        tables.append(_table(instance))
    document.add(_TABLE, tables)
    return tomlkit.dumps(document)


def read_instances(text: str, *, account: AccountId) -> tuple[tuple[ReadInstance, ...], tuple[Finding, ...]]:
    """Return the instances of a text and everything that is wrong with it.

    Args:
        text: as :func:`write_instances` made it, or as a person did.
        account: of an instance that names none.
    """
    try:
        tree = tomllib.loads(text.removeprefix("\ufeff"), parse_float=Decimal)
    except ValueError as error:
        return (), (_syntax(error),)
    findings = list(_head_findings(tree))
    tables = tree.get(_TABLE, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        problem = "must be written as [[strategy]] tables"
        return (), (*findings, Finding(place=_TABLE, value="", problem=problem))
    if not tables:
        remedy = "Begin each with a line [[strategy]]."
        findings.append(Finding(place=_TABLE, value="", problem="the text has no strategy", remedy=remedy))
    lines = list(_lines_of_tables(text, len(tables)))
    read = []
    for number, table in enumerate(tables):
        title = table["name"] if isinstance(table.get("name"), str) else f"strategy {number + 1}"
        places = Places(title=title, lines=lines[number])
        fields = _fields({"account": account, **table}, places, findings)
        if fields is not None:
            read.append(ReadInstance(instance=StrategyInstance(**fields), places=places))
    return tuple(read), tuple(findings)


def _table(instance: StrategyInstance) -> Table:
    table = tomlkit.table()
    for name, comment in _COMMENTS.items():
        value = getattr(instance, name)
        if value is None:
            table.add(tomlkit.comment(f"{name}: {comment}; not set"))
            continue
        item = tomlkit.value(f"{value:f}") if isinstance(value, Decimal) else tomlkit.item(_plain(value))
        if comment:
            item.comment(comment)
        table.add(name, item)
    parameters = tomlkit.table()
    for name, value in sorted(instance.parameters.items()):
        if value is not None:
            parameters.add(name, tomlkit.item(_plain(value)))
    table.add(PARAMETERS, parameters)
    return table


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a field or a parameter holds
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    return value.value if hasattr(value, "value") else value


def _head_findings(tree: Mapping[str, Any]) -> Iterator[Finding]:
    for key in tree.keys() - {"format", _TABLE}:
        yield Finding(place=key, value="", problem="is not known here", remedy="Put it below a line [[strategy]].")
    if tree.get("format", FORMAT) != FORMAT:
        remedy = "Export it again with this version of the program."
        yield Finding(place="format", value=str(tree["format"]), problem=f"must be {FORMAT}", remedy=remedy)


def _fields(table: Mapping[str, Any], places: Places, findings: list[Finding]) -> dict[str, Any] | None:
    """Return the values of a table's fields, None when one of them can't be read; findings are added."""
    values: dict[str, Any] = {}
    before = len(findings)
    for key, value in table.items():
        if key not in _COMMENTS and key != PARAMETERS:
            near = get_close_matches(key, _COMMENTS, n=1)
            remedy = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(_COMMENTS)}, {PARAMETERS}."
            findings.append(Finding(place=places.of(key), value="", problem="is not known", remedy=remedy))
            continue
        given = value if key in _EXACT else _floats(value)
        try:
            values[key] = msgspec.convert(given, _TYPES[key])
        except msgspec.ValidationError as error:
            problem = str(error).replace("`", "")
            findings.append(Finding(place=places.of(key), value=str(value), problem=problem[:1].lower() + problem[1:]))
    findings += [
        Finding(place=places.of(key), value="", problem="is missing", remedy="Add it.")
        for key in ("name", "file")
        if key not in table
    ]
    values.setdefault("instruments", ())
    return values if len(findings) == before else None


def _floats(value: Any) -> Any:  # noqa: ANN401 - any TOML
    if isinstance(value, dict):
        return {key: _floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_floats(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def _syntax(error: ValueError) -> Finding:
    found = _AT_LINE.search(str(error))
    place = f"line {found[1]}, column {found[2]}" if found else "end of the text"
    problem = _AT_LINE.sub("", str(error)).removesuffix(" (at end of document)")
    return Finding(place=place, value="", problem=f"is not TOML: {problem[:1].lower() + problem[1:]}")


def _lines_of_tables(text: str, count: int) -> Iterator[Mapping[str, int]]:
    """Yield, for each ``[[strategy]]``, the 1-based lines of its keys; the empty key is the table itself."""
    found: list[dict[str, int]] = []
    prefix = ""
    for number, line in enumerate(text.splitlines(), 1):
        if _HEADER.match(line):
            found.append({"": number})
            prefix = ""
        elif (below := _SUBTABLE.match(line)) and found:
            prefix = f"{below[1]}."
            found[-1].setdefault(below[1], number)
        elif (key := _KEY.match(line)) and found:
            found[-1].setdefault(prefix + ".".join(part for part in key.groups() if part), number)
    # Tables written in another way, such as an inline array, have no lines of their own.
    yield from found[:count]
    yield from ({"": 1} for _ in range(count - len(found)))
