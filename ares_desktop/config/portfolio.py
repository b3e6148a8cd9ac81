"""Settings of totals, risk figures and allocation."""

from typing import Annotated

from pydantic import StringConstraints

from ares_desktop.config.declaring import Group, setting

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class PortfolioSettings(Group):
    """How totals over accounts, risk figures and proposals are computed."""

    base_currency: Currency = setting(
        "USD", "Base currency", "Totals over all accounts are in this currency.", restart=True
    )
    oldest_rate_h: float = setting(
        72.0,
        "Oldest rate",
        "Figures that stand on an older exchange rate are marked as stale.",
        unit="h",
        restart=True,
        gt=0,
        le=8_760,
    )
    risk_days: int = setting(
        500, "Days of returns", "Value at risk looks at this many of the last daily returns.", unit="d", ge=30, le=5_000
    )
    fewest_days: int = setting(
        60, "Fewest returns", "With fewer daily returns there is no value at risk.", unit="d", ge=20, le=1_000
    )
    horizon_days: int = setting(
        10, "Horizon", "Value at risk is computed for one day and for this many.", unit="d", ge=2, le=60
    )
    proposal_days: int = setting(
        30,
        "Fewest days of a proposal",
        "Weights are proposed from this many common daily returns of the strategies at least.",
        unit="d",
        ge=10,
        le=1_000,
    )
    proposal_valid_h: float = setting(
        24.0, "Proposals hold", "A proposal that nobody approved expires after this time.", unit="h", gt=0, le=720
    )
