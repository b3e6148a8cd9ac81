"""What holdings would gain or lose in named scenarios."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.domain.portfolio import Exposure, Holding, Shock, StressLine, StressResult, StressScenario
from ares_desktop.engine.portfolio.option_price import OptionTerms

FOREIGN: Final = "foreign"
VOLATILITY: Final = "volatility"
_YEAR_S: Final = 365.25 * 86_400
_KINDS: Final = ("asset", "sector", "instrument", "currency")


def _scenario(name: str, *shocks: tuple[str, float]) -> StressScenario:
    return StressScenario(name=name, shocks=tuple(Shock(target=target, change=change) for target, change in shocks))


SCENARIOS: Final = (
    _scenario("Shares -10 %", ("asset:equity", -0.10)),
    _scenario("Shares -20 %", ("asset:equity", -0.20)),
    _scenario("Shares -20 %, volatility +50 %", ("asset:equity", -0.20), (VOLATILITY, 0.5)),
    _scenario("Volatility +50 %", (VOLATILITY, 0.5)),
    _scenario("Foreign currencies -10 %", (f"currency:{FOREIGN}", -0.10)),
    _scenario("Foreign currencies +10 %", (f"currency:{FOREIGN}", 0.10)),
    _scenario("Technology -15 %", ("sector:Information Technology", -0.15)),
    _scenario("Energy -15 %", ("sector:Energy", -0.15)),
    _scenario("Financials -15 %", ("sector:Financials", -0.15)),
    _scenario("Health care -15 %", ("sector:Health Care", -0.15)),
    _scenario("Crypto -30 %", ("asset:crypto", -0.30)),
    _scenario("Everything +10 %", ("all", 0.10)),
)
"""The scenarios that every house has; a person's own are added to them."""


class Quotes(NamedTuple):
    """What options are valued anew with: contracts, newest prices, the units of a holding's value in the base."""

    instrument: Callable[[InstrumentId], Instrument | None]
    price: Callable[[InstrumentId], float | None]
    now: datetime


def scenario_of(name: str, shocks: Sequence[tuple[str, float]]) -> StressScenario:
    """Return a person's own scenario.

    Raises:
        UsageError: with every finding: a target that is not understood, a change below -100 %.
    """
    findings = [finding for target, change in shocks for finding in _findings(target, change)]
    if not shocks:
        findings.append(Finding(place="shock", value="", problem="is missing", remedy="Write asset:equity=-0.15."))
    if findings:
        raise UsageError(*findings)
    return StressScenario(name=name, shocks=tuple(Shock(target=target, change=change) for target, change in shocks))


def _findings(target: str, change: float) -> list[Finding]:
    kind, colon, rest = target.partition(":")
    found = []
    if not (target in {"all", VOLATILITY} or (colon and kind in _KINDS and rest)):
        remedy = "Write all, volatility, asset:, sector:, currency: or instrument: and a name."
        found.append(Finding(place="shock", value=target, problem="is not understood", remedy=remedy))
    elif kind == "asset" and rest not in set(AssetClass):
        remedy = f"Known ones are {', '.join(AssetClass)}."
        found.append(Finding(place="shock", value=target, problem="names no asset class", remedy=remedy))
    if not -1.0 <= change <= 10.0:  # noqa: PLR2004 - from a total loss to eleven times as much
        remedy = "Write a fall by a tenth as -0.1."
        found.append(Finding(place=target, value=f"{change}", problem="must be from -1 to 10", remedy=remedy))
    return found


