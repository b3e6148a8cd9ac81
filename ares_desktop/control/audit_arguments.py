"""What the commands of alerts and incident bundles take."""

import msgspec


class OfAlert(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An alert by its key, or all of them."""

    key: str | None = None
    all: bool = False


class MuteAlert(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An alert, and for how long nobody is told of it."""

    key: str
    minutes: float = 60.0


class OfChannel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A channel by its name."""

    channel: str


class Bundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where an incident bundle goes, and how far back it reaches."""

    file: str
    minutes: float = 30.0
