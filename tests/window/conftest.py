"""One application for the tests of a module; starting it takes longer than most of them."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from tests.window.desktop import Desktop, running


@pytest.fixture(scope="module")
def desktop(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """The application on a new profile, trading."""
    with running(qapp, tmp_path_factory.mktemp("profile")) as started:
        yield started
