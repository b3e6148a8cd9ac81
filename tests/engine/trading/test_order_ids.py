"""An id of the application is never used twice, whatever strategies are called."""

from msgspec.structs import replace

from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.engine.trading.order_ids import OrderIds
from tests.engine.trading.books_builders import submitted
from tests.engine.trading.desk import Desk


def test_ids_count_up_from_what_was_used() -> None:
    ids = OrderIds()
    assert ids.next() == "ares-000001"
    ids.continue_from(map(ClientOrderId, ("ares-000041", "trend-000100", "ares-x", "ares-2-000077", "ares-000007")))
    assert [ids.next(), ids.next()] == ["ares-000042", "ares-000043"]


def test_going_back_is_not_possible() -> None:
    ids = OrderIds()
    ids.continue_from([ClientOrderId("ares-000009")])
    ids.continue_from([ClientOrderId("ares-000003")])
    ids.continue_from([])
    assert ids.next() == "ares-000010"


async def test_an_order_that_the_broker_brought_back_takes_its_id(desk: Desk) -> None:
    ids = OrderIds()
    desk.recorder.subscribe(ids.recorded)
    order = submitted()
    intent = replace(order.intent, client_order_id=ClientOrderId("ares-000012"))
    await desk.recorder.record(replace(order, intent=intent))
    assert ids.next() == "ares-000013"
