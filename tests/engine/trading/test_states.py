"""The most restrictive scope decides, and a name that begins alike is another one."""

from itertools import pairwise

import pytest

from ares_desktop.domain.events import TradingStateSet
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.risk import ALL_SCOPE, KillSwitchReport, TradingState
from ares_desktop.engine.trading.states import Fence, covers, effective_state, strategy_state
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, TREND

RELEASED = KillSwitchReport(engaged=False)


def states(**by_scope: TradingState) -> dict[str, TradingStateSet]:
    named = {scope.replace("__", ":"): state for scope, state in by_scope.items()}
    return {
        scope: TradingStateSet(scope=scope, state=state, reason="", source="test", at=NOW)
        for scope, state in named.items()
    }


def test_each_state_is_more_restrictive_than_the_one_before() -> None:
    assert all(lower < higher for lower, higher in pairwise(TradingState))


def test_the_most_restrictive_scope_decides() -> None:
    found = states(all=TradingState.REDUCING, strategy__trend=TradingState.PAUSED)
    assert effective_state(found, PAPER, TREND, AAPL) is TradingState.PAUSED
    assert effective_state(found, PAPER, StrategyId("trend-2"), AAPL) is TradingState.REDUCING
    assert effective_state({}, PAPER, TREND, AAPL) is TradingState.ACTIVE


def test_a_single_instrument_does_not_restrict_the_whole_strategy() -> None:
    found = {f"instrument:{AAPL}": next(iter(states(all=TradingState.PAUSED).values()))}
    assert effective_state(found, PAPER, TREND, AAPL) is TradingState.PAUSED
    assert strategy_state(found, PAPER, TREND) is TradingState.ACTIVE


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (ALL_SCOPE, True),
        ("account:PAPER", True),
        ("strategy:trend", True),
        (f"instrument:{AAPL}", True),
        ("strategy:trend-2", False),
        ("strategy:tren", False),
        ("account:PAPER2", False),
        ("trend", False),
        ("", False),
    ],
)
def test_a_scope_covers_exactly_what_it_names(scope: str, covered: bool) -> None:
    assert covers(scope, PAPER, TREND, AAPL) is covered


def test_a_fence_holds_from_its_closing_until_it_is_opened() -> None:
    fence = Fence()
    assert not fence.holds(RELEASED, PAPER, TREND, AAPL)
    fence.close("strategy:trend")
    assert fence.holds(RELEASED, PAPER, TREND, AAPL)
    assert not fence.holds(RELEASED, PAPER, StrategyId("trend-2"), AAPL)
    fence.open("strategy:trend")
    assert not fence.holds(RELEASED, PAPER, TREND, AAPL)


def test_the_journaled_latch_holds_without_a_fence() -> None:
    assert Fence().holds(KillSwitchReport(engaged=True), PAPER, TREND, AAPL)
