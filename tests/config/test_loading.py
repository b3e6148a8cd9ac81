"""Settings from all sources, and what is said about wrong ones."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ares_desktop.config.loading import load_settings, parse_settings
from ares_desktop.config.reference import settings_reference
from ares_desktop.config.risk import RiskSettings
from ares_desktop.config.schema import PaperSettings, Settings
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.simulation import LimitPolicy, SimulationSettings, SlippageModel
from ares_desktop.engine.simulation.costs import PROFILE_SETS

WRONG = """\
[ui]
theme = "drak"
scale = 9
refresh_hz = true

[account]
starting_cash = -1.5
margn = true

[risk]
max_quantity = nan
price_collar = 1e99999999999
"""


def findings(
    text: str = "", *, environ: dict[str, str] | None = None, overrides: dict[str, str] | None = None
) -> dict[str, Finding]:
    with pytest.raises(UsageError) as error:
        parse_settings(text, "settings.toml", environ=environ, overrides=overrides)
    return {finding.place: finding for finding in error.value.findings}


def test_without_any_source_the_defaults_hold(tmp_path: Path) -> None:
    loaded = load_settings(tmp_path / "settings.toml")
    assert loaded.settings == Settings()
    assert loaded.notices == ()


def test_each_source_is_stronger_than_the_one_before() -> None:
    text = "[ui]\nscale = 1.25\nrefresh_hz = 10\ntheme = 'light'"
    environ = {"ARES_DESKTOP__UI__SCALE": "1.5", "ARES_DESKTOP__UI__REFRESH_HZ": "30", "OTHER": "1"}
    ui = parse_settings(text, "settings.toml", environ=environ, overrides={"ui.scale": "2"}).settings.ui
    assert (ui.scale, ui.refresh_hz, ui.theme) == (2.0, 30.0, "light")


def test_every_wrong_setting_is_found_at_once_with_its_line() -> None:
    found = findings(WRONG, environ={"ARES_DESKTOP__FOO": "1"}, overrides={"feed.sped": "3"})
    assert set(found) == {
        "settings.toml line 2: ui.theme",
        "settings.toml line 3: ui.scale",
        "settings.toml line 4: ui.refresh_hz",
        "settings.toml line 7: account.starting_cash",
        "settings.toml line 8: account.margn",
        "settings.toml line 11: risk.max_quantity",
        "settings.toml line 12: risk.price_collar",
        "environment ARES_DESKTOP__FOO",
        "command line feed.sped",
    }
    assert found["settings.toml line 2: ui.theme"].remedy == "Did you mean dark?"
    assert found["settings.toml line 3: ui.scale"].problem == "must be at most 3.0"
    assert found["settings.toml line 3: ui.scale"].value == "9"
    assert found["settings.toml line 8: account.margn"].remedy == "Did you mean account.margin?"
    assert found["command line feed.sped"].remedy == "Did you mean feed.speed?"


def test_broken_toml_is_found_together_with_a_wrong_environment() -> None:
    found = findings("[ui\n", environ={"ARES_DESKTOP__UI__SCALE": "big"})
    assert "line 1" in found["settings.toml"].problem
    assert found["environment ARES_DESKTOP__UI__SCALE"].problem == "must be a number"


def test_a_file_that_is_not_text_is_a_finding(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is not UTF-8 text"):
        load_settings(file)


def test_a_group_that_is_given_a_value_is_a_finding() -> None:
    found = findings("ui = 5\n[[feed]]\nspec = 'sample'\n")
    assert found["settings.toml line 1: ui"].problem == "is a group and can't be a value itself"
    assert found["settings.toml line 2: feed"].problem == "is a group and can't be a value itself"


def test_a_secret_in_a_wrong_place_is_not_repeated() -> None:
    (finding,) = findings("[feed]\napi_token = 'abc123'").values()
    assert finding.value == "***"


def test_a_word_of_the_environment_becomes_a_list_or_an_empty_value() -> None:
    environ = {"ARES_DESKTOP__STRATEGIES__FOLDERS": "a, b", "ARES_DESKTOP__RISK__MAX_QUANTITY": ""}
    settings = parse_settings("[risk]\nmax_quantity = 5", "settings.toml", environ=environ).settings
    assert settings.strategies.folders == ("a", "b")
    assert settings.risk.max_quantity is None


def test_money_is_taken_exactly_as_written() -> None:
    settings = parse_settings("[account]\nstarting_cash = 0.1000000000000000000001", "settings.toml").settings
    assert settings.account.starting_cash == Decimal("0.1000000000000000000001")


def test_a_renamed_key_is_taken_over_with_a_notice() -> None:
    loaded = parse_settings("[ui]\ncolors = 'light'", "settings.toml", renamed={"ui.colors": "ui.theme"})
    assert loaded.settings.ui.theme == "light"
    assert loaded.notices == ("settings.toml line 2: ui.colors is called ui.theme; please rename it",)


def test_the_risk_settings_are_the_limits_of_the_gate() -> None:
    assert RiskSettings().limits() == RiskLimits()
    assert tuple(RiskSettings.model_fields) == RiskLimits.__struct_fields__


def test_the_paper_settings_are_those_of_the_simulated_account() -> None:
    settings, simulation = PaperSettings(), SimulationSettings()
    assert {name: getattr(simulation, name) for name in PaperSettings.model_fields} == settings.model_dump()
    assert Settings().account.starting_cash == simulation.starting_cash
    choices = settings_reference()
    assert choices["paper.costs"].choices == tuple(PROFILE_SETS)
    assert choices["paper.slippage_model"].choices == tuple(SlippageModel)
    assert choices["paper.limit_policy"].choices == tuple(LimitPolicy)


def outcome(text: str, environ: dict[str, str]) -> None:
    """Load, and see that a failure says what is wrong where."""
    try:
        parse_settings(text, "settings.toml", environ=environ)
    except UsageError as error:
        vague = [finding for finding in error.findings if not finding.place or not finding.problem]
        if vague or not error.findings:
            pytest.fail(f"findings that say nothing: {error.findings}")


@given(st.text())
@example("[" * 3000)
@example("a = 1e999999999999")
@example("a = " + "9" * 5000)
@example("[ui]\nscale = 0x" + "f" * 5000)
@example("[ui.theme.x]\ny = 1979-05-27T07:32:00Z")
def test_any_text_gives_settings_or_findings(text: str) -> None:
    outcome(text, {})


VALUES = st.recursive(
    st.booleans()
    | st.integers().map(str)
    | st.floats().map(str)
    | st.text("ab'\\", max_size=4).map(repr)
    | st.just("1e400"),
    lambda inner: st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(str(item) for item in items)}]"),
    max_leaves=4,
).map(lambda value: str(value).lower() if isinstance(value, bool) else str(value))


@given(st.dictionaries(st.sampled_from([*settings_reference(), "ui", "x.y"]), VALUES, max_size=6))
def test_any_value_of_any_setting_gives_settings_or_findings(values: dict[str, str]) -> None:
    outcome("\n".join(f"{key} = {value}" for key, value in values.items()), {})
    environ = {f"ARES_DESKTOP__{key.replace('.', '__').upper()}": value for key, value in values.items()}
    outcome("", environ)
