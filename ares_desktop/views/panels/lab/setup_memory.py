"""Keeps the last set-up of a profile."""

from typing import Final

import msgspec
import structlog

from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.domain.searches import SearchSpec
from ares_desktop.views.layout_store import LayoutStore

_log = structlog.get_logger(__name__)

_BACKTEST: Final = "lab/backtest"
_SEARCH: Final = "lab/search"
_STRESS: Final = "lab/stress"


def keep_setup(store: LayoutStore, spec: BacktestSpec | SearchSpec, *, stress: bool) -> None:
    """Keep a set-up in place of the one before, and whether its costs were stressed."""
    store.put(_STRESS, "on" if stress else "off")
    search = isinstance(spec, SearchSpec)
    store.forget(_BACKTEST if search else _SEARCH)
    store.put(_SEARCH if search else _BACKTEST, msgspec.json.encode(spec).decode())


def kept_setup(store: LayoutStore) -> BacktestSpec | SearchSpec | None:
    """Return the set-up that was kept, None without one or when it can't be read."""
    try:
        if text := store.text(_SEARCH):
            return msgspec.json.decode(text, type=SearchSpec)
        if text := store.text(_BACKTEST):
            return msgspec.json.decode(text, type=BacktestSpec)
    except msgspec.MsgspecError as error:
        _log.info("setup_ignored", error=str(error))
    return None


def kept_stress(store: LayoutStore) -> bool:
    """Say whether the kept set-up had its costs stressed."""
    return store.text(_STRESS) == "on"
