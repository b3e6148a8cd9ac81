"""Configurations of instances of every shape, for property tests."""

import msgspec
from hypothesis import strategies as st

from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.strategies import FaultOrders, Isolation, RestartPolicy, StrategyInstance

TEXTS = st.text(max_size=30)
SHARES = st.decimals(0, 1, places=4)
VALUES = st.one_of(
    st.integers(),
    st.floats(allow_nan=False),
    st.booleans(),
    TEXTS,
    st.lists(st.one_of(st.integers(-9, 9), TEXTS, st.floats(allow_nan=False)), max_size=3),
)
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.]{0,8}(-[A-Za-z0-9_.]{1,5})?", fullmatch=True)
CONFIGURATIONS = st.builds(
    StrategyInstance,
    name=NAMES.map(StrategyId),
    file=st.text(min_size=1, max_size=30),
    account=TEXTS.map(AccountId),
    instruments=st.lists(TEXTS.map(InstrumentId), max_size=4).map(tuple),
    parameters=st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True), VALUES, max_size=5),
    bar_spec=st.sampled_from(["", "5m", "1d"]),
    weight=SHARES,
    min_weight=SHARES,
    max_weight=SHARES,
    no_trade_band=SHARES,
    capital=st.none() | st.decimals(0, 10**12, places=6),
    hours=TEXTS,
    benchmark=st.none() | TEXTS.map(InstrumentId),
    isolation=st.sampled_from(Isolation),
    restart=st.sampled_from(RestartPolicy),
    restart_limit=st.none() | st.integers(0, 1000),
    restart_backoff_s=st.none() | st.floats(0, 3600),
    on_fault=st.sampled_from(FaultOrders),
    start_order=st.integers(-(10**6), 10**6),
    memory_mb=st.integers(1, 10**6),
)


def named(instance: StrategyInstance, name: str) -> StrategyInstance:
    """Return a configuration under another name."""
    return msgspec.structs.replace(instance, name=StrategyId(name))
