"""What the books hold in the base currency, and how that divides by instrument, sector, currency and more."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from ares_desktop.domain.currencies import pair_of
from ares_desktop.domain.ids import AccountId, InstrumentId
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.domain.money import ZERO, decimal
from ares_desktop.domain.portfolio import (
    UNCLASSIFIED,
    CashRow,
    Exposure,
    ExposureRow,
    Grouping,
    Holding,
    Measure,
)
from ares_desktop.domain.positions import Position
from ares_desktop.engine.portfolio.option_price import OptionTerms
from ares_desktop.engine.trading.conversion import OLDEST_RATE, Conversion, Rates

_YEAR_S: Final = 365.25 * 86_400

GROUPS: Final[Mapping[Grouping, Callable[[Holding], str]]] = {
    Grouping.INSTRUMENT: lambda holding: holding.instrument,
    Grouping.SECTOR: lambda holding: holding.sector,
    Grouping.CURRENCY: lambda holding: holding.currency,
    Grouping.STRATEGY: lambda holding: holding.strategy,
    Grouping.ASSET_CLASS: lambda holding: holding.asset_class,
}


class Market(NamedTuple):
    """What holdings are valued with.

    Attributes:
        instrument: a contract by its id; ``price`` its newest price. Both None when not known.
        rates: dated rates.
        base: the currency of every figure.
        oldest_rate: a rate older than this makes a figure stale.
    """

    instrument: Callable[[InstrumentId], Instrument | None]
    price: Callable[[InstrumentId], float | None]
    rates: Rates
    base: str
    now: datetime
    oldest_rate: timedelta = OLDEST_RATE


def exposure_of(
    positions: Iterable[Position],
    cash: Mapping[str, Decimal],
    equity: Decimal | None,
    market: Market,
) -> Exposure:
    """Return the exposure of all open positions.

    Args:
        positions: of every book; closed ones are passed over.
        cash: of all accounts, by currency.
        equity: of all accounts in the base currency, None while it is unknown.
        market: prices, contracts and rates.
    """
    worth = Conversion(market.rates, market.base)
    holdings = tuple(_holding(position, market, worth) for position in positions if position.quantity)
    rows = []
    for grouping, name_of in GROUPS.items():
        members: dict[str, list[Holding]] = {}
        for holding in holdings:
            members.setdefault(name_of(holding), []).append(holding)
        found = [_row(grouping, name, group, equity) for name, group in members.items()]
        rows += sorted(found, key=lambda row: (-(row.gross or ZERO), row.name))
    cash_rows = tuple(_cash(currency, amount, market) for currency, amount in sorted(cash.items()) if amount)
    total = _row(Grouping.ASSET_CLASS, "all", holdings, equity)
    without = [f"no rate {row.currency}/{market.base}" for row in cash_rows if row.value is None]
    problems = [f"{holding.instrument}: {holding.problem}" for holding in holdings if holding.problem]
    stale = any(holding.stale for holding in holdings) or any(row.stale for row in cash_rows)
    dates = [row.rate_at for row in cash_rows if row.rate_at] + ([worth.oldest.at] if worth.oldest else [])
    return Exposure(
        currency=market.base,
        equity=equity,
        holdings=holdings,
        rows=tuple(rows),
        total=total,
        netted_gross=_netted(holdings),
        cash=cash_rows,
        at=market.now,
        missing=tuple(dict.fromkeys([*worth.gaps(), *without, *problems])),
        stale=stale,
        rate_at=min(dates, default=None),
    )


def _holding(position: Position, market: Market, worth: Conversion) -> Holding:
    contract = market.instrument(position.instrument) or Instrument(
        id=position.instrument, currency=position.currency, sector=""
    )
    own = Conversion(market.rates, market.base)
    value = own.amount(position.market_value, position.currency)
    exposure, measure, factor = value, Measure.VALUE, position.instrument
    problem = ""
    if contract.asset_class is AssetClass.OPTION:
        local, measure, problem = _option_exposure(position, contract, market)
        exposure = own.amount(local, position.currency)
        factor = contract.underlying or position.instrument
    elif contract.asset_class is AssetClass.FUTURE:
        measure = Measure.NOTIONAL
    if position.market_value is None:
        problem = "there is no price"
    elif own.missing:
        problem = own.gaps()[0]
    worth.take(own)
    pair = pair_of(contract)
    return Holding(
        account=position.account,
        strategy=position.strategy,
        instrument=position.instrument,
        quantity=position.quantity,
        value=value,
        exposure=exposure,
        measure=measure,
        asset_class=contract.asset_class.value,
        sector=_sector(contract, market),
        currency=pair[0] if pair else position.currency,
        priced_in=position.currency,
        factor=factor,
        problem=problem,
        stale=position.stale or own.is_stale(market.now, market.oldest_rate),
    )


def _sector(contract: Instrument, market: Market) -> str:
    if contract.sector or contract.underlying is None:
        return contract.sector or UNCLASSIFIED
    underlying = market.instrument(contract.underlying)
    return (underlying.sector if underlying is not None else "") or UNCLASSIFIED


def _option_exposure(position: Position, contract: Instrument, market: Market) -> tuple[Decimal | None, Measure, str]:
    """Return an option's delta in money, else its notional, in the currency of its price."""
    price = None if contract.underlying is None else market.price(contract.underlying)
    units = position.quantity * contract.multiplier
    if price is None or price <= 0:
        if contract.strike is None:
            return None, Measure.NOTIONAL, "neither its underlying nor its strike has a price"
        return units * contract.strike * _direction(contract), Measure.NOTIONAL, ""
    delta = option_delta(position, contract, price, market.now)
    if delta is None:
        return units * decimal(price) * _direction(contract), Measure.NOTIONAL, ""
    return units * decimal(price) * decimal(delta), Measure.DELTA, ""


