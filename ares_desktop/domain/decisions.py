"""Why an order was made: the record of one decision of a strategy, from its inputs to its money."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from itertools import islice
from math import isfinite
from typing import Final

import msgspec

from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.orders import Order

MOST_INPUTS: Final = 32
INPUT_NAME_CHARS: Final = 64
REASON_CHARS: Final = 1000
"""What a strategy may say of one decision; what is more is cut off, since every word of it is kept for good."""


def bounded_inputs(inputs: Mapping[str, float]) -> dict[str, float]:
    """Return the first 32 finite values, their names cut to 64 characters; what is no number is left out."""
    return {
        name[:INPUT_NAME_CHARS]: value
        for name, value in islice(((key, item) for key, item in inputs.items() if isfinite(item)), MOST_INPUTS)
    }


class DecisionStep(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to the order.

    Attributes:
        what: such as ``intent``, ``gate``, ``submitted``, ``accepted``, ``fill``, ``canceled``.
        detail: in words with figures.
        sequence: of its journal event, 0 for what the journal does not hold by itself.
    """

    at: datetime
    what: str
    detail: str
    sequence: int = 0


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The record.

    Attributes:
        inputs: what the strategy recorded before it decided, and the price, position and equity it saw, by name.
        forecast: the opinion it acted on, in words; empty where it asked for none.
        reason: as the strategy gave it.
        approved: by the gate.
        gate: the deny code and its text, or ``approved``.
        order: as it is now.
        fills: oldest first.
        realized: P&L that its fills locked in, in ``currency``, None where they closed nothing.
        commission: of its fills.
        parent: the decision that this one belongs to: the entry of a bracket's exit.
    """

    order: Order
    at: datetime
    inputs: dict[str, float]
    approved: bool
    gate: str
    reason: str = ""
    forecast: str = ""
    steps: tuple[DecisionStep, ...] = ()
    fills: tuple[Fill, ...] = ()
    realized: Decimal | None = None
    commission: Decimal = Decimal(0)
    currency: str = "USD"
    parent: ClientOrderId | None = None

    @property
    def id(self) -> ClientOrderId:
        """Of its order."""
        return self.order.id


class DecisionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which decisions; every given field must match.

    Attributes:
        text: found, without regard to case, in reason, instrument, gate result or names of inputs.
        since, until: bounds of the decision's time, aware UTC.
        limit: newest that are returned at most.
    """

    strategy: StrategyId | None = None
    instrument: InstrumentId | None = None
    approved: bool | None = None
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 200
