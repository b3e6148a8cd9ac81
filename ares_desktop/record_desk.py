"""Builds what records and tells: the audit of the journal, incident bundles, and alerts with their channels."""

import platform
from collections.abc import Mapping
from importlib.metadata import distributions, version
from pathlib import Path

import ares_desktop
from ares_desktop.config.alerting import AlertSettings
from ares_desktop.config.schema import Settings
from ares_desktop.engine.adapters.notifiers.apprise_channel import AppriseChannel
from ares_desktop.engine.adapters.notifiers.email import EmailChannel
from ares_desktop.engine.adapters.notifiers.sound import SoundChannel
from ares_desktop.engine.adapters.notifiers.telegram import TelegramChannel
from ares_desktop.engine.adapters.notifiers.webhook import WebhookChannel
from ares_desktop.engine.adapters.secrets.store import MachineSecrets
from ares_desktop.engine.adapters.stores.journal_search import SqliteJournalSearch
from ares_desktop.engine.alerting.secret_desk import SecretDesk
from ares_desktop.engine.managers.alerts import AlertManager
from ares_desktop.engine.managers.audit import AuditManager
from ares_desktop.engine.managers.bundle import Managers
from ares_desktop.engine.managers.incident import IncidentBundle
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.notifier import AlertChannel
from ares_desktop.engine.ports.state_store import StateStore
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


def build_alerts(
    profile: Profile, settings: Settings, *, wall: Clock, states: StateStore, redactor: Redactor
) -> AlertManager:
    """Return the alerts of a profile, with those that an earlier run left."""
    store = MachineSecrets(str(profile.root), profile.root / "secrets.bin")
    secrets = SecretDesk(store, redactor)
    return AlertManager(
        wall,
        store=states,
        make_channels=lambda wanted: channels_of(wanted, secrets),
        secrets=secrets,
        redactor=redactor,
        settings=settings.alerts,
    )


def channels_of(wanted: AlertSettings, secrets: SecretDesk) -> list[AlertChannel]:
    """Return the channels that settings switch on; the libraries behind them load with their first note."""
    found: list[AlertChannel] = []
    if wanted.sound:
        found.append(SoundChannel(sounds_folder()))
    if wanted.smtp_host and wanted.email_to:
        found.append(EmailChannel(wanted, secrets))
    if wanted.telegram_chat:
        found.append(TelegramChannel(wanted, secrets))
    if wanted.webhook:
        found.append(WebhookChannel(secrets))
    if wanted.apprise:
        found.append(AppriseChannel(secrets))
    return found


def sounds_folder() -> Path:
    """Return the folder of shipped sounds: inside an installed package, else beside it in a checkout."""
    package = Path(ares_desktop.__file__).parent
    inside = package / "resources" / "sounds"
    return inside if inside.is_dir() else package.parent / "resources" / "sounds"


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
