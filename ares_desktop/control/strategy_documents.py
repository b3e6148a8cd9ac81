"""Records of strategies as the JSON documents of the command line."""

from collections.abc import Sequence
from typing import Any

import msgspec

from ares_desktop.control.documents import Document, fill_document, order_document, time_text
from ares_desktop.domain.decisions import Decision
from ares_desktop.domain.differences import difference
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.performance import StrategyPerformance
from ares_desktop.domain.preflight import PreflightReport
from ares_desktop.domain.strategies import StrategyInstance, StrategyLog
from ares_desktop.domain.versions import Change, Difference, InstanceVersion, Preset


def configuration_document(instance: StrategyInstance) -> Document:
    """Return every field of a configuration, money as it is written."""
    return {name: plain(getattr(instance, name)) for name in instance.__struct_fields__}


def history_documents(versions: Sequence[InstanceVersion]) -> list[Document]:
    """Return a row for each version, newest first, with what it changed against the one before."""
    older: list[InstanceVersion | None] = [*versions[1:], None]
    return [
        {
            "version": version.number,
            "at": time_text(version.at),
            "source": version.source,
            "note": version.note,
            "changes": [] if before is None else difference_documents(difference(before.instance, version.instance)),
            "sequence": version.sequence,
        }
        for version, before in zip(versions, older, strict=True)
    ]


def difference_documents(differences: Sequence[Difference]) -> list[Document]:
    """Return a row for each field that differs."""
    return [{"place": item.place, "before": plain(item.before), "after": plain(item.after)} for item in differences]


def change_document(change: Change) -> Document:
    """Return what applying a configuration did."""
    return {"effect": str(change.effect), "differences": difference_documents(change.differences)}


def preset_document(preset: Preset) -> Document:
    """Return a row of ``strategies presets``."""
    return {"name": preset.name, "strategy": preset.strategy, "parameters": plain(preset.parameters)}


def preflight_document(report: PreflightReport) -> Document:
    """Return the card before a start."""
    return {
        "name": report.name,
        "at": time_text(report.at),
        "ready": not report.failed,
        "forbidden": bool(report.forbidden),
        "checks": [
            {
                "code": check.code,
                "title": check.title,
                "state": check.state,
                "reason": check.reason,
                "remedy": check.remedy,
                "forcible": check.forcible,
            }
            for check in report.checks
        ],
        "effects": [{"title": effect.title, "text": effect.text} for effect in report.effects],
    }


def log_document(line: StrategyLog) -> Document:
    """Return a row of ``strategies logs``."""
    return {"at": time_text(line.at), "level": line.level, "text": line.text}


def decision_row(decision: Decision) -> Document:
    """Return a row of ``decisions``."""
    intent = decision.order.intent
    return {
        "client_order_id": decision.id,
        "at": time_text(decision.at),
        "strategy": intent.strategy,
        "instrument": intent.instrument,
        "side": intent.side,
        "quantity": intent.quantity,
        "reason": decision.reason,
        "approved": decision.approved,
        "gate": decision.gate,
        "status": decision.order.state,
        "filled": decision.order.filled,
        "realized": decision.realized,
        "commission": decision.commission,
        "currency": decision.currency,
        "inputs": decision.inputs,
        "forecast": decision.forecast,
    }


def decision_document(decision: Decision) -> Document:
    """Return the document of ``why``."""
    return {
        **decision_row(decision),
        "inputs": [{"name": name, "value": value} for name, value in sorted(decision.inputs.items())],
        "order": order_document(decision.order),
        "steps": [
            {"at": time_text(step.at), "what": step.what, "detail": step.detail, "sequence": step.sequence}
            for step in decision.steps
        ],
        "fills": [fill_document(fill) for fill in decision.fills],
    }


def performance_row(performance: StrategyPerformance) -> Document:
    """Return a row of ``performance``: fractions, null where there is too little to know."""
    return {
        "strategy": performance.strategy,
        **msgspec.structs.asdict(performance.figures),
        "benchmark": performance.benchmark,
        "stale": performance.stale,
        "at": time_text(performance.at),
    }


def performance_document(performance: StrategyPerformance) -> Document:
    """Return the document of ``performance NAME``."""
    beside = {point.ns: point.value for point in performance.benchmark_curve}
    return {
        **performance_row(performance),
        "benchmark_problem": performance.benchmark_problem,
        "months": [msgspec.structs.asdict(month) for month in performance.months],
        "curve": [
            {"at": time_text(from_ns(point.ns)), "nav": point.value, "benchmark": beside.get(point.ns)}
            for point in performance.curve
        ],
    }


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever a configuration holds
    """Return a value as JSON can say it: tuples as lists, a number of a parameter as it is."""
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value
