"""An act as it happens: on the disk before anything is sent, and after every step."""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.ids import SENTINEL, ClientOrderId, client_order_id, order_owner, order_sequence
from ares_desktop.domain.orders import OrderIntent
from ares_desktop.domain.risk import KillStep, Residue, StepState
from ares_desktop.domain.sentinel import ActState, SentinelAct

STEPS: Final = ("latch", "cancel", "confirm", "flatten", "stop strategies", "verify", "report")

_log = logging.getLogger(__name__)


class ActRecord:
    """Grows step by step; a step that several accounts take has ended once each of them has.

    Attributes:
        act: as it is now.
        failure: why it could not be kept on the disk the last time, empty when it could.
    """

    def __init__(self, act: SentinelAct, keep: Callable[[SentinelAct], None]) -> None:
        self._began = time.perf_counter()
        self._keep = keep
        self._number = 0
        self._parts: dict[str, dict[str, tuple[bool, str]]] = {}
        self.failure = ""
        steps = tuple(KillStep(name=name, state=StepState.WAITING) for name in STEPS)
        self.act = msgspec.structs.replace(act, report=msgspec.structs.replace(act.report, steps=steps))
        self.numbers_from(order.client_order_id for order in act.orders)

    def elapsed_ms(self) -> float:
        """Return milliseconds since the act began or was taken up again."""
        return (time.perf_counter() - self._began) * 1000

    def keep(self) -> bool:
        """Write it down; False when that failed, which holds nothing up."""
        try:
            self._keep(self.act)
        except StorageError as error:
            self.failure = str(error)
            _log.error("act_not_kept error=%s", error)
            return False
        self.failure = ""
        return True

    def change(self, **changes: Any) -> None:  # noqa: ANN401 - fields of an act
        """Set fields of the act."""
        self.act = msgspec.structs.replace(self.act, **changes)

    def update(self, **changes: Any) -> None:  # noqa: ANN401 - fields of a report
        """Set fields of its report."""
        self.change(report=msgspec.structs.replace(self.act.report, **changes))

    def begin(self, name: str) -> None:
        """Mark a step as running, unless another account began it."""
        if self._state(name) is StepState.WAITING:
            self._step(name, state=StepState.RUNNING, started_ms=self.elapsed_ms())

    def end(self, name: str, detail: str = "", *, state: StepState = StepState.DONE) -> None:
        """Mark a step as ended."""
        self._step(name, state=state, finished_ms=self.elapsed_ms(), detail=detail)
        self.keep()

    def part(self, name: str, account: str, detail: str, *, ok: bool = True) -> None:
        """Note how a step ended for one account; the last one ends the step."""
        self._parts.setdefault(name, {})[account] = (ok, detail)
        parts = self._parts[name]
        if parts.keys() < {guarded.account for guarded in self.act.accounts}:
            return
        several = len(self.act.accounts) > 1
        text = "; ".join(f"{of}: {said}" if several else said for of, (_, said) in parts.items())
        self.end(name, text, state=StepState.DONE if all(fine for fine, _ in parts.values()) else StepState.FAILED)

    def _state(self, name: str) -> StepState:
        return next(step.state for step in self.act.report.steps if step.name == name)

    def _step(self, name: str, **changes: Any) -> None:  # noqa: ANN401 - fields of a step
        steps = tuple(
            msgspec.structs.replace(step, **changes) if step.name == name else step for step in self.act.report.steps
        )
        self.update(steps=steps)

    def numbers_from(self, used: Iterable[ClientOrderId]) -> None:
        """Give new orders numbers after these."""
        numbers = (order_sequence(order) for order in used if order_owner(order) == SENTINEL)
        self._number = max(self._number, *numbers, 0)

    def next_id(self) -> ClientOrderId:
        """Return an id that was never used."""
        self._number += 1
        return client_order_id(SENTINEL, self._number)

    def plan(self, intents: Iterable[OrderIntent]) -> None:
        """Write down orders before they are sent."""
        known = {order.client_order_id for order in self.act.orders}
        self.change(orders=(*self.act.orders, *(item for item in intents if item.client_order_id not in known)))
        self.keep()

    def cancels(self, orders: Iterable[ClientOrderId]) -> None:
        """Note which orders are canceled."""
        canceled = tuple(dict.fromkeys((*self.act.canceled, *orders)))
        self.change(canceled=canceled)
        self.update(orders_canceled=len(canceled))

    def conclude(self, residue: tuple[Residue, ...]) -> None:
        """Note what is left at the end of a pass."""
        self.update(residue=residue, finished=True)
        self.change(state=ActState.RESIDUE if residue else ActState.DONE)
        self.end("report", f"{len(residue)} items left" if residue else "nothing is left")
