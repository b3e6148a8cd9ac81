"""What the whole house holds, what that may cost, and how capital is divided: exposure, risk, stress, allocation."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId

UNCLASSIFIED = "unclassified"
"""The sector of what has none."""


class Grouping(StrEnum):
    """What exposure can be divided by."""

    INSTRUMENT = "instrument"
    SECTOR = "sector"
    CURRENCY = "currency"
    STRATEGY = "strategy"
    ASSET_CLASS = "asset class"


class Measure(StrEnum):
    """How the exposure of a holding was found."""

    VALUE = "market value"
    DELTA = "delta"
    NOTIONAL = "notional"


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """One book's holding of an instrument, in the base currency.

    Attributes:
        value: market value; ``exposure`` what moves with the market: the same, but for an option its delta or, where
            that can't be found, its notional. Both are None when a mark or a rate is missing.
        currency: that the value moves with: of a pair its base currency, else the currency of the price.
        factor: the instrument whose returns move it: an option's underlying, else itself.
        problem: why there is no figure.
    """

    account: AccountId
    strategy: StrategyId
    instrument: InstrumentId
    quantity: Decimal
    value: Decimal | None
    exposure: Decimal | None
    measure: Measure
    asset_class: str
    sector: str
    currency: str
    priced_in: str
    factor: InstrumentId
    problem: str = ""
    stale: bool = False


class ExposureRow(msgspec.Struct, frozen=True, kw_only=True):
    """Exposure of one group in the base currency; None as soon as one holding in it has no figure.

    Attributes:
        long, short: sums of the positive and of the negative exposures; short is negative or zero.
        share: gross exposure as a share of equity, None without one.
    """

    grouping: Grouping
    name: str
    holdings: int
    long: Decimal | None
    short: Decimal | None
    gross: Decimal | None
    net: Decimal | None
    share: float | None
    stale: bool = False


class CashRow(msgspec.Struct, frozen=True, kw_only=True):
    """Cash of all accounts in one currency, and what that is worth in the base currency.

    Attributes:
        rate: None when it is not known; ``rate_at`` its time, None for the base currency itself.
    """

    currency: str
    amount: Decimal
    value: Decimal | None
    rate: Decimal | None
    rate_at: datetime | None = None
    stale: bool = False


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """All holdings and their exposure by every grouping; each grouping adds up to the same totals.

    Attributes:
        total: long, short, gross and net of all holdings of all books.
        netted_gross: gross exposure after the books of an account are netted in each instrument.
        missing: why figures are unknown.
        rate_at: time of the oldest rate that was used.
    """

    currency: str
    equity: Decimal | None
    holdings: tuple[Holding, ...]
    rows: tuple[ExposureRow, ...]
    total: ExposureRow
    netted_gross: Decimal | None
    cash: tuple[CashRow, ...]
    at: datetime
    missing: tuple[str, ...] = ()
    stale: bool = False
    rate_at: datetime | None = None

    def by(self, grouping: Grouping) -> tuple[ExposureRow, ...]:
        """Return the rows of one grouping, the largest first."""
        return tuple(row for row in self.rows if row.grouping is grouping)


class RiskMethod(StrEnum):
    """How value at risk is computed."""

    HISTORICAL = "historical"
    PARAMETRIC = "parametric"


class RiskFigure(msgspec.Struct, frozen=True, kw_only=True):
    """One value at risk in the base currency.

    Attributes:
        confidence: 0.95 says that the loss stays below it on 19 of 20 days.
        days: horizon.
        value: loss, positive; ``shortfall`` the mean loss of the cases beyond it. None when there is too little data.
        observations: returns it stands on; ``independent`` how many of them do not overlap.
    """

    method: RiskMethod
    confidence: float
    days: int
    value: float | None
    shortfall: float | None
    observations: int
    independent: int
    problem: str = ""


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure does not contain, and why."""

    item: str
    problem: str


class RiskReport(msgspec.Struct, frozen=True, kw_only=True):
    """Value at risk of what is held at this moment.

    Attributes:
        figures: by method, horizon and confidence.
        covered: share of the gross exposure that the figures contain, None when nothing is held.
        outcomes: what today's holdings would have earned on each of the days, base currency, oldest first.
        volatility: standard deviation of those, None with too few.
        problem: why there is no figure at all.
    """

    currency: str
    at: datetime
    equity: float | None
    figures: tuple[RiskFigure, ...] = ()
    outcomes: tuple[float, ...] = ()
    volatility: float | None = None
    first: date | None = None
    last: date | None = None
    covered: float | None = None
    left_out: tuple[LeftOut, ...] = ()
    problem: str = ""
    stale: bool = False


