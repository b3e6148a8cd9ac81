"""A new instance has a name that can carry order ids, and defaults for everything else."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.ids import RESERVED_STRATEGY_IDS, StrategyId, client_order_id, order_owner, order_sequence
from ares_desktop.domain.strategies import Isolation, StrategyInstance
from ares_desktop.engine.managers.new_instance import InstanceDefaults, new_instance
from tests.engine.trading.books_builders import AAPL, PAPER

DEFAULTS = InstanceDefaults(account=PAPER, isolation=Isolation.PROCESS, memory_mb=512)


def made(name: str | None = None, taken: tuple[str, ...] = (), **fields: Any) -> StrategyInstance:
    asked: dict[str, Any] = {"instruments": (), "capital": None, "parameters": {}, "isolation": None, **fields}
    return new_instance(
        "/somewhere/trend.py", name=name, defaults=DEFAULTS, taken=[StrategyId(item) for item in taken], **asked
    )


def test_what_is_not_asked_for_comes_from_the_defaults() -> None:
    instance = made()
    assert (instance.name, instance.account, instance.memory_mb) == ("trend", PAPER, 512)
    assert instance.isolation is Isolation.PROCESS
    assert instance.capital is None
    assert not instance.active


def test_what_is_asked_for_is_taken() -> None:
    instance = made("mine", instruments=[AAPL], capital=Decimal(5), parameters={"fast": 3}, isolation=Isolation.THREAD)
    assert (instance.name, instance.instruments, instance.capital) == ("mine", (AAPL,), Decimal(5))
    assert instance.parameters == {"fast": 3}
    assert instance.isolation is Isolation.THREAD


def test_a_second_one_of_a_file_gets_a_number() -> None:
    assert made(taken=("trend",)).name == "trend-2"
    assert made(taken=("trend", "trend-2", "trend-4")).name == "trend-3"


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "-a", "a-", "a--b", "a:b", "a/b", "é", "x" * 41, *sorted(RESERVED_STRATEGY_IDS)]
)
def test_names_that_would_be_misread_are_refused(name: str) -> None:
    if name:
        with pytest.raises(UsageError, match="name"):
            made(name)
    else:
        assert made(name).name == "trend"


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(UsageError) as refused:
        made("trend", taken=("trend",), capital=Decimal(0))
    assert [finding.place for finding in refused.value.findings] == ["name", "capital"]


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.]{0,9}(-[A-Za-z0-9_.]{1,9}){0,2}", fullmatch=True), st.integers(1, 10**9))
def test_an_order_s_owner_is_read_from_its_id_whatever_the_name(name: str, sequence: int) -> None:
    if name in RESERVED_STRATEGY_IDS:
        return
    order = client_order_id(made(name).name, sequence)
    assert (order_owner(order), order_sequence(order)) == (name, sequence)


@pytest.mark.parametrize("capital", ["0", "-5", "1e400", "NaN", "Infinity"])
def test_capital_that_nobody_has_is_refused(capital: str) -> None:
    with pytest.raises(UsageError, match="capital"):
        made("trend", capital=Decimal(capital))
