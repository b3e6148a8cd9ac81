"""Strategy files are described without hurting the application."""

from pathlib import Path

import pytest

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.strategies import ParameterInfo
from ares_desktop.engine.hosting.catalog import Catalog, refuse_faulty
from ares_desktop.engine.hosting.folders import bundled_strategies, strategy_folders
from ares_desktop.engine.hosting.launcher import Launcher

GOOD = '''
from ares_desktop.api import Params, Strategy, param


class Good(Strategy):
    """Does what it should.

    And more.
    """

    class Params(Params):
        fast: int = param(10, title="Fast average", unit="bars", ge=2, le=200, search=(5, 50, 5))
'''


@pytest.fixture
def catalog(tmp_path: Path, launcher: Launcher) -> Catalog:
    # Long enough for the fork server to come up on a busy machine.
    return Catalog([tmp_path], launcher, import_s=6.0)


ODD = """
from ares_desktop.api import Strategy


class Odd(Strategy):
    snapshot = 3

    def on_bar(self, bar, more):
        pass

    async def on_quote(self):
        pass

    @staticmethod
    def on_timer(name, *rest, option=1):
        pass
"""


async def test_handlers_that_can_not_be_called_are_reported_with_their_lines(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text(ODD)
    entry = await catalog.check("odd")
    assert [(fault.kind, fault.line, fault.message.partition(" ")[0]) for fault in entry.faults] == [
        ("handler", 8, "on_bar(bar)"),
        ("handler", 11, "on_quote(quote)"),
        ("handler", None, "snapshot"),
    ]
    with pytest.raises(UsageError, match="on_quote"):
        refuse_faulty(entry)


async def test_a_good_file_is_described(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(GOOD)
    entry = await catalog.check("good")
    assert (entry.name, entry.class_name, entry.summary, entry.faults) == ("good", "Good", "Does what it should.", ())
    assert entry.parameters == (
        ParameterInfo(
            name="fast",
            kind="int",
            default=10,
            title="Fast average",
            unit="bars",
            minimum=2.0,
            maximum=200.0,
            search=(5.0, 50.0, 5.0),
        ),
    )


@pytest.mark.parametrize(
    ("text", "kind", "line", "message"),
    [
        ("x = 1\ndef broken(:\n", "syntax", 2, "invalid syntax"),
        ("\n\nimport nothing_like_this\n", "import", 3, "nothing_like_this"),
        ("while True: pass\n", "import", None, "took more than 6 s"),
        ("import os; os._exit(4)\n", "exited", None, "exit code 4"),
        ("x = 1\n", "import", None, "has neither"),
        ("\0", "syntax", None, "null"),
        (GOOD + "    other: int = 0\n\n\nclass Second(Strategy): ...\n", "import", None, "has 2: Good, Second"),
        (GOOD.replace("param(10", "param(1"), "parameters", None, "greater than or equal to 2"),
        (GOOD.replace("class Params(Params):", "class Params:"), "import", None, "must derive from"),
        (GOOD.replace("= param(10", "# ("), "parameters", None, "field required"),
        (GOOD + "\n    def on_bar(self, bar):\n        yield bar\n", "handler", 14, "must not yield"),
        (GOOD + "\n\nfrom ares_desktop.engine import hosting\n", "warning", 15, "ares_desktop.engine"),
    ],
)
async def test_what_is_wrong_with_a_file_is_told_with_its_line(
    catalog: Catalog, tmp_path: Path, text: str, kind: str, line: int | None, message: str
) -> None:
    (tmp_path / "bad.py").write_text(text)
    entry = await catalog.check(str(tmp_path / "bad.py"))
    (fault,) = entry.faults
    assert (fault.kind, fault.line, fault.file) == (kind, line, str(tmp_path / "bad.py"))
    assert message in fault.message


async def test_a_missing_file_is_a_fault_that_names_the_folders(catalog: Catalog, tmp_path: Path) -> None:
    (fault,) = (await catalog.check("nowhere")).faults
    assert str(tmp_path) in fault.message


async def test_values_are_checked_without_running_the_strategy(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(GOOD)
    await catalog.check_parameters("good", {"fast": "12"})
    with pytest.raises(UsageError) as raised:
        await catalog.check_parameters("good", {"fast": "999", "fats": 1})
    assert [finding.place for finding in raised.value.findings] == ["fast", "fats"]


async def test_the_bundled_strategies_are_good(launcher: Launcher) -> None:
    entries = await Catalog([bundled_strategies()], launcher).discover()
    assert {entry.name for entry in entries} >= {"smag7", "ltmt", "cnr", "breakout"}
    assert all(entry.faults == () and entry.summary and entry.parameters for entry in entries)


def test_an_earlier_folder_hides_a_later_one_and_private_files_stay_hidden(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    for folder in (own, other):
        folder.mkdir()
        (folder / "same.py").write_text("")
    (own / "_private.py").write_text("")
    (other / "alone.py").write_text("")
    assert Catalog([own, other], Launcher()).files() == (other / "alone.py", own / "same.py")


async def test_a_file_that_is_hidden_by_a_namesake_is_seen(tmp_path: Path, launcher: Launcher) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        (folder / "good.py").write_text(GOOD)
    catalog = Catalog([first, second], launcher)
    entry = await catalog.check("good")
    assert entry.file == str(first / "good.py")
    (warning,) = entry.faults
    assert (warning.kind, warning.file) == ("warning", str(second / "good.py"))
    assert "is not used" in warning.message
    refuse_faulty(entry)
    assert (await catalog.check(str(second / "good.py"))).faults == ()
    catalog.search([second])
    assert (await catalog.check("good")).file == str(second / "good.py")


def test_the_profiles_own_folder_comes_before_those_of_the_settings(tmp_path: Path) -> None:
    assert strategy_folders(tmp_path / "own", ["~/mine"])[1:] == (tmp_path / "own", Path("~/mine").expanduser())


async def test_a_file_outside_of_the_folders_is_looked_at_too(tmp_path: Path, launcher: Launcher) -> None:
    (tmp_path / "elsewhere.py").write_text(GOOD)
    entry = await Catalog([tmp_path / "empty"], launcher).check(str(tmp_path / "elsewhere.py"))
    assert (entry.name, entry.faults) == ("elsewhere", ())


async def test_a_base_beside_a_strategy_is_found_and_hides_nothing(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "_base.py").write_text(GOOD.replace("Good", "Base"))
    (tmp_path / "statistics.py").write_text("raise RuntimeError('not this one')\n")
    (tmp_path / "child.py").write_text("import statistics\nfrom _base import Base\n\n\nclass Child(Base):\n    pass\n")
    entry = await catalog.check("child")
    assert (entry.class_name, entry.faults, [info.name for info in entry.parameters]) == ("Child", (), ["fast"])
    assert not (tmp_path / "__pycache__").exists()