def option_delta(position: Position, contract: Instrument, price: float, now: datetime) -> float | None:
    """Return an option's delta from its own mark, None where no volatility explains that mark."""
    years = (contract.expiry - now).total_seconds() / _YEAR_S if contract.expiry is not None else 0.0
    terms = OptionTerms.of(contract, years)
    if terms is None or position.mark is None:
        return None
    volatility = terms.implied(price, float(position.mark))
    return None if volatility is None else terms.delta(price, volatility)


def _direction(contract: Instrument) -> Decimal:
    return Decimal(-1) if contract.right == "put" else Decimal(1)


def _cash(currency: str, amount: Decimal, market: Market) -> CashRow:
    if currency == market.base:
        return CashRow(currency=currency, amount=amount, value=amount, rate=Decimal(1))
    rate = market.rates(currency, market.base)
    if rate is None:
        return CashRow(currency=currency, amount=amount, value=None, rate=None)
    return CashRow(
        currency=currency,
        amount=amount,
        value=amount * rate.rate,
        rate=rate.rate,
        rate_at=rate.at,
        stale=rate.age(market.now) > market.oldest_rate,
    )


def _row(grouping: Grouping, name: str, holdings: Sequence[Holding], equity: Decimal | None) -> ExposureRow:
    stale = any(holding.stale for holding in holdings)
    values = [holding.exposure for holding in holdings if holding.exposure is not None]
    if len(values) < len(holdings):
        return ExposureRow(
            grouping=grouping,
            name=name,
            holdings=len(holdings),
            long=None,
            short=None,
            gross=None,
            net=None,
            share=None,
            stale=stale,
        )
    long = sum((value for value in values if value > 0), ZERO)
    short = sum((value for value in values if value < 0), ZERO)
    return ExposureRow(
        grouping=grouping,
        name=name,
        holdings=len(holdings),
        long=long,
        short=short,
        gross=long - short,
        net=long + short,
        share=float((long - short) / equity) if equity is not None and equity > 0 else None,
        stale=stale,
    )


def _netted(holdings: Iterable[Holding]) -> Decimal | None:
    values: dict[tuple[AccountId, InstrumentId], Decimal] = {}
    for holding in holdings:
        if holding.exposure is None:
            return None
        key = (holding.account, holding.instrument)
        values[key] = values.get(key, ZERO) + holding.exposure
    return sum(map(abs, values.values()), ZERO)
