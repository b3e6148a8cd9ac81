"""Settings of the kill switch."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import StringConstraints

from ares_desktop.config.declaring import Group, setting
from ares_desktop.domain.kill import KillMode

AccountMode = Annotated[str, StringConstraints(pattern=r"^[^=,\s]+=(cancel|flatten)$", max_length=200)]
KeyText = Annotated[str, StringConstraints(max_length=60, strip_whitespace=True)]


class KillSettings(Group):
    """What the kill switch does."""

    paper_mode: KillMode = setting(
        KillMode.FLATTEN, "On paper", "Cancel orders only, or cancel and then flatten, on a paper account."
    )
    live_mode: KillMode = setting(
        KillMode.CANCEL,
        "On live accounts",
        "Cancel orders only, or cancel and then flatten, on a live account for which nothing was chosen.",
    )
    account_modes: tuple[AccountMode, ...] = setting(
        (),
        "By account",
        "What is done at single accounts, each written ACCOUNT=cancel or ACCOUNT=flatten; the panel asks once for "
        "each live account.",
        max_length=100,
    )
    cancel_elsewhere: bool = setting(
        default=False,
        title="Orders placed elsewhere",
        description="Whether orders of a live account that were not placed here are canceled too, also by hand.",
    )
    confirm_s: float = setting(
        5.0,
        "Confirmation",
        "How long brokers may take to confirm cancels before they are asked.",
        unit="s",
        ge=0.1,
        le=60,
    )
    hot_key: KeyText = setting(
        "Ctrl+Alt+Shift+K",
        "Global hot key",
        "Engages the kill switch while any window of any program has the focus, on X11; empty for none.",
    )


def parse_account_modes(texts: Sequence[str]) -> dict[str, KillMode]:
    """Return the modes of single accounts as the settings write them."""
    return {account: KillMode(mode) for account, _, mode in (text.rpartition("=") for text in texts)}
