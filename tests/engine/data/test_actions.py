"""Actions of a series come from columns, go back into columns, and stay out where prices contain them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market_actions import ActionKind, MarketAction
from ares_desktop.engine.data.actions import action_columns, actions_of, still_due

SPY = InstrumentId("SPY.SIM")
STARTS = np.arange(10, 20, dtype=np.int64) * 1_000
NAN = float("nan")


def a_column(**values: float) -> np.ndarray:
    column = np.full(len(STARTS), NAN)
    for row, value in values.items():
        column[int(row[1:])] = value
    return column


def an_action(row: int, kind: ActionKind, value: float) -> MarketAction:
    return MarketAction(SPY, int(STARTS[row]), kind, value)


def test_only_rows_where_something_happens_become_actions() -> None:
    columns = {
        "split": a_column(r0=0.0, r1=1.0, r2=2.0),
        "dividend": a_column(r2=0.5, r3=0.0),
        "funding": a_column(r5=-0.0001),
    }
    assert actions_of(SPY, STARTS, columns) == (
        an_action(2, ActionKind.DIVIDEND, 0.5),
        an_action(2, ActionKind.SPLIT, 2.0),
        an_action(5, ActionKind.FUNDING, -0.0001),
    )


kinds = st.sampled_from(ActionKind)


@given(st.dictionaries(st.tuples(st.integers(0, 9), kinds), st.sampled_from([0.25, 2.0, 3.0, -0.5]), max_size=12))
def test_actions_survive_their_way_through_columns(values: dict[tuple[int, ActionKind], float]) -> None:
    listed = [an_action(row, kind, value) for (row, kind), value in values.items()]
    order = list(ActionKind)
    actions = tuple(sorted(listed, key=lambda action: (action.ts, order.index(action.kind))))
    assert actions_of(SPY, STARTS, action_columns(STARTS, actions)) == actions


@pytest.mark.parametrize(("ratio", "opens"), [(2.0, 50.0), (0.1, 1000.0), (1.5, 66.0)])
def test_a_split_that_prices_show_is_due_and_one_they_do_not_show_is_in_them(ratio: float, opens: float) -> None:
    split, dividend = an_action(5, ActionKind.SPLIT, ratio), an_action(7, ActionKind.DIVIDEND, 1.0)
    raw = {"open": np.where(STARTS[5] > STARTS, 100.0, opens), "close": np.where(STARTS[5] > STARTS, 101.0, opens)}
    flat = {"open": np.full(10, 100.0), "close": np.full(10, 101.0)}
    assert still_due((split, dividend), STARTS, raw, total_return=False) == (split, dividend)
    assert still_due((split, dividend), STARTS, flat, total_return=False) == ()
    assert still_due((split, dividend), STARTS, flat, total_return=True) == (dividend,)
