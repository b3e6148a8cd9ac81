"""Settings of the kill switch."""

from ares_desktop.config.declaring import Group, setting
from ares_desktop.domain.risk import KillMode


class KillSettings(Group):
    """What the kill switch does."""

    paper_mode: KillMode = setting(
        KillMode.FLATTEN, "On paper", "Cancel orders only, or cancel and then flatten, on a paper account."
    )
    live_mode: KillMode = setting(
        KillMode.CANCEL, "On live accounts", "Cancel orders only, or cancel and then flatten, on a live account."
    )
    confirm_s: float = setting(
        5.0,
        "Confirmation",
        "How long brokers may take to confirm cancels before they are asked.",
        unit="s",
        ge=0.1,
        le=60,
    )
