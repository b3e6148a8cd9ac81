"""Statistical arbitrage keeps its rule on hand-made bars."""

from collections.abc import Sequence
from math import exp
from typing import Any

import pytest

from ares_desktop.api import Bar
from ares_desktop.api.testing import Trial, run_on_bars
from ares_desktop.domain.orders import OrderIntent, Side
from strategies.s2 import S2
from tests.strategies.markets import ACME, OTHER, bars_of, merged

WINDOW = 20
STEPS = [0.0, 0.02, -0.01, 0.03, 0.01, -0.02, 0.02, 0.0, -0.03, 0.01] * 2
"""How the second moves: it comes back to where it was within ten bars."""
WOBBLE = [0.01, -0.01] * 10
"""How the first moves beside it: a spread that comes back within a bar."""
QUICK = {"window": WINDOW, "max_half_life": 5, "exposure": 0.9}


def a_pair(spreads: Sequence[float], ratio: float = 2.0) -> list[Bar]:
    """Return bars of a pair: the first is the second to the power of ``ratio``, times the exponential of a spread."""
    steps = [*STEPS, *([0.0] * (len(spreads)))]
    second = [50 * exp(step) for step in steps]
    first = [100 * exp(ratio * step + away) for step, away in zip(steps, [*WOBBLE, *spreads], strict=True)]
    return merged(bars_of(first), bars_of(second, OTHER))


def played(spreads: Sequence[float], params: dict[str, Any] | None = None, **more: Any) -> Trial:
    return run_on_bars(S2, a_pair(spreads), {**QUICK, **(params or {})}, **more)


def told(run: Trial) -> list[tuple[str, str]]:
    return [(intent.side.value, intent.instrument) for intent in run.intents]


def test_it_sells_a_spread_that_is_too_high_and_closes_it_when_it_is_back() -> None:
    run = played([0.05, 0.05, 0.0, 0.0])
    assert told(run) == [("SELL", ACME), ("BUY", OTHER), ("BUY", ACME), ("SELL", OTHER)]
    assert run.intents[-1].reason == "close: the spread is back"
    assert run.position(ACME) == run.position(OTHER) == 0
    # Entered at the open after the spread had opened, left at the open after it had closed.
    assert [round(float(fill.price) / exp(0.05), 2) for fill in run.fills[:1]] == [100.0]


def test_it_buys_a_spread_that_is_too_low() -> None:
    run = played([-0.05, -0.05, 0.0, 0.0])
    assert told(run)[:2] == [("BUY", ACME), ("SELL", OTHER)]


def test_both_legs_are_hedged_by_value_and_share_the_exposure() -> None:
    run = played([0.05, 0.05])
    one, other = (float(abs(fill.quantity * fill.price)) for fill in run.fills)
    ratio = next(value for name, value in reversed(run.records) if name.startswith("ratio"))
    assert ratio == pytest.approx(2.0, abs=0.3)
    entry = [value for name, value in run.records if name.startswith("ratio")][-2]
    assert other / one == pytest.approx(entry, rel=0.01)
    assert one + other == pytest.approx(90_000, rel=0.01)


def test_it_leaves_beyond_the_stop_and_waits_until_the_spread_was_back() -> None:
    run = played([0.05, 0.2, 0.2, 0.2], {"max_half_life": 50, "stop": 6})
    assert [intent.reason for intent in run.intents[2:]] == ["close: the spread went beyond the stop"] * 2
    assert run.strategy.snapshot()[f"{ACME}/{OTHER}"]["waits"]


def test_it_leaves_after_so_many_half_lives() -> None:
    # A half-life within a bar counts as one bar.
    run = played([0.05] * 4, {"patience": 2.0})
    assert run.intents[2].reason == "close: held for too long"


def test_a_spread_that_comes_back_too_slowly_is_left_alone() -> None:
    slow = [0.002 * min(at, 20 - at) for at in range(20)]
    steps = [*STEPS, 0.0, 0.0]
    first = [100 * exp(2 * step + away) for step, away in zip(steps, [*slow, 0.07, 0.07], strict=True)]
    bars = merged(bars_of(first), bars_of([50 * exp(step) for step in steps], OTHER))
    # By the regression the half-life is 2.8 bars where the score is 2.9.
    assert run_on_bars(S2, bars, {**QUICK, "max_half_life": 2.5}).intents == []
    assert run_on_bars(S2, bars, {**QUICK, "max_half_life": 3.0}).intents != []


def test_prices_that_move_against_each_other_are_no_pair() -> None:
    assert run_on_bars(S2, a_pair([0.05, 0.05], ratio=-2.0), QUICK).intents == []


def test_both_methods_trade_the_same_clear_spread() -> None:
    assert told(played([0.05, 0.05, 0.0, 0.0], {"method": "tls"})) == told(played([0.05, 0.05, 0.0, 0.0]))


@pytest.mark.parametrize("refused", [ACME, OTHER])
def test_a_leg_that_is_denied_takes_the_other_with_it(refused: str) -> None:
    def deny(intent: OrderIntent) -> str:
        return "no shares to borrow" if intent.instrument == refused and not intent.reduce_only else ""

    run = played([0.05, 0.05, 0.05], deny=deny)
    assert run.position(ACME) == run.position(OTHER) == 0
    assert run.fills == []


def test_a_leg_that_is_held_alone_is_closed() -> None:
    class Alone(S2):
        """Has one leg that it knows nothing of."""

        def on_start(self) -> None:
            super().on_start()
            self.context.buy(ACME, 10, reason="by hand")

    run = run_on_bars(Alone, a_pair([0.0]), QUICK)
    assert run.intents[1].reason.startswith("close: one leg is held without the other")
    assert run.intents[1].side is Side.SELL
    assert run.position(ACME) == 0


def test_nothing_is_done_before_the_window_is_full() -> None:
    assert run_on_bars(S2, a_pair([0.05, 0.05]), {**QUICK, "window": 30}).intents == []


def test_a_restart_keeps_the_line_of_an_open_position() -> None:
    state = played([0.05, 0.05]).strategy.snapshot()
    kept = state[f"{ACME}/{OTHER}"]
    assert len(kept["line"]) == 3
    run = played([0.0], snapshot=state)
    assert run.strategy.snapshot()[f"{ACME}/{OTHER}"]["line"] is None, "nothing is held, so no line is in force"


def test_instruments_that_are_no_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="needs instruments in pairs"):
        run_on_bars(S2, bars_of([100.0]), QUICK)
