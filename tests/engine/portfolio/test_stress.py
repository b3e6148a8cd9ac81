"""What named scenarios do to holdings."""

from decimal import Decimal
from typing import Any

import pytest

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.portfolio import Exposure, StressResult
from ares_desktop.domain.positions import Position
from ares_desktop.engine.portfolio.exposure import exposure_of
from ares_desktop.engine.portfolio.stress import SCENARIOS, Quotes, scenario_of, stress
from tests.engine.portfolio.test_exposure import CALL, CONTRACTS, NOW, held, market

D = Decimal
CALL_PRICE = 4.7483


def quotes() -> Quotes:
    prices = {CALL.id: CALL_PRICE}
    return Quotes({**CONTRACTS, CALL.id: CALL}.get, lambda item: prices.get(item, 100.0), NOW)


def exposed(*positions: Position, cash: dict[str, Decimal] | None = None, **fields: Any) -> Exposure:
    return exposure_of(positions, cash or {}, D(10_000), market(**fields))


def result(exposure: Exposure, *shocks: tuple[str, float]) -> StressResult:
    return stress(scenario_of("mine", shocks), exposure, quotes())


def test_shares_lose_what_the_scenario_says_and_shorts_win() -> None:
    exposure = exposed(held("AAPL.SIM", "1", "1000"), held("XOM.SIM", "-1", "-400", "cnr"))
    found = result(exposure, ("asset:equity", -0.1))
    assert [(line.strategy, line.item) for line in found.lines] == [("trend", "AAPL.SIM"), ("cnr", "XOM.SIM")]
    assert [line.profit for line in found.lines] == pytest.approx([-100, 40])
    assert found.profit == pytest.approx(-60)
    assert found.share == pytest.approx(-0.006)


def test_the_most_specific_shock_counts() -> None:
    exposure = exposed(held("AAPL.SIM", "1", "1000"), held("XOM.SIM", "1", "1000"), held("ES.SIM", "1", "1000"))
    shocks = (("all", -0.5), ("asset:equity", -0.1), ("sector:Energy", -0.2), ("instrument:AAPL.SIM", 0.3))
    assert [line.profit for line in result(exposure, *shocks).lines] == pytest.approx([300, -200, -500])


def test_a_currency_shock_comes_on_top_for_foreign_prices_and_cash() -> None:
    exposure = exposed(held("SAP.SIM", "1", "100"), cash={"EUR": D(200), "USD": D(5)})
    found = result(exposure, ("asset:equity", -0.1), ("currency:foreign", -0.1))
    profits = {line.item: line.profit for line in found.lines}
    assert profits == {"SAP.SIM": pytest.approx(110 * (0.9 * 0.9 - 1)), "cash EUR": pytest.approx(-22)}


def test_a_pair_moves_with_its_base_currency() -> None:
    exposure = exposed(held("EURUSD.SIM", "1000", "1100"))
    assert result(exposure, ("currency:EUR", -0.1)).profit == pytest.approx(-110)
    assert result(exposure, ("currency:GBP", -0.1)).profit == 0


def test_an_option_is_valued_anew() -> None:
    exposure = exposed(held("CALL.SIM", "1", str(CALL_PRICE * 100), mark=D(str(CALL_PRICE))))
    up, down = (result(exposure, ("asset:equity", change)).profit or 0 for change in (0.1, -0.1))
    assert up > -down > 0
    assert down > -CALL_PRICE * 100
    assert (result(exposure, ("volatility", 0.5)).profit or 0) > 200


def test_without_an_implied_volatility_its_change_has_no_figure() -> None:
    exposure = exposed(held("CALL.SIM", "1", "1", mark=D("0.01")))
    odd = Quotes(quotes().instrument, lambda item: 0.01 if item == CALL.id else 150.0, NOW)
    found = stress(scenario_of("mine", [("volatility", 0.5)]), exposure, odd)
    assert (found.profit, found.lines[0].problem) == (None, "its price implies no volatility that could change")


def test_a_missing_rate_leaves_the_sum_unknown() -> None:
    exposure = exposed(held("SAP.SIM", "1", "100"), held("AAPL.SIM", "1", "100"), rate=None)
    found = result(exposure, ("all", -0.1))
    assert (found.profit, found.share) == (None, None)
    assert found.known == pytest.approx(-10)


def test_a_scenario_that_touches_nothing_says_so() -> None:
    found = result(exposed(held("AAPL.SIM", "1", "100")), ("asset:crypto", -0.3))
    assert (found.profit, found.note) == (0, "nothing that is held reacts to it")


def test_every_scenario_of_the_house_can_be_written_by_hand() -> None:
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)
    for scenario in SCENARIOS:
        shocks = [(shock.target, shock.change) for shock in scenario.shocks]
        assert scenario_of(scenario.name, shocks) == scenario


def test_everything_that_is_wrong_with_shocks_is_said_at_once() -> None:
    with pytest.raises(UsageError) as refused:
        scenario_of("x", [("nothing", -0.1), ("asset:gold", -0.1), ("all", -1.5)])
    assert [finding.place for finding in refused.value.findings] == ["shock", "shock", "all"]
    with pytest.raises(UsageError, match="is missing"):
        scenario_of("x", [])
