"""Stand-ins for the packages that ``manage_strategy`` files import from the program they were written for."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final

from ares_desktop.engine.hosting.seed.managers import SeedStrategyManager

_NAMES: Final = ("broker", "broker.trademanager", "data_and_research", "gui", "gui.log", "ib_async")


@dataclass
class Contract:
    """A contract by its symbol, as ib_async names it."""

    symbol: str = ""
    exchange: str = "SMART"
    currency: str = "USD"
    secType: str = "STK"  # noqa: N815 - the name that ib_async gives it


class Surroundings:
    """What a file finds around it; most of it is known only once the file runs.

    Attributes:
        manager: the strategy manager of the running instance.
    """

    def __init__(self) -> None:
        self.manager: SeedStrategyManager | None = None

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Offer the stand-ins for the time of the context, each only where nothing of that name is installed."""
        made = {name: module for name, module in self._modules().items() if not _exists(name)}
        sys.modules.update(made)
        try:
            yield
        finally:
            for name, module in made.items():
                if sys.modules.get(name) is module:
                    del sys.modules[name]

    def _modules(self) -> dict[str, ModuleType]:
        modules = {name: ModuleType(name, f"Stands in for {name}.") for name in _NAMES}
        broker, research = modules["broker"], modules["data_and_research"]
        vars(broker).update(
            connect_to_IB=self._nothing,
            disconnect_from_IB=self._nothing,
            trademanager=modules["broker.trademanager"],
            __path__=[],
        )
        vars(modules["broker.trademanager"]).update(TradeManager=self._trade_manager)
        vars(research).update(
            get_strategy_allocation_bounds=self._bounds,
            get_strategy_symbol=self._symbol,
            fetch_strategy_params=self._params,
        )
        vars(modules["gui"]).update(log=modules["gui.log"], __path__=[])
        vars(modules["gui.log"]).update(add_log=self._say)
        vars(modules["ib_async"]).update(
            Contract=Contract,
            Stock=_contract("STK"),
            Future=_contract("FUT"),
            Index=_contract("IND"),
            Forex=_contract("CASH"),
            __all__=["Contract", "Stock", "Future", "Index", "Forex"],
        )
        return modules

    @property
    def _running(self) -> SeedStrategyManager:
        if self.manager is None:
            raise RuntimeError("this is known only once manage_strategy was called")
        return self.manager

    def _trade_manager(self, *_: object) -> Any:  # noqa: ANN401 - called as the original is
        return self._running.trade_manager

    def _bounds(self, _symbol: str = "") -> tuple[float, float, float]:
        return self._running.bounds

    def _symbol(self, _file: str = "") -> str:
        return self._running.name

    def _params(self, _symbol: str = "") -> dict[str, Any]:
        return self._running.parameters

    def _say(self, text: object, *_: object) -> None:
        self._running.say(str(text))

    @staticmethod
    def _nothing(*_: object, **__: object) -> None:
        """Stand for a session with the broker: the engine has it, the file needs none."""


def _exists(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _contract(kind: str) -> type[Contract]:
    def make(self: Contract, symbol: str = "", exchange: str = "SMART", currency: str = "USD", **_: object) -> None:
        Contract.__init__(self, symbol, exchange, currency, kind)

    return type(kind.title(), (Contract,), {"__init__": make})
