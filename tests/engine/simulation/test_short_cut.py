"""The quick way of the most frequent order leads where the general rules lead."""

from decimal import Decimal
from math import nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import MarketEvent
from ares_desktop.domain.orders import Side, TimeInForce
from ares_desktop.domain.simulation import AccountMode, SlippageModel
from ares_desktop.engine.ports.broker import BrokerEvent
from ares_desktop.engine.simulation.short_cut import ShortCut
from tests.engine.simulation.builders import SPY, Desk, a_bar, an_instrument, plain
from tests.engine.simulation.test_properties import Step, scripts

QQQ = InstrumentId("QQQ.ARCX")
EUR = InstrumentId("SAP.XETR")

instruments = (an_instrument(), an_instrument(QQQ), an_instrument(EUR, currency="EUR"))
moments = st.lists(
    st.tuples(
        st.sampled_from([SPY, QQQ, EUR]),
        st.sampled_from(Side),
        st.sampled_from(["1", "10", "10.5", "300", "20000"]),
        st.sampled_from([TimeInForce.GTC, TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK]),
        st.sampled_from([100.0, 101.25, nan]),
        st.sampled_from([nan, 0.0, 50.0, 1e6]),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=30,
)


class General(ShortCut):
    """Leaves everything to the general rules."""

    def accepts(self, *_: object) -> float:
        return 0.0

    def fills(self, *_: object) -> bool:
        return False


def desks(**changes: object) -> list[Desk]:
    """Return a desk of each kind."""
    found: list[Desk] = []
    for kind in (ShortCut, General):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("ares_desktop.engine.simulation.simulated.ShortCut", kind)
            settings = {"costs": "retail", "slippage_model": SlippageModel.BPS, "latency_ms": 5.0, **changes}
            found.append(Desk(plain(**settings), *instruments))
    return found


@settings(max_examples=60)
@given(moments, st.sampled_from([{}, {"mode": AccountMode.CASH}, {"volume_share": 0.0}, {"latency_ms": 90_000.0}]))
def test_market_orders_lead_to_the_same_events(
    moments: list[tuple[InstrumentId, Side, str, TimeInForce, float, float, int]], changes: dict[str, object]
) -> None:
    quick, general = desks(**{"starting_cash": Decimal(50_000), **changes})
    for minute, (name, side, quantity, tif, price, volume, skipped) in enumerate(moments):
        found = [_step(desk, minute, name, side, quantity, tif, price, volume, skipped) for desk in (quick, general)]
        assert found[0] == found[1]
    assert _same_state(quick, general)


def _same_state(one: Desk, other: Desk) -> bool:
    """Orders compare by identity, so what is reported of them is compared."""
    return (
        one.broker.orders() == other.broker.orders()
        and one.broker.balance() == other.broker.balance()
        and one.broker.positions() == other.broker.positions()
        and one.broker.references == other.broker.references
    )


def _step(  # noqa: PLR0913, PLR0917 - one moment of the market, drawn at random
    desk: Desk,
    minute: int,
    name: InstrumentId,
    side: Side,
    quantity: str,
    tif: TimeInForce,
    price: float,
    volume: float,
    skipped: int,
) -> list[BrokerEvent]:
    bars: list[MarketEvent] = [a_bar(minute, price, volume=volume, name=each) for each in (SPY, QQQ, EUR)[skipped:]]
    found = desk.market(*bars)
    return found + desk.submit(desk.intent(side, quantity, instrument=name, tif=tif))


@settings(max_examples=40)
@given(scripts)
def test_any_orders_lead_to_the_same_events(script: tuple[Step, ...]) -> None:
    quick, general = desks()
    for step in script:
        assert step(quick) == step(general)
    assert _same_state(quick, general)
