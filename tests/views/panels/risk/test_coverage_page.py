"""The page Coverage of the risk panel, and its summary in the status line."""

import msgspec

from ares_desktop.domain.coverage import Cover, CoverageGrid, Protection
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.risk.coverage_page import CoveragePage, rows_of, summary
from ares_desktop.views.tokens import Tone
from tests.views.fakes import Fakes


def _without_gaps(grid: CoverageGrid) -> CoverageGrid:
    accounts = tuple(
        msgspec.structs.replace(
            account, cells=tuple(msgspec.structs.replace(cell, cover=Cover.REAL) for cell in account.cells)
        )
        for account in grid.accounts
    )
    return msgspec.structs.replace(grid, accounts=accounts)


def test_a_summary_counts_gaps_and_says_when_there_are_none() -> None:
    grid = Fakes().sentinel.grid
    assert summary(grid) == ("1 gap in protection", Tone.NEGATIVE, "cross")
    assert summary(_without_gaps(grid))[1] is Tone.POSITIVE


def test_the_page_shows_every_protection_and_follows_changes(desk: Desk, fakes: Fakes) -> None:
    page = CoveragePage(desk)
    assert [row.cell.protection for row in page.model.records()] == [Protection.SENTINEL, Protection.DEAD_MAN]
    assert page.pill.text() == "1 gap in protection"
    fakes.sentinel.coverage_changed.emit(_without_gaps(fakes.sentinel.grid))
    assert {row.cell.cover for row in page.model.records()} == {Cover.REAL}
    assert page.pill.text() == "protected as chosen"
    assert len(rows_of(fakes.sentinel.grid)) == page.model.rowCount()
