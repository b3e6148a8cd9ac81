"""What the commands about strategies take."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from ares_desktop.domain.strategies import FaultOrders, Isolation, RestartPolicy


class OfStrategy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A strategy instance."""

    name: str


class Enable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An instance to be switched on, in spite of failed checks when it is forced."""

    name: str
    force: bool = False


class Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Fields of a configuration; what is not given stays as it is.

    Attributes:
        bars: length of its bars, such as ``5m``.
        restart_backoff: seconds.
        memory: MB.
        note: why, for the history.
    """

    symbols: tuple[str, ...] | None = None
    capital: Decimal | None = None
    account: str | None = None
    bars: str | None = None
    weight: Decimal | None = None
    min_weight: Decimal | None = None
    max_weight: Decimal | None = None
    no_trade_band: Decimal | None = None
    hours: str | None = None
    benchmark: str | None = None
    isolation: Isolation | None = None
    restart: RestartPolicy | None = None
    restart_limit: int | None = None
    restart_backoff: float | None = None
    on_fault: FaultOrders | None = None
    start_order: int | None = None
    memory: int | None = None
    note: str = ""


class SetFields(Fields, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """New parameters of an instance, as text or as what they are, and other fields.

    Attributes:
        clear: fields and parameters that go back to their defaults.
        preset: whose parameters are taken first.
    """

    name: str
    values: dict[str, Any] = {}
    clear: tuple[str, ...] = ()
    preset: str | None = None
    file: str | None = None


class AddStrategy(Fields, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A strategy file that becomes an instance."""

    file: str
    name: str | None = None
    params: dict[str, Any] = {}


class OfFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file."""

    file: str


class Compare(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Two versions of an instance; without the second one what is in force is compared."""

    name: str
    a: int
    b: int | None = None


class Restore(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A version to be put in force again."""

    name: str
    version: int


class Duplicate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An instance, and the name of its copy."""

    name: str
    new: str


class Export(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which instances; all when none is named."""

    names: tuple[str, ...] = ()


class Import(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Instances as text."""

    text: str


class Presets(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The presets of a strategy file; one of them may be kept or forgotten.

    Attributes:
        values: of the preset that is kept.
    """

    file: str
    save: str | None = None
    values: dict[str, Any] = {}
    delete: str | None = None


class Logs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The newest lines of an instance."""

    name: str
    count: int = 100


class OfOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An order by its client order id."""

    order: str


class FindDecisions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which decisions; every given field must match."""

    strategy: str | None = None
    instrument: str | None = None
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    denied: bool = False
    count: int = 200
    export: str | None = None


class OfBook(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A strategy, or all of them and the account."""

    name: str | None = None
