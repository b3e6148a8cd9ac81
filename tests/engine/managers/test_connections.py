"""Sessions are shown as they are, and compared or opened on request."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from ares_desktop.domain.errors import BrokerError, UsageError
from ares_desktop.domain.monitoring import ConnectionState, ConnectionStatus
from ares_desktop.engine.managers.connections import ConnectionManager
from ares_desktop.engine.ports.broker import BrokerSession
from tests.engine.trading.books_builders import AAPL
from tests.engine.trading.desk import Desk


@pytest.fixture
def manager(desk: Desk) -> Iterator[ConnectionManager]:
    made = ConnectionManager((desk.link,))
    yield made
    desk.link.on_status(lambda _: None)


async def test_a_session_s_changes_are_shown(desk: Desk, manager: ConnectionManager) -> None:
    shown: list[ConnectionStatus] = []
    manager.connection_changed.connect(shown.append)
    desk.broker.tell(BrokerSession(connected=False, detail="the line is cut"))
    assert [(status.state, status.detail) for status in shown] == [(ConnectionState.DISCONNECTED, "the line is cut")]
    assert manager.connections() == tuple(shown)
    await manager.reconnect("obedient")
    assert manager.connections()[0].state is ConnectionState.RECONCILED


async def test_comparing_lists_what_differs(desk: Desk, manager: ConnectionManager) -> None:
    assert await manager.reconcile("obedient") == ()
    desk.broker.held[AAPL] = Decimal(2)
    assert [item.item for item in await manager.reconcile("obedient")] == [AAPL]
    desk.broker.held.clear()


async def test_a_broker_that_does_not_answer_changes_nothing(desk: Desk, manager: ConnectionManager) -> None:
    desk.broker.fails = BrokerError("dead")
    with pytest.raises(BrokerError):
        await manager.reconcile("obedient")
    desk.broker.fails = None
    assert manager.connections()[0].state is ConnectionState.RECONCILED


async def test_an_unknown_broker_is_refused_with_the_known_ones(manager: ConnectionManager) -> None:
    for call in (manager.reconcile, manager.reconnect):
        with pytest.raises(UsageError, match="obedient"):
            await call("nobody")
