"""The command line, from words to what was understood."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.cli.commands import COMMANDS
from ares_desktop.cli.parsing import group_overview, overview, parse
from ares_desktop.cli.spec import Invocation
from ares_desktop.domain.errors import Finding, UsageError


def understood(line: str) -> Invocation:
    return parse(line.split(), COMMANDS)


def findings(line: str) -> tuple[Finding, ...]:
    with pytest.raises(UsageError) as error:
        understood(line)
    return error.value.findings


def test_no_command_is_a_run_with_a_window() -> None:
    invocation = understood("")
    assert invocation.command.words == ("run",)
    assert invocation.values["headless"] is False
    assert understood("--headless --for 3").values["seconds"] == 3.0


@pytest.mark.parametrize(
    "line", ["--profile p status --json", "status --profile p --json", "--json --profile=p status"]
)
def test_the_profile_may_stand_before_or_after_the_command(line: str) -> None:
    invocation = understood(line)
    assert invocation.command.words == ("status",)
    assert invocation.profile.root == Path("p").absolute()
    assert invocation.json


@pytest.mark.parametrize(
    "line", ["order BUY 1.50 SPY --limit 9", "order --limit 9 buy 1.50 SPY", "order buy --limit=9 1.50 SPY"]
)
def test_options_may_stand_anywhere_among_the_arguments(line: str) -> None:
    values = understood(line).values
    assert (values["side"], values["quantity"], values["instrument"]) == ("BUY", Decimal("1.50"), "SPY")
    assert (values["limit"], values["stop"], values["tif"]) == (Decimal(9), None, None)


def test_parameters_keep_their_text() -> None:
    values = understood("strategies set trend fast=07 name=a=b").values["values"]
    assert values == [("fast", "07"), ("name", "a=b")]


def test_settings_of_a_run_may_be_repeated() -> None:
    assert understood("run --set ui.theme=light --set ui.scale=2").values["overrides"] == [
        ("ui.theme", "light"),
        ("ui.scale", "2"),
    ]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = {finding.place: finding for finding in findings("order BUX -3 --limit --stop x --tif DAI --strateg")}
    assert set(found) == {"command line", "SIDE", "QTY", "INSTRUMENT", "--limit", "--stop", "--tif"}
    assert found["SIDE"].value == "BUX"
    assert found["SIDE"].remedy == "Did you mean BUY?"
    assert found["QTY"].problem == "must be above 0"
    assert found["INSTRUMENT"].problem == "is missing"
    assert found["--limit"].problem == "must be followed by P"
    assert found["--tif"].remedy == "Did you mean DAY?"
    assert found["command line"].remedy == "Did you mean --strategy?"


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("stauts", "Did you mean status?"),
        ("strategies enabel x", "Did you mean enable?"),
        ("data", "Known ones are import, list, export."),
        ("xyzzy", "Known ones are run"),
    ],
)
def test_an_unknown_command_is_told_apart(line: str, remedy: str) -> None:
    (finding,) = findings(line)
    assert finding.remedy.startswith(remedy)


@pytest.mark.parametrize(
    "line",
    [
        "status surplus",
        "run --for 0",
        "run --for inf",
        "run --for soon",
        "run --screenshot picture.jpg",
        "run --screenshot /nowhere/picture.png",
        "run --set theme",
        "run --enable ,",
        "order BUY nan SPY",
        "order BUY 1e999999999999999999999 SPY",
        "strategies set trend",
        "strategies check nowhere.py",
        "strategies check /",
        "data import",
        "data import nowhere.csv",
        "journal tail --count 0",
        "release",
        "kill --mode explode",
        "--profile",
    ],
)
def test_wrong_words_are_findings_with_a_place_and_a_problem(line: str) -> None:
    assert all(finding.place and finding.problem for finding in findings(line))


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
def test_every_command_has_help(command: object, capsys: pytest.CaptureFixture[str]) -> None:
    name = getattr(command, "name", "")
    with pytest.raises(SystemExit) as end:
        understood(f"{name} --help")
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: ares-desktop {name}")
    assert f"  {name} " in overview(COMMANDS)


WORDS = st.lists(
    st.sampled_from([word for words in COMMANDS for word in words])
    | st.sampled_from(["--json", "--limit", "--set", "--for", "--", "-1", "--profile=x", "a=b"])
    | st.text("-=,.aé1\x00", max_size=4).filter(lambda word: word != "-h"),
    max_size=6,
)


@given(WORDS)
def test_any_words_are_understood_or_give_findings(words: list[str]) -> None:
    try:
        parse(words, COMMANDS)
    except UsageError as error:
        if not error.findings:
            pytest.fail("wrong usage without a finding")


def test_a_group_of_commands_has_help_of_its_own() -> None:
    text = group_overview("strategies", COMMANDS)
    assert "  strategies enable " in text
    assert "  runs list" not in text
    assert not group_overview("status", COMMANDS)
    assert not group_overview("nothing", COMMANDS)
