"""An alert that comes again is counted, not repeated."""

from ares_desktop.domain.monitoring import Alert, Severity
from ares_desktop.engine.managers.alerts import AlertManager
from ares_desktop.engine.runtime.clocks import MarketClock

SECOND = 1_000_000_000


def raised(manager: AlertManager, key: str, title: str = "Something happened") -> None:
    manager.raise_alert(key, Severity.WARNING, title, detail="", source="test")


def test_the_same_alert_is_counted_and_has_to_be_seen_again() -> None:
    manager, shown = AlertManager(MarketClock()), list[Alert]()
    manager.alert_raised.connect(shown.append)
    raised(manager, "a")
    manager.acknowledge("a")
    raised(manager, "a", "It happened again")
    (alert,) = manager.alerts()
    assert (alert.count, alert.title, alert.acknowledged) == (2, "It happened again", False)
    assert [(item.count, item.acknowledged) for item in shown] == [(1, False), (1, True), (2, False)]


def test_acknowledging_what_is_seen_or_unknown_says_nothing() -> None:
    manager, shown = AlertManager(MarketClock()), list[Alert]()
    raised(manager, "a")
    manager.acknowledge("a")
    manager.alert_raised.connect(shown.append)
    manager.acknowledge("a")
    manager.acknowledge("b")
    assert shown == []


def test_alerts_are_listed_newest_last() -> None:
    clock = MarketClock()
    manager = AlertManager(clock)
    for number, key in enumerate(("a", "b", "a")):
        clock.advance(number * SECOND)
        raised(manager, key)
    assert [alert.key for alert in manager.alerts()] == ["b", "a"]


def test_the_oldest_alerts_go_when_there_are_too_many() -> None:
    clock = MarketClock()
    manager = AlertManager(clock)
    for number in range(1005):
        clock.advance(number * SECOND)
        raised(manager, f"key {number}")
    assert len(manager.alerts()) == 1000
    assert manager.alerts()[0].key == "key 5"
