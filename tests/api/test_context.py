"""Orders, targets and money as a strategy sees them."""

from decimal import Decimal
from typing import Any

import pytest

import ares_desktop.api
from ares_desktop.api import Bar, Bracket, Strategy
from ares_desktop.api.testing import Trial, run_on_bars
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.orders import OrderPurpose, OrderState, OrderType, TimeInForce

ACME = InstrumentId("ACME.XNYS")
HOUR = 3600 * 10**9


def bars_of(*closes: float, spread: float = 0.0) -> list[Bar]:
    return [
        Bar(ACME, at * HOUR, (at + 1) * HOUR, close, close + spread, close - spread, close, 1.0)
        for at, close in enumerate(closes)
    ]


def trial(steps: dict[int, Any], *bars: Bar, **options: Any) -> Trial:
    """Run a strategy that does ``steps[n]`` with its context at bar ``n``."""

    class Scripted(Strategy):
        count = 0

        def on_bar(self, bar: Bar) -> None:
            step = steps.get(self.count)
            self.count += 1
            if step is not None:
                step(self.context)

    return run_on_bars(Scripted, bars, **options)


def test_there_are_at_most_twenty_names_and_all_are_there() -> None:
    assert len(ares_desktop.api.__all__) <= 20
    assert all(hasattr(ares_desktop.api, name) for name in ares_desktop.api.__all__)


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({}, OrderType.MARKET),
        ({"limit": "9.5"}, OrderType.LIMIT),
        ({"stop": 9.5}, OrderType.STOP),
        ({"stop": 9.5, "limit": 9}, OrderType.STOP_LIMIT),
        ({"trail": Decimal("0.5")}, OrderType.TRAILING_STOP),
    ],
)
def test_the_prices_make_the_order_type(options: dict[str, Any], kind: OrderType) -> None:
    run = trial({0: lambda context: context.sell(ACME, 0.1, tif="GTC", reduce_only=True, **options)}, *bars_of(10))
    (intent,) = run.intents
    assert (intent.type, intent.quantity, intent.tif) == (kind, Decimal("0.1"), TimeInForce.GTC)
    protective = kind not in {OrderType.MARKET, OrderType.LIMIT}
    assert intent.purpose is (OrderPurpose.PROTECTIVE if protective else OrderPurpose.STRATEGY)


def test_quantities_are_taken_exactly_as_written_and_ids_count_up() -> None:
    def step(context: Any) -> None:
        for quantity in ("1.10", 0.1, 3, Decimal("2.500")):
            context.buy(ACME, quantity, bracket=Bracket(stop=Decimal(9)), reason="because")

    run = trial({0: step}, *bars_of(10))
    assert [str(intent.quantity) for intent in run.intents] == ["1.10", "0.1", "3", "2.500"]
    assert [intent.client_order_id for intent in run.intents] == [f"trial-00000{number}" for number in range(1, 5)]
    assert run.intents[0].reason == "because"


