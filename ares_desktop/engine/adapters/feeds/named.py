"""Past data by name: files, symbols of the local store, and the bundled market."""

from collections.abc import Sequence
from typing import Final

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.engine.adapters.feeds.loading import load_sources
from ares_desktop.engine.adapters.feeds.sample import SAMPLE_SYMBOLS, load_sample
from ares_desktop.engine.adapters.feeds.spec import source_of
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.ports.bar_store import BarStore

SAMPLE: Final = "sample"
_PREFIX: Final = f"{SAMPLE}:"
_PLACE: Final = "data"


class NamedData:
    """Implements :class:`~ares_desktop.engine.backtest.market_data.MarketData`.

    Args:
        store: where symbols are looked up; it is opened only when one is named.
    """

    def __init__(self, store: BarStore) -> None:
        self._store = store

    def choices(self) -> tuple[str, ...]:
        """Return every name there is beside files: stored symbols, then ``sample:SYMBOL``.

        Raises:
            StorageError: when the store can't be read.
        """
        stored = dict.fromkeys(item.symbol for item in self._store.symbols())
        return (*stored, *(f"{_PREFIX}{symbol}" for symbol in SAMPLE_SYMBOLS))

    def findings(self, names: Sequence[str]) -> Sequence[Finding]:
        """Return what is wrong with names, without reading what they name."""
        found = []
        stored: set[str] | None = None
        for name in names:
            if name == SAMPLE:
                continue
            if name.startswith(_PREFIX):
                found += _sample_findings(name)
                continue
            source = source_of(name)
            if source.path is not None:
                if not source.path.is_file():
                    found.append(Finding(place=_PLACE, value=name, problem="no such file", remedy="Check the path."))
                continue
            if stored is None:
                stored = {item.symbol for item in self._store.symbols()}
            if name not in stored:
                found.append(_unknown(name, stored))
        return found

    def load(self, names: Sequence[str]) -> Sequence[Series]:
        """Read everything that is named; an instrument that two names give is refused.

        Raises:
            UsageError: with the findings of all of them.
            FeedError: when the bundled market is not installed.
            StorageError: when the store fails.
        """
        sources = [source_of(name) for name in names if name != SAMPLE and not name.startswith(_PREFIX)]
        bundled = [name for name in names if name == SAMPLE or name.startswith(_PREFIX)]
        findings = [finding for name in bundled if name != SAMPLE for finding in _sample_findings(name)]
        loaded: list[Series] = []
        try:
            loaded += load_sources(sources, self._store)
        except UsageError as error:
            findings += error.findings
        if bundled and not findings:
            loaded += _bundled(bundled)
            findings += _doubles(loaded)
        if findings:
            raise UsageError(*findings)
        return loaded


def _bundled(names: Sequence[str]) -> list[Series]:
    wanted = {name.removeprefix(_PREFIX) for name in names}
    market = load_sample()
    return [item for item in market if SAMPLE in wanted or item.instrument.symbol in wanted]


def _doubles(series: Sequence[Series]) -> list[Finding]:
    seen, findings = set(), []
    for item in series:
        key = (item.instrument.id, item.kind, item.spec)
        if key in seen:
            problem = f"{item.kind} of {item.instrument.id} come a second time"
            findings.append(
                Finding(place=_PLACE, value=item.instrument.symbol, problem=problem, remedy="Name it once.")
            )
        seen.add(key)
    return findings


def _sample_findings(name: str) -> list[Finding]:
    symbol = name.removeprefix(_PREFIX)
    if symbol in SAMPLE_SYMBOLS:
        return []
    remedy = f"It has {', '.join(SAMPLE_SYMBOLS)}."
    return [Finding(place=_PLACE, value=name, problem="is not in the bundled market", remedy=remedy)]


def _unknown(name: str, stored: set[str]) -> Finding:
    known = ", ".join(sorted(stored)) or "none"
    remedy = f"Name a file, or import it with `data import`. Stored symbols: {known}; bundled ones: sample:SYMBOL."
    return Finding(place=_PLACE, value=name, problem="is neither a file nor a stored symbol", remedy=remedy)
