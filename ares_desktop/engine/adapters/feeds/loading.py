"""What a replay plays: files and stored symbols, read together or refused together."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.ids import split_instrument_id
from ares_desktop.domain.market import BarSpec, DataKind
from ares_desktop.engine.adapters.feeds.files import read_series
from ares_desktop.engine.data.actions import ACTION_COLUMNS, actions_of
from ares_desktop.engine.data.recognition import recognize
from ares_desktop.engine.data.series import TIME_COLUMNS, Series
from ares_desktop.engine.ports.bar_store import BarStore

_SIZES: Final = ("size", "volume")


class ReplaySource(msgspec.Struct, frozen=True, kw_only=True):
    """A file, or a stored symbol where ``path`` is None."""

    name: str
    path: Path | None


def load_sources(sources: Sequence[ReplaySource], store: BarStore | None) -> Sequence[Series]:
    """Read all sources; blocks.

    Raises:
        UsageError: with the findings of all of them; then nothing is loaded.
    """
    loaded: list[Series] = []
    findings: list[Finding] = []
    for source in sources:
        try:
            series = read_series(source.path) if source.path is not None else load_symbol(source.name, store)
        except UsageError as error:
            findings.extend(error.findings)
            continue
        if any(_same(series, other) for other in loaded):
            problem = f"gives {series.kind} of {series.instrument.id} a second time"
            findings.append(Finding(place=source.name, value="", problem=problem, remedy="Name it once."))
        loaded.append(series)
    if findings:
        raise UsageError(*findings)
    return loaded


def load_symbol(symbol: str, store: BarStore | None) -> Series:
    """Read a stored symbol: its bars, else its quotes, else its trades.

    Raises:
        UsageError: when the store has no such symbol.
    """
    stored = () if store is None else store.symbols()
    found = {item.kind: item for item in stored if item.symbol == symbol}
    kind = next((kind for kind in (DataKind.BARS, DataKind.QUOTES, DataKind.TRADES) if kind in found), None)
    if kind is None or store is None:
        known = ", ".join(sorted({item.symbol for item in stored})) or "none"
        remedy = f"Import it with `data import`, or name a file. Stored symbols: {known}."
        problem = "is neither a file nor a stored symbol"
        raise UsageError(Finding(place=symbol, value="", problem=problem, remedy=remedy))
    columns = dict(store.read(symbol, kind))
    told = {name: columns.pop(name) for name in ACTION_COLUMNS if name in columns}
    prices = [values for name, values in columns.items() if name not in TIME_COLUMNS and not name.endswith(_SIZES)]
    name, _ = split_instrument_id(found[kind].instrument)
    spec = BarSpec.parse(found[kind].spec) if found[kind].spec else None
    series = Series(instrument=recognize(name, prices), kind=kind, spec=spec, columns=columns)
    actions = actions_of(series.instrument.id, series.starts, told)
    return msgspec.structs.replace(series, actions=actions) if actions else series


def _same(one: Series, other: Series) -> bool:
    return one.instrument.id == other.instrument.id and one.kind is other.kind and one.spec == other.spec
