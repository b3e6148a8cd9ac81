"""The strategies of a profile that never ran, so that there is something to see at once."""

from collections.abc import Sequence
from decimal import Decimal

from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.strategies import StrategyInstance

_TREND = ("AAPL", "MSFT", "AMD", "UNH", "HD")
_SHORT = ("GE", "RRC", "BBY")
_TIMING = ("JNJ", "PG", "KO", "WMT")
_CONTRARIAN = ("XOM", "CVX", "JPM", "BAC", "PFE")
# What has prices to the end of the sample: a holding without them has no known value, so that only exits would pass.
_BREAKOUT = ("LLY", "MRK", "PEP")
_WEIGHT = Decimal("0.18")


def demo_instances(
    account: AccountId,
    instruments: Sequence[Instrument],
    *,
    sample: bool,
) -> tuple[StrategyInstance, ...]:
    """Return the first strategies: on chosen shares of the sample market, else on everything a feed has."""
    known = {instrument.symbol: instrument.id for instrument in instruments if instrument.tradable}

    def ids(*symbols: str) -> tuple[InstrumentId, ...]:
        return tuple(known[symbol] for symbol in symbols if symbol in known) if sample else ()

    def instance(name: str, file: str, chosen: tuple[InstrumentId, ...], **parameters: object) -> StrategyInstance:
        return StrategyInstance(
            name=StrategyId(name),
            file=file,
            account=account,
            instruments=chosen,
            parameters=parameters,
            weight=_WEIGHT,
            active=True,
        )

    return (
        instance("smag7-long", "smag7", ids(*_TREND), direction="long"),
        instance("smag7-short", "smag7", ids(*_SHORT), direction="short"),
        instance("ltmt", "ltmt", ids(*_TIMING)),
        instance("cnr", "cnr", ids(*_CONTRARIAN)),
        instance("breakout", "breakout", ids(*_BREAKOUT)),
    )
