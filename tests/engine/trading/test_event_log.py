"""What is rare and matters is in the log; what is routine is not."""

from structlog.testing import capture_logs

from ares_desktop.domain import events as e
from ares_desktop.domain.risk import ALL_SCOPE, DenyReason, TradingState
from ares_desktop.engine.trading.event_log import log_event
from ares_desktop.engine.trading.fold import Applied
from tests.engine.trading.books_builders import NOW, accepted, an_intent, events


def test_denials_and_states_are_logged_with_their_reasons() -> None:
    denied = e.OrderDenied(intent=an_intent(), reason=DenyReason.BUYING_POWER, detail="needs 10", at=NOW)
    paused = e.TradingStateSet(scope=ALL_SCOPE, state=TradingState.PAUSED, reason="lunch", source="test", at=NOW)
    with capture_logs() as lines:
        for event in events([denied, paused, accepted()]):
            log_event(event, Applied())
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("order_denied", "warning"),
        ("trading_state_set", "warning"),
    ]
    assert lines[0]["reason"] == "BUYING_POWER"
    assert lines[1]["state"] == "PAUSED"
