"""What each command of the control socket takes."""

from decimal import Decimal

import msgspec

from ares_desktop.domain.market import DataKind
from ares_desktop.domain.orders import Side, TimeInForce
from ares_desktop.domain.risk import KillMode


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No arguments."""


class ListOrders(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which orders to list."""

    working: bool = False


class ListPositions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which positions to list; closed ones still show what they realized."""

    closed: bool = False


class PlaceOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The trader's own order."""

    side: Side
    quantity: Decimal
    instrument: str
    limit: Decimal | None = None
    stop: Decimal | None = None
    tif: TimeInForce = TimeInForce.DAY
    strategy: str | None = None


class CancelOrders(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One order by its client order id, or all."""

    order: str | None = None
    all: bool = False


class InScope(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A scope, as ``all``, ``strategy:NAME``, ``instrument:ID``, ``account:ID``, or a bare name."""

    scope: str = "all"


class Kill(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why, where and how to engage the kill switch."""

    reason: str = "asked for on the command line"
    scope: str = "all"
    mode: KillMode | None = None
    drill: bool = False


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The typed word, and a single scope where not everything shall be released."""

    confirm: str
    scope: str | None = None


class KillReports(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which past reports of the kill switch to list, and where to write the newest of them."""

    drills: bool = False
    export: str | None = None


class ImportFiles(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Files of market data; the symbol is the file's stem unless it is given."""

    files: tuple[str, ...]
    symbol: str | None = None
    kind: DataKind | None = None
