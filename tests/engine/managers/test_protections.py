"""Losses and stops on a whole engine with the paper broker."""

import asyncio
from decimal import Decimal

from ares_desktop.domain.protections import Rung
from ares_desktop.domain.risk import TradingState
from tests.engine.conftest import MakeHouse
from tests.engine.house import House

FALL = (100.0, 100.0, 100.0, 100.0, 96.0, 91.0, 80.0, 80.0, 80.0, 80.0)


def rung(house: House, scope: str = "all", measure: str = "drawdown") -> Rung:
    """Return where a scope stands."""
    found = {(state.scope, state.measure.value): state for state in house.managers.protections.ladders()}
    state = found.get((scope, measure))
    return Rung.CALM if state is None else state.rung


async def test_a_loss_climbs_the_ladder_to_the_kill_switch_and_survives_a_restart(make_house: MakeHouse) -> None:
    house = make_house(closes=FALL)
    house.settings |= {
        "account.starting_cash": "1000",
        "protection.day_limit": "",
        "protection.day_hard": "",
        "protection.drawdown_limit": "0.04",
        "protection.drawdown_hard": "0.10",
        "protection.strategy_day_limit": "",
        "protection.strategy_day_hard": "",
        "protection.strategy_drawdown_limit": "",
        "protection.strategy_drawdown_hard": "",
    }
    await house.open()
    await house.add(capital=Decimal(1000), parameters={"size": 6})
    await house.play(4)
    await house.until(house.managers.portfolio.positions)
    await house.play(1)
    await house.until(lambda: rung(house) is Rung.WARNED)
    await house.close()
    await house.open()
    assert rung(house) is Rung.WARNED
    await house.play(1)
    await house.until(lambda: rung(house) is Rung.REDUCING)
    assert house.managers.state.state("all").state is TradingState.REDUCING
    await house.play(1)
    await house.until(lambda: rung(house) is Rung.HALTED)
    await house.until(lambda: house.managers.state.kill_switch.finished)
    assert house.managers.state.kill_switch.source == "loss ladder"
    steps = await house.managers.protections.steps()
    assert [step.state.rung for step in steps if step.state.scope == "all"] == [
        Rung.HALTED,
        Rung.REDUCING,
        Rung.WARNED,
    ]
    await house.close()


BRACKETED = '''
"""Buys far more than a bar's volume, with a stop and a target."""
from decimal import Decimal

from ares_desktop.api import Bracket, Strategy


class Bracketed(Strategy):
    """Buys once."""

    def on_start(self):
        self.done = False

    def on_bar(self, bar):
        if not self.done:
            self.done = True
            self.context.buy(bar.instrument, 25_000, bracket=Bracket(stop=Decimal(95), target=Decimal(130)), tif="GTC")
'''


async def test_the_paper_broker_keeps_exits_as_large_as_what_is_held(make_house: MakeHouse) -> None:
    house = make_house(closes=(100.0,) * 5 + (94.0,) * 8)
    (house.strategies / "bracketed.py").write_text(BRACKETED)
    house.settings |= {"account.starting_cash": "10000000"}
    await house.open()
    await house.add("bracketed", capital=Decimal(9_000_000))
    await house.play(3)
    await house.until(house.managers.protections.stops)
    # Long enough for the guard to mend what the venue had not.
    await asyncio.sleep(1.2)
    cover = house.managers.protections.stops()[0]
    assert (cover.asked, cover.covered, cover.naked) == (cover.quantity, cover.quantity, Decimal(0))
    assert cover.quantity > 0
    await house.play(10)
    await house.until(lambda: not house.managers.protections.stops())
    orders = house.managers.trades.orders()
    assert not [order.id for order in orders if "lost-stop" in order.id]
    assert not [alert for alert in house.alerts if alert.source == "protections" and "stop" in alert.key]
    await house.close()