@pytest.mark.parametrize(
    "options",
    [
        {"quantity": float("nan")},
        {"quantity": "ten"},
        {"quantity": 1, "trail": 1, "limit": 1},
        {"quantity": 1, "tif": "X"},
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        trial({0: lambda context: context.buy(ACME, **options)}, *bars_of(10))


@pytest.mark.parametrize(
    "step",
    [
        lambda context: context.buy(None, 1),
        lambda context: context.buy(ACME, 1, reason=5),
        lambda context: context.sell(ACME, 1, oco=None),
        lambda context: context.publish(1, {}),
        lambda context: context.subscribe(None),
        lambda context: context.record(7, 1.0),
    ],
)
def test_what_must_be_text_is_refused_where_the_strategy_says_it(step: Any) -> None:
    with pytest.raises(TypeError, match="must be a text"):
        trial({0: step}, *bars_of(10))


def test_the_prices_of_a_bracket_are_taken_as_written() -> None:
    exits = Bracket(stop=9.1, target="11.30")  # type: ignore[arg-type]
    run = trial({0: lambda context: context.buy(ACME, 1, bracket=exits)}, *bars_of(10, 10))
    assert run.intents[0].bracket == Bracket(stop=Decimal("9.1"), target=Decimal("11.30"))


def test_a_market_order_fills_at_the_next_open() -> None:
    run = trial({0: lambda context: context.buy(ACME, 10)}, *bars_of(10, 12, 13))
    assert [(fill.price, fill.quantity) for fill in run.fills] == [(Decimal("12.0"), Decimal(10))]
    assert run.position(ACME) == 10
    assert run.equity == 100_000 + 10


def test_targets_count_what_is_already_ordered() -> None:
    def twice(context: Any) -> None:
        context.target(ACME, 10)
        assert context.target(ACME, 10) is None
        context.target(ACME, 4)

    run = trial({0: twice, 2: lambda context: context.target(ACME, -4)}, *bars_of(10, 10, 10, 10))
    assert [(intent.side.value, int(intent.quantity)) for intent in run.intents] == [
        ("BUY", 10),
        ("SELL", 6),
        ("SELL", 8),
    ]
    assert run.position(ACME) == -4


def test_protective_stops_do_not_count_towards_a_target() -> None:
    def protect(context: Any) -> None:
        context.sell(ACME, 10, stop=8, reduce_only=True)
        assert context.target(ACME, 10) is None

    run = trial({0: lambda context: context.target(ACME, 10), 1: protect}, *bars_of(10, 10, 9, 7, 7))
    assert [fill.price for fill in run.fills] == [Decimal("10.0"), Decimal("7.0")]
    assert run.position(ACME) == 0


def test_a_weight_is_of_the_equity_within_the_budget_and_in_whole_lots() -> None:
    lots = Instrument(id=ACME, lot_size=Decimal(5), multiplier=Decimal(2))
    run = trial(
        {0: lambda context: context.target_weight(ACME, 0.5)}, *bars_of(10, 10), capital=1_030, instruments=[lots]
    )
    assert run.position(ACME) == 25
    nothing = trial({0: lambda context: context.target_weight(ACME, 0)}, *bars_of(10))
    assert nothing.intents == []


def test_flatten_cancels_and_closes() -> None:
    steps = {
        0: lambda context: (context.buy(ACME, 10), context.buy(ACME, 5, limit=1)),
        1: lambda context: context.flatten(reason="enough"),
    }
    run = trial(steps, *bars_of(10, 10, 10))
    assert run.position(ACME) == 0
    assert run.intents[-1].reduce_only
    assert run.strategy.context.orders() == ()


def test_orders_of_a_group_cancel_each_other() -> None:
    states: list[OrderState] = []

    def exits(context: Any) -> None:
        handles = [
            context.sell(ACME, 10, limit=12, oco="exit", reduce_only=True),
            context.sell(ACME, 10, stop=8, oco="exit", reduce_only=True),
        ]
        context.watch = handles

    steps = {
        0: lambda context: context.buy(ACME, 10),
        1: exits,
        3: lambda context: states.extend(handle.state for handle in context.watch),
    }
    trial(steps, *bars_of(10, 10, 13, 13))
    assert states == [OrderState.FILLED, OrderState.CANCELED]


def test_prices_are_rounded_to_the_tick() -> None:
    run = trial({0: lambda context: context.log.info(str(context.round_price(ACME, 10.126)))}, *bars_of(10))
    assert run.lines == [("info", "10.13")]


def test_the_position_is_valued_at_the_last_price() -> None:
    run = trial({0: lambda context: context.sell(ACME, 10)}, *bars_of(10, 10, 8))
    position = run.strategy.context.position(ACME)
    assert (position.quantity, position.average_price, position.unrealized) == (Decimal(-10), Decimal(10), Decimal(20))
