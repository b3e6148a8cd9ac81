"""What the whole house is exposed to, and what that may cost."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

import msgspec
import structlog

from ares_desktop.config.portfolio import PortfolioSettings
from ares_desktop.domain.errors import AresError, Finding, UsageError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import BarSpec, BarUnit
from ares_desktop.domain.portfolio import Exposure, Holding, LeftOut, RiskReport, StressResult, StressScenario
from ares_desktop.engine.data.fx_rates import DatedRates
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.managers.portfolio import PortfolioManager
from ares_desktop.engine.portfolio.exposure import Market, exposure_of
from ares_desktop.engine.portfolio.stress import SCENARIOS, Quotes, scenario_of, stress
from ares_desktop.engine.portfolio.var import DAY_NS, Closes, RiskTask, Stake, assess
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.feed import HistoricalData
from ares_desktop.engine.ports.state_store import StateStore
from ares_desktop.engine.trading.conversion import Conversion
from ares_desktop.engine.trading.fold import Fold

_log = structlog.get_logger(__name__)
_KEPT_AS: Final = "scenarios"
_MOST_BARS: Final = 50_000
_DAY: Final = BarSpec(1, BarUnit.DAY)


class PortfolioRisk:
    """Exposure, value at risk and stress of what is held at this moment, computed when they are asked for.

    Args:
        past: returns past bars up to this moment.
        clock: of the market.

    Attributes:
        base: currency of every figure.
    """

    def __init__(
        self,
        portfolio: PortfolioManager,
        fold: Fold,
        hub: DataHub,
        rates: DatedRates,
        past: Callable[[], HistoricalData],
        states: StateStore,
        *,
        clock: Clock,
        settings: PortfolioSettings,
    ) -> None:
        self.base = settings.base_currency
        self._portfolio = portfolio
        self._fold = fold
        self._hub = hub
        self._rates = rates
        self._past = past
        self._states = states
        self._clock = clock
        self._settings = settings
        self._closes: dict[InstrumentId, tuple[int, Closes | str]] = {}
        self._own = self._restored()

    def exposure(self) -> Exposure:
        """Return the exposure of all open positions."""
        accounts = self._portfolio.accounts()
        worth = Conversion(self._rates.rate, self.base)
        equities = [worth.amount(account.equity, account.currency) for account in accounts]
        known = [value for value in equities if value is not None]
        equity = sum(known, Decimal(0)) if known and len(known) == len(equities) else None
        return exposure_of(self._portfolio.positions(), self._cash(), equity, self._market())

    async def value_at_risk(self) -> RiskReport:
        """Return value at risk of today's holdings, from the daily returns of what moves them."""
        exposure = self.exposure()
        unknown = [LeftOut(item=one.instrument, problem=one.problem) for one in exposure.holdings if one.problem]
        unknown += [
            LeftOut(item=f"cash {row.currency}", problem=f"no rate {row.currency}/{self.base}")
            for row in exposure.cash
            if row.value is None
        ]
        stakes = [] if unknown else await self._stakes(exposure)
        task = RiskTask(
            stakes=stakes,
            currency=self.base,
            equity=None if exposure.equity is None else float(exposure.equity),
            at=exposure.at,
            most=self._settings.risk_days,
            fewest=self._settings.fewest_days,
            horizons=(1, self._settings.horizon_days),
            left_out=tuple(unknown),
            stale=exposure.stale,
        )
        report = await asyncio.to_thread(assess, task)
        if unknown:
            # How much it is that has no figure is not known either: the rest would look like the whole.
            problem = "; ".join(f"{one.item}: {one.problem}" for one in unknown)
            return msgspec.structs.replace(report, problem=problem, covered=None)
        return report

    def scenarios(self) -> tuple[StressScenario, ...]:
        """Return the scenarios of every house, then a person's own."""
        return (*SCENARIOS, *self._own.values())

    def scenario(self, name: str, shocks: Sequence[tuple[str, float]]) -> StressScenario:
        """Return a scenario of these shocks; errors as :func:`~ares_desktop.engine.portfolio.stress.scenario_of`."""
        return scenario_of(name, shocks)

    def named(self, name: str) -> StressScenario:
        """Return a known scenario.

        Raises:
            UsageError: when there is none of that name.
        """
        for scenario in self.scenarios():
            if scenario.name.lower() == name.strip().lower():
                return scenario
        known = ", ".join(scenario.name for scenario in self.scenarios())
        finding = Finding(place="scenario", value=name, problem="is not known", remedy=f"Known ones are {known}.")
        raise UsageError(finding)

    def stress(self, scenarios: Sequence[StressScenario] | None = None) -> tuple[StressResult, ...]:
        """Return what scenarios would do, all known ones by default."""
        exposure = self.exposure()
        quotes = Quotes(self._hub.instrument, self._hub.last_price, self._clock.now())
        chosen = self.scenarios() if scenarios is None else scenarios
        return tuple(stress(scenario, exposure, quotes) for scenario in chosen)

    async def keep_scenario(self, scenario: StressScenario) -> None:
        """Keep a person's own scenario, in place of one of its name.

        Raises:
            UsageError: when it has no name, or that of a scenario of every house.
            StorageError: when it can't be written; then it is not kept.
        """
        taken = {known.name for known in SCENARIOS}
        if not scenario.name.strip() or scenario.name in taken:
            problem = "is taken" if scenario.name in taken else "is missing"
            raise UsageError(
                Finding(place="name", value=scenario.name, problem=problem, remedy="Give it a name of its own.")
            )
        await self._put({**self._own, scenario.name: scenario})

    async def forget_scenario(self, name: str) -> None:
        """Forget a person's own scenario.

        Raises:
            UsageError: when there is none of that name.
            StorageError: when it can't be written; then it stays.
        """
        if name not in self._own:
            known = ", ".join(self._own) or "none"
            raise UsageError(
                Finding(place="scenario", value=name, problem="is not yours", remedy=f"Your own are {known}.")
            )
        await self._put({key: value for key, value in self._own.items() if key != name})

    async def closes(self, instrument: InstrumentId, currency: str) -> Closes | str:
        """Return an instrument's daily closes in the base currency, or why there are none."""
        own = await self._closes_of(instrument)
        if isinstance(own, str) or currency == self.base:
            return own
        rates = await self.rate_closes(currency)
        return rates if isinstance(rates, str) else own.times(rates)

    async def rate_closes(self, currency: str) -> Closes | str:
        """Return the daily rates of a currency into the base currency, or why there are none."""
        pair = self._rates.pair(currency, self.base)
        if pair is None:
            return f"no pair of {currency} and {self.base}"
        found = await self._closes_of(pair[0])
        if isinstance(found, str):
            return found
        return found.inverse() if pair[1] else found

    def _market(self) -> Market:
        return Market(
            instrument=self._hub.instrument,
            price=self._hub.last_price,
            rates=self._rates.rate,
            base=self.base,
            now=self._clock.now(),
            oldest_rate=timedelta(hours=self._settings.oldest_rate_h),
        )

    def _cash(self) -> Mapping[str, Decimal]:
        ledger = self._fold.ledger
        found: dict[str, Decimal] = {}
        for account in {account for account, _ in ledger.all_books()}:
            for currency in ledger.currencies(account):
                found[currency] = found.get(currency, Decimal(0)) + ledger.account_cash(account, currency)
        return found

    async def _stakes(self, exposure: Exposure) -> list[Stake]:
        sums: dict[tuple[InstrumentId, str], float] = {}
        for holding in exposure.holdings:
            key = (holding.factor, self._currency_of(holding))
            sums[key] = sums.get(key, 0.0) + float(holding.exposure or 0)
        stakes = []
        for (factor, currency), value in sums.items():
            stakes.append(_stake(factor, value, await self.closes(factor, currency)))
        foreign = [row for row in exposure.cash if row.currency != self.base and row.value]
        for row in foreign:
            closes = await self.rate_closes(row.currency)
            stakes.append(_stake(f"cash {row.currency}", float(row.value or 0), closes))
        return stakes

    def _currency_of(self, holding: Holding) -> str:
        contract = self._hub.instrument(holding.factor)
        return holding.priced_in if contract is None else contract.currency

    async def _closes_of(self, instrument: InstrumentId) -> Closes | str:
        now_ns = self._clock.now_ns()
        known = self._closes.get(instrument)
        if known is not None and known[0] == now_ns // DAY_NS:
            return known[1]
        found = await self._read(instrument, now_ns)
        self._closes[instrument] = (now_ns // DAY_NS, found)
        return found

    async def _read(self, instrument: InstrumentId, now_ns: int) -> Closes | str:
        past = self._past()
        try:
            specs = [spec for spec in past.specs(instrument) if spec.duration_ns <= DAY_NS]
            if not specs:
                return "there are no stored bars of a day or less"
            spec = _DAY if _DAY in specs else max(specs, key=lambda item: item.duration_ns)
            count = min(_MOST_BARS, (self._settings.risk_days + 1) * (DAY_NS // spec.duration_ns))
            bars = await past.bars(instrument, spec, end_ns=now_ns, count=count)
        except (AresError, KeyError) as error:
            return f"its bars can't be read: {error}"
        if not bars:
            return "there are no stored bars"
        ends, prices = [bar.end_ns for bar in bars], [bar.close for bar in bars]
        return await asyncio.to_thread(Closes.of, ends, prices)

    async def _put(self, own: dict[str, StressScenario]) -> None:
        await asyncio.to_thread(self._states.save, _KEPT_AS, msgspec.msgpack.encode(list(own.values())))
        self._own = own

    def _restored(self) -> dict[str, StressScenario]:
        kept = self._states.load(_KEPT_AS)
        if kept is None:
            return {}
        try:
            found = msgspec.msgpack.decode(kept, type=list[StressScenario])
        except msgspec.MsgspecError as error:
            _log.warning("scenarios_left_aside", error=str(error))
            return {}
        return {scenario.name: scenario for scenario in found}


def _stake(factor: str, value: float, closes: Closes | str) -> Stake:
    return Stake(factor, value, None, closes) if isinstance(closes, str) else Stake(factor, value, closes)
