"""What exits of a bracket must be, and what a stop leaves uncovered."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.orders import Bracket, Order, OrderIntent, OrderState, Side
from ares_desktop.engine.ports.broker import BrokerCapabilities
from ares_desktop.engine.trading.brackets import expand, held_exits
from ares_desktop.engine.trading.stop_families import Family, Resize, covered_by, needless, resizes, shares

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
PLAIN = BrokerCapabilities(
    order_types=frozenset(),
    times_in_force=frozenset(),
    brackets=False,
    oco=False,
    reduce_only=False,
    short_sales=True,
)


def an_entry(quantity: int = 10) -> OrderIntent:
    """Return an entry with stop and target."""
    return OrderIntent(
        client_order_id=ClientOrderId("alpha-000001"),
        strategy=StrategyId("alpha"),
        account=AccountId("PAPER"),
        instrument=InstrumentId("ACME.SIM"),
        side=Side.BUY,
        quantity=Decimal(quantity),
        created_at=NOW,
        bracket=Bracket(stop=Decimal(90), target=Decimal(120)),
    )


def an_order(intent: OrderIntent, state: OrderState = OrderState.ACCEPTED, filled: int = 0) -> Order:
    """Return an order in a state."""
    return Order(intent=intent, state=state, updated_at=NOW, filled=Decimal(filled))


def a_family(
    filled: int = 10,
    entry: OrderState = OrderState.FILLED,
    stop: OrderState = OrderState.ACCEPTED,
    stopped: int = 0,
    reached: int = 0,
) -> Family:
    """Return a bracket whose exits are placed."""
    intents = expand(an_entry())
    return Family(
        an_order(intents[0], entry, filled),
        an_order(intents[1], stop, stopped),
        an_order(intents[2], OrderState.ACCEPTED, reached),
    )


def test_exits_follow_a_partly_filled_entry() -> None:
    family = a_family(filled=4, entry=OrderState.PARTIALLY_FILLED)
    assert resizes(family, family.left) == [
        Resize(ClientOrderId("alpha-000001:stop"), Decimal(4)),
        Resize(ClientOrderId("alpha-000001:target"), Decimal(4)),
    ]


def test_a_sibling_is_reduced_by_what_the_other_exit_closed() -> None:
    family = a_family(reached=6)
    assert family.left == 4
    assert Resize(ClientOrderId("alpha-000001:stop"), Decimal(4)) in resizes(family, family.left)


def test_an_exit_that_waits_for_an_answer_is_left_alone() -> None:
    assert [change.order for change in resizes(a_family(filled=4, stop=OrderState.PENDING_UPDATE), Decimal(4))] == [
        "alpha-000001:target"
    ]


def test_exits_end_when_nothing_is_left_for_them() -> None:
    assert needless(a_family(reached=10), Decimal(0)) == ["alpha-000001:stop", "alpha-000001:target"]
    assert not needless(a_family(filled=0, entry=OrderState.ACCEPTED), Decimal(0))


def test_a_stop_that_ended_unfilled_has_failed() -> None:
    for state in (OrderState.REJECTED, OrderState.CANCELED, OrderState.EXPIRED, OrderState.DENIED):
        assert a_family(stop=state).stop_failed
    assert not a_family(stop=OrderState.FILLED, stopped=10).stop_failed
    assert not a_family(stop=OrderState.UNKNOWN).stop_failed


@given(st.lists(st.integers(0, 20), max_size=5), st.integers(-50, 50))
def test_families_never_share_more_than_is_held(filled: list[int], held: int) -> None:
    families = [a_family(filled=amount) for amount in filled]
    parts = shares(families, Decimal(held))
    assert sum(parts) <= abs(held)
    assert all(0 <= part <= family.left for part, family in zip(parts, families, strict=True))
    assert sum(parts) == min(abs(held), sum(filled))


@given(st.integers(1, 20), st.integers(0, 30))
def test_a_cover_is_never_more_than_is_held(held: int, stop: int) -> None:
    intents = expand(an_entry(max(stop, 1)))
    order = an_order(intents[1])
    assert covered_by([order], Decimal(held)) == min(held, max(stop, 1))
    assert covered_by([order], Decimal(-held)) == 0
    assert covered_by([an_order(intents[2])], Decimal(held)) == 0


def test_exits_for_a_broker_without_brackets_ask_nothing_of_it_that_it_lacks() -> None:
    stop, target = held_exits(an_entry(), PLAIN)
    assert (stop.parent, stop.oco_group, stop.reduce_only) == (None, "", False)
    assert target.client_order_id == "alpha-000001:target"
