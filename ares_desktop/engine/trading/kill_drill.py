"""A drill: the kill switch's real steps on orders and a position of its own, on paper, with everything put back."""

import asyncio
from collections.abc import Iterable
from decimal import Decimal
from typing import Final, Protocol

from ares_desktop.domain.errors import RefusedError
from ares_desktop.domain.events import CashFlowRecorded, KillSwitchDrilled, OrderDenied
from ares_desktop.domain.ids import DRILL, UNASSIGNED, InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.kill import KillMode, KillSwitchReport
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, OrderType, Side, TimeInForce
from ares_desktop.domain.risk import TradingState
from ares_desktop.engine.runtime.waiting import until
from ares_desktop.engine.trading.kill_switch import RELEASE_WORD, KillSwitch
from ares_desktop.engine.trading.kill_tools import KillTools
from ares_desktop.engine.trading.link import BrokerLink
from ares_desktop.engine.trading.prices import Prices, exact
from ares_desktop.engine.trading.states import effective_state

SCOPE: Final = f"strategy:{DRILL}"
_SOURCE: Final = "drill"
_FILLED_WITHIN_S: Final = 3.0
_BELOW: Final = Decimal("0.5")
"""Resting orders stand at this share of the price, where nothing fills them."""
_SPARE: Final = 4


class Market(Prices, Protocol):
    """What is known of the market, with every contract of it."""

    def instruments(self) -> Iterable[Instrument]:
        """Return the contracts of the feed."""


class KillDrill:
    """Measures the kill switch at a paper account, in a book that nothing else trades in.

    It is funded out of the unassigned book and gives back what is left: a drill costs what its own two trades cost.
    """

    def __init__(self, kill_switch: KillSwitch, tools: KillTools, market: Market) -> None:
        self._kill_switch = kill_switch
        self._tools = tools
        self._market = market
        self._busy = asyncio.Lock()

    async def run(self, *, source: str, orders: int = 5) -> KillSwitchDrilled:
        """Place resting orders and a position, engage for them alone, release, and keep what was measured.

        Raises:
            RefusedError: where no drill may be held now: no paper account at hand, trading halted or restricted, no
                price, a drill that runs already, or an order that the gate denied.
            StorageError: when the journal can't keep it.
        """
        if self._busy.locked():
            raise RefusedError("DRILL_RUNNING", "a drill runs already; wait for its report")
        async with self._busy:
            link = self._paper_link()
            await self._put_back(link)
            contract, price = self._contract(link)
            size = _smallest(contract, price)
            lent = size * price * contract.multiplier * (orders + _SPARE)
            await self._lend(link, lent)
            try:
                await self._place(link, contract, price, size, orders)
            finally:
                report = await self._exercise()
                cost = lent - await self._put_back(link)
            drilled = KillSwitchDrilled(
                report=report,
                cost=cost,
                currency=link.gate_link.currency,
                source=source,
                at=self._tools.wall.now(),
            )
            await self._tools.recorder.record(drilled)
            return drilled

    def _paper_link(self) -> BrokerLink:
        if self._kill_switch.engaged():
            raise RefusedError("KILL_SWITCH", "the kill switch is engaged; release it before a drill")
        found = [link for link in self._kill_switch.links() if link.broker.paper and link.status.reconciled]
        if not found:
            raise RefusedError("NO_PAPER_ACCOUNT", "a drill needs a paper account whose books agree with the broker's")
        return found[0]

    def _contract(self, link: BrokerLink) -> tuple[Instrument, Decimal]:
        """Return the contract whose smallest order is worth least, of those that trade now if any do, and its price."""
        states, currency = self._tools.recorder.fold.states, link.gate_link.currency
        found: list[tuple[bool, Decimal, InstrumentId, Instrument, Decimal]] = []
        for contract in self._market.instruments():
            price = exact(self._market.last_price(contract.id))
            state = effective_state(states, link.account, DRILL, contract.id)
            if price is None or not contract.tradable or contract.currency != currency:
                continue
            if state is TradingState.ACTIVE:
                closed = self._tools.markets.next_open(contract.id) is not None
                worth = _smallest(contract, price) * price * contract.multiplier
                found.append((closed, worth, contract.id, contract, price))
        if not found:
            text = "a drill needs an instrument that may be traded now and has a price in the account's currency"
            raise RefusedError("NOTHING_TO_TRADE", text)
        return min(found)[3:]

    async def _place(self, link: BrokerLink, contract: Instrument, price: Decimal, size: Decimal, orders: int) -> None:
        tick = contract.tick_size or Decimal("0.01")
        low = (price * _BELOW) // tick * tick
        intents = [self._intent(link, contract, size, limit=max(tick, low - number * tick)) for number in range(orders)]
        intents.append(self._intent(link, contract, size, limit=None))
        for verdict in await self._tools.router.submit(intents):
            if isinstance(verdict, OrderDenied):
                raise RefusedError(verdict.reason, f"an order of the drill was denied: {verdict.detail}")
        key = (link.account, DRILL, contract.id)
        # Where the market stands still nothing fills: then the drill measures the orders alone.
        await until(lambda: self._tools.quantity(key) != 0, within_s=_FILLED_WITHIN_S)

    def _intent(self, link: BrokerLink, contract: Instrument, size: Decimal, limit: Decimal | None) -> OrderIntent:
        return OrderIntent(
            client_order_id=self._tools.ids.next(),
            strategy=DRILL,
            account=link.account,
            instrument=contract.id,
            side=Side.BUY,
            quantity=size,
            created_at=self._tools.clock.now(),
            type=OrderType.MARKET if limit is None else OrderType.LIMIT,
            limit_price=limit,
            tif=TimeInForce.GTC,
            purpose=OrderPurpose.MANUAL,
            reason="drill of the kill switch",
        )

    async def _exercise(self) -> KillSwitchReport:
        report = await self._kill_switch.engage(
            reason="drill", source=_SOURCE, scope=SCOPE, mode=KillMode.FLATTEN, drill=True
        )
        await self._kill_switch.release(word=RELEASE_WORD, source=_SOURCE, scope=SCOPE)
        return report

    async def _lend(self, link: BrokerLink, amount: Decimal) -> None:
        now = self._tools.wall.now()
        await self._tools.recorder.record(
            *(
                CashFlowRecorded(
                    account=link.account,
                    strategy=strategy,
                    currency=link.gate_link.currency,
                    amount=sign * amount,
                    kind="transfer",
                    at=now,
                    transfer=f"{DRILL}:{now.isoformat()}",
                )
                for strategy, sign in ((UNASSIGNED, -1), (DRILL, 1))
            )
        )

    async def _put_back(self, link: BrokerLink) -> Decimal:
        """End what a drill that was cut off left, and return its cash to the unassigned book; return how much."""
        if self._tools.working(SCOPE) or self._tools.held(SCOPE):
            await self._exercise()
        cash = self._tools.recorder.fold.ledger.cash(link.account, DRILL, link.gate_link.currency)
        if cash:
            await self._lend(link, -cash)
        return cash


def _smallest(contract: Instrument, price: Decimal) -> Decimal:
    """Return the smallest quantity that may be ordered at half the price."""
    lot = contract.lot_size or Decimal(1)
    worth = price * _BELOW * contract.multiplier * lot
    return lot * max(Decimal(1), -(-contract.min_notional // worth) if worth else Decimal(1))
