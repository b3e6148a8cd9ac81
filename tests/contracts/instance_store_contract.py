"""What every store of instance versions must do."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.domain.versions import InstanceVersion
from ares_desktop.engine.ports.instance_store import InstanceStore

OpenStore = Callable[[], InstanceStore]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def an_instance(name: str = "trend", **fields: object) -> StrategyInstance:
    base = StrategyInstance(
        name=StrategyId(name),
        file="trend",
        account=AccountId("PAPER"),
        instruments=(InstrumentId("BTC/USDT.binance"),),
        parameters={"fast": 5, "band": 0.1, "mode": "größer", "on": True},
        weight=Decimal("0.10"),
    )
    return msgspec.structs.replace(base, **fields)


def a_version(sequence: int, instance: StrategyInstance | None = None, *, note: str = "") -> InstanceVersion:
    return InstanceVersion(
        number=0, instance=instance or an_instance(), at=NOON, source="test", sequence=sequence, note=note
    )


class InstanceStoreContract:
    """A test module gives ``open_store``: each call opens the same store anew, after the one before was let go."""

    @pytest.fixture
    def open_store(self) -> OpenStore:
        raise NotImplementedError

    def test_versions_of_each_name_count_from_one_and_come_newest_first(self, open_store: OpenStore) -> None:
        store = open_store()
        numbers = [store.save(a_version(sequence)).number for sequence in (3, 7, 9)]
        assert numbers == [1, 2, 3]
        assert store.save(a_version(8, an_instance("other-1.5"))).number == 1
        assert [(item.number, item.sequence) for item in store.history("trend")] == [(3, 9), (2, 7), (1, 3)]
        assert store.names() == ("other-1.5", "trend")

    def test_a_version_comes_back_as_it_was_saved_also_after_a_restart(self, open_store: OpenStore) -> None:
        instance = an_instance(capital=Decimal("1000.10"), hours="session open +5m", restart_backoff_s=0.1)
        saved = open_store().save(a_version(4, instance, note="'quotes' & Häuser\nsecond line"))
        (found,) = open_store().history("trend")
        assert found == saved
        assert str(found.instance.weight) == "0.10"
        assert [type(value) for value in found.instance.parameters.values()] == [int, float, str, bool]

    def test_an_event_that_is_stored_already_is_not_stored_again(self, open_store: OpenStore) -> None:
        store = open_store()
        first = store.save(a_version(4))
        assert store.save(a_version(4)) == first
        assert open_store().save(a_version(4, an_instance(file="other"))) == first
        assert len(open_store().history("trend")) == 1

    def test_what_has_no_versions_is_empty(self, open_store: OpenStore) -> None:
        store = open_store()
        assert list(store.names()) == []
        assert list(store.history("nobody")) == []
