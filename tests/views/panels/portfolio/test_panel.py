"""The portfolio panel: exposure, risk and allocation, with what is missing said."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from ares_desktop.domain.errors import RefusedError
from ares_desktop.domain.portfolio import ProposalState
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.portfolio.allocation_page import AllocationPage
from ares_desktop.views.panels.portfolio.exposure_page import ExposurePage
from ares_desktop.views.panels.portfolio.panel import PortfolioPanel
from ares_desktop.views.panels.portfolio.risk_page import RiskPage
from tests.views.conftest import destroy
from tests.views.fake_portfolio import a_holding
from tests.views.fakes import Fakes

D = Decimal


@pytest.fixture
def panel(desk: Desk, fakes: Fakes, qtbot: QtBot) -> Iterator[PortfolioPanel]:
    """The panel over three holdings, one of which is in euros."""
    del qtbot
    fakes.totals.risk.positions = [
        a_holding("AAPL", "20000"),
        a_holding("XOM", "-5000", "ltmt"),
        a_holding("SAP", "1000"),
    ]
    made = PortfolioPanel(desk)
    made.resize(900, 600)
    yield made
    destroy(made)


def exposure(panel: PortfolioPanel) -> ExposurePage:
    page = panel.open_page("exposure")
    assert isinstance(page, ExposurePage)
    return page


def risk(panel: PortfolioPanel) -> RiskPage:
    page = panel.open_page("risk")
    assert isinstance(page, RiskPage)
    return page


def allocation(panel: PortfolioPanel) -> AllocationPage:
    page = panel.open_page("allocation")
    assert isinstance(page, AllocationPage)
    return page


def test_exposure_divides_by_what_is_chosen(panel: PortfolioPanel) -> None:
    page = exposure(panel)
    assert {row.name: row.gross for row in page.rows.records()}["SAP.SIM"] == D("1100.0")
    page.by.choose("sector")
    page.refresh()
    assert {row.name for row in page.rows.records()} == {"Information Technology", "Energy", "unclassified"}
    assert "26,100.00" in page.totals.text()
    assert [row.name for row in page.bars.rows] == ["Information Technology", "Energy", "unclassified"]
    assert "1 h old" in page.note.text() or "old" in page.note.text()


def test_a_missing_rate_leaves_no_total_and_says_which(panel: PortfolioPanel, fakes: Fakes) -> None:
    fakes.totals.risk.rate = None
    page = exposure(panel)
    page.refresh()
    assert "26,100" not in page.totals.text()
    assert "no rate EUR/USD" in page.note.text()


def test_an_old_rate_is_said(panel: PortfolioPanel, fakes: Fakes) -> None:
    fakes.totals.risk.rate_age_h = 200.0
    panel.second_passed()
    panel.second_passed()
    assert "Stale" in exposure(panel).note.text()


def test_risk_shows_figures_with_their_days_and_lines_in_the_histogram(panel: PortfolioPanel) -> None:
    page = risk(panel)
    assert page.figures.total == 8
    assert "299 daily returns" in page.note.text()
    values = {
        one.confidence: one.value for one in page.figures.records() if (one.method, one.days) == ("historical", 1)
    }
    assert [rule.at for rule in page.rules] == [-(values[0.95] or 0), -(values[0.99] or 0)]


def test_too_few_days_show_no_figure_and_no_line(panel: PortfolioPanel, fakes: Fakes) -> None:
    page = risk(panel)
    fakes.totals.risk.days = 20
    page.refresh()
    assert page.figures.total == 0
    assert [rule.at for rule in page.rules] == [None, None]
    assert "No figure" in page.note.text()


def test_scenarios_show_their_positions_and_a_person_s_own_comes_last(panel: PortfolioPanel, desk: Desk) -> None:
    page = risk(panel)
    page.scenarios.select_key("Energy -15 %")
    assert [row.name for row in page.lines.bars.rows] == ["ltmt XOM.SIM"]
    page.shocks.setText("instrument:AAPL.SIM=-0.5, currency:EUR=0.1")
    page._take_shocks()
    assert page.results.records()[-1].profit == pytest.approx(-10_000 + 110)
    page.shocks.setText("gold=-0.5, x")
    page._take_shocks()
    (notice,) = desk.notices.notices()
    assert "TARGET=CHANGE" in notice.lines[0]


def test_bands_show_where_strategies_stand(panel: PortfolioPanel) -> None:
    page = allocation(panel)
    states = {band.strategy: str(band.state) for band in page.bands.records()}
    assert states == {"cnr": "drifted", "ltmt": "at target"}
    assert not page.approve.isEnabled()


def test_a_proposal_is_approved_by_a_person_who_was_asked_first(
    panel: PortfolioPanel, fakes: Fakes, desk: Desk
) -> None:
    page = allocation(panel)
    page.propose.click()
    (made,) = page.proposals.records()
    assert [str(one.after) for one in page.weights.records()] == ["0.25", "0.15"]
    assert "10.00% now, 8.00% then" in page.picture.text().replace("\u2009", "").replace("\u00a0", "")
    page.approve.click()
    assert fakes.totals.allocation.known[made.id].state is ProposalState.OPEN
    assert len(desk.notices.notices()) == 1
    page._approve(made.id)
    assert fakes.totals.allocation.known[made.id].state is ProposalState.APPROVED
    assert not page.approve.isEnabled()


def test_a_refused_proposal_says_why_and_lets_another_be_asked_for(
    panel: PortfolioPanel, fakes: Fakes, desk: Desk
) -> None:
    fakes.totals.allocation.refusal = RefusedError("TOO_LITTLE_DATA", "3 days")
    page = allocation(panel)
    page.propose.click()
    (notice,) = desk.notices.notices()
    assert notice.lines == ("TOO_LITTLE_DATA: 3 days",)
    assert page.propose.isEnabled()
