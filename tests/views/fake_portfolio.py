"""What the house holds and how its capital is divided, without an engine: figures are computed, holdings are given."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import numpy as np
from PySide6.QtCore import QObject

from ares_desktop.domain.currencies import FxRate
from ares_desktop.domain.errors import RefusedError
from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.portfolio import (
    AllocationBand,
    AllocationMethod,
    AllocationProposal,
    Exposure,
    ProposalState,
    ProposedWeight,
    RiskReport,
    StressResult,
    StressScenario,
)
from ares_desktop.domain.positions import Position
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.portfolio.bands import BookMoney, band_of
from ares_desktop.engine.portfolio.exposure import Market, exposure_of
from ares_desktop.engine.portfolio.stress import SCENARIOS, Quotes, scenario_of, stress
from ares_desktop.engine.portfolio.var import Closes, RiskTask, Stake, assess
from tests.views.records import NOW, changed

D = Decimal
CONTRACTS = {
    one.id: one
    for one in (
        Instrument(id=InstrumentId("AAPL.SIM"), sector="Information Technology"),
        Instrument(id=InstrumentId("XOM.SIM"), sector="Energy"),
        Instrument(id=InstrumentId("SAP.SIM"), currency="EUR"),
    )
}


def a_holding(symbol: str, value: str, strategy: str = "cnr") -> Position:
    """Return a position of one unit."""
    instrument = CONTRACTS[InstrumentId(f"{symbol}.SIM")]
    return Position(
        account=AccountId("PAPER"),
        strategy=StrategyId(strategy),
        instrument=instrument.id,
        quantity=D(1),
        market_value=D(value),
        currency=instrument.currency,
    )


class FakeRisk:
    """Values given holdings by given rates."""

    base = "USD"

    def __init__(self) -> None:
        self.positions: list[Position] = []
        self.cash: dict[str, Decimal] = {"USD": D(50_000)}
        self.rate: Decimal | None = D("1.1")
        self.rate_age_h = 1.0
        self.days = 300

    def exposure(self) -> Exposure:
        return exposure_of(self.positions, self.cash, D(100_000), self._market())

    async def value_at_risk(self) -> RiskReport:
        rng = np.random.default_rng(1)
        stakes = [
            Stake(
                one.instrument,
                float(one.exposure or 0),
                Closes(np.arange(self.days), np.float64(100) * np.cumprod(1 + rng.normal(0, 0.01, self.days))),
            )
            for one in self.exposure().holdings
        ]
        return assess(RiskTask(stakes, "USD", 100_000.0, NOW, 500, 60))

    def scenarios(self) -> tuple[StressScenario, ...]:
        return SCENARIOS

    def scenario(self, name: str, shocks: Sequence[tuple[str, float]]) -> StressScenario:
        return scenario_of(name, shocks)

    def stress(self, scenarios: Sequence[StressScenario] | None = None) -> tuple[StressResult, ...]:
        quotes = Quotes(CONTRACTS.get, lambda _: 100.0, NOW)
        return tuple(stress(one, self.exposure(), quotes) for one in scenarios or SCENARIOS)

    def _market(self) -> Market:
        def rates(currency: str, into: str) -> FxRate | None:
            at = NOW - timedelta(hours=self.rate_age_h)
            return None if self.rate is None else FxRate(base=currency, quote=into, rate=self.rate, at=at)

        return Market(CONTRACTS.get, lambda _: 100.0, rates, "USD", NOW)


class FakeAllocation(QObject):
    """Two strategies of equal targets; a proposal changes nothing but itself."""

    proposal_changed: SignalOf[AllocationProposal] = signal_of(AllocationProposal)
    band_changed: SignalOf[AllocationBand] = signal_of(AllocationBand)

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, AllocationProposal] = {}
        self.refusal: RefusedError | None = None

    def bands(self) -> tuple[AllocationBand, ...]:
        return tuple(_band(name, equity) for name, equity in (("cnr", "30000"), ("ltmt", "20000")))

    def proposals(self) -> tuple[AllocationProposal, ...]:
        return tuple(reversed(self.known.values()))

    async def expire(self) -> None:
        pass

    def proposal(self, key: str) -> AllocationProposal:
        return self.known[key]

    async def propose(
        self, method: AllocationMethod, *, source: str, account: AccountId | None = None
    ) -> AllocationProposal:
        del source, account
        if self.refusal is not None:
            raise self.refusal
        weights = tuple(
            ProposedWeight(
                strategy=band.strategy,
                before=band.weight or D(0),
                target=band.target,
                after=after,
                minimum=band.minimum,
                maximum=band.maximum,
                risk_before=0.5,
                risk_after=0.5,
            )
            for band, after in zip(self.bands(), (D("0.25"), D("0.15")), strict=True)
        )
        made = AllocationProposal(
            id=f"A{len(self.known) + 1}",
            account=AccountId("PAPER"),
            method=method,
            weights=weights,
            basis="returns",
            days=90,
            at=NOW + timedelta(seconds=len(self.known)),
            expires_at=NOW + timedelta(days=1),
            volatility_before=0.1,
            volatility_after=0.08,
        )
        return self._put(made)

    async def approve(self, key: str, *, source: str) -> AllocationProposal:
        return self._put(changed(self.known[key], state=ProposalState.APPROVED, decided_by=source))

    async def reject(self, key: str, *, source: str) -> AllocationProposal:
        return self._put(changed(self.known[key], state=ProposalState.REJECTED, decided_by=source))

    def _put(self, proposal: AllocationProposal) -> AllocationProposal:
        self.known[proposal.id] = proposal
        self.proposal_changed.emit(proposal)
        return proposal


def _band(name: str, equity: str) -> AllocationBand:
    instance = StrategyInstance(
        name=StrategyId(name), file="x.py", account=AccountId("PAPER"), instruments=(), weight=D("0.2")
    )
    return band_of(instance, BookMoney(D(20_000), D(equity)), D(100_000), "USD")
