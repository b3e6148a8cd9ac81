"""Numbers, times and states as text."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.orders import OrderState
from ares_desktop.domain.risk import TradingState
from ares_desktop.domain.runs import RunKind
from ares_desktop.views import formats as f

UNKNOWN = "\N{EN DASH}"


@pytest.mark.parametrize(
    "format_it",
    [f.money, f.signed_money, f.percent, f.signed_percent, f.points_percent, f.price, f.fixed, f.age, f.milliseconds],
)
def test_an_unknown_figure_is_a_dash_and_never_a_zero(format_it: Any) -> None:
    assert format_it(None) == UNKNOWN
    assert format_it(float("nan")) == UNKNOWN


def test_an_unknown_quantity_and_time_are_dashes() -> None:
    assert f.quantity(None) == f.signed_quantity(None) == f.moment(None) == f.clock_time(None) == UNKNOWN


def test_money_has_thousands_separators() -> None:
    assert f.money(Decimal("1234567.5")) == "1,234,567.50"
    assert f.money(Decimal("-1234.5")) == "\N{MINUS SIGN}1,234.50"


def test_a_gain_shows_plus_a_loss_the_minus_sign_and_nothing_shows_neither() -> None:
    assert f.signed_money(Decimal("12.5")) == "+12.50"
    assert f.signed_money(Decimal("-12.5")) == "\N{MINUS SIGN}12.50"
    assert f.signed_money(Decimal(0)) == "0.00"
    assert f.signed_money(Decimal("-0.001")) == "0.00"
    assert f.signed_money(0.001) == "0.00"


def test_fractions_and_points_become_percent() -> None:
    assert f.percent(0.125) == "12.50%"
    assert f.signed_percent(Decimal("-0.005")) == "\N{MINUS SIGN}0.50%"
    assert f.points_percent(1.25) == "+1.25%"


def test_a_quantity_has_no_trailing_zeros() -> None:
    assert f.quantity(Decimal("1200.000")) == "1,200"
    assert f.quantity(Decimal("0.01500")) == "0.015"
    assert f.quantity(Decimal("-3.50")) == "\N{MINUS SIGN}3.5"
    assert f.quantity(Decimal("1E+3")) == "1,000"
    assert f.quantity(Decimal("-0")) == "0"
    assert f.signed_quantity(Decimal(100)) == "+100"


def test_a_price_has_the_decimals_of_its_tick() -> None:
    assert f.price(Decimal("187.5"), Decimal("0.01")) == "187.50"
    assert f.price(1.23456, Decimal("0.00001")) == "1.23456"
    assert f.price(Decimal(4512), Decimal("0.25")) == "4,512.00"
    assert f.price(Decimal(4512), Decimal(1)) == "4,512"


def test_a_price_without_a_tick_shows_more_decimals_the_smaller_it_is() -> None:
    assert f.price(187.5) == "187.50"
    assert f.price(1.2345) == "1.2345"
    assert f.price(0.001234) == "0.001234"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0.0 s"), (0.24, "0.2 s"), (3.9, "3 s"), (120, "2 min"), (7300, "2 h"), (200_000, "2 d")],
)
def test_an_age_is_short(seconds: float, text: str) -> None:
    assert f.age(seconds) == text


def test_a_stale_figure_carries_its_age() -> None:
    assert f.stale_after("512.40", 190) == "512.40 · 3 min"
    assert f.stale_after("512.40", None) == "512.40 · stale"


def test_times_are_shown_in_utc() -> None:
    east = datetime(2026, 11, 20, 17, 30, 5, tzinfo=timezone(timedelta(hours=2)))
    assert f.moment(east) == "2026-11-20 15:30:05"
    assert f.clock_time(datetime(2026, 11, 20, 1, 2, 3, 999, tzinfo=UTC)) == "01:02:03"


def test_states_read_as_words() -> None:
    assert f.word(OrderState.PARTIALLY_FILLED) == "Partially filled"
    assert f.word(TradingState.HALTED) == "Halted"
    assert f.word(Severity.WARNING) == "Warning"
    assert f.word(RunKind.MONTE_CARLO) == "Monte Carlo"


def test_counts_agree_with_their_noun() -> None:
    assert f.count(1, "{0} order", "{0} orders") == "1 order"
    assert f.count(1200, "{0} order", "{0} orders") == "1,200 orders"


def test_durations_have_a_fitting_unit() -> None:
    assert [f.milliseconds(value) for value in (0.44, 12.3, 3210.0)] == ["0.4 ms", "12 ms", "3.2 s"]
