"""Recorded results are those of today's code on the same data, and the page that shows them is up to date."""

from pathlib import Path

import msgspec
import pytest

from scripts.strategy_results import PAGE, described, page
from tests.strategies.recorded import RESULTS, STRATEGIES, TABLE, Recorded, Result, play, read_result

NAMES = sorted(file.stem for file in STRATEGIES.glob("*.py") if not file.stem.startswith("_"))


@pytest.mark.shared
@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.strategy)
def test_a_recorded_result_can_be_had_again_to_the_last_digit(case: Recorded, shared_data: Path) -> None:
    kept = read_result(case.strategy)
    assert kept is not None, f"run `make results`: nothing is recorded of {case.strategy}"
    again = msgspec.json.decode(msgspec.json.encode(play(case, shared_data)), type=Result)
    assert again == kept


def test_every_result_belongs_to_a_case_and_every_case_to_a_strategy() -> None:
    cases = [case.strategy for case in TABLE]
    assert len(cases) == len(set(cases))
    assert sorted(cases) == sorted(file.stem for file in RESULTS.glob("*.json"))
    assert set(cases) <= set(NAMES)


def test_parameters_that_are_not_at_their_defaults_say_why() -> None:
    assert [case.strategy for case in TABLE if bool(case.parameters) != bool(case.why)] == []


def test_the_page_of_strategies_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `make results`, or scripts/strategy_results.py --pages"


@pytest.mark.parametrize("name", NAMES)
def test_a_docstring_says_rule_source_data_parameters_and_weaknesses(name: str) -> None:
    title, parts = described(STRATEGIES / f"{name}.py")
    assert title.endswith(".")
    assert all(len(text) > 20 for text in parts.values())


def test_a_docstring_without_a_part_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bare.py"
    file.write_text('"""Buys.\n\nRule: buys.\nData: bars.\n"""\n')
    with pytest.raises(ValueError, match="lacks Source:, Parameters:, Weaknesses:"):
        described(file)
