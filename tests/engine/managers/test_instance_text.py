"""Configurations as text are exact, stable, and say where they are wrong."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.managers.instance_text import read_instances, write_instances
from tests.contracts.instance_store_contract import an_instance
from tests.domain.configurations import CONFIGURATIONS

HOME = AccountId("HOME")


def problems(text: str) -> list[str]:
    return [str(finding) for finding in read_instances(text, account=HOME)[1]]


@settings(max_examples=40)
@given(st.lists(CONFIGURATIONS, min_size=1, max_size=3))
def test_what_is_written_is_read_as_it_was(instances: list[StrategyInstance]) -> None:
    text = write_instances(instances)
    read, findings = read_instances(text, account=HOME)
    assert findings == ()
    assert [item.instance for item in read] == instances
    assert write_instances(item.instance for item in read) == text


def test_numbers_keep_every_digit() -> None:
    instance = an_instance(weight=Decimal("0.1000"), capital=Decimal("123456789012345678.123456789"))
    text = write_instances([instance])
    assert "weight = 0.1000" in text
    (read,), _ = read_instances(text, account=HOME)
    assert str(read.instance.capital) == "123456789012345678.123456789"


def test_everything_wrong_is_told_at_once_with_its_line() -> None:
    text = """format = 1
more = 2

[[strategy]]
name = "one"
file = "idle"
weigth = 0.5
memory_mb = "much"
isolation = "cloud"

[strategy.parameters]
size = 4

[[strategy]]
name = "two"
min_weight = true
"""
    expected = [
        "more: is not known here",
        "line 7, one.weigth: is not known. Did you mean weight?",
        "line 8, one.memory_mb: expected int",
        "line 9, one.isolation: ",
        "line 16, two.min_weight: expected decimal",
        "line 14, two.file: is missing",
    ]
    found = problems(text)
    assert len(found) == len(expected)
    assert [item for item, begin in zip(found, expected, strict=True) if not item.startswith(begin)] == []


def test_a_finding_about_an_instance_gets_the_line_of_its_field() -> None:
    text = write_instances([an_instance("first"), an_instance("second")])
    read, _ = read_instances(text, account=HOME)
    places = read[1].places
    lines = text.splitlines()
    for key, begin in (("weight", "weight ="), ("parameters.fast", "fast ="), ("fast", "fast ="), ("name", "name =")):
        place = places.of(key)
        number = int(place.removeprefix("line ").partition(",")[0])
        assert lines[number - 1].startswith(begin)
        assert number > lines.index('name = "second"')
    assert places.of("nothing").startswith(f"line {lines.index('[[strategy]]', 20) + 1},")


def test_a_text_that_is_no_toml_says_where() -> None:
    assert problems("format = 1\nname = = 3") == ["line 2, column 8: is not TOML: invalid value."]
    assert problems("strategy = 3") == ["strategy: must be written as [[strategy]] tables."]
    assert problems("") == ["strategy: the text has no strategy. Begin each with a line [[strategy]]."]
    assert problems('format = 2\n[[strategy]]\nname = "a"\nfile = "b"')[0].startswith("format: must be 1 (was 2)")


def test_an_instance_without_an_account_gets_that_of_the_profile() -> None:
    (read,), findings = read_instances('[[strategy]]\nname = "a"\nfile = "b"\n', account=HOME)
    assert findings == ()
    assert read.instance.account == HOME
    assert read.instance.weight == Decimal("0.1")
