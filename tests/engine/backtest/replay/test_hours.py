"""Hours hold in a backtest as they do live, whichever way an order takes."""

import pytest

from ares_desktop.api import Bar, Strategy
from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.risk import DenyReason
from tests.engine.backtest.replay.builders import ACME, a_spec, an_instance, an_instrument, bars, run

HOURS = "15:10 to 15:20"


class Eager(Strategy):
    """Buys one at each bar until the half hour, then sells all."""

    def on_bar(self, bar: Bar) -> None:
        if bar.end.minute < 30:
            self.context.buy(bar.instrument, 1)
        else:
            self.context.flatten(bar.instrument)


@pytest.mark.parametrize("others", [0, 1])
def test_positions_are_opened_within_the_hours_and_closed_at_any_time(others: int) -> None:
    series = [bars([100.0] * 40), *(bars([50.0] * 40, an_instrument("OTHER.SIM")) for _ in range(others))]
    instance = an_instance(instruments=(ACME.id,), hours=HOURS)
    outcome = run(Eager, *series, strategies=(instance,))
    opened = [fill.at for fill in outcome.fills if fill.side == "BUY"]
    assert [at.minute for at in opened] == list(range(11, 21))
    assert {denial.reason for denial in outcome.denials} == {DenyReason.OUTSIDE_HOURS}
    assert len(outcome.denials) == 9 + 10
    closed = [fill for fill in outcome.fills if fill.side == "SELL"]
    assert [(int(fill.quantity), fill.at.minute) for fill in closed] == [(10, 31)]
    assert from_ns(int(outcome.curve.ts[-1])) > closed[0].at


def test_hours_that_can_not_be_read_are_a_finding() -> None:
    with pytest.raises(UsageError, match="hours must be such as"):
        run(Eager, bars([100.0] * 3), strategies=(an_instance(hours="lunch"),))


def test_a_specification_carries_them() -> None:
    assert a_spec(an_instance(hours=HOURS)).strategies[0].hours == HOURS
