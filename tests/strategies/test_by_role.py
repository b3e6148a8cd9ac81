"""What holds for the strategies whose instruments have roles, on made-up markets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pytest

from ares_desktop.api import Bar, Strategy
from ares_desktop.api.testing import Trial, run_on_bars
from ares_desktop.domain.instruments import Instrument
from ares_desktop.engine.data.series import Series, bars_of
from strategies.pea_oss import PEAOSS
from strategies.pea_oss_options import PEAOSSOptions
from strategies.s2 import S2
from strategies.short_vix import ShortVIX
from strategies.svix import SVIX
from tests.strategies.synthetic import (
    EARNINGS,
    MARKETS,
    earnings_options,
    put_call_ratio,
    series,
    vix_futures,
    weekdays,
)
from tests.strategies.test_every_strategy import Replaced


@dataclass(frozen=True)
class Case:
    """A strategy with a market of its kind."""

    kind: type[Strategy]
    market: str
    params: dict[str, Any]


CASES = (
    Case(S2, "pair", {"window": 40, "max_half_life": 100, "entry": 1.2}),
    Case(SVIX, "indices", {}),
    Case(PEAOSS, "ratio", {"window": 40}),
    Case(ShortVIX, "futures", {}),
    Case(PEAOSSOptions, "options", {}),
)
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind.__name__)


@cache
def market(name: str) -> tuple[list[Bar], list[Instrument]]:
    """Return a year of bars by time, and what they are of."""
    made: list[Series] = []
    if name == "pair":
        days = weekdays(date(2016, 1, 4), 390)
        one, other = put_call_ratio(3, 2)[1].columns["close"][:390], put_call_ratio(4, 2)[0].columns["close"][:390]
        made = [series("ONE", days, one), series("TWO", days, one * (1 + 0.05 * (other - other.mean())))]
    elif name == "indices":
        index, fund = vix_futures(years=2)[:2]
        days = weekdays(date(2016, 1, 4), len(index.columns["close"]))
        made = [index, series("VIX3M", days, 0.5 * index.columns["close"] + 10), fund]
    else:
        made = {"ratio": put_call_ratio, "futures": vix_futures, "options": earnings_options}[name](years=2)
    until = datetime(2016, 12, 31, tzinfo=UTC).timestamp() * 1e9
    bars = [bar for one in made for bar in bars_of(one, 0, len(one)) if bar.end_ns < until]
    names = {bar.instrument for bar in bars}
    return sorted(bars, key=lambda bar: bar.end_ns), [one.instrument for one in made if one.instrument.id in names]


def told(trades: Sequence[Any]) -> list[tuple[Any, ...]]:
    return [(one.instrument, one.side, one.quantity, one.price) for one in trades]


@cache
def whole_run(case_name: str) -> Trial:
    """Return the run of a case on all of its market, which several tests look at."""
    (case,) = (case for case in CASES if case.kind.__name__ == case_name)
    bars, instruments = market(case.market)
    return run_on_bars(case.kind, bars, case.params, instruments=instruments)


@every_case
def test_it_trades_only_what_can_be_traded(case: Case) -> None:
    run, instruments = whole_run(case.kind.__name__), market(case.market)[1]
    assert len(run.fills) >= 4
    assert {name for name, _ in run.records}
    tradable = {item.id for item in instruments if item.tradable}
    assert {intent.instrument for intent in run.intents} <= tradable


@every_case
def test_it_sees_nothing_of_what_comes_later(case: Case) -> None:
    bars, instruments = market(case.market)
    part = bars[: len(bars) * 2 // 3]
    whole = whole_run(case.kind.__name__)
    early = run_on_bars(case.kind, part, case.params, instruments=instruments)
    orders = [(intent.instrument, intent.side, intent.quantity, intent.created_at) for intent in early.intents]
    later = [(intent.instrument, intent.side, intent.quantity, intent.created_at) for intent in whole.intents]
    assert later[: len(orders)] == orders


@pytest.mark.parametrize("market_name", MARKETS)
def test_made_up_markets_are_the_same_again(market_name: str) -> None:
    one, other = MARKETS[market_name](), MARKETS[market_name]()
    assert [item.instrument for item in one] == [item.instrument for item in other]
    assert all((a.columns["close"] == b.columns["close"]).all() for a, b in zip(one, other, strict=True))
    assert all((item.columns["close"] > 0).all() for item in one)


def test_futures_of_the_made_up_market_end_at_the_index() -> None:
    index, _, *futures = vix_futures()
    levels = dict(zip(index.columns["end"] // 86_400_000_000_000, index.columns["close"], strict=True))
    ended = [item for item in futures if item.columns["end"][-1] == int(item.instrument.expiry.timestamp() * 1e9)]  # type: ignore[union-attr]
    assert len(ended) > 40
    for item in ended:
        assert abs(item.columns["close"][-1] - levels[(item.columns["end"][-1] - 1) // 86_400_000_000_000]) < 0.1


@every_case
def test_a_restart_in_the_middle_changes_no_trade(case: Case) -> None:
    bars, instruments = market(case.market)
    whole = told(whole_run(case.kind.__name__).fills)
    for at in (len(bars) // 2, len(bars) * 3 // 4):
        made = type("Replaced", (Replaced,), {"kind": case.kind, "at": at, "Params": case.kind.Params})
        assert told(run_on_bars(made, bars, case.params, instruments=instruments).fills) == whole


def test_announcements_of_the_made_up_share_are_days() -> None:
    news = earnings_options()[0]
    assert news.instrument.symbol == "^ACME_EARNINGS"
    assert not news.instrument.tradable
    assert len(news.columns["close"]) == len(EARNINGS)
