"""Reading plain cells: exact money, blanks, words, and what is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tenure.rules.frames import frame, typed
from tests.rules.conftest import HANDBOOK, MakePack


@pytest.mark.parametrize(
    ("raw", "minor"),
    [
        ("100000", 10_000_000), ("1,234.50", 123_450), ("$92000.5", 9_200_050), ("USD 5", 500), ("-390.00", None),
        (Decimal("0.1"), 10), (0.1, 10), (5, 500), ("", None), (None, None), ("  ", None),
    ],
)  # fmt: skip
def test_money_is_read_exactly(make_pack: MakePack, raw: Any, minor: int | None) -> None:
    found, _ = typed([{"arr": raw}], make_pack())

    assert found["arr"].to_list() == [minor]


@pytest.mark.parametrize(
    ("fact", "raw", "code"),
    [
        ("arr", "12.345", "wrong_type"), ("arr", "NaN", "wrong_type"), ("arr", float("nan"), "wrong_type"),
        ("arr", "inf", "wrong_type"), ("arr", "1e5", "wrong_type"), ("arr", "1,23", "wrong_type"), ("arr", "many", "wrong_type"),
        ("arr", "-1", "out_of_range"), ("arr", "99999999999999999999", "out_of_range"), ("arr", True, "wrong_type"),
        ("users", "12.5", "wrong_type"), ("users", "-1", "out_of_range"),
        ("product", "Platinum", "unknown_category"), ("segment", "N/A", "unknown_category"),
        ("growth_opportunity", "maybe", "wrong_type"),
        ("customer_since", "31.01.2020", "wrong_type"), ("customer_since", "2020-02-30", "wrong_type"),
        ("customer_since", datetime(2020, 1, 1, 12, tzinfo=UTC), "wrong_type"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_an_error_of_its_row_only(make_pack: MakePack, fact: str, raw: Any, code: str) -> None:
    rows: list[dict[str, Any]] = [{"account": "good", fact: None}, {"account": "bad", fact: raw}]

    found, errors = frame(rows, make_pack())

    assert [(error.row, error.column, error.code) for error in errors] == [(2, fact, code)]
    assert found["account"].to_list() == ["good"]
    assert found["row"].to_list() == [1]


def test_a_negative_iacv_is_a_contraction_and_allowed(make_pack: MakePack) -> None:
    found, errors = frame([{"iacv": "-390.00"}], make_pack())

    assert (found["iacv"].to_list(), errors) == ([-39_000], [])


def test_other_cells_are_read_by_type(make_pack: MakePack) -> None:
    row = {"users": "1,000.0", "product": " gold ", "segment": "mm", "region": "emea", "growth_opportunity": "Yes",
           "is_public_sector": "0", "customer_since": "2020-02-29", "account": "007", "whatever": "x"}  # fmt: skip

    found, errors = frame([row], make_pack())

    assert errors == []
    assert found.row(0, named=True) == {
        "row": 1, "users": 1000, "product": "Ultimate", "segment": "Mid-Market", "region": "EMEA",
        "growth_opportunity": True, "is_public_sector": False, "customer_since": date(2020, 2, 29), "account": "007",
    }  # fmt: skip


def test_a_yen_has_no_decimals(make_pack: MakePack) -> None:
    pack = make_pack(**{"handbook.yaml": HANDBOOK.replace("USD", "JPY")})

    assert frame([{"arr": "¥5000"}], pack)[0]["arr"].to_list() == [5000]
    assert len(frame([{"arr": "5.5"}], pack)[1]) == 1


def test_the_message_names_what_is_expected(make_pack: MakePack) -> None:
    _, errors = frame([{"product": "Premum"}, {"arr": "x"}], make_pack())

    assert errors[0].message == "'Premum' is not a known product: Core, Starter, Premium, Ultimate. Did you mean 'Premium'?"
    assert errors[1].message == "'x' is not an amount of money like 1234.50 in USD, with at most 2 decimals"
