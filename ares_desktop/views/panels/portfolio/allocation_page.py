"""Weights of strategies against their bands, and proposals for a person to approve."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QSplitter, QVBoxLayout, QWidget

from ares_desktop.domain.portfolio import AllocationMethod, ProposalState
from ares_desktop.views import formats
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import translated
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.portfolio.columns import BANDS, PROPOSALS, WEIGHTS, text_of
from ares_desktop.views.panels.portfolio.page import PortfolioPage, caption
from ares_desktop.views.widgets.controls import label, push_button, strip
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.domain.portfolio import AllocationBand, AllocationProposal, ProposedWeight
    from ares_desktop.views.desk import Desk

_METHODS = (
    (AllocationMethod.RISK_PARITY, "Risk parity"),
    (AllocationMethod.MINIMUM_VARIANCE, "Minimum variance"),
    (AllocationMethod.HIERARCHICAL, "Hierarchical risk parity"),
    (AllocationMethod.TARGETS, "Back to the targets"),
)


class AllocationPage(PortfolioPage):
    """Bands above; below, proposals with their weights before and after, and what is done with them."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._shown: AllocationProposal | None = None
        self.bands: RecordTableModel[AllocationBand] = RecordTableModel(
            BANDS, key=lambda band: band.strategy, parent=self
        )
        self.table = RecordTable(
            desk,
            self.bands,
            "allocation",
            empty=translated("No strategies yet. Add one to give it a share of the capital."),
            sort=("strategy", Qt.SortOrder.AscendingOrder),
            units=("{0} strategy", "{0} strategies"),
        )
        self.proposals: RecordTableModel[AllocationProposal] = RecordTableModel(
            PROPOSALS, key=lambda one: one.id, parent=self
        )
        self.list = RecordTable(
            desk,
            self.proposals,
            "proposals",
            empty=translated("No proposals yet. Choose a method and ask for one; nothing changes by that."),
            sort=("at", Qt.SortOrder.DescendingOrder),
            units=("{0} proposal", "{0} proposals"),
        )
        self.weights: RecordTableModel[ProposedWeight] = RecordTableModel(
            WEIGHTS, key=lambda one: one.strategy, parent=self
        )
        self.after = self._weights_table()
        self.method = QComboBox()
        self.propose = push_button(translated("Propose"), self._propose, role="primary")
        self.approve = push_button(translated("Approve"), self._ask_approval, role="primary")
        self.reject = push_button(translated("Reject"), self._reject)
        self.picture = caption()
        self._build()
        self.list.selection_changed.connect(self._show_selected)
        desk.managers.totals.allocation.proposal_changed.connect(self._proposal_changed)

    def _weights_table(self) -> RecordTable:
        empty = translated("Select a proposal.")
        return RecordTable(
            self.desk, self.weights, "proposed weights", empty=empty, units=("{0} weight", "{0} weights")
        )

    def _build(self) -> None:
        for method, name in _METHODS:
            self.method.addItem(translated(name), method)
        self.method.setAccessibleName(translated("How weights are proposed"))
        toolbar, tools = strip("toolbar", margins=(6, 3, 6, 3), spacing=6)
        tools.addWidget(label(translated("Propose weights by"), part="caption"))
        tools.addWidget(self.method)
        tools.addWidget(self.propose)
        tools.addStretch(1)
        tools.addWidget(self.reject)
        tools.addWidget(self.approve)
        pair = QSplitter(Qt.Orientation.Horizontal)
        pair.setChildrenCollapsible(False)
        pair.setHandleWidth(1)
        for table in (self.list, self.after):
            table.setMinimumSize(1, 1)
            pair.addWidget(table)
        pair.setSizes([420, 460])
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(toolbar)
        column.addWidget(pair, 1)
        column.addWidget(self.picture)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        self.table.setMinimumSize(1, 1)
        split.addWidget(self.table)
        split.addWidget(below)
        split.setSizes([260, 320])
        self.column.addWidget(split)
        self.setMinimumSize(1, 1)
        self._show_selected()

    def refresh(self) -> None:
        """Show the weights and proposals of this moment."""
        allocation = self.desk.managers.totals.allocation
        bands = allocation.bands()
        self.bands.remove({band.strategy for band in self.bands.records()} - {band.strategy for band in bands})
        self.bands.upsert(bands)
        if self.proposals.total == 0:
            self.proposals.upsert(allocation.proposals())
            self._show_selected()

    def _proposal_changed(self, proposal: AllocationProposal) -> None:
        self.proposals.upsert((proposal,))
        if self._shown is None or self._shown.id == proposal.id or not self.list.selected():
            self._show_selected()

    def _show_selected(self) -> None:
        chosen = self.list.selected()
        newest = max(self.proposals.records(), key=lambda one: one.at, default=None)
        self._show(chosen[0] if chosen else newest)

    def _show(self, proposal: AllocationProposal | None) -> None:
        self._shown = proposal
        is_open = proposal is not None and proposal.state is ProposalState.OPEN
        self.approve.setEnabled(is_open)
        self.reject.setEnabled(is_open)
        weights = () if proposal is None else proposal.weights
        self.weights.remove({one.strategy for one in self.weights.records()} - {one.strategy for one in weights})
        self.weights.upsert(weights)
        self.picture.setText("" if proposal is None else _picture(proposal))
        self.picture.setVisible(proposal is not None)

    def _propose(self) -> None:
        method = AllocationMethod(self.method.currentData())
        allocation = self.desk.managers.totals.allocation
        self.propose.setEnabled(False)
        self.propose.setText(translated("Computing"))
        self.desk.runner.run(
            translated("Propose weights"),
            partial(allocation.propose, method, source=SOURCE),
            arguments={"method": method.value},
            done=self._proposed,
            failed=self._not_proposed,
        )

    def _proposed(self, proposal: AllocationProposal) -> None:
        self._ready()
        self.proposals.upsert((proposal,))
        self.list.select_key(proposal.id)
        self._show(proposal)

    def _not_proposed(self, error: Exception) -> bool:
        del error
        self._ready()
        return False

    def _ready(self) -> None:
        self.propose.setEnabled(True)
        self.propose.setText(translated("Propose"))

    def _ask_approval(self) -> None:
        proposal = self._shown
        if proposal is None:
            return
        self.desk.notices.ask(
            translated("Put these weights in force?"),
            translated("Money moves between the books of {0} strategies, all of it or nothing.").format(
                len(proposal.weights)
            ),
            translated("Approve"),
            partial(self._approve, proposal.id),
        )

    def _approve(self, key: str) -> None:
        allocation = self.desk.managers.totals.allocation
        self.desk.runner.run(
            translated("Approve weights"),
            partial(allocation.approve, key, source=SOURCE),
            arguments={"proposal": key},
            done=lambda _: self.refresh(),
        )

    def _reject(self) -> None:
        if self._shown is None:
            return
        allocation = self.desk.managers.totals.allocation
        self.desk.runner.run(
            translated("Reject weights"),
            partial(allocation.reject, self._shown.id, source=SOURCE),
            arguments={"proposal": self._shown.id},
        )


def _picture(proposal: AllocationProposal) -> str:
    parts = [translated("From {0}").format(proposal.basis)]
    if proposal.first is not None and proposal.last is not None:
        span = translated("{0} days from {1} to {2}")
        parts.append(span.format(proposal.days, proposal.first, proposal.last))
    for name, before, after in (
        (translated("expected volatility a year"), proposal.volatility_before, proposal.volatility_after),
        (translated("value at risk of a day, 95 %"), proposal.var_before, proposal.var_after),
    ):
        texts = (text_of(value, formats.percent) for value in (before, after))
        parts.append(translated("{0} {1} now, {2} then").format(name, *texts))
    if proposal.state is ProposalState.OPEN:
        parts.append(translated("holds until {0}").format(formats.moment(proposal.expires_at)))
    elif proposal.reason:
        parts.append(proposal.reason)
    return f" {formats.STALE} ".join(parts)
