"""A strategy made out of a module with the entry point ``manage_strategy``."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, ClassVar, Final

from pydantic import create_model

from ares_desktop.api.parameters import Params, param
from ares_desktop.api.strategy import Strategy
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.orders import Order
from ares_desktop.engine.hosting.seed.bridge import Bridge
from ares_desktop.engine.hosting.seed.managers import SeedStrategyManager
from ares_desktop.engine.hosting.seed.modules import Surroundings

ENTRY: Final = "manage_strategy"
_JOIN_S: Final = 2.0
_PLAIN: Final = (bool, int, float, str)

Entry = Callable[[int, SeedStrategyManager, dict[int, asyncio.AbstractEventLoop]], None]


class SeedStrategy(Strategy):
    """Runs the entry point in a thread of its own, with a loop of its own, and tells it what became of its orders.

    It lives by the wall clock; in a backtest it can't run.
    """

    module: ClassVar[ModuleType]
    surroundings: ClassVar[Surroundings]

    def on_start(self) -> None:
        """Put the parameters in force into the module's ``PARAMS``."""
        self._failure: BaseException | None = None
        self._ended = False
        self._bridge: Bridge | None = None
        self._thread: threading.Thread | None = None
        declared = vars(self.module).get("PARAMS")
        if isinstance(declared, dict):
            declared.update(self.params.model_dump())

    async def run_strategy(self) -> None:
        """Run the entry point until it returns or the instance is stopped.

        Raises:
            BaseException: whatever the entry point raises.
        """
        task = asyncio.current_task()
        client_id = self.context.client_id
        loops: dict[int, asyncio.AbstractEventLoop] = {}
        bridge = self._bridge = Bridge(loops, client_id)
        manager = SeedStrategyManager(self.context, bridge, client_id, self.context.log.info)
        manager.strategy_loops = loops
        self.surroundings.manager = manager
        loop = asyncio.get_running_loop()

        def live() -> None:
            try:
                getattr(self.module, ENTRY)(client_id, manager, loops)
            except BaseException as error:  # noqa: BLE001 - strategy boundary: raised again on the worker's loop
                self._failure = error
            self._ended = True
            if task is not None and not loop.is_closed():
                loop.call_soon_threadsafe(task.cancel)

        self._thread = threading.Thread(target=live, name=f"{ENTRY} of {self.context.name}", daemon=True)
        self._thread.start()
        try:
            async for event in self.context.events():
                if isinstance(event, Order | Fill):
                    manager.trade_manager.take(event)
        except asyncio.CancelledError:
            if not self._ended or task is None:
                raise
            task.uncancel()
        if self._failure is not None:
            raise self._failure

    async def on_stop(self) -> None:
        """Stop the loops that the file registered and give its thread time to clean up."""
        if self._bridge is not None:
            self._bridge.stop()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, _JOIN_S)


def seed_strategy(module: ModuleType, surroundings: Surroundings) -> type[Strategy]:
    """Return the strategy of a module with the entry point; what is in its ``PARAMS`` becomes its parameters."""
    declared = vars(module).get("PARAMS")
    return type(
        "SeedFile",
        (SeedStrategy,),
        {
            "__doc__": module.__doc__ or f"A file with the entry point {ENTRY}.",
            "__module__": module.__name__,
            "module": module,
            "surroundings": surroundings,
            "Params": _params(declared if isinstance(declared, Mapping) else {}),
        },
    )


def _params(declared: Mapping[Any, Any]) -> type[Params]:
    fields: dict[str, Any] = {
        name: (type(value), param(value))
        for name, value in declared.items()
        if isinstance(name, str) and name.isidentifier() and not name.startswith("_") and isinstance(value, _PLAIN)
    }
    return create_model("SeedParams", __base__=Params, **fields)
