"""JSON documents about the whole house."""

from typing import Any

import msgspec

from ares_desktop.domain.monitoring import PortfolioTotals
from ares_desktop.domain.portfolio import (
    AllocationBand,
    AllocationProposal,
    Exposure,
    RiskReport,
    StressResult,
)


def portfolio_document(totals: PortfolioTotals | None, exposure: Exposure, report: RiskReport) -> dict[str, Any]:
    """Return totals, exposure by every grouping, and value at risk; what is not known is null."""
    return {
        "currency": exposure.currency,
        "equity": exposure.equity,
        "day_pnl": None if totals is None else totals.day_pnl,
        "drawdown": None if totals is None else totals.drawdown,
        "accounts": 0 if totals is None else totals.accounts,
        "long": exposure.total.long,
        "short": exposure.total.short,
        "gross": exposure.total.gross,
        "net": exposure.total.net,
        "netted_gross": exposure.netted_gross,
        "at": exposure.at,
        "stale": exposure.stale or (totals is not None and totals.stale),
        "rate_at": exposure.rate_at,
        "missing": list(exposure.missing),
        "exposure": [msgspec.structs.asdict(row) for row in exposure.rows],
        "cash": [msgspec.structs.asdict(row) for row in exposure.cash],
        "holdings": [msgspec.structs.asdict(row) for row in exposure.holdings],
        "var_problem": report.problem,
        "var_from": report.first,
        "var_to": report.last,
        "var_covered": report.covered,
        "volatility": report.volatility,
        "var": [msgspec.structs.asdict(figure) for figure in report.figures],
        "left_out": [msgspec.structs.asdict(one) for one in report.left_out],
    }


def stress_document(result: StressResult) -> dict[str, Any]:
    """Return what a scenario does."""
    return {
        "scenario": result.scenario.name,
        "shocks": ", ".join(f"{shock.target} {shock.change:+.0%}" for shock in result.scenario.shocks),
        "profit": result.profit,
        "share": result.share,
        "known": result.known,
        "currency": result.currency,
        "note": result.note,
        "stale": result.stale,
        "lines": [msgspec.structs.asdict(line) for line in result.lines],
    }


def band_document(band: AllocationBand) -> dict[str, Any]:
    """Return a strategy's weight against its band."""
    return dict(msgspec.structs.asdict(band))


def proposal_document(proposal: AllocationProposal) -> dict[str, Any]:
    """Return a proposal with every weight."""
    document = dict(msgspec.structs.asdict(proposal))
    document["weights"] = [msgspec.structs.asdict(weight) for weight in proposal.weights]
    return document
