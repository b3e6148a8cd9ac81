"""Settings of the sentinel and of dead-man timers."""

from ares_desktop.config.declaring import Group, setting
from ares_desktop.domain.sentinel import SentinelPolicy


class SentinelSettings(Group):
    """The process that stops trading when the application can't, and timers at the brokers."""

    enabled: bool = setting(
        default=True,
        title="Sentinel",
        description="Whether a separate process watches the application and acts when it freezes or dies.",
        restart=True,
    )
    paper_policy: SentinelPolicy = setting(
        SentinelPolicy.FLATTEN,
        "On paper",
        "What happens on a paper account when the application falls silent: nothing, cancel, or cancel and flatten.",
    )
    live_policy: SentinelPolicy = setting(
        SentinelPolicy.NOTHING,
        "On live accounts",
        "The same on a live account; nothing happens there until you choose.",
    )
    beat_s: float = setting(
        0.5, "Beat", "How often the application reports to the sentinel.", unit="s", restart=True, ge=0.1, le=1
    )
    after_s: float = setting(
        10.0,
        "Acts after",
        "Silence after which the sentinel acts; until shortly before, the application itself may send orders.",
        unit="s",
        restart=True,
        ge=2,
        le=300,
    )
    dead_man_s: float = setting(
        60.0,
        "Dead-man timer",
        "A broker that has such a timer cancels all orders after so long without the application; 0 arms none.",
        unit="s",
        restart=True,
        ge=0,
        le=3600,
    )
