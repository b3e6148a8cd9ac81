"""The kill switch at one broker: cancel, confirm, flatten, verify, and go on until nothing is left."""

import asyncio
from typing import Final

import structlog

from ares_desktop.domain.errors import BrokerError, StorageError
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.kill import KillMode, Residue, StepState
from ares_desktop.domain.risk import ALL_SCOPE
from ares_desktop.engine.trading.checklist import Checklist
from ares_desktop.engine.trading.kill_closing import Closing
from ares_desktop.engine.trading.kill_residue import residue
from ares_desktop.engine.trading.kill_tools import KillTools
from ares_desktop.engine.trading.link import BrokerLink

_log = structlog.get_logger(__name__)

_HAND_OVER_WITHIN_S: Final = 3.0
_QUERY_WITHIN_S: Final = 3.0
_QUERY_EVERY_S: Final = 1.0
_VERIFY_WITHIN_S: Final = 4.0
_LOOK_EVERY_S: Final = 0.01
_LOOK_AGAIN_S: Final = 0.1
_LOOKS: Final = 2
"""So often in a row the broker must say that nothing is left."""


class BrokerPart:
    """What one engagement does at one broker, apart from every other broker.

    Attributes:
        clean: the broker said twice in a row that nothing is left.
        worked: how many orders worked when the cancels were handed over.
    """

    def __init__(self, tools: KillTools, link: BrokerLink, checklist: Checklist) -> None:
        self.link = link
        self.account = link.account
        self.clean = False
        self.worked = 0
        self._to_close = 0
        self._closed = 0
        self._tools = tools
        self._checklist = checklist
        self._scope = checklist.report.scope
        self._closing = Closing(tools, link.account, self._scope)
        self._asked_for: KillMode | None = None

    @property
    def mode(self) -> KillMode:
        """What is asked for at this account by now."""
        return self._checklist.report.modes.get(self.account, KillMode.CANCEL)

    @property
    def sent(self) -> list[ClientOrderId]:
        """The closing orders that were sent here."""
        return self._closing.sent

    async def run(self) -> None:
        """Take the steps, and those of a wider mode that is asked for meanwhile."""
        await self._cancel()
        await self._confirm()
        while self._asked_for is not self.mode:
            self._asked_for = self.mode
            await self._flatten()
            await self.verify()

    def residue(self) -> tuple[Residue, ...]:
        """Return what is left, empty once it was verified that nothing is."""
        return () if self.clean else residue(self._tools, self._scope, self.link, self._closing, self.mode)

    async def cancel_left(self) -> str:
        """Hand cancels of what works over; return what went wrong."""
        orders = [order.id for order in self._tools.working(self._scope, self.account)]
        everything = self._takes_everything()
        if not orders and not everything:
            return ""
        try:
            async with asyncio.timeout(_HAND_OVER_WITHIN_S):
                await self._tools.router.cancel_at(
                    self.account,
                    orders,
                    reason=f"kill switch: {self._checklist.report.reason}",
                    everything=everything,
                )
        except BrokerError as error:
            return str(error)
        except TimeoutError:
            return f"did not take the cancels within {_HAND_OVER_WITHIN_S:g} s"
        return ""

    def _takes_everything(self) -> bool:
        """Say whether the scope is the account, and no order of it has to be spared."""
        whole = self._scope in {ALL_SCOPE, f"account:{self.account}"}
        own = self._tools.working(ALL_SCOPE, self.account, closing=True)
        return whole and not own and (self.link.broker.paper or self._tools.cancel_elsewhere)

    async def _cancel(self) -> None:
        checklist = self._checklist
        checklist.begin("cancel", self.account)
        self.worked = len(self._tools.working(self._scope, self.account))
        problem = await self.cancel_left()
        checklist.update(cancel_sent_ms=checklist.elapsed_ms())
        state = StepState.FAILED if problem else StepState.DONE
        checklist.end("cancel", problem or f"{_number(self.worked, 'cancel')} sent", state=state, account=self.account)

    async def _confirm(self) -> None:
        checklist, tools = self._checklist, self._tools
        checklist.begin("confirm", self.account)
        loop = asyncio.get_running_loop()
        began = asked = loop.time()
        while tools.working(self._scope, self.account) and loop.time() - began < tools.confirm_within_s:
            await asyncio.sleep(_LOOK_EVERY_S)
            if loop.time() - asked >= _QUERY_EVERY_S:
                asked = loop.time()
                await self.ask()
                # An order that was on its way when the cancels went out is there by now.
                await self.cancel_left()
        left = len(tools.working(self._scope, self.account))
        if left:
            text = f"{_number(left, 'order')} not confirmed as canceled"
            checklist.end("confirm", text, state=StepState.FAILED, account=self.account)
        else:
            checklist.update(cancel_confirmed_ms=checklist.elapsed_ms())
            checklist.end("confirm", "no order works", account=self.account)

    async def ask(self) -> str:
        """Compare our books with the broker's; return why that could not be done."""
        try:
            async with asyncio.timeout(_QUERY_WITHIN_S):
                await self.link.reconcile()
        except (BrokerError, StorageError) as error:
            problem = str(error)
        except TimeoutError:
            problem = f"did not answer within {_QUERY_WITHIN_S:g} s"
        else:
            return ""
        _log.warning("kill_switch_query_failed", broker=self.link.broker.name, error=problem)
        return problem

    async def _flatten(self) -> None:
        checklist = self._checklist
        if self.mode is not KillMode.FLATTEN:
            checklist.end("flatten", "cancel only, as asked", state=StepState.SKIPPED, account=self.account)
            return
        checklist.begin("flatten", self.account)
        self._to_close, self._closed = len(self._tools.held(self._scope, self.account)), 0
        await self._closing.close_all(checklist.report.reason)
        self._tell_closed()

    def _tell_closed(self) -> None:
        """Say how many positions are closed by now: the last of them may close while the broker is asked for them."""
        checklist = self._checklist
        left = len(self._tools.held(self._scope, self.account))
        closed = max(0, self._to_close - left)
        checklist.update(positions_flattened=checklist.report.positions_flattened + closed - self._closed)
        self._closed = closed
        text = f"{closed} of {_number(self._to_close, 'position')} closed"
        state = StepState.FAILED if left else StepState.DONE
        checklist.end("flatten", text, state=state, account=self.account)

    async def verify(self) -> None:
        """Ask the broker until orders and positions are gone twice in a row; a failed question is never an answer."""
        checklist, loop = self._checklist, asyncio.get_running_loop()
        checklist.begin("verify", self.account)
        began, row, problem = loop.time(), 0, ""
        while row < _LOOKS and (loop.time() - began < _VERIFY_WITHIN_S or row):
            problem = await self.ask() or self._left()
            row = 0 if problem else row + 1
            if problem:
                if self._is_stuck():
                    break
                await asyncio.sleep(_LOOK_AGAIN_S)
        self.clean = row == _LOOKS
        if self._closed < self._to_close:
            self._tell_closed()
        if self.clean:
            checklist.end("verify", "clean twice in a row", account=self.account)
        else:
            checklist.end("verify", problem, state=StepState.FAILED, account=self.account)

    def _left(self) -> str:
        orders = len(self._tools.working(self._scope, self.account))
        held = len(self._tools.held(self._scope, self.account)) if self.mode is KillMode.FLATTEN else 0
        told = [f"{_number(orders, 'order')} still at work"] * bool(orders)
        told += [f"{_number(held, 'position')} left"] * bool(held)
        return " and ".join(told)

    def _is_stuck(self) -> bool:
        """Say whether looking again at once can't help."""
        if not self.link.status.connected:
            return True
        held = self._tools.held(self._scope, self.account) if self.mode is KillMode.FLATTEN else []
        return not self._tools.working(self._scope, self.account) and bool(held)

    async def again(self) -> None:
        """Try once more what is left."""
        await self.cancel_left()
        if self.mode is KillMode.FLATTEN:
            await self._closing.close_all(self._checklist.report.reason)
        await self.verify()

    def only_dust(self) -> bool:
        """Say whether nothing is left but what is too small to be traded."""
        return not self._tools.working(self._scope, self.account) and all(
            self._closing.is_dust(item) for item in self._tools.held(self._scope, self.account)
        )


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}{'s' * (count != 1)}"
