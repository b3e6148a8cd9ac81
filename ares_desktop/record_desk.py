"""Builds what records and tells: the audit of the journal, and what an incident bundle is made of."""

import platform
from collections.abc import Mapping
from importlib.metadata import distributions, version

from ares_desktop.config.schema import Settings
from ares_desktop.engine.adapters.stores.journal_search import SqliteJournalSearch
from ares_desktop.engine.managers.audit import AuditManager
from ares_desktop.engine.managers.bundle import Managers
from ares_desktop.engine.managers.incident import IncidentBundle
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.fold import Fold
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.paths import Profile
from ares_desktop.redaction import Redactor


def build_audit(
    profile: Profile, settings: Settings, recorder: Recorder, *, wall: Clock, redactor: Redactor
) -> AuditManager:
    """Return the audit of a profile's journal."""
    bundle = IncidentBundle(
        wall,
        redactor,
        logs=profile.logs,
        documents={"settings.json": lambda: settings.model_dump(mode="json"), "versions.json": versions},
    )
    return AuditManager(recorder, SqliteJournalSearch(profile.journal), wall=wall, redactor=redactor, bundle=bundle)


def describe(managers: Managers, fold: Fold) -> None:
    """Let incident bundles tell how everything stands."""
    bundle = managers.audit.bundle
    bundle.add("instances.json", lambda: {str(name): item for name, item in fold.instances.items()})
    bundle.add("strategies.json", managers.strategies.statuses)
    bundle.add("safety.json", lambda: fold.safety)
    bundle.add("trading_states.json", managers.state.states)
    bundle.add("kill_switch.json", lambda: managers.state.kill_switch)
    bundle.add("connections.json", managers.connections.connections)
    bundle.add("discrepancies.json", managers.portfolio.discrepancies)
    bundle.add("health.json", managers.health.report)
    bundle.add("alerts.json", managers.alerts.alerts)
    bundle.add("working_orders.json", managers.trades.working)
    bundle.add("positions.json", managers.portfolio.positions)


def versions() -> Mapping[str, object]:
    """Return the application's version, the machine's, and that of every installed package."""
    return {
        "ares-desktop": version("ares-desktop"),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "packages": dict(sorted({item.name: item.version for item in distributions()}.items())),
    }
