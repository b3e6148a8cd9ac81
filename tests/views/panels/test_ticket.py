"""The order ticket."""

from decimal import Decimal

from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ares_desktop.domain.errors import RefusedError
from ares_desktop.domain.orders import OrderState, Side, TimeInForce
from ares_desktop.domain.tickets import OrderTicket
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.ticket import TicketPanel
from tests.views.fakes import Fakes
from tests.views.records import a_position, a_status, changed


def a_ticket(desk: Desk, qtbot: QtBot, instrument: str = "aapl") -> TicketPanel:
    panel = TicketPanel(desk)
    qtbot.addWidget(panel)
    panel.show()
    QTest.keyClicks(panel.instrument, instrument)
    return panel


def test_the_buttons_wait_for_an_instrument_and_a_positive_quantity(desk: Desk, qtbot: QtBot) -> None:
    panel = a_ticket(desk, qtbot, "")
    assert not panel.buy.isEnabled()
    QTest.keyClicks(panel.instrument, "AAPL")
    assert panel.buy.isEnabled()
    for typed in ("0", "-5", "ten", "NaN", ""):
        panel.quantity.setText(typed)
        assert not panel.sell.isEnabled()
    panel.quantity.setText("1,000")
    assert panel.sell.isEnabled()


def test_the_estimate_shows_value_and_position(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.put(a_status("smag7-long"))
    fakes.portfolio.held = [a_position()]
    panel = a_ticket(desk, qtbot)
    assert panel.estimate.text() == "AAPL.SMART 187.25 · about 18,725.00 · position 0"
    panel.limit.setText("180")
    panel.book.setCurrentIndex(panel.book.findData("smag7-long"))
    assert panel.estimate.text() == "AAPL.SMART 187.25 · about 18,000.00 · position +100"


def test_a_ticket_is_sent_as_it_was_typed(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    panel = a_ticket(desk, qtbot)
    panel.quantity.setText("0.5")
    panel.limit.setText("180.25")
    panel.tif.setCurrentIndex(panel.tif.findData(TimeInForce.GTC))
    panel.sell.click()
    expected = OrderTicket(
        side=Side.SELL, quantity=Decimal("0.5"), instrument="aapl", limit=Decimal("180.25"), tif=TimeInForce.GTC
    )
    assert fakes.trades.calls == [("submit", expected)]
    assert panel.answer.text().startswith("Sell 0.5 AAPL.SMART: Accepted")


def test_a_denial_is_said_on_the_spot(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.trades.refusal = RefusedError("PRICE_COLLAR", "limit is 40% above the market")
    panel = a_ticket(desk, qtbot)
    panel.buy.click()
    assert panel.answer.text() == "Denied, PRICE_COLLAR: limit is 40% above the market"
    assert panel.answer.property("tone") == "negative"
    assert desk.notices.notices() == []
    panel.quantity.setText("5")
    assert panel.answer.text() == ""


def test_the_answer_follows_the_order_until_something_else_is_typed(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    panel = a_ticket(desk, qtbot)
    panel.buy.click()
    order = fakes.trades.orders()[-1]
    fakes.trades.put(changed(order, state=OrderState.REJECTED, reason="market closed"))
    assert "Rejected, market closed" in panel.answer.text()
    panel.quantity.setText("7")
    fakes.trades.put(changed(order, state=OrderState.FILLED))
    assert panel.answer.text() == ""


def test_new_strategies_become_books(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    panel = a_ticket(desk, qtbot)
    assert panel.book.count() == 1
    fakes.strategies.put(a_status("trend"))
    assert panel.book.itemData(1) == "trend"
