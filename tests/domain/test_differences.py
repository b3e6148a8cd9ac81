"""What differs between two configurations is what makes one of the other."""

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.differences import difference, with_differences, without_switches
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.domain.versions import Difference
from tests.contracts.instance_store_contract import an_instance
from tests.domain.configurations import CONFIGURATIONS


@given(CONFIGURATIONS, CONFIGURATIONS, st.booleans())
def test_a_configuration_with_its_differences_is_the_other_one(
    a: StrategyInstance, b: StrategyInstance, active: bool
) -> None:
    b = msgspec.structs.replace(b, active=active)
    found = difference(a, b)
    assert with_differences(a, found) == b
    assert (found == ()) == (a == b)
    assert len({item.place for item in found}) == len(found)


def test_each_parameter_has_a_place_of_its_own() -> None:
    a = an_instance(parameters={"fast": 5, "gone": 1, "same": 2, "on": 1})
    b = an_instance(parameters={"fast": 6, "fresh": 0, "same": 2, "on": True}, weight=Decimal("0.2"))
    assert difference(a, b) == (
        Difference(place="parameters.fast", before=5, after=6),
        Difference(place="parameters.fresh", before=None, after=0),
        Difference(place="parameters.gone", before=1, after=None),
        Difference(place="parameters.on", before=1, after=True),
        Difference(place="weight", before=Decimal("0.10"), after=Decimal("0.2")),
    )


def test_switches_are_no_part_of_the_configuration_alone() -> None:
    assert without_switches(an_instance(active=True, paused=True)) == an_instance()
