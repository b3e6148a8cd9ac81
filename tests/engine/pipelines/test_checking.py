"""What a run is asked to do, checked before it starts."""

from pathlib import Path

import msgspec
import pytest

from ares_desktop.domain.errors import UsageError
from ares_desktop.engine.hosting.catalog import Catalog
from ares_desktop.engine.hosting.launcher import Launcher
from ares_desktop.engine.pipelines.checking import SpecCheck
from tests.engine.pipelines.running import a_spec, market


@pytest.fixture
def check(tmp_path: Path) -> SpecCheck:
    """A check that knows the strategies of a folder."""
    return SpecCheck(Catalog([tmp_path], Launcher()), market(tmp_path))


def test_files_of_what_runs_already_are_found_by_their_names(tmp_path: Path, check: SpecCheck) -> None:
    spec = a_spec(tmp_path)
    (instance,) = spec.strategies
    named = msgspec.structs.replace(spec, strategies=(msgspec.structs.replace(instance, file="swinger"),))
    assert check.located(named) == spec


def test_every_file_that_is_gone_is_told(tmp_path: Path, check: SpecCheck) -> None:
    spec = a_spec(tmp_path)
    gone = [msgspec.structs.replace(spec.strategies[0], file=file) for file in ("one", "two")]
    with pytest.raises(UsageError) as raised:
        check.located(msgspec.structs.replace(spec, strategies=tuple(gone)))
    assert [finding.value for finding in raised.value.findings] == ["one", "two"]