class Shock(msgspec.Struct, frozen=True, kw_only=True):
    """A sudden change.

    Attributes:
        target: ``all``, ``asset:equity``, ``sector:Energy``, ``instrument:AAPL.SIM``, ``currency:EUR``,
            ``currency:foreign`` or ``volatility``.
        change: as a fraction; -0.1 is a fall by a tenth. Of a volatility: of the implied one.
    """

    target: str
    change: float


class StressScenario(msgspec.Struct, frozen=True, kw_only=True):
    """A named set of shocks that happen at once."""

    name: str
    shocks: tuple[Shock, ...]


class StressLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a scenario does to one holding, or to the cash of a currency, in the base currency.

    Attributes:
        item: an instrument, or ``cash EUR``.
        profit: negative for a loss, None when it can't be told.
    """

    strategy: str
    item: str
    value: float | None
    profit: float | None
    problem: str = ""


class StressResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a scenario costs; None as soon as one holding's part is unknown.

    Attributes:
        share: of equity.
        known: sum of the parts that are known.
    """

    scenario: StressScenario
    currency: str
    profit: float | None
    share: float | None
    known: float
    lines: tuple[StressLine, ...]
    at: datetime
    note: str = ""
    stale: bool = False


class BandState(StrEnum):
    """Where a strategy's weight stands."""

    AT_TARGET = "at target"
    IN_BAND = "in band"
    DRIFTED = "drifted"
    BELOW = "below minimum"
    ABOVE = "above maximum"
    UNKNOWN = "unknown"


class AllocationBand(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy's weight of its account's equity against what it should be.

    Attributes:
        capital: what was paid into its book, its budget.
        weight: equity of its book as a share of the account's, None while either is unknown.
        band: weights nearer to the target than this are left alone.
        drift: weight less target.
        transfer: money that would bring it back to its target, positive into its book; zero inside the band.
        fixed: it has a fixed capital instead of a weight.
        problem: why something is unknown.
    """

    strategy: StrategyId
    account: AccountId
    currency: str
    capital: Decimal
    equity: Decimal | None
    weight: Decimal | None
    target: Decimal
    minimum: Decimal
    maximum: Decimal
    band: Decimal
    drift: Decimal | None
    transfer: Decimal | None
    state: BandState
    fixed: bool = False
    stale: bool = False
    problem: str = ""


class AllocationMethod(StrEnum):
    """How weights are proposed."""

    RISK_PARITY = "risk-parity"
    MINIMUM_VARIANCE = "minimum-variance"
    HIERARCHICAL = "hierarchical"
    TARGETS = "targets"


class ProposalState(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


class ProposedWeight(msgspec.Struct, frozen=True, kw_only=True):
    """One strategy's part of a proposal.

    Attributes:
        before: share of the account's equity at this moment; ``target`` the one that is configured.
        after: the one that is proposed.
        risk_before, risk_after: share of the variance of all, None without returns.
    """

    strategy: StrategyId
    before: Decimal
    target: Decimal
    after: Decimal
    minimum: Decimal
    maximum: Decimal
    risk_before: float | None = None
    risk_after: float | None = None
    fixed: bool = False


class AllocationProposal(msgspec.Struct, frozen=True, kw_only=True):
    """Weights of an account's strategies, for a person to approve or reject.

    Attributes:
        basis: which returns it stands on, in words.
        days: how many of them, from ``first`` to ``last``.
        volatility_before, volatility_after: expected, annual, of the account, as fractions of its equity.
        var_before, var_after: historical value at risk of a day at 95 %, as fractions of equity.
        decided_by, decided_at, reason: who approved or rejected it, when and why.
    """

    id: str
    account: AccountId
    method: AllocationMethod
    weights: tuple[ProposedWeight, ...]
    basis: str
    days: int
    at: datetime
    expires_at: datetime
    first: date | None = None
    last: date | None = None
    volatility_before: float | None = None
    volatility_after: float | None = None
    var_before: float | None = None
    var_after: float | None = None
    state: ProposalState = ProposalState.OPEN
    decided_by: str = ""
    decided_at: datetime | None = None
    reason: str = ""
