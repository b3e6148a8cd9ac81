"""Facts are committed, then folded, then told; a failing journal is told once and so is its recovery."""

import asyncio

import pytest

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.events import EventDraft, JournalEvent, OrderSubmitted
from ares_desktop.domain.ids import ClientOrderId, EventId
from ares_desktop.engine.trading.fold import Applied
from tests.engine.trading.books_builders import accepted, submitted
from tests.engine.trading.desk import Desk

ORDER = ClientOrderId("trend-000001")


async def test_who_listens_sees_what_was_folded_already(desk: Desk) -> None:
    seen: list[tuple[str, bool]] = []

    def listen(event: JournalEvent, applied: Applied) -> None:
        known = desk.fold.registry.get(ORDER)
        seen.append((type(event.payload).__name__, applied.order is known is not None))

    desk.recorder.subscribe(listen)
    (event,) = await desk.recorder.record(submitted())
    assert isinstance(event.payload, OrderSubmitted)
    assert seen == [("OrderSubmitted", True)]


async def test_what_the_journal_holds_already_is_left_out(desk: Desk) -> None:
    await desk.recorder.record(submitted())
    draft = EventDraft(payload=accepted(), id=EventId("accepted:1"))
    assert len(await desk.recorder.append(draft)) == 1
    assert await desk.recorder.append(draft) == ()


async def test_a_failure_is_told_once_and_so_is_the_recovery(desk: Desk) -> None:
    told: list[str] = []
    desk.recorder.on_health(told.append)
    writer, desk.journal._writer = desk.journal._writer, None
    for _ in range(2):
        with pytest.raises(StorageError):
            await desk.recorder.record(submitted())
    assert desk.fold.registry.get(ORDER) is None
    assert desk.recorder.failure != ""
    desk.journal._writer = writer
    for _ in range(2):
        await desk.recorder.record(submitted())
    assert len(told) == 2
    assert told[0] != ""
    assert told[1] == desk.recorder.failure == ""


async def test_no_order_is_recorded_any_more_once_memory_and_journal_have_parted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    desk.recorder.on_health(told.append)
    with monkeypatch.context() as patched:
        patched.setattr(desk.fold, "apply", lambda _: 1 / 0)
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        await desk.recorder.record(accepted())
    with pytest.raises(StorageError, match="restart"):
        await desk.recorder.record(submitted())
    await desk.recorder.record(accepted())
    assert "ZeroDivisionError" in desk.recorder.broken
    assert told == [desk.recorder.failure]
