"""A profile that never ran gets strategies for what its feed has."""

from decimal import Decimal

import pytest

from ares_desktop.demo import demo_instances
from ares_desktop.domain.ids import AccountId, InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.engine.adapters.feeds.sample import load_sample
from ares_desktop.engine.hosting.folders import bundled_strategies

PAPER = AccountId("PAPER")


@pytest.fixture(scope="module")
def market() -> list[Instrument]:
    return [series.instrument for series in load_sample()]


def test_each_one_is_a_bundled_file_with_instruments_of_the_sample_market(market: list[Instrument]) -> None:
    instances = demo_instances(PAPER, market, sample=True)
    tradable = {instrument.id for instrument in market if instrument.tradable}
    assert len({instance.name for instance in instances}) == len(instances)
    for instance in instances:
        assert (bundled_strategies() / f"{instance.file}.py").is_file()
        assert instance.instruments
        assert set(instance.instruments) <= tradable
        assert instance.active


def test_together_they_get_less_than_there_is(market: list[Instrument]) -> None:
    assert sum((item.weight for item in demo_instances(PAPER, market, sample=True)), Decimal(0)) < 1


def test_on_another_feed_they_trade_whatever_it_has() -> None:
    other = [Instrument(id=InstrumentId("AAPL.SMART"))]
    assert {instance.instruments for instance in demo_instances(PAPER, other, sample=False)} == {()}


def test_what_they_trade_has_prices_to_the_end_of_the_sample() -> None:
    series = load_sample()
    ends = {one.instrument.id: one.starts[-1] for one in series}
    chosen = {
        name
        for one in demo_instances(PAPER, [item.instrument for item in series], sample=True)
        for name in one.instruments
    }
    assert {ends[name] for name in chosen} == {max(ends.values())}
