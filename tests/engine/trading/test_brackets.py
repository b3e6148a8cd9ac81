"""A bracket is an entry with exits that follow from it alone."""

from decimal import Decimal

from ares_desktop.domain.orders import Bracket, OrderPurpose, OrderType, Side, TimeInForce
from ares_desktop.engine.trading.brackets import expand
from tests.engine.trading.books_builders import an_intent


def test_an_order_without_a_bracket_stays_alone() -> None:
    intent = an_intent()
    assert expand(intent) == (intent,)


def test_each_exit_is_optional() -> None:
    assert [item.type for item in expand(an_intent(bracket=Bracket(stop=Decimal(95))))[1:]] == [OrderType.STOP]
    assert [item.type for item in expand(an_intent(bracket=Bracket(target=Decimal(110))))[1:]] == [OrderType.LIMIT]


def test_exits_protect_the_whole_entry_and_cancel_each_other() -> None:
    entry = an_intent(side=Side.SELL, bracket=Bracket(stop=Decimal(105), target=Decimal(90)))
    _, stop, target = expand(entry)
    assert (stop.stop_price, target.limit_price) == (Decimal(105), Decimal(90))
    assert stop.oco_group == target.oco_group
    assert stop.purpose is OrderPurpose.PROTECTIVE
    for item in (stop, target):
        assert (item.side, item.quantity, item.tif) == (Side.BUY, entry.quantity, TimeInForce.GTC)
        assert item.reduce_only
        assert item.parent == entry.client_order_id


def test_a_retry_makes_the_same_exits() -> None:
    intent = an_intent(bracket=Bracket(stop=Decimal(95), target=Decimal(110)))
    assert expand(intent) == expand(intent)