def stress(scenario: StressScenario, exposure: Exposure, quotes: Quotes) -> StressResult:
    """Return what a scenario does to every holding and to foreign cash.

    Of the shocks to a price the most specific one counts: of the instrument, its sector, its asset class, everything.
    A shock to a currency comes on top: it changes what foreign prices and cash are worth. Options are valued anew by
    the volatility that their own price implies; where there is none, by their exposure.
    """
    shocks = {shock.target: shock.change for shock in scenario.shocks}
    lines = [_line(holding, shocks, exposure.currency, quotes) for holding in exposure.holdings]
    for row in exposure.cash:
        change = _currency_change(row.currency, exposure.currency, shocks)
        if row.currency != exposure.currency:
            value = None if row.value is None else float(row.value)
            lines.append(
                StressLine(
                    strategy="",
                    item=f"cash {row.currency}",
                    value=value,
                    profit=None if value is None else value * change,
                    problem="" if value is not None else f"no rate {row.currency}/{exposure.currency}",
                )
            )
    known = sum(line.profit for line in lines if line.profit is not None)
    whole = all(line.profit is not None for line in lines)
    equity = None if exposure.equity is None else float(exposure.equity)
    profit = known if whole else None
    return StressResult(
        scenario=scenario,
        currency=exposure.currency,
        profit=profit,
        share=profit / equity if profit is not None and equity is not None and equity > 0 else None,
        known=known,
        lines=tuple(lines),
        at=exposure.at,
        note="" if any(line.profit for line in lines) or not whole else "nothing that is held reacts to it",
        stale=exposure.stale,
    )


def _line(holding: Holding, shocks: Mapping[str, float], base: str, quotes: Quotes) -> StressLine:
    value = None if holding.value is None else float(holding.value)
    profit, problem = None, holding.problem
    if value is not None and holding.exposure is not None:
        profit, problem = _profit(holding, shocks, base, quotes)
    return StressLine(strategy=holding.strategy, item=holding.instrument, value=value, profit=profit, problem=problem)


def _profit(holding: Holding, shocks: Mapping[str, float], base: str, quotes: Quotes) -> tuple[float | None, str]:
    contract = quotes.instrument(holding.instrument)
    price, currency = price_change(holding, contract, shocks, base, quotes), 0.0
    if holding.priced_in != base:
        currency = _currency_change(holding.priced_in, base, shocks)
    value, exposure = float(holding.value or 0), float(holding.exposure or 0)
    if contract is not None and contract.asset_class is AssetClass.OPTION:
        vol = shocks.get(VOLATILITY, 0.0)
        factor = _option_factor(contract, value, holding, price, vol, quotes)
        if factor is not None:
            return value * (factor * (1 + currency) - 1), ""
        if vol:
            return None, "its price implies no volatility that could change"
    return exposure * price * (1 + currency) + value * currency, ""


def price_change(
    holding: Holding,
    contract: Instrument | None,
    shocks: Mapping[str, float],
    base: str,
    quotes: Quotes,
) -> float:
    """Return the change of the price that moves a holding, by the most specific shock."""
    kind = holding.asset_class
    if contract is not None and contract.underlying is not None:
        underlying = quotes.instrument(contract.underlying)
        kind = underlying.asset_class.value if underlying is not None else AssetClass.EQUITY.value
    targets = (
        f"instrument:{holding.instrument}",
        f"instrument:{holding.factor}",
        f"sector:{holding.sector}",
        f"asset:{kind}",
        "all",
    )
    found = next((shocks[target] for target in targets if target in shocks), None)
    if found is None and holding.asset_class == AssetClass.FX:
        against = _currency_change(holding.currency, base, shocks)
        quoted = _currency_change(holding.priced_in, base, shocks)
        # A pair falls as its base currency does, and rises as its quote currency does.
        return (1 + against) / (1 + quoted) - 1 if quoted > -1 else against
    return found or 0.0


def _currency_change(currency: str, base: str, shocks: Mapping[str, float]) -> float:
    if currency == base:
        return 0.0
    return shocks.get(f"currency:{currency}", shocks.get(f"currency:{FOREIGN}", 0.0))


def _option_factor(
    contract: Instrument, value: float, holding: Holding, change: float, vol: float, quotes: Quotes
) -> float | None:
    """Return an option's new value as a multiple of its present one, None where no volatility explains the latter."""
    price = None if contract.underlying is None else quotes.price(contract.underlying)
    mark = quotes.price(holding.instrument)
    years = (contract.expiry - quotes.now).total_seconds() / _YEAR_S if contract.expiry is not None else 0.0
    terms = OptionTerms.of(contract, years)
    if terms is None or price is None or mark is None or mark <= 0 or not value:
        return None
    volatility = terms.implied(price, mark)
    if volatility is None:
        return None
    return terms.price(price * (1 + change), volatility * (1 + vol)) / mark
