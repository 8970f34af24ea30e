"""Amounts and names as pages write them."""

import pytest

from tenure.views import tags


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (194_000_000, "USD", "$1,940,000"),
        (-39_000, "USD", "−$390"),
        (1_200, "JPY", "¥1,200"),
        (1_234_000, "KWD", "KWD 1,234"),
        (None, "USD", "–"),
    ],
)
def test_a_whole_amount_has_the_decimals_of_its_currency(minor: int | None, currency: str, text: str) -> None:
    assert tags.money(minor, currency) == text


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(417, "USD", "$4.17"), (22_800, "USD", "$228"), (4_170, "KWD", "KWD 4.170"), (417, "JPY", "¥417")],
)
def test_an_exact_amount_shows_its_minor_units(minor: int, currency: str, text: str) -> None:
    assert tags.money_exact(minor, currency) == text


@pytest.mark.parametrize(
    ("name", "account", "text"),
    [
        ("Homeworld Inc., July 2024", "Homeworld Inc.", "July 2024"),
        ("Homeworld Inc.: first purchase", "Homeworld Inc.", "First purchase"),
        ("Homeworld – upgrade", "Homeworld", "Upgrade"),
        ("Homeworlds of tomorrow", "Homeworld", "Homeworlds of tomorrow"),
        ("Homeworld", "Homeworld", "Homeworld"),
        ("Homeworld: ", "Homeworld", "Homeworld: "),
        ("Renewal 2026", "Homeworld", "Renewal 2026"),
    ],
)
def test_what_stands_beside_its_account_does_not_repeat_its_name(name: str, account: str, text: str) -> None:
    assert tags.beside(name, account) == text
