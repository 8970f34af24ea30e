"""Importing what hangs on subscriptions and opportunities: charges, stages, invoice items; and history."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tenure.actions import imports
from tenure.actions.imports_frames import from_rows
from tenure.actions.imports_specs import SPECS
from tenure.models import (
    Account,
    AccountVersion,
    InvoiceItem,
    Opportunity,
    Subscription,
)  # fmt: skip
from tests.actions.test_imports import AT, DAY, account, bring, told

pytestmark = pytest.mark.django_db

# --- charges, stages, invoice items


def test_charges_add_seats_and_revenue_to_their_subscription() -> None:
    bring("account", account())
    assert told(bring("charge", {"external_id": "S1", "seats": 10, "arr_minor": 120_000, "currency": "USD"})) == {"waiting": 1}

    bring("subscription", {"external_id": "S1", "account_ref": "A1", "number": "N-1"})
    row = Subscription.objects.get()
    assert (row.seats, row.arr_minor, row.number) == (10, 120_000, "N-1")

    assert told(bring("charge", {"external_id": "S1", "seats": 12, "arr_minor": 144_000, "currency": "USD"})) == {"updated": 1}
    assert Subscription.objects.get().seats == 12
    assert told(bring("subscription", {"external_id": "S1", "account_ref": "A1", "number": "N-1"})) == {"unchanged": 1}


def test_stages_follow_each_other_whatever_their_order() -> None:
    bring("account", account())
    bring("opportunity", {"external_id": "O1", "name": "Deal", "account_ref": "A1"})
    rows = [
        {"external_id": f"S{n}", "opportunity_ref": "O1", "stage": stage, "from_at": AT + timedelta(days=n)}
        for n, stage in ((2, "scoping"), (1, "discovery"))
    ]

    bring("opportunity_stage", *rows)
    bring(
        "opportunity_stage",
        {"external_id": "S3", "opportunity_ref": "O1", "stage": "closed_won", "from_at": AT + timedelta(days=3)},
    )

    found = list(Opportunity.objects.get().stages.values_list("stage", "until_at"))
    assert found == [("discovery", AT + timedelta(days=2)), ("scoping", AT + timedelta(days=3)), ("closed_won", None)]


def test_an_invoice_item_finds_its_account_through_the_subscription() -> None:
    bring("account", account())
    bring("subscription", {"external_id": "S1", "account_ref": "A1"})

    bring(
        "invoice_item",
        {"external_id": "I1", "subscription_ref": "S1", "amount_minor": 570_860, "currency": "JPY", "charged_on": DAY},
    )

    row = InvoiceItem.objects.get()
    assert (row.account, row.amount_minor, row.currency) == (Account.objects.get(), 570_860, "JPY")


# --- history


def test_earlier_versions_fill_the_time_before_what_is_known() -> None:
    bring("account", account(employees=30))
    session = imports.begin("crm", as_of=DAY, at=AT, actor=None)

    def moment(year: int) -> datetime:
        return datetime(year, 1, 1, tzinfo=UTC)

    past = [
        account(employees=10, from_at=moment(2020), until_at=moment(2022)),
        account(employees=20, from_at=moment(2022), until_at=None),
    ]
    frame = from_rows(SPECS["account"], [{k: v for k, v in row.items() if k not in ("from_at", "until_at")} for row in past])
    import polars as pl

    frame = frame.with_columns(
        pl.Series("from_at", [row["from_at"] for row in past], dtype=pl.Datetime("us", "UTC")),
        pl.Series("until_at", [row["until_at"] for row in past], dtype=pl.Datetime("us", "UTC")),
    )
    for _ in range(2):
        imports.write_history(session, "account", frame)

    found = AccountVersion.objects.order_by("from_date").values_list("from_date", "until_date", "facts__employees")
    assert list(found) == [(date(2020, 1, 1), date(2022, 1, 1), 10), (date(2022, 1, 1), DAY, 20), (DAY, None, 30)]
    told = [set(version.facts) for version in AccountVersion.objects.order_by("from_date")]
    untold = {"country", "industry", "website", "parent_id", "territory_id", "custom"}  # the history has no such column
    assert [untold & names for names in told] == [set(), set(), untold]
