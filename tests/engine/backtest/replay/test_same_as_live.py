"""A live paper run of a replay and a backtest of the same data lead to the same orders and fills."""

import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ares_desktop.config.store import SettingsStore
from ares_desktop.domain.backtests import BacktestOutcome, BacktestSpec
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, StrategyId
from ares_desktop.domain.orders import Order
from ares_desktop.domain.risk import Denied
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.adapters.feeds.files import read_series
from ares_desktop.engine.backtest.replay.kinds import load_kinds
from ares_desktop.engine.backtest.replay.run import run_backtest
from ares_desktop.foundation import paper_settings
from tests.engine.house import BEGIN, House

MakeHouse = Callable[..., House]
PAPER = AccountId("PAPER")
BUNDLED = Path(__file__).parents[4] / "strategies"

EVERY_ORDER = '''
"""Uses every kind of order, and answers to what becomes of them."""
from ares_desktop.api import Bracket, Strategy


class EveryOrder(Strategy):
    def on_start(self):
        self.bars = 0
        self.context.schedule("look", "every 7m")
        self.context.warm_up(5)

    def on_bar(self, bar):
        if self.context.warming:
            return
        self.bars += 1
        context, name, close = self.context, bar.instrument, bar.close
        step = self.bars % 12
        held = context.position(name).quantity
        if step == 1:
            context.buy(name, 10, limit=round(close - 0.2, 2), tif="GTC", reason="rests")
        elif step == 2:
            context.sell(name, 4, stop=round(close - 0.3, 2), tif="GTC")
        elif step == 3:
            context.buy(name, 6, bracket=Bracket(stop=round(close - 0.5, 2), target=round(close + 0.5, 2)))
        elif step == 5:
            context.sell(name, 3, trail=0.4, tif="GTC")
        elif step == 6:
            context.buy(name, 5, stop=round(close + 0.1, 2), limit=round(close + 0.3, 2))
        elif step == 7:
            for order in context.orders(name)[:1]:
                order.cancel()
            context.buy(name, 1, limit=round(close, 2), tif="IOC")
            quick = context.buy(name, 2, limit=round(close - 3, 2))
            quick.cancel()
        elif step == 8 and held:
            context.buy(name, 1, limit=round(close + 0.4, 2), oco="pair")
            context.buy(name, 1, limit=round(close - 0.4, 2), oco="pair")
        elif step == 9:
            context.buy(name, "0.5", reason="denied: half a share")
        elif step == 11:
            context.flatten(name)

    def on_order(self, order):
        if order.state == "CANCELED" and order.intent.oco_group == "":
            self.context.record("canceled", float(order.filled))
            self.context.publish("canceled", order.intent.client_order_id)

    def on_fill(self, fill):
        if fill.quantity == 3:
            self.context.buy(fill.instrument, 1, reason="answer to a fill")

    def on_timer(self, name):
        self.context.record("price", self.context.price(self.context.instruments[0]) or 0.0)
'''
FOLLOWER = '''
"""Buys one whenever the other strategy speaks, and rebalances now and then."""
from ares_desktop.api import SMA, Strategy


class Follower(Strategy):
    async def run_strategy(self):
        self.context.subscribe("canceled")
        self.average = SMA(3)
        async for event in self.context.events():
            self.dispatch(event)

    def on_bar(self, bar):
        self.average.update(bar.close)
        if self.average.ready and bar.end.minute % 9 == 0:
            side = 1 if bar.close > self.average.value else -1
            self.context.target_weight(bar.instrument, 0.3 * side)

    def on_message(self, topic, payload):
        name = self.context.instruments[0]
        self.context.buy(name, 1, reason=f"heard {payload}")
'''


