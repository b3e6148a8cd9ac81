"""What is masked, and what is left readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.redaction import MASK, Redactor


@pytest.mark.parametrize(
    "text",
    [
        "api_key=hunter2",
        "apiKey: hunter2",
        "x_secret='hunter2 hunter2'",
        '{"password": "hunter2"}',
        '{\\"password\\": \\"hunter2\\"}',
        "https://venue/?a=1&token=hunter2&b=2",
        "postgres://me:hunter2@host/db",
        "Authorization: Bearer hunter2hunter2",
        "header Basic hunter2hunter2==",
    ],
)
def test_a_secret_in_a_text_is_masked(text: str) -> None:
    masked = Redactor().text(text)
    assert "hunter2" not in masked
    assert MASK in masked
    assert Redactor().text(masked) == masked


def test_what_follows_a_secret_is_kept() -> None:
    assert Redactor().text("token=abc&symbol=SPY") == "token=***&symbol=SPY"


@pytest.mark.parametrize(
    "text", ["order_denied", "price 187.25 passed", "journal head 12ab", "strategy=smag7 side=BUY"]
)
def test_ordinary_text_is_left(text: str) -> None:
    assert Redactor().text(text) == text


def test_a_value_is_masked_by_its_name_also_deep_inside() -> None:
    redactor = Redactor()
    assert redactor.value("api_secret", "x") == MASK
    assert redactor.value("settings", {"broker": [{"passphrase": "x", "host": "h"}]}) == {
        "broker": [{"passphrase": MASK, "host": "h"}]
    }
    assert redactor.value("has_token", value=True) is True
    assert redactor.value("token", None) is None


@given(st.text(min_size=4), st.text(), st.text())
def test_a_remembered_value_is_masked_anywhere(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.remember(secret)
    assert secret not in redactor.text(before + secret + after) or secret in MASK + before + MASK + after


@pytest.mark.parametrize("piece", ["x", "-", "token", "token ", "a://", "a:", "Bearer ", "_secret-", "'token'", "é"])
def test_a_long_text_is_read_in_one_go(piece: str) -> None:
    """Looking at each place again from every place before it would take longer than the test may."""
    assert Redactor().text(piece * 100_000) == piece * 100_000
