"""Option selling after earnings keeps its rule on hand-made bars."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from ares_desktop.api import Bar
from ares_desktop.api.options import OptionTerms, black_scholes
from ares_desktop.api.testing import Trial, run_on_bars
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.orders import OrderIntent
from strategies.pea_oss_options import PEAOSSOptions
from tests.api.chains import a_session, definitions

ACME = InstrumentId("ACME.SIM")
NEWS = InstrumentId("^ACME_EARNINGS.SIM")
EXPIRY = datetime(2024, 4, 19, 20, tzinfo=UTC)
STRIKES = (95, 100, 105)
QUICK = {"earnings": "2024-03-12", "window": 5, "min_days": 14}
"""Tuesday the 12th is day 6."""


def an_option(right: str, strike: int) -> InstrumentId:
    return InstrumentId(f"ACME240419{right}{strike * 1000:08d}.SIM")


def a_day(number: int, spot: float, implied: float) -> list[Bar]:
    """Return the bars of a share and of its options at one volatility."""
    share = a_session(number, spot, ACME)
    years = (EXPIRY - share.end).total_seconds() / (365 * 86_400)
    options = [
        a_session(
            number, black_scholes(OptionTerms(right, spot, strike, years), implied), an_option(right[0].upper(), strike)
        )
        for strike in STRIKES
        for right in ("call", "put")
    ]
    return [share, *options]


def a_market(
    days: int, implied: Callable[[int], float] = lambda _: 0.4, spot: Callable[[int], float] = lambda _: 0.0
) -> list[Bar]:
    """Return days of a share that moves up and down by one, and of its options."""
    made = []
    for number in range(days):
        made += a_day(number, 100.0 + number % 2 + spot(number), implied(number))
    return made


def played(bars: Sequence[Bar], params: dict[str, Any] | None = None, **more: Any) -> Trial:
    return run_on_bars(PEAOSSOptions, bars, {**QUICK, **(params or {})}, instruments=definitions(bars), **more)


def told(run: Trial) -> list[tuple[str, int, str, int]]:
    return [
        (intent.side.value, int(intent.quantity), intent.instrument, intent.created_at.day) for intent in run.intents
    ]


CALL, PUT = an_option("C", 100), an_option("P", 100)


def test_a_straddle_is_sold_on_the_session_after_the_announcement() -> None:
    run = played(a_market(9))
    # 0.3 x 100,000 / (101 x 100) are two of each, ordered with the close of Wednesday the 13th.
    assert told(run) == [("SELL", 2, CALL, 13), ("SELL", 2, PUT, 13)]
    assert run.intents[0].reason == "implied 40.0%, realized 15.8% after the announcement of 2024-03-12"
    assert {name for name, _ in run.records} >= {f"implied {ACME}", f"realized {ACME}"}


def test_a_strangle_is_wider() -> None:
    run = played(a_market(9), {"kind": "strangle", "width": 0.05})
    assert {intent.instrument for intent in run.intents} == {an_option("C", 105), an_option("P", 95)}


@pytest.mark.parametrize("params", [{"edge": 2.6}, {"earnings": ""}, {"earnings": "2024-03-01"}, {"min_days": 60}])
def test_without_a_fresh_announcement_or_dear_options_nothing_is_sold(params: dict[str, Any]) -> None:
    assert played(a_market(9), params).intents == []


def test_options_that_are_cheap_at_first_may_be_sold_within_the_days_after() -> None:
    bars = a_market(12, implied=lambda number: 0.4 if number >= 10 else 0.1)
    assert told(played(bars)) == []
    assert told(played(bars, {"within": 6}))[0] == ("SELL", 3, CALL, 18)


def test_both_are_bought_back_when_the_profit_is_made() -> None:
    run = played(a_market(12, implied=lambda number: 0.4 if number < 10 else 0.05))
    assert [intent.reason for intent in run.intents[2:]] == ["close: the profit is made"] * 2
    assert run.position(CALL) == run.position(PUT) == 0
    assert len(run.intents) == 4, "the announcement is used once"


def test_both_are_bought_back_at_the_stop() -> None:
    run = played(a_market(12, implied=lambda number: 0.4 if number < 10 else 0.9))
    assert [intent.reason for intent in run.intents[2:]] == ["close: they cost more than the stop"] * 2


def test_both_are_bought_back_when_the_delta_is_too_great() -> None:
    bars = a_market(12, spot=lambda number: 0.0 if number < 10 else 9.0)
    run = played(bars, {"stop": 20})
    assert [intent.reason for intent in run.intents[2:]] == ["close: the delta is too great"] * 2


def test_both_are_bought_back_before_they_expire() -> None:
    # The calendar of options ends on Friday, April 19; three days before is Tuesday the 16th.
    run = played(a_market(34, implied=lambda number: 0.4 + number / 50), {"max_delta": 1.0, "profit": 1.0, "stop": 20})
    assert [item[3] for item in told(run)] == [13, 13, 16, 16]
    assert run.intents[-1].reason == "close: the expiry is near"


@pytest.mark.parametrize("refused", [CALL, PUT])
def test_a_leg_that_is_denied_takes_the_other_with_it(refused: str) -> None:
    def deny(intent: OrderIntent) -> str:
        return "no permission" if intent.instrument == refused and not intent.reduce_only else ""

    run = played(a_market(10), deny=deny)
    assert run.position(CALL) == run.position(PUT) == 0
    assert run.fills == []


def test_announcements_can_come_as_data() -> None:
    bars = sorted([*a_market(9), a_session(6, 1, NEWS)], key=lambda bar: bar.end_ns)
    assert told(played(bars, {"earnings": ""}))[0] == ("SELL", 2, CALL, 13)
    quiet = sorted([*a_market(9), a_session(6, 0, NEWS)], key=lambda bar: bar.end_ns)
    assert played(quiet, {"earnings": ""}).intents == []


def test_a_restart_does_not_use_an_announcement_again() -> None:
    state = played(a_market(9)).strategy.snapshot()
    assert state == {ACME: {"used": ["2024-03-12"], "days": ["2024-03-12"]}}
    assert played(a_market(9), snapshot=state).intents == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("OTHER 2024-03-12", "must name one of ACME before its days, was 'OTHER'"),
        ("ACME soon", "must have days such as"),
    ],
)
def test_announcements_that_cannot_be_read_are_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        played(a_market(1), {"earnings": text})


def test_a_market_without_options_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a share and options on it"):
        played([a_session(0, 100, ACME)])
