"""A live paper run of a replay books dividends, splits and funding as a backtest does, over restarts too."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from ares_desktop.domain.events import CarryBooked, OrderFilled, PositionSplit
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.monitoring import ConnectionState
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.adapters.brokers.paper.client import PaperBroker
from ares_desktop.engine.adapters.feeds.files import read_series
from tests.engine.adapters.brokers.paper.processes import end_server
from tests.engine.backtest.replay.test_same_as_live import PAPER, an_instance, as_wanted, live, past
from tests.engine.house import BEGIN, House

MakeHouse = Callable[..., House]
Actions = Mapping[int, Mapping[str, float]]

KNOWER = '''
"""Is long and short over dividends, splits and funding, and says with each order what it thinks it has."""
from ares_desktop.api import Strategy


class Knower(Strategy):
    def on_start(self):
        self.bars = {}
        self.filled = ""

    def on_bar(self, bar):
        context, name = self.context, bar.instrument
        bars = self.bars[name] = self.bars.get(name, 0) + 1
        side = 1 if bars % 80 < 40 else -1
        working = self.filled, [(str(order.quantity), order.intent.limit_price) for order in context.orders(name)]
        known = f"{context.cash} {context.equity} {context.position(name)} {working}"
        if bars % 9 == 4:
            context.buy(name, 3, limit=round(bar.close * 0.9, 2), tif="GTC", reason=known)
        elif bars % 4 == 1:
            context.target(name, (7 + bars % 5) * side, reason=known)

    def on_fill(self, fill):
        self.filled = f"{fill.at} {self.context.cash} {self.context.position(fill.instrument)}"
'''
SHARES: Actions = {
    20: {"dividend": 0.35},
    37: {"split": 2.0},
    58: {"split": 1 / 3, "dividend": 1.5},
    79: {"dividend": 0.1},
}
COINS: Actions = {row: {"funding": 0.0001 if row % 20 else -0.0002} for row in range(10, 95, 10)}
"""By the row of the bar at whose begin they take effect."""


def write_bars(path: Path, actions: Actions, *, seed: int, rows: int = 100, every: int = 1) -> Path:
    """Write one-minute bars that wander and fall by splits; only each row that ``every`` divides."""
    rng = random.Random(seed)  # noqa: S311 - a market, not a secret
    lines, close = ["time,open,high,low,close,volume,dividend,split,funding"], 100.0
    for row in range(rows):
        told = actions.get(row, {})
        open_ = round(close / told.get("split", 1.0), 2)
        close = round(open_ + rng.gauss(0, 0.1), 2)
        if row % every and not told:
            continue
        time = (BEGIN + timedelta(minutes=row)).isoformat()
        values = ",".join(str(told.get(kind, "")) for kind in ("dividend", "split", "funding"))
        lines.append(f"{time},{open_},{max(open_, close)},{min(open_, close)},{close},100000,{values}")
    path.write_text("\n".join(lines) + "\n")
    return path


def markets_of(folder: Path) -> tuple[Path, Path]:
    return write_bars(folder / "ACME.csv", SHARES, seed=1), write_bars(folder / "BTCUSD.csv", COINS, seed=2)


def a_house(make_house: MakeHouse, markets: Sequence[Path]) -> tuple[House, list[StrategyInstance]]:
    house = make_house(feed=f"replay:{','.join(map(str, markets))}@max")
    (house.strategies / "knower.py").write_text(KNOWER)
    return house, [an_instance("knower", house.strategies / "knower.py")]


def facts(house: House) -> tuple[list[Fill], list[CarryBooked], list[PositionSplit]]:
    """Return what the journal holds of fills and bookings."""
    payloads = [event.payload for event in house.events()]
    return (
        [payload.fill for payload in payloads if isinstance(payload, OrderFilled)],
        [payload for payload in payloads if isinstance(payload, CarryBooked)],
        [payload for payload in payloads if isinstance(payload, PositionSplit)],
    )


async def test_a_live_replay_books_what_a_backtest_books(make_house: MakeHouse, tmp_path: Path) -> None:
    markets = markets_of(tmp_path)
    house, instances = a_house(make_house, markets)
    orders, fills, denials = await live(house, instances)
    outcome = past(instances, house, *markets)
    _, carried, splits = facts(house)
    assert [(item.kind, item.amount, item.at) for item in carried] == [
        (item.kind, item.amount, item.at) for item in outcome.cash if item.kind != "settlement"
    ]
    assert set(Counter(item.kind for item in carried)) == {"dividend", "funding"}
    assert [(item.numerator, item.denominator) for item in splits] == [(2, 1), (1, 3)]
    assert list(outcome.denials) == denials
    # What the strategy knew of its own book is the reason of each order.
    assert [as_wanted(item) for item in outcome.orders] == [as_wanted(item) for item in orders]
    assert list(outcome.fills) == fills
    assert len(fills) > 20


async def test_what_is_still_due_after_a_restart_is_booked_once(make_house: MakeHouse, tmp_path: Path) -> None:
    markets = markets_of(tmp_path)
    house, instances = a_house(make_house, markets)
    await house.open()
    for item in instances:
        status = await house.managers.strategies.add(item.file, name=item.name, capital=item.capital, source="test")
        await house.managers.strategies.enable(status.instance.name, source="test")
    for bars in (50, 60, 10**9):
        await house.until_all_run()
        await house.play(bars)
        await house.close()
        if bars < 10**9:
            await house.open()
    fills, carried, splits = facts(house)
    due = {(item.at, item.instrument) for item in past(instances, house, *markets).cash if item.kind != "settlement"}
    times = Counter((item.at, item.instrument) for item in carried)
    assert set(times.values()) == {1}
    assert set(times) == due
    assert [(item.numerator, item.denominator) for item in splits] == [(2, 1), (1, 3)]
    assert {fill.account for fill in fills} == {PAPER}


async def test_what_was_booked_while_the_application_was_away_is_found(make_house: MakeHouse, tmp_path: Path) -> None:
    market = write_bars(tmp_path / "ACME.csv", SHARES, seed=1)
    house, instances = a_house(make_house, [market])
    await house.open()
    for item in instances:
        await house.add(item.file, item.name, capital=item.capital)
    await house.play(15)
    await house.close()
    assert facts(house)[1:] == ([], [])

    shares = read_series(market)
    other = PaperBroker(house.profile.paper, "other")
    await other.schedule(shares.actions)
    await other.connect()
    await other.on_market(shares.events(15, 60), settle=True)
    await other.disconnect()
    end_server(house.profile.paper)

    await house.open()
    assert house.engine is not None
    (link,) = house.engine._services.links
    assert (link.status.state, link.discrepancies) == (ConnectionState.RECONCILED, {})
    _, carried, splits = facts(house)
    assert [item.kind for item in carried] == ["dividend", "dividend"]
    assert [(item.numerator, item.denominator) for item in splits] == [(2, 1), (1, 3)]
