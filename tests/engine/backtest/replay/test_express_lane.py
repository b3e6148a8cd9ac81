"""The quickest way of an order is no other way: everything that is told of a run is the same."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ares_desktop.api import Bar, Context, Fill, Strategy
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.simulation import SimulationSettings, SlippageModel
from ares_desktop.engine.backtest.replay.express_lane import ExpressLane
from ares_desktop.engine.data.series import Series
from tests.engine.backtest.replay.builders import PLAIN, bars, run, wander
from tests.engine.backtest.replay.test_run import told

Wish = Callable[[Context, InstrumentId, Bar], Any]

WISHES: dict[str, Wish] = {
    "target": lambda context, name, bar: context.target(name, bar.end_ns // 60_000_000_000 % 7 - 3),
    "flip": lambda context, name, _: context.target(name, -context.position(name).quantity or 5),
    "huge": lambda context, name, _: context.buy(name, 60_000),
    "limit": lambda context, name, bar: context.buy(
        name, 3, limit=context.round_price(name, bar.close - 0.1), tif="GTC"
    ),
    "stop": lambda context, name, bar: context.sell(name, 2, stop=context.round_price(name, bar.close - 0.2)),
    "cancel": lambda context, *_: context.cancel_all(),
    "flatten": lambda context, *_: context.flatten(),
    "ioc": lambda context, name, _: context.buy(name, 4, tif="IOC"),
    "gtc": lambda context, name, _: context.sell(name, 4, tif="GTC", reason="good till canceled"),
    "twice": lambda context, name, _: (context.buy(name, 1), context.buy(name, 2)),
    "weight": lambda context, name, _: context.target_weight(name, 0.5),
    "odd": lambda context, name, _: context.buy(name, "0.5"),
}


class Scripted(Strategy):
    """Does at each bar what a script says."""

    script: ClassVar[dict[int, str]] = {}

    def on_start(self) -> None:
        self._bar = 0

    def on_bar(self, bar: Bar) -> None:
        context, name = self.context, bar.instrument
        self._bar += 1
        context.record("cash", float(context.cash))
        context.record("held", float(context.position(name).quantity))
        for handle in context.orders():
            context.record(f"{handle.state} {handle.filled}", float(handle.quantity))
        if self._bar in self.script:
            WISHES[self.script[self._bar]](context, name, bar)


class Heard(Scripted):
    """Hears its fills, so that it goes the long way."""

    def on_fill(self, fill: Fill) -> None:
        pass


def market(seed: int, calendar: str, volume: float, gap: int) -> Series:
    instrument = Instrument(id=InstrumentId("ACME.SIM"), calendar=calendar)
    series = bars(wander(120, seed), instrument, spread=0.2)
    columns = {name: np.array(values) for name, values in series.columns.items()}
    for name in ("start", "end"):
        columns[name][60:] += gap * 60_000_000_000
    columns["volume"][::9] = volume
    return msgspec.structs.replace(series, columns=columns)


@settings(max_examples=60, deadline=None)
@given(
    script=st.dictionaries(st.integers(1, 120), st.sampled_from(sorted(WISHES)), max_size=60),
    seed=st.integers(0, 9),
    calendar=st.sampled_from(["24/7", "XNYS", "24/5"]),
    volume=st.sampled_from([1e6, 30.0, 0.0, float("nan")]),
    gap=st.sampled_from([0, 600, 3000]),
    fields=st.fixed_dictionaries(
        {
            "costs": st.sampled_from(["none", "retail", "tiered", "kraken"]),
            "slippage_model": st.sampled_from(SlippageModel),
            "slippage": st.sampled_from([0.0, 1.5]),
            "latency_ms": st.sampled_from([0.0, 5.0, 90_000.0]),
            "cost_factor": st.sampled_from([1.0, 2.0]),
        }
    ),
)
def test_every_run_is_the_same_on_both_ways(
    script: dict[int, str], seed: int, calendar: str, volume: float, gap: int, fields: dict[str, Any]
) -> None:
    series = market(seed, calendar, volume, gap)
    simulation = SimulationSettings(account=PLAIN.account, **fields)
    quick = type("Quick", (Scripted,), {"script": script})
    slow = type("Slow", (Heard,), {"script": script})
    one, other = (run(kind, series, simulation=simulation) for kind in (quick, slow))
    assert told(one) == told(other)
    assert one.records == other.records


def test_plain_orders_go_the_quickest_way(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    takes = ExpressLane.takes

    def noted(lane: ExpressLane, *given: Any) -> bool:
        taken.append(takes(lane, *given))
        return taken[-1]

    monkeypatch.setattr(ExpressLane, "takes", noted)
    kind = type("Quick", (Scripted,), {"script": dict.fromkeys(range(1, 100, 3), "target")})
    outcome = run(kind, bars(wander(120)))
    assert all(taken)
    assert len(taken) == len(outcome.fills) > 20


def test_an_order_that_waits_at_the_end_is_told_as_accepted() -> None:
    kind = type("Quick", (Scripted,), {"script": {50: "target"}})
    outcome = run(kind, bars(wander(50)))
    assert [order.state for order in outcome.orders] == ["ACCEPTED"]
    assert outcome.orders[0].venue_order_id == "V-000001"


def test_the_books_are_right_where_a_run_goes_both_ways_in_turn() -> None:
    script = {bar: ("limit" if bar % 20 == 0 else "flip") for bar in range(1, 120, 2)}
    kind = type("Quick", (Scripted,), {"script": script})
    outcome = run(kind, bars(wander(120), spread=0.3))
    moved = sum((fill.signed_quantity for fill in outcome.fills), Decimal(0))
    spent = sum((fill.signed_quantity * fill.price + fill.commission for fill in outcome.fills), Decimal(0))
    held = outcome.positions[0]
    assert held.quantity == moved
    assert outcome.curve.equity[-1] == pytest.approx(float(1_000_000 - spent + moved * (held.mark or 0)))
