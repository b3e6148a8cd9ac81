"""What the venue asks of an instrument for every order, looked up once."""

from decimal import Decimal
from typing import Final

from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import to_ns
from ares_desktop.domain.money import decimal
from ares_desktop.domain.simulation import AccountMode, SimulationSettings
from ares_desktop.engine.simulation.costs import NO_COMMISSION, Commission, profile_set
from ares_desktop.engine.simulation.option_terms import OptionTerms
from ares_desktop.engine.simulation.session import NEVER_NS

_FINER: Final = Decimal("0.01")


class Contract:
    """One instrument under the settings of one account.

    Attributes:
        expiry_ns: when trading in it ends.
        step: what prices that were worsened are rounded to, a hundredth of a tick.
        multiplier, margin: as floats; the margin is the share of the value that a position needs.
        smallest: the lot as a float.
        option: the terms of an option, None for anything else.
        plain: it can be traded both ways, in lots and in the account's currency, and its margin follows its value.
        short_sales: the account may sell more of it than it has.
        commission: its profile; ``factor`` multiplies what it charges.
    """

    __slots__ = (
        "commission",
        "expiry_ns",
        "factor",
        "instrument",
        "lot",
        "margin",
        "multiplier",
        "option",
        "plain",
        "short_sales",
        "smallest",
        "step",
    )

    def __init__(self, instrument: Instrument, settings: SimulationSettings) -> None:
        borrows = settings.mode is AccountMode.MARGIN
        self.instrument = instrument
        self.expiry_ns = NEVER_NS if instrument.expiry is None else to_ns(instrument.expiry)
        self.lot = instrument.lot_size
        self.step = instrument.tick_size * _FINER
        self.multiplier = float(instrument.multiplier)
        self.margin = float(instrument.margin_rate) if borrows else 1.0
        self.short_sales = instrument.shortable and borrows
        self.smallest = float(self.lot)
        own_money = instrument.currency == settings.currency
        self.option = OptionTerms.of(instrument)
        both_ways = instrument.tradable and self.short_sales and self.option is None
        self.plain = both_ways and self.lot > 0 and own_money
        self.factor = None if settings.cost_factor == 1.0 else decimal(settings.cost_factor)
        self.commission: Commission = profile_set(settings.costs).get(instrument.asset_class, NO_COMMISSION)
