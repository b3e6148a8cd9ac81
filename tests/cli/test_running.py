"""``run``: its options, and a second application on a profile."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ares_desktop.cli.main import main
from ares_desktop.domain.errors import Finding, ProfileInUseError, UsageError
from ares_desktop.engine.runtime.locks import InstanceLock
from ares_desktop.paths import Profile
from ares_desktop.run_options import RunOptions
from tests.control.serving import serving

SUMMARY = {"state": "ACTIVE", "orders": 3}


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    profile = Profile.at(tmp_path / "profile")
    profile.prepare()
    return profile


@pytest.fixture
def headless(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[RunOptions], int]], None]:
    """Put another application in the place of the real one."""
    return lambda application: monkeypatch.setattr("ares_desktop.headless.run_headless", application)


def test_the_options_arrive_and_the_summary_is_printed(
    profile: Profile, headless: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    seen: list[RunOptions] = []

    def application(options: RunOptions) -> int:
        seen.append(options)
        options.report(SUMMARY)
        return 0

    headless(application)
    words = "--headless --for 1.5 --feed synthetic:1 --enable a,b --set ui.theme=light --json"
    assert main(["run", *words.split(), "--profile", str(profile.root)]) == 0
    assert json.loads(capfd.readouterr().out) == SUMMARY
    (options,) = seen
    assert options.profile == profile.root
    assert (options.feed, options.seconds, options.enable) == ("synthetic:1", 1.5, ("a", "b"))
    assert options.overrides == {"ui.theme": "light"}
    assert options.headless
    assert options.json


def test_wrong_settings_end_a_run_with_two(profile: Profile, headless: Any, capfd: pytest.CaptureFixture[str]) -> None:
    def application(_options: RunOptions) -> int:
        raise UsageError(Finding(place="settings.toml line 1", value="x", problem="is wrong", remedy="Correct it."))

    headless(application)
    assert main(["run", "--headless", "--json", "--profile", str(profile.root)]) == 2
    assert json.loads(capfd.readouterr().out)["error"]["findings"][0]["remedy"] == "Correct it."


def test_a_run_that_fails_without_a_word_still_prints_a_document(
    profile: Profile, headless: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    headless(lambda _options: 1)
    assert main(["run", "--headless", "--json", "--profile", str(profile.root)]) == 1
    assert json.loads(capfd.readouterr().out)["error"]["kind"] == "failed"


def test_a_fault_of_the_program_still_ends_with_a_document(
    profile: Profile, headless: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    headless(lambda _options: 1 // 0)
    assert main(["run", "--headless", "--json", "--profile", str(profile.root)]) == 1
    captured = capfd.readouterr()
    assert "ZeroDivisionError" in json.loads(captured.out)["error"]["message"]
    assert "Traceback" in captured.err


def test_a_second_application_is_refused_and_the_first_window_raised(
    profile: Profile, capfd: pytest.CaptureFixture[str]
) -> None:
    with InstanceLock(profile.lock), serving(profile.control_socket) as first:
        assert main(["run", "--json", "--profile", str(profile.root)]) == 4
        assert first.asked == ["raise"]
    document = json.loads(capfd.readouterr().out)
    assert document["reason"] == "PROFILE_IN_USE"
    assert "It was asked to show its window." in document["error"]["message"]


def test_of_two_that_start_at_once_the_later_is_refused(
    profile: Profile, headless: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    def application(_options: RunOptions) -> int:
        raise ProfileInUseError("another was faster")

    headless(application)
    assert main(["run", "--headless", "--json", "--profile", str(profile.root)]) == 4
    assert "another was faster" in json.loads(capfd.readouterr().out)["error"]["message"]


def test_a_picture_of_no_window_is_wrong_usage(profile: Profile, tmp_path: Path) -> None:
    words = ["run", "--headless", "--screenshot", str(tmp_path / "a.png"), "--profile", str(profile.root)]
    assert main(words) == 2
