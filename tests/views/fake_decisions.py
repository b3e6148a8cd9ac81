"""Decisions and performances without an engine: what the managers offer, over lists that a test fills."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from ares_desktop.domain.decisions import Decision, DecisionQuery
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.performance import StrategyCorrelations, StrategyPerformance
from ares_desktop.engine.managers.signals import SignalOf, signal_of


class FakeDecisions:
    """The part of the orders' manager that says why."""

    def __init__(self) -> None:
        self.reasons: dict[str, Decision] = {}
        self.asked: list[DecisionQuery] = []
        self.exported: list[tuple[DecisionQuery, Path]] = []

    def explain_by(self, *decisions: Decision) -> None:
        """Take over decisions."""
        self.reasons |= {one.id: one for one in decisions}

    def decision(self, order: str) -> Decision:
        if order not in self.reasons:
            raise UsageError(Finding(place="order", value=order, problem="is not known", remedy="List the orders."))
        return self.reasons[order]

    async def explain(self, order: str) -> Decision:
        return self.decision(order)

    async def decisions(self, query: DecisionQuery) -> tuple[Decision, ...]:
        self.asked.append(query)
        found = [one for one in self.reasons.values() if _matches(one, query)]
        return tuple(sorted(found, key=lambda one: one.at, reverse=True)[: query.limit])

    def decisions_of_position(self, strategy: str, instrument: str) -> tuple[Decision, ...]:
        held = [
            one
            for one in self.reasons.values()
            if one.fills and (one.order.intent.strategy, one.order.intent.instrument) == (strategy, instrument)
        ]
        return tuple(sorted(held, key=lambda one: one.at))

    async def export_decisions(self, query: DecisionQuery, file: Path) -> int:
        if file.suffix not in {".csv", ".json"}:
            raise UsageError(Finding(place="file", value=str(file), problem="is neither CSV nor JSON"))
        self.exported.append((query, file))
        return len(await self.decisions(query))


def _matches(one: Decision, query: DecisionQuery) -> bool:
    intent = one.order.intent
    return (
        query.strategy in (None, intent.strategy)
        and query.instrument in (None, intent.instrument)
        and query.approved in (None, one.approved)
        and (query.since is None or one.at >= query.since)
        and (query.until is None or one.at <= query.until)
        and query.text.casefold() in one.reason.casefold()
    )


class FakePerformance(QObject):
    """Performances that are there at once."""

    performance_changed: SignalOf[StrategyPerformance] = signal_of(StrategyPerformance)
    correlations_changed: SignalOf[StrategyCorrelations] = signal_of(StrategyCorrelations)

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, StrategyPerformance] = {}
        self.alike: StrategyCorrelations | None = None

    def put(self, *performances: StrategyPerformance) -> None:
        """Take over and publish performances."""
        for one in performances:
            self.known[one.strategy] = one
            self.performance_changed.emit(one)

    def compare(self, found: StrategyCorrelations) -> None:
        """Take over and publish correlations."""
        self.alike = found
        self.correlations_changed.emit(found)

    def performances(self) -> tuple[StrategyPerformance, ...]:
        return tuple(self.known.values())

    def correlations(self) -> StrategyCorrelations | None:
        return self.alike
