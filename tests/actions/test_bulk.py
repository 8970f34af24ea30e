"""Many rows at once: every kind of value arrives as it was given, on both databases, whatever the number of rows."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from django.db import transaction

from tenure.actions import bulk, events
from tenure.models import Account, Event, ExternalId
from tenure.models.events import MOMENT, chained
from tenure.queries import events as log

AT = datetime(2026, 11, 16, 9, 30, 0, 250_000, tzinfo=UTC)
LATER = datetime(2026, 11, 16, 10, tzinfo=UTC)
DAY = date(2026, 11, 16)
NAMES = ('Quotes "and" commas, here', "two\nlines", "\\N", "null", " ", "Müller & Søn \U0001f409", "'; drop --", "a\\b\tc")
GIVEN = ("id", "name", "employees", "community", "customer_since", "custom", "deleted_at", "updated_at")
SAME = {
    "kind": "customer", "region": "", "country": "", "industry": "", "website": "", "currency": "USD", "given_segment": "",
    "stated_product": "", "created_at": AT, "support_hold": False, "partner_owned": None,
}  # fmt: skip


def frame(count: int) -> pl.DataFrame:
    """Accounts with every kind of value, blanks among them."""
    rows = range(count)
    return pl.DataFrame(
        {
            "id": [number + 1 for number in rows],
            "name": [NAMES[number % len(NAMES)] for number in rows],
            "employees": [None if number % 3 == 0 else number * 10**12 for number in rows],
            "community": [(True, False, None)[number % 3] for number in rows],
            "customer_since": [None if number % 4 == 0 else DAY for number in rows],
            "custom": [f'{{"n": {number}}}' for number in rows],
            "deleted_at": [AT if number % 5 == 0 else None for number in rows],
            "updated_at": [LATER if number % 2 else AT for number in rows],
        },
        schema_overrides={
            "employees": pl.Int64, "community": pl.Boolean, "customer_since": pl.Date, "deleted_at": pl.Datetime("us", "UTC"),
            "updated_at": pl.Datetime("us", "UTC"),
        },
    )  # fmt: skip


def stored() -> list[tuple[Any, ...]]:
    return list(Account.objects.order_by("pk").values_list(*GIVEN))


def given(rows: pl.DataFrame) -> list[tuple[Any, ...]]:
    return [(*row[:5], {"n": row[0] - 1}, *row[6:]) for row in rows.iter_rows()]


@pytest.mark.parametrize("count", [1, 9, 10, 23])
def test_every_kind_of_value_arrives_as_it_was_given(db: None, count: int) -> None:
    rows = frame(count)

    with transaction.atomic():
        assert bulk.insert_frame(Account, rows, **SAME) == count

    assert stored() == given(rows)
    shared = Account.objects.values_list("kind", "region", "created_at", "support_hold", "partner_owned").distinct()
    assert set(shared) == {("customer", "", AT, False, None)}


def test_more_rows_than_are_written_at_a_time(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "BUFFER", 12)
    rows = frame(35)

    with transaction.atomic():
        assert bulk.insert_frame(Account, rows, **SAME) == 35

    assert stored() == given(rows)


def test_of_changed_rows_only_the_given_columns_are_written(db: None) -> None:
    rows = frame(23)
    with transaction.atomic():
        bulk.insert_frame(Account, rows, **SAME)

    fresh = rows[5:].select(
        "id", name=pl.lit("Renamed"), employees=pl.lit(None, pl.Int64), community=~pl.col("community"), updated_at=pl.lit(LATER)
    )
    with transaction.atomic():
        assert bulk.update_frame(Account, fresh) == 18

    wanted = rows.with_columns(
        name=pl.when(pl.col("id") > 5).then(pl.lit("Renamed")).otherwise("name"),
        employees=pl.when(pl.col("id") <= 5).then("employees"),
        community=pl.when(pl.col("id") > 5).then(~pl.col("community")).otherwise("community"),
        updated_at=pl.when(pl.col("id") > 5).then(pl.lit(LATER)).otherwise("updated_at"),
    )
    assert stored() == given(wanted)


def test_bytes_arrive_and_change(db: None) -> None:
    digests = [bytes([number, 0, 255, 92, 120]) * 3 for number in range(21)]
    rows = pl.DataFrame({"external_id": [str(number) for number in range(21)], "object_id": range(21), "digest": digests})

    with transaction.atomic():
        bulk.insert_frame(ExternalId, rows, source="crm", noun="account")
    links = dict(ExternalId.objects.values_list("object_id", "id"))
    with transaction.atomic():
        bulk.update_frame(ExternalId, pl.DataFrame({"id": [links[3]], "digest": [b"new\x00"]}))

    found = {number: bytes(digest) for number, digest in ExternalId.objects.values_list("object_id", "digest")}
    assert found == {**dict(enumerate(digests)), 3: b"new\x00"}


def test_events_of_a_frame_are_linked_as_single_ones_are(db: None) -> None:
    bodies = [f'{{"after":{{"name":"Müller {number} \\" \\\\"}}}}' for number in range(25)]
    told = pl.DataFrame({"object_id": [*range(24), None], "account_id": [None, *range(24)], "body": bodies})
    told = told.with_columns(verb=pl.lit("account.created"), noun=pl.lit("account"))

    events.record("x.made", "x", 1, at=AT, actor=None)
    with transaction.atomic():
        assert events.record_frame(told, at=LATER, run_id=7) == 25
    events.record("x.made", "x", 2, at=LATER, actor=None)

    assert log.verify() == log.LogState(27, None)
    rows = list(Event.objects.order_by("id"))
    assert [(row.id, row.object_id, row.account_id, row.body, row.run_id, row.at) for row in rows[1:26]] == [
        (number + 2, number if number < 24 else None, number - 1 if number else None, bodies[number], 7, LATER)
        for number in range(25)
    ]
    last = rows[25]
    wanted = chained(bytes(rows[24].hash), 26, LATER.strftime(MOMENT), None, last.verb, "account", None, 23, 7, bodies[24])
    assert (bytes(last.prev_hash), bytes(last.hash)) == (bytes(rows[24].hash), wanted)
