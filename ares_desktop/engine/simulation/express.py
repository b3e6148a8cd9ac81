"""Plain market orders of one strategy in one instrument, carried out while nothing else is under way.

What it does for an order is what the general rules do, and it declines whatever is not plainly that case. The account
is told of many fills at once, by :meth:`Express.settle`.
"""

from decimal import Decimal
from math import isfinite, nan
from typing import Final

from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import TradeId, VenueOrderId
from ares_desktop.domain.market import Bar, from_ns
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import OrderIntent, Side, TimeInForce
from ares_desktop.domain.simulation import MarketPolicy, SimulationSettings, SlippageModel
from ares_desktop.engine.simulation.account import Account
from ares_desktop.engine.simulation.contracts import Contract
from ares_desktop.engine.simulation.costs import NO_COMMISSION
from ares_desktop.engine.simulation.session import NEVER_NS, trading_day
from ares_desktop.engine.simulation.slippage import slippage, worsened
from ares_desktop.engine.simulation.state import Counters

_BUY: Final = Side.BUY
_DAY: Final = TimeInForce.DAY
_AT_ONCE: Final = frozenset({TimeInForce.IOC, TimeInForce.FOK})


class Express:
    """Numbers, fills and charges plain orders; see the module.

    Attributes:
        received: cash that the newest fill brought, negative for what it cost.
    """

    def __init__(self, settings: SimulationSettings, contract: Contract, account: Account, counters: Counters) -> None:
        self._settings = settings
        self._contract = contract
        self._account = account
        self._counters = counters
        self._latency_ns = settings.latency_ns
        self._share = settings.volume_share if settings.volume_share > 0 else 0.0
        self._calendar = contract.instrument.calendar
        self._multiplier = contract.instrument.multiplier
        self.received = ZERO
        self._fills: list[Fill] = []
        self._references: list[float] = []
        self._units = ZERO
        self._money = ZERO

    @staticmethod
    def suits(settings: SimulationSettings, contract: Contract) -> bool:
        """Say whether orders of the contract can be carried out here under these settings at all."""
        return (
            contract.plain
            and contract.expiry_ns == NEVER_NS
            and settings.market_policy is MarketPolicy.NEXT_OPEN
            and settings.slippage_model is not SlippageModel.RANDOM
            and not contract.commission.tiers
            and not settings.borrow_rate
            and not settings.interest_rate
        )

    def number(self) -> VenueOrderId:
        """Return the number of the order that was filled last."""
        return VenueOrderId(f"V-{self._counters.orders:06d}")

    def fill(self, intent: OrderIntent, arrived_ns: int, bar: Bar) -> Fill | None:
        """Fill an order whole at the open of the bar after its arrival; None when it is not that simple."""
        price, quantity, volume = bar.open, intent.quantity, bar.volume
        size = float(quantity)
        if not isfinite(price) or not self._takes_part(intent, arrived_ns, bar):
            return None
        if self._share and size + self._contract.smallest > volume * self._share:
            return None
        exact = self._price(price, size, volume, buys=intent.side is _BUY)
        value = quantity * exact if self._multiplier == 1 else quantity * exact * self._multiplier
        commission = self._charge(quantity, value)
        counters = self._counters
        counters.trades += 1
        counters.orders += 1
        fill = Fill(
            trade_id=TradeId(f"P-{counters.trades:06d}"),
            client_order_id=intent.client_order_id,
            strategy=intent.strategy,
            account=intent.account,
            instrument=intent.instrument,
            side=intent.side,
            quantity=quantity,
            price=exact,
            at=from_ns(bar.end_ns),
            commission=commission,
            currency=self._contract.instrument.currency,
            multiplier=self._multiplier,
        )
        if intent.side is _BUY:
            self._units += quantity
            received = -value - commission
        else:
            self._units -= quantity
            received = value - commission
        self.received = received
        self._money += received
        self._fills.append(fill)
        self._references.append(price)
        return fill

    def _takes_part(self, intent: OrderIntent, arrived_ns: int, bar: Bar) -> bool:
        """Say whether an order is sure to meet the open of ``bar``."""
        start_ns, latency_ns = bar.start_ns, self._latency_ns
        gap = start_ns - arrived_ns
        if gap < 0 or (gap < latency_ns and bar.end_ns - start_ns <= latency_ns):
            return False
        if intent.tif is _DAY:
            day = trading_day(self._calendar, arrived_ns)
            return day.closed or day.end_ns > start_ns
        return intent.tif not in _AT_ONCE

    def _price(self, price: float, size: float, volume: float, *, buys: bool) -> Decimal:
        settings = self._settings
        share = size / volume if volume > 0 else nan
        distance = slippage(settings.slippage_model, settings.slippage, price=price, spread=None, share=share)
        return worsened(price, distance, buys=buys, step=self._contract.step)

    def _charge(self, quantity: Decimal, value: Decimal) -> Decimal:
        contract = self._contract
        commission = contract.commission
        free = commission is NO_COMMISSION
        total = ZERO * quantity - ZERO if free else commission.total(quantity, ZERO, value)
        return total if contract.factor is None else total * contract.factor

    def settle(self) -> tuple[list[Fill], list[float]]:
        """Tell the account of everything since the last time; return the fills and their prices before slippage."""
        fills, references = self._fills, self._references
        if fills:
            last = fills[-1]
            self._account.apply_all(fills, (last.strategy, last.instrument), self._units, last.currency, self._money)
            self._fills, self._references, self._units, self._money = [], [], ZERO, ZERO
        return fills, references
