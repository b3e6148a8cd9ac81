"""Every setting, declared once: its default, its bounds, and what it means to a person."""

from decimal import Decimal
from typing import Final, Literal

from ares_desktop.config.alerting import AlertSettings
from ares_desktop.config.declaring import Group, Text, setting
from ares_desktop.config.portfolio import PortfolioSettings
from ares_desktop.config.protection import ProtectionSettings
from ares_desktop.config.reconciliation import ReconcileSettings
from ares_desktop.config.risk import RiskSettings
from ares_desktop.config.safety import KillSettings
from ares_desktop.config.sentinel import SentinelSettings
from ares_desktop.domain.strategies import Isolation

_MOST: Final = Decimal(10) ** 15


class AccountSettings(Group):
    """The paper account of a new profile."""

    starting_cash: Decimal = setting(
        Decimal(1_000_000),
        "Starting cash",
        "What a new paper account holds. An account that has traded keeps its own cash.",
        unit="USD",
        restart=True,
        gt=0,
        le=_MOST,
    )
    margin: bool = setting(
        default=True,
        title="Margin",
        description="Whether the paper account may borrow cash and sell short, as a margin account.",
        restart=True,
    )


class FeedSettings(Group):
    """Where market data comes from."""

    spec: Text = setting(
        "sample",
        "Feed",
        "What is traded on: sample, replay:FILE_OR_SYMBOL[,...][@SPEED] or synthetic:SEED[@RATE].",
        restart=True,
    )
    speed: float | None = setting(
        None,
        "Speed",
        "How fast past data is replayed; 0 is as fast as possible, empty leaves it to the feed.",
        unit="events/s",
        ge=0,
        le=1_000_000,
    )


class PaperSettings(Group):
    """How the built-in paper broker fills orders."""

    costs: Literal["none", "retail", "tiered", "okx", "kraken", "perpetual"] = setting(
        "retail", "Commissions", "Which set of commissions is charged; none charges nothing.", restart=True
    )
    slippage_model: Literal["none", "bps", "spread", "volume", "random"] = setting(
        "bps", "Slippage model", "What worsens the price of an order that takes liquidity.", restart=True
    )
    slippage: float = setting(
        1.0,
        "Slippage",
        "Basis points (their mean when random), share of the spread, or impact factor, as the model reads it.",
        restart=True,
        ge=0,
        le=10_000,
    )
    latency_ms: float = setting(
        5.0,
        "Latency",
        "Market time between an order's arrival and its first chance to match.",
        unit="ms",
        restart=True,
        ge=0,
        le=3_600_000,
    )
    limit_policy: Literal["touch", "through"] = setting(
        "touch", "Limit orders", "Whether prices must reach a resting limit order or pass it.", restart=True
    )
    volume_share: float = setting(
        0.1,
        "Share of volume",
        "Largest part of a bar's volume that all orders together may take; 0 for no bound.",
        unit="fraction",
        restart=True,
        ge=0,
        le=1,
    )


class StrategySettings(Group):
    """Where strategies are found and how they are run."""

    folders: tuple[Text, ...] = setting(
        (), "Folders", "Searched for strategy files, besides the bundled ones.", max_length=100
    )
    isolation: Isolation = setting(
        Isolation.PROCESS, "Isolation", "Where a new instance's code runs: in its own process or its own thread."
    )
    memory_mb: int = setting(
        1024, "Memory", "What a new instance's process may use before it is ended.", unit="MB", ge=64, le=1_048_576
    )
    stop_grace_s: float = setting(
        3.0, "Grace to stop", "How long on_stop may take before the worker is ended.", unit="s", ge=0.1, le=120
    )
    stall_after_s: float = setting(
        1.5, "Stalled after", "Silence of a worker that is shown as stalled.", unit="s", ge=0.5, le=600
    )
    max_restarts: int = setting(
        5, "Restarts", "Restarts after a fault, within the window below, before an instance stays down.", ge=0, le=1000
    )
    restart_window_s: float = setting(
        300.0, "Restart window", "Time in which restarts are counted.", unit="s", ge=1, le=86_400
    )
    restart_backoff_s: float = setting(
        1.0, "First restart after", "Doubles with each further restart.", unit="s", ge=0.05, le=3600
    )


class UiSettings(Group):
    """How the window looks."""

    theme: Literal["dark", "light"] = setting(
        "dark", "Theme", "Colors of a window that was never switched; it remembers what it was switched to."
    )
    scale: float = setting(
        1.0, "Scale", "Size of text and controls; 1.5 is half as large again.", restart=True, ge=0.75, le=3
    )
    refresh_hz: float = setting(
        20.0, "Refresh", "How often tables and charts are repainted at most.", unit="1/s", restart=True, ge=1, le=60
    )


class LoggingSettings(Group):
    """What is written to the log."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = setting("INFO", "Level", "Least severe line that is written.")
    json_lines: bool = setting(
        default=False,
        title="JSON on standard error",
        description="JSON lines on standard error instead of text; the file has them always.",
        restart=True,
    )
    file_mb: int = setting(
        10, "File size", "A log file is rotated at this size.", unit="MB", restart=True, ge=1, le=1024
    )
    keep: int = setting(5, "Old files", "How many old log files are kept.", restart=True, ge=0, le=100)


class Settings(Group):
    """All settings of a profile."""

    account: AccountSettings = AccountSettings()
    feed: FeedSettings = FeedSettings()
    paper: PaperSettings = PaperSettings()
    risk: RiskSettings = RiskSettings()
    strategies: StrategySettings = StrategySettings()
    ui: UiSettings = UiSettings()
    logging: LoggingSettings = LoggingSettings()
    kill: KillSettings = KillSettings()
    sentinel: SentinelSettings = SentinelSettings()
    portfolio: PortfolioSettings = PortfolioSettings()
    reconcile: ReconcileSettings = ReconcileSettings()
    protection: ProtectionSettings = ProtectionSettings()
    alerts: AlertSettings = AlertSettings()
