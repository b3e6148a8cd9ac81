"""Executions that a broker's report of an order counts and that it does not tell, as a pure function."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from ares_desktop.domain.events import EventDraft, OrderFilled
from ares_desktop.domain.fills import INFERRED, Fill
from ares_desktop.domain.ids import InstrumentId, TradeId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Order, Side
from ares_desktop.domain.positions import NetPosition
from ares_desktop.engine.ports.broker import OrderReport
from ares_desktop.engine.trading.reconcile import draft


class Shortfall(NamedTuple):
    """An order of which the broker counts more than its executions come to."""

    order: Order
    report: OrderReport

    @property
    def signed(self) -> Decimal:
        """Units that are missing, negative for a sale."""
        missing = self.report.filled - self.order.filled
        return missing if self.order.intent.side is Side.BUY else -missing


def inferred_fills(
    short: Sequence[Shortfall],
    *,
    ours: Mapping[InstrumentId, Decimal],
    theirs: Sequence[NetPosition],
    instruments: Mapping[InstrumentId, Instrument],
) -> tuple[list[EventDraft], list[Shortfall]]:
    """Return executions for what is missing, and the orders for which nothing can be concluded.

    Only where the broker's position is ours and exactly what is missing, so that two of its answers say the same. The
    id follows from the order and what was filled, so that another look infers the same; the price is that of the
    report, else the order's limit or its average so far, else the position's. The broker's own execution takes its
    place as soon as it is told.
    """
    missing: dict[InstrumentId, Decimal] = defaultdict(lambda: ZERO)
    for one in short:
        missing[one.order.intent.instrument] += one.signed
    held = {position.instrument: position for position in theirs}
    drafts: list[EventDraft] = []
    left: list[Shortfall] = []
    for one in short:
        name = one.order.intent.instrument
        position, instrument = held.get(name), instruments.get(name)
        difference = (position.quantity if position else ZERO) - ours.get(name, ZERO)
        price = _price(one, position)
        if difference != missing[name] or instrument is None or price is None:
            left.append(one)
            continue
        drafts.append(draft(OrderFilled(fill=_fill(one, instrument, price)), one.order.id))
    return drafts, left


def _price(short: Shortfall, position: NetPosition | None) -> Decimal | None:
    """Return the best price there is for what is missing, None where there is none."""
    report, order = short.report, short.order
    if report.average_price is not None:
        known = (order.average_price or ZERO) * order.filled
        return (report.average_price * report.filled - known) / (report.filled - order.filled)
    if order.intent.limit_price is not None:
        return order.intent.limit_price
    if order.average_price is not None:
        return order.average_price
    return None if position is None else position.average_price


def _fill(short: Shortfall, instrument: Instrument, price: Decimal) -> Fill:
    intent, report = short.order.intent, short.report
    return Fill(
        trade_id=TradeId(f"{INFERRED}{intent.client_order_id}:{report.filled:f}"),
        client_order_id=intent.client_order_id,
        strategy=intent.strategy,
        account=intent.account,
        instrument=intent.instrument,
        side=intent.side,
        quantity=report.filled - short.order.filled,
        price=price,
        at=report.updated_at,
        currency=instrument.currency,
        multiplier=instrument.multiplier,
    )
