"""Settings of the comparison with brokers."""

from ares_desktop.config.declaring import Group, setting


class ReconcileSettings(Group):
    """How often the books are compared with the brokers."""

    in_flight_after_s: float = setting(
        5.0,
        "Waiting orders, after",
        "An order or cancel without an answer for so long is asked for by itself.",
        unit="s",
        restart=True,
        ge=0.5,
        le=300,
    )
    in_flight_every_s: float = setting(
        2.0,
        "Waiting orders, every",
        "How often it is asked for until there is one.",
        unit="s",
        restart=True,
        ge=0.5,
        le=300,
    )
    orders_every_s: float = setting(
        10.0, "Working orders", "How often all working orders are compared.", unit="s", restart=True, ge=1, le=3600
    )
    positions_every_s: float = setting(
        60.0,
        "Everything",
        "How often orders, executions, positions and cash are compared.",
        unit="s",
        restart=True,
        ge=5,
        le=86_400,
    )
    look_back_hours: float = setting(
        24.0,
        "Look-back",
        "From how long before the last comparison on executions are asked for.",
        unit="h",
        restart=True,
        ge=1,
        le=720,
    )