def write_market(folder: Path, bars: int, seed: int) -> Path:
    """Write one-minute bars that wander, with ranges."""
    rng = random.Random(seed)  # noqa: S311 - a market, not a secret
    lines, close = ["time,open,high,low,close,volume"], 100.0
    for number in range(bars):
        open_, close = close, round(max(20.0, close + rng.gauss(0, 0.25)), 2)
        high = round(max(open_, close) + abs(rng.gauss(0, 0.1)), 2)
        low = round(min(open_, close) - abs(rng.gauss(0, 0.1)), 2)
        time = (BEGIN + timedelta(minutes=number)).isoformat()
        lines.append(f"{time},{open_},{high},{low},{close},{rng.choice((300, 100000))}")
    path = folder / "ACME.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


async def live(house: House, instances: list[StrategyInstance]) -> tuple[list[Order], list[Fill], list[Denied]]:
    """Play the whole file to a live engine with paper money; return orders, fills and denials."""
    await house.open()
    for item in instances:
        status = await house.managers.strategies.add(
            item.file, name=item.name, capital=item.capital, parameters=item.parameters, source="test"
        )
        await house.managers.strategies.enable(status.instance.name, source="test")
    await house.until_all_run()
    await house.play(10**9)
    engine = house.engine
    assert engine is not None
    fold = engine._services.recorder.fold
    orders, fills = list(fold.registry.orders()), list(fold.registry.fills())
    denials = list(fold.registry.denials())
    await house.close()
    return orders, fills, denials


def past(instances: list[StrategyInstance], house: House, *markets: Path) -> BacktestOutcome:
    """Backtest the same with the settings that the house has."""
    settings = SettingsStore(house.profile.settings_file).current
    paper = paper_settings(settings)
    names = SimulationSettings.__struct_fields__
    simulation = SimulationSettings(**{name: getattr(paper, name) for name in names if hasattr(paper, name)})
    spec = BacktestSpec(
        strategies=tuple(instances),
        data=tuple(map(str, markets)),
        simulation=simulation,
        limits=settings.risk.limits(),
    )
    with load_kinds(spec) as kinds:
        return run_backtest(spec, tuple(map(read_series, markets)), kinds)


def an_instance(name: str, file: Path, capital: int = 100_000, **parameters: Any) -> StrategyInstance:
    return StrategyInstance(
        name=StrategyId(name),
        file=str(file),
        account=PAPER,
        instruments=(),
        parameters=parameters,
        capital=Decimal(capital),
    )


def as_wanted(order: Order) -> dict[str, Any]:
    """Return an order without its inputs, which a replay leaves out: they decide nothing and cost time."""
    plain: dict[str, Any] = msgspec.to_builtins(order)
    del plain["intent"]["inputs"]
    return plain


@pytest.mark.parametrize(
    "chosen",
    [
        pytest.param(("cnr", "breakout"), id="two of the bundled ones"),
        pytest.param(("smag7", "ltmt"), id="the other two"),
        pytest.param(("every", "follower"), id="all kinds of orders and messages"),
    ],
)
async def test_a_backtest_does_what_a_live_replay_did(
    make_house: MakeHouse, tmp_path: Path, chosen: tuple[str, ...]
) -> None:
    market = write_market(tmp_path, 220, seed=len(chosen[0]))
    house = make_house(feed=f"replay:{market}@max")
    (house.strategies / "every.py").write_text(EVERY_ORDER)
    (house.strategies / "follower.py").write_text(FOLLOWER)
    parameters: dict[str, dict[str, Any]] = {
        "ltmt": {"period": "day", "periods": 2},
        "cnr": {"lookback": 8, "entry": 1.0},
    }
    instances = [
        an_instance(
            name,
            BUNDLED / f"{name}.py" if (BUNDLED / f"{name}.py").exists() else house.strategies / f"{name}.py",
            **parameters.get(name, {}),
        )
        for name in chosen
    ]
    orders, fills, denials = await live(house, instances)
    outcome = past(instances, house, market)
    assert list(outcome.denials) == denials
    assert list(outcome.fills) == fills
    assert [as_wanted(item) for item in outcome.orders] == [as_wanted(item) for item in orders]
    if chosen != ("smag7", "ltmt"):
        assert len(fills) > 10
