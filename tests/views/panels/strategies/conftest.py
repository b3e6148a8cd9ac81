"""The place where an instance is configured, over fakes."""

from collections.abc import Iterator

import pytest

from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.strategies.editor import StrategyEditor
from tests.views.conftest import destroy
from tests.views.fakes import Fakes
from tests.views.records import a_status, an_account


@pytest.fixture
def editor(desk: Desk, fakes: Fakes) -> Iterator[StrategyEditor]:
    fakes.strategies.put(a_status("trend"))
    fakes.portfolio.snapshot = an_account()
    made = StrategyEditor(desk)
    made.resize(1100, 800)
    yield made
    destroy(made)


@pytest.fixture
def editing(editor: StrategyEditor, fakes: Fakes) -> StrategyEditor:
    editor.edit(fakes.strategies.status("trend"))
    return editor
