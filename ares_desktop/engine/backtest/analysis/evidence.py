"""What every check of a run looks at, worked out once."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ares_desktop.domain.backtests import BacktestOutcome, BacktestReport, RoundTrip
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.engine.backtest.analysis.rates import Rates
from ares_desktop.engine.backtest.analysis.tape import Floats, Tape, tapes_of
from ares_desktop.engine.data.series import Series


class Evidence(NamedTuple):
    """A run, what its report says, and its data.

    Attributes:
        tapes: of the instruments that were filled, in their own units.
        closed: closed trips; ``profits`` theirs in the account's currency, NaN without a rate.
    """

    outcome: BacktestOutcome
    report: BacktestReport
    series: Sequence[Series]
    tapes: Mapping[InstrumentId, Sequence[Tape]]
    instruments: Mapping[InstrumentId, Instrument]
    closed: Sequence[RoundTrip]
    profits: Floats
    open_profits: Floats


def evidence_of(outcome: BacktestOutcome, report: BacktestReport, series: Sequence[Series]) -> Evidence:
    """Return what the checks of a run look at."""
    rates = Rates(outcome.spec.simulation.currency, series)
    instruments = {item.id: item for item in outcome.instruments}
    closed = [trip for trip in report.trips if trip.closed]
    still = [trip for trip in report.trips if not trip.closed]
    return Evidence(
        outcome=outcome,
        report=report,
        series=series,
        tapes=tapes_of(series, {fill.instrument for fill in outcome.fills}),
        instruments=instruments,
        closed=closed,
        profits=_profits(closed, instruments, rates),
        open_profits=_profits(still, instruments, rates),
    )


def _profits(trips: Sequence[RoundTrip], instruments: Mapping[InstrumentId, Instrument], rates: Rates) -> Floats:
    pnl = np.array([trip.pnl for trip in trips], dtype=np.float64)
    if all(item.currency == rates.currency for item in instruments.values()):
        return pnl
    home = rates.currency
    currencies = [instruments[trip.instrument].currency if trip.instrument in instruments else home for trip in trips]
    rate = np.array([rates.at(unit, trip.exit_ns) for unit, trip in zip(currencies, trips, strict=True)])
    return np.asarray(pnl * rate, dtype=np.float64)
