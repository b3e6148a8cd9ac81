"""Option prices, volatilities, and what arbitrage says of them."""

from math import exp, isnan, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.api.options import OptionTerms, black_scholes, delta, implied_volatility, realized_volatility

TERMS = st.builds(
    OptionTerms,
    right=st.sampled_from(["call", "put"]),
    spot=st.floats(10, 500),
    strike=st.floats(10, 500),
    years=st.floats(0.01, 3),
    rate=st.floats(-0.02, 0.1),
    dividend_yield=st.floats(0, 0.05),
)


@pytest.mark.parametrize(
    ("terms", "volatility", "expected"),
    [
        # J. Hull, Options, Futures, and Other Derivatives, the example of the Black-Scholes chapter: 4.76 and 0.81.
        (OptionTerms("call", 42, 40, 0.5, 0.1), 0.2, 4.76),
        (OptionTerms("put", 42, 40, 0.5, 0.1), 0.2, 0.81),
        (OptionTerms("call", 100, 100, 1, 0.05), 0.2, 10.45),
        (OptionTerms("put", 100, 100, 1, 0.05), 0.2, 5.57),
    ],
)
def test_known_prices(terms: OptionTerms, volatility: float, expected: float) -> None:
    assert black_scholes(terms, volatility) == pytest.approx(expected, abs=0.005)


@given(TERMS, st.floats(0.01, 3))
def test_put_and_call_keep_their_parity(terms: OptionTerms, volatility: float) -> None:
    call, put = (black_scholes(terms._replace(right=right), volatility) for right in ("call", "put"))
    forward = terms.spot * exp(-terms.dividend_yield * terms.years) - terms.strike * exp(-terms.rate * terms.years)
    assert call - put == pytest.approx(forward, abs=1e-9)
    deltas = (delta(terms._replace(right=right), volatility) for right in ("call", "put"))
    assert next(deltas) - next(deltas) == pytest.approx(exp(-terms.dividend_yield * terms.years))


@given(TERMS, st.floats(0.05, 2))
def test_the_implied_volatility_gives_the_price_again(terms: OptionTerms, volatility: float) -> None:
    price = black_scholes(terms, volatility)
    found = implied_volatility(price, terms)
    least = black_scholes(terms, 1e-6)
    if price - least > 1e-6 * terms.spot:
        assert found is not None
        assert black_scholes(terms, found) == pytest.approx(price, abs=1e-8 * terms.spot)


def test_prices_beyond_arbitrage_have_no_volatility() -> None:
    terms = OptionTerms("call", 100, 90, 0.5)
    assert implied_volatility(9.9, terms) is None
    assert implied_volatility(100.1, terms) is None
    assert implied_volatility(float("nan"), terms) is None
    assert implied_volatility(12, terms._replace(years=0)) is None


def test_at_the_end_an_option_is_worth_its_exercise() -> None:
    assert black_scholes(OptionTerms("put", 90, 100, 0), 0.3) == 10
    assert delta(OptionTerms("put", 90, 100, 0), 0.3) == -1
    assert black_scholes(OptionTerms("call", 90, 100, 0), 0.3) == delta(OptionTerms("call", 90, 100, 0), 0.3) == 0


@pytest.mark.parametrize(
    "terms",
    [OptionTerms("both", 1, 1, 1), OptionTerms("call", 0, 1, 1), OptionTerms("call", 1, -1, 1)],
)
def test_senseless_terms_are_refused(terms: OptionTerms) -> None:
    with pytest.raises(ValueError, match="must be"):
        black_scholes(terms, 0.2)


def test_realized_volatility_by_hand() -> None:
    assert realized_volatility([100, 110, 100]) == pytest.approx(log(1.1) * sqrt(252))
    assert realized_volatility([100, 100, 100]) == 0
    assert isnan(realized_volatility([100, 110]))
