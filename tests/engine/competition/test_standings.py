"""The best return comes first; what is stale or failed never outranks what is live."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.accounts import BookSnapshot
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.positions import Position
from ares_desktop.domain.strategies import Fault, StrategyInstance, StrategyState, StrategyStatus
from ares_desktop.engine.competition.standings import Entrant, rank
from tests.engine.trading.books_builders import AAPL, NOW, PAPER


def a_book(twr: float | None = 0.1, **fields: Any) -> BookSnapshot:
    defaults: dict[str, Any] = {
        "capital": Decimal(1000),
        "cash": Decimal(400),
        "equity": Decimal(1100),
        "realized": Decimal(0),
        "unrealized": Decimal(100),
        "commission": Decimal(0),
        "drawdown": 0.0,
        "max_drawdown": 0.05,
        "fills": 2,
    }
    return BookSnapshot(account=PAPER, strategy=StrategyId("trend"), at=NOW, twr=twr, **{**defaults, **fields})


def an_entrant(
    name: str = "trend",
    twr: float | None = 0.1,
    *,
    state: StrategyState = StrategyState.RUNNING,
    error: str = "",
    stale: bool = False,
    **fields: Any,
) -> Entrant:
    instance = StrategyInstance(name=StrategyId(name), file="trend.py", account=PAPER, instruments=(AAPL,))
    fault = Fault(kind="exception", message=error) if error else None
    defaults: dict[str, Any] = {"book": a_book(twr, stale=stale), "positions": (), "margin_used": Decimal(0)}
    return Entrant(
        status=StrategyStatus(instance=instance, state=state, since=NOW, fault=fault),
        venue=PAPER,
        sharpe=None,
        paper=True,
        **{**defaults, **fields},
    )


def names(*entrants: Entrant) -> list[str]:
    return [row.trader for row in rank(entrants, NOW).rows]


def test_the_best_return_comes_first_and_equal_ones_by_name() -> None:
    assert names(an_entrant("c", 0.1), an_entrant("b", 0.1), an_entrant("a", -0.2), an_entrant("d", 0.3)) == [
        "d",
        "b",
        "c",
        "a",
    ]


@pytest.mark.parametrize(
    "worse",
    [{"stale": True}, {"error": "it broke", "state": StrategyState.FAULTED}, {"state": StrategyState.STALLED}],
)
def test_what_is_stale_or_failed_comes_after_what_is_live(worse: dict[str, Any]) -> None:
    assert names(an_entrant("winner", 9.0, **worse), an_entrant("live", -0.5)) == ["live", "winner"]


def test_one_that_has_no_return_yet_comes_after_those_that_have_one() -> None:
    never = an_entrant("never", book=None)
    unfunded = an_entrant("unfunded", None)
    broken = an_entrant("broken", 0.5, error="it broke")
    assert names(broken, unfunded, never, an_entrant("loser", -0.9)) == ["loser", "never", "unfunded", "broken"]


def test_one_that_never_traded_has_no_figures_instead_of_zeros() -> None:
    (row,) = rank([an_entrant(book=None, margin_used=None)], NOW).rows
    assert (row.equity, row.pnl, row.twr_pct, row.sharpe, row.max_drawdown, row.margin_used_pct) == (None,) * 6
    assert (row.rank, row.positions, row.running, row.stale, row.error) == (1, 0, True, False, "")


def test_figures_are_those_of_its_book() -> None:
    held = Position(
        account=PAPER,
        strategy=StrategyId("trend"),
        instrument=AAPL,
        quantity=Decimal(7),
        average_price=Decimal(100),
        realized=Decimal(0),
        commission=Decimal(0),
    )
    (row,) = rank([an_entrant(positions=(held,), margin_used=Decimal(550))], NOW).rows
    assert (row.pnl, row.twr_pct, row.positions, row.margin_used_pct) == (Decimal(100), 10.0, 1, 50.0)


@given(st.lists(st.tuples(st.floats(-1, 9) | st.none(), st.booleans(), st.booleans()), max_size=12))
def test_ranks_count_up_and_nothing_bad_precedes_anything_live(rows: list[tuple[float | None, bool, bool]]) -> None:
    entrants = [
        an_entrant(f"t{number:02d}", twr, stale=stale, error="x" if failed else "")
        for number, (twr, stale, failed) in enumerate(rows)
    ]
    ranked = rank(entrants, NOW).rows
    assert [row.rank for row in ranked] == list(range(1, len(rows) + 1))
    bad = [row.stale or bool(row.error) for row in ranked]
    assert bad == sorted(bad)
