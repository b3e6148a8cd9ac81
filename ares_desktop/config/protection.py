"""Settings of the loss ladder and the protections."""

from typing import Any
from zoneinfo import available_timezones

from pydantic import field_validator

from ares_desktop.config.declaring import Group, Text, setting
from ares_desktop.domain.protections import ProtectionRules


def _loss(default: float | None, title: str, description: str) -> Any:  # noqa: ANN401 - stands for a field of any type
    return setting(default, title, f"{description} Empty turns it off.", unit="fraction", gt=0, le=1)


def _minutes(default: float, title: str, description: str) -> Any:  # noqa: ANN401 - stands for a field of any type
    return setting(default, title, description, unit="min", ge=0, le=525_600)


class ProtectionSettings(Group):
    """What happens by itself when money is lost; a scope's own rules, set while it runs, come before these."""

    day_limit: float | None = _loss(
        0.05, "Daily loss", "Of an account or all of them: only exits pass from here on; half of it warns."
    )
    day_hard: float | None = _loss(0.1, "Hard daily loss", "The kill switch engages here.")
    drawdown_limit: float | None = _loss(
        0.15, "Drawdown", "Fall of an account or all of them from the peak: only exits pass; half of it warns."
    )
    drawdown_hard: float | None = _loss(0.25, "Hard drawdown", "The kill switch engages here.")
    strategy_day_limit: float | None = _loss(
        0.1, "Daily loss of a strategy", "As above, for each strategy on its own capital."
    )
    strategy_day_hard: float | None = _loss(
        0.2, "Hard daily loss of a strategy", "The kill switch engages for the strategy."
    )
    strategy_drawdown_limit: float | None = _loss(
        0.25, "Drawdown of a strategy", "As above, for each strategy on its own capital."
    )
    strategy_drawdown_hard: float | None = _loss(
        0.4, "Hard drawdown of a strategy", "The kill switch engages for the strategy."
    )
    stop_trading_minutes: float = _minutes(
        0.0, "Pause after a breach", "How long a scope is locked after it came to a limit; 0 does not lock."
    )
    day_zone: Text = setting(
        "UTC", "Days begin in", "Time zone, such as America/New_York, at whose midnight a day of losses begins."
    )
    max_mark_age_s: float = setting(
        345_600.0,
        "Oldest price",
        "A holding whose price is older has no known value: only exits pass. Nights and weekends count.",
        unit="s",
        gt=0,
        le=31_536_000,
    )
    max_silence_s: float = setting(
        60.0,
        "Silent feed",
        "Nor has a holding whose price is older than the limits allow its data, for so long, while its market is open.",
        unit="s",
        ge=0,
        le=31_536_000,
    )
    stop_losses: int = setting(
        4, "Stop-outs", "So many within the window lock the instrument for the strategy; 0 turns it off.", ge=0, le=1000
    )
    stop_loss_minutes: float = _minutes(60.0, "Window of stop-outs", "Time in which they are counted.")
    stop_loss_lock_minutes: float = _minutes(60.0, "Lock after stop-outs", "How long.")
    stop_loss_all: bool = setting(
        default=False,
        title="Stop-outs of all instruments",
        description="Count those of all instruments together, and lock the whole strategy.",
    )
    max_drawdown: float | None = _loss(
        None, "Fall within a window", "A strategy that falls so far within the window is locked."
    )
    max_drawdown_minutes: float = _minutes(1440.0, "Window of the fall", "Time in which it is looked at.")
    max_drawdown_lock_minutes: float = _minutes(720.0, "Lock after a fall", "How long.")
    low_profit_trades: int = setting(
        0, "Trades of low profit", "From so many in the window on their return counts; 0 turns it off.", ge=0, le=1000
    )
    low_profit_minutes: float = _minutes(1440.0, "Window of low profit", "Time in which trades are counted.")
    low_profit_return: float = setting(
        0.0, "Least return", "Below it the instrument is locked for the strategy.", unit="fraction", ge=-1, le=10
    )
    low_profit_lock_minutes: float = _minutes(60.0, "Lock after low profit", "How long.")
    cool_down_minutes: float = _minutes(
        0.0, "Cool-down", "Lock of an instrument for a strategy that closed its position; 0 turns it off."
    )
    errors: int = setting(
        10, "Errors in a row", "Refused orders and faults that lock a strategy; 0 turns it off.", ge=0, le=1000
    )
    errors_lock_minutes: float = _minutes(30.0, "Lock after errors", "How long.")
    give_back_gain: float | None = setting(
        None,
        "Gain to guard",
        "From this gain on a position may give back only a part. Empty turns it off.",
        unit="fraction",
        gt=0,
        le=100,
    )
    give_back_share: float = setting(
        0.4, "Share given back", "Of the greatest gain; the position is closed at it.", unit="fraction", gt=0, le=1
    )
    naked_alert_s: float = setting(
        5.0, "Alarm without a stop", "After a position lacked its stop for so long.", unit="s", ge=0, le=3600
    )
    naked_close: bool = setting(
        default=False,
        title="Close what lacks its stop",
        description="Close a position at the market when it has lacked its stop for as long as the alarm waits.",
    )

    @field_validator("day_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("must be a time zone such as UTC or America/New_York")
        return value

    def rules(self, *, strategy: bool) -> ProtectionRules:
        """Return them as the record that is worked with, for a strategy or for accounts."""
        values = {name: value for name, value in self.model_dump().items() if name in ProtectionRules.__struct_fields__}
        if strategy:
            for name in ("day_limit", "day_hard", "drawdown_limit", "drawdown_hard"):
                values[name] = getattr(self, f"strategy_{name}")
        return ProtectionRules(**values)
