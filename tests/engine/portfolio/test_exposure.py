"""Exposure adds up to the same whichever way it is divided."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import starmap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.currencies import FxRate
from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.domain.portfolio import Grouping, Measure
from ares_desktop.domain.positions import Position
from ares_desktop.engine.portfolio.exposure import Market, exposure_of

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
D = Decimal
ACCOUNT = AccountId("PAPER")
CONTRACTS = {
    item.id: item
    for item in (
        Instrument(id=InstrumentId("AAPL.SIM"), sector="Information Technology"),
        Instrument(id=InstrumentId("XOM.SIM"), sector="Energy"),
        Instrument(id=InstrumentId("SAP.SIM"), currency="EUR"),
        Instrument(id=InstrumentId("EURUSD.SIM"), asset_class=AssetClass.FX),
        Instrument(id=InstrumentId("ES.SIM"), asset_class=AssetClass.FUTURE, multiplier=D(50)),
    )
}
CALL = Instrument(
    id=InstrumentId("CALL.SIM"),
    asset_class=AssetClass.OPTION,
    multiplier=D(100),
    strike=D(100),
    right="call",
    expiry=NOW + timedelta(days=90),
    underlying=InstrumentId("AAPL.SIM"),
)


def held(instrument: str, quantity: str, value: str | None, strategy: str = "trend", **fields: object) -> Position:
    contract = CONTRACTS.get(InstrumentId(instrument), CALL)
    return Position(
        account=ACCOUNT,
        strategy=StrategyId(strategy),
        instrument=InstrumentId(instrument),
        quantity=D(quantity),
        market_value=None if value is None else D(value),
        currency=contract.currency,
        **fields,  # type: ignore[arg-type]
    )


EURO = D("1.1")


def market(rate: Decimal | None = EURO, price: float | None = 100.0, age_h: float = 0.0) -> Market:
    def rates(currency: str, into: str) -> FxRate | None:
        if rate is None:
            return None
        return FxRate(base=currency, quote=into, rate=rate, at=NOW - timedelta(hours=age_h))

    return Market({**CONTRACTS, CALL.id: CALL}.get, lambda _: price, rates, "USD", NOW)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(CONTRACTS)),
            st.decimals(-(10**6), 10**6, places=2).filter(bool),
            st.sampled_from(["trend", "cnr", "manual"]),
        ),
        max_size=25,
    )
)
def test_every_grouping_adds_up_to_the_same_totals(rows: list[tuple[str, Decimal, str]]) -> None:
    positions = [held(name, "1", str(value), strategy) for name, value, strategy in rows]
    found = exposure_of(positions, {}, D(1000), market())
    for grouping in Grouping:
        group = found.by(grouping)
        for figure in ("long", "short", "gross", "net"):
            assert sum((getattr(row, figure) for row in group), D(0)) == getattr(found.total, figure)
        assert sum(row.holdings for row in group) == len(positions)
    assert found.netted_gross is not None
    assert abs(found.total.net or D(0)) <= found.netted_gross <= (found.total.gross or D(0))


def test_without_a_rate_there_is_no_figure_for_what_contains_it_and_for_the_whole() -> None:
    positions = [held("AAPL.SIM", "1", "100"), held("SAP.SIM", "1", "50", "cnr")]
    found = exposure_of(positions, {"EUR": D(5), "USD": D(7)}, None, market(rate=None))
    assert (found.total.gross, found.netted_gross) == (None, None)
    assert {row.name: row.gross for row in found.by(Grouping.STRATEGY)} == {"trend": D(100), "cnr": None}
    assert {row.currency: row.value for row in found.cash} == {"EUR": None, "USD": D(7)}
    assert found.missing == ("no rate EUR/USD", "SAP.SIM: no rate EUR/USD")


def test_a_holding_without_a_price_has_no_exposure() -> None:
    found = exposure_of([held("AAPL.SIM", "1", None)], {}, D(10), market())
    assert found.total.gross is None
    assert found.missing == ("AAPL.SIM: there is no price",)


def test_an_old_rate_marks_the_figures_with_its_time() -> None:
    found = exposure_of([held("SAP.SIM", "1", "50")], {}, D(100), market(age_h=100))
    assert found.stale
    assert found.rate_at == NOW - timedelta(hours=100)
    assert found.total.gross == D("55.0")


def test_a_pair_is_exposed_to_its_base_currency_and_an_unknown_share_to_no_sector() -> None:
    found = exposure_of([held("EURUSD.SIM", "100", "110"), held("SAP.SIM", "1", "50")], {}, D(1000), market())
    assert {row.name for row in found.by(Grouping.CURRENCY)} == {"EUR"}
    assert {row.name for row in found.by(Grouping.SECTOR)} == {"unclassified"}
    assert found.total.share == pytest.approx(0.165)


def test_an_option_counts_by_its_delta() -> None:
    # 4.7848 is what the formula gives for 24 % of volatility over 90 days at the money; its delta then is 0.5238.
    option = held("CALL.SIM", "2", "956.96", mark=D("4.7483"))
    (holding,) = exposure_of([option], {}, D(10_000), market()).holdings
    assert holding.measure is Measure.DELTA
    assert float(holding.exposure or 0) == pytest.approx(2 * 100 * 100 * 0.5237, rel=1e-3)
    assert (holding.factor, holding.sector) == ("AAPL.SIM", "Information Technology")


@pytest.mark.parametrize(
    ("mark", "price", "exposure"),
    [("0.01", 150.0, "15000.0"), ("4.7", None, "10000")],
    ids=["no volatility", "no price"],
)
def test_an_option_without_a_delta_counts_by_its_notional_and_says_so(
    mark: str, price: float | None, exposure: str
) -> None:
    option = held("CALL.SIM", "1", "1", mark=D(mark))
    (holding,) = exposure_of([option], {}, D(10_000), market(price=price)).holdings
    assert (holding.measure, holding.exposure) == (Measure.NOTIONAL, D(exposure))


def test_closed_positions_are_no_holdings() -> None:
    found = exposure_of(list(starmap(held, [("AAPL.SIM", "0", "0")])), {}, D(10), market())
    assert (found.holdings, found.total.gross) == ((), D(0))
