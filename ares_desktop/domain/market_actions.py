"""What befalls the holders of an instrument by itself: cash dividends, splits and funding of perpetual contracts."""

from enum import StrEnum
from fractions import Fraction
from typing import Final

import msgspec

from ares_desktop.domain.ids import InstrumentId

_LARGEST_DENOMINATOR: Final = 1000
"""Ratios of splits are fractions of small whole numbers, which their decimals in a file are taken for."""


class ActionKind(StrEnum):
    """What happens."""

    DIVIDEND = "dividend"
    SPLIT = "split"
    FUNDING = "funding"


class MarketAction(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One action of one instrument.

    It concerns what is held at ``ts``, after every event of that time and before any later one. That is why the action
    of a bar has the time at which the bar begins.

    Attributes:
        ts: nanoseconds since 1970-01-01 UTC.
        value: of a dividend, money for each unit in the instrument's currency; of a split, new units for each old
            one; of funding, the share of the position's value that longs pay to shorts.
    """

    instrument: InstrumentId
    ts: int
    kind: ActionKind
    value: float

    @property
    def ratio(self) -> Fraction:
        """New units for each old one, exactly: 0.33333333 is one third."""
        return Fraction(self.value).limit_denominator(_LARGEST_DENOMINATOR)
