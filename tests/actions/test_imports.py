"""Imports: what comes in, what stays as it is, what waits, what is refused."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tenure.actions import bulk, imports
from tenure.actions.imports import Session, UpsertResult
from tenure.actions.imports_frames import from_rows
from tenure.actions.imports_specs import SPECS
from tenure.actions.refusals import Refused
from tenure.models import (
    Account,
    AccountVersion,
    Activity,
    Contact,
    Event,
    ExternalId,
    OpportunityStage,
    Subscription,
    Territory,
    User,
    WaitingRow,
)  # fmt: skip
from tenure.queries import events
from tests.world import World

pytestmark = pytest.mark.django_db
DAY, AT = date(2026, 11, 16), datetime(2026, 11, 16, 9, tzinfo=UTC)
Row = dict[str, Any]


def bring(
    noun: str, *rows: Row, as_of: date = DAY, at: datetime = AT, source: str = "crm", actor: User | None = None
) -> UpsertResult:
    return imports.upsert(noun, source, rows, as_of=as_of, at=at, actor=actor)


def told(result: UpsertResult) -> dict[str, int]:
    """The counts that aren't zero, without how many were read."""
    return {name: count for name, count in result.counts().items() if count and name != "read"}


def reasons(result: UpsertResult) -> list[tuple[int, str, str]]:
    return [(problem.row, problem.field, problem.sentence) for problem in result.problems]


def account(key: str = "A1", **fields: Any) -> Row:
    return {"external_id": key, "name": f"Account {key}", **fields}


def test_a_new_account_gets_its_id_version_and_event() -> None:
    result = bring("account", account(employees=50, stated_arr_minor=120_050, customer_since=date(2024, 2, 1), region="EMEA"))

    row = Account.objects.get()
    version = AccountVersion.objects.get()
    event = Event.objects.get()
    assert told(result) == {"created": 1}
    assert result.accounts == {row.pk}
    assert (row.employees, row.stated_arr_minor, row.currency, row.kind, row.created_at) == (50, 120_050, "USD", "customer", AT)
    assert (version.from_date, version.until_date, version.facts["employees"], version.facts["customer_since"]) == (
        DAY,
        None,
        50,
        "2024-02-01",
    )
    assert version.facts["potential_users"] is None
    assert (event.verb, event.account_id) == ("account.created", row.pk)
    assert ExternalId.objects.get().object_id == row.pk
    assert events.verify().broken_at is None


def test_the_same_rows_again_change_nothing() -> None:
    rows = [account(f"A{number}", employees=number, custom={"tier": "x"}) for number in range(5)]
    bring("account", *rows)
    before = Event.objects.count()

    result = bring("account", *rows, at=AT + timedelta(days=1), as_of=DAY + timedelta(days=1))

    assert told(result) == {"unchanged": 5}
    assert Event.objects.count() == before
    assert Account.objects.filter(updated_at=AT).count() == 5


def test_a_changed_row_changes_one_row_only_where_it_differs() -> None:
    bring("account", account("A1", employees=50, industry="Steel"), account("A2", employees=70))

    result = bring(
        "account", account("A1", employees=60, industry="Steel"), account("A2", employees=70), as_of=DAY + timedelta(days=3)
    )

    event = Event.objects.latest("id")
    assert told(result) == {"updated": 1, "unchanged": 1}
    assert event.body == '{"before":{"employees":50},"after":{"employees":60},"source":"crm"}'
    versions = (
        AccountVersion.objects.filter(account__name="Account A1")
        .order_by("from_date")
        .values_list("from_date", "until_date", "facts__employees")
    )
    assert list(versions) == [(DAY, DAY + timedelta(days=3), 50), (DAY + timedelta(days=3), None, 60)]


def test_a_change_of_the_same_day_corrects_the_version() -> None:
    bring("account", account(employees=50))
    bring("account", account(employees=60))

    assert [version.facts["employees"] for version in AccountVersion.objects.all()] == [60]


def test_a_blank_cell_clears_a_field_but_a_column_that_is_not_there_does_not() -> None:
    bring("account", account(employees=50, industry="Steel", kind="prospect"))

    bring("account", account(employees=None, kind=None))

    row = Account.objects.get()
    assert (row.employees, row.industry, row.kind) == (None, "Steel", "prospect")


def test_a_hand_made_change_stays_while_the_source_says_the_same() -> None:
    bring("account", account(industry="Steel"))
    Account.objects.update(industry="Glass")

    assert told(bring("account", account(industry="Steel"))) == {"unchanged": 1}
    assert Account.objects.get().industry == "Glass"


def test_another_mapping_of_the_same_values_is_no_change() -> None:
    bring("account", account(employees=5, industry="Steel"))

    assert told(bring("account", account(employees=5))) == {"unchanged": 1}
    assert Event.objects.count() == 1


# --- orphans


def test_a_contact_without_its_account_waits_and_comes_in_with_it() -> None:
    waiting = bring("contact", {"external_id": "C1", "name": "Ann", "account_ref": "A1"})
    again = bring("contact", {"external_id": "C1", "name": "Ann", "account_ref": "A1"})
    assert (told(waiting), told(again), Contact.objects.count(), WaitingRow.objects.count()) == (
        {"waiting": 1},
        {"waiting": 1},
        0,
        1,
    )

    result = bring("account", account())

    assert told(result) == {"created": 1, "adopted": 1}
    assert Contact.objects.get().account == Account.objects.get()
    assert WaitingRow.objects.count() == 0
    assert told(bring("contact", {"external_id": "C1", "name": "Ann", "account_ref": "A1"})) == {"unchanged": 1}


def test_orphans_of_orphans_come_in_together_with_their_days_and_moments() -> None:
    bring(
        "opportunity_stage",
        {"external_id": "S1", "opportunity_ref": "O1", "stage": "discovery", "from_at": AT, "close_date": DAY},
    )
    bring("opportunity", {"external_id": "O1", "name": "Deal", "account_ref": "A1", "close_date": DAY, "amount_minor": 5})

    result = bring("account", account())

    assert told(result) == {"created": 1, "adopted": 2}
    stage = OpportunityStage.objects.get()
    assert (stage.opportunity.close_date, stage.from_at, stage.close_date, stage.until_at) == (DAY, AT, DAY, None)


def test_an_orphan_that_changes_while_it_waits_comes_in_as_it_was_last() -> None:
    bring("contact", {"external_id": "C1", "name": "Ann", "account_ref": "A1"})
    bring("contact", {"external_id": "C1", "name": "Anna", "account_ref": "A2"})

    bring("account", account("A1"), account("A2"))

    assert Contact.objects.get().name == "Anna"
    assert Contact.objects.get().account.name == "Account A2"


def test_a_parent_that_comes_later_is_set_then() -> None:
    first = bring("account", account("A1", parent_ref="A2"))

    second = bring("account", account("A2"))

    assert (told(first), told(second)) == ({"created": 1, "unlinked": 1}, {"created": 1})
    assert Account.objects.get(name="Account A1").parent == Account.objects.get(name="Account A2")
    assert WaitingRow.objects.count() == 0


def test_a_parent_in_the_same_file_is_found_in_any_order() -> None:
    bring("account", account("A1", parent_ref="A3"), account("A2"), account("A3", parent_ref="A2"))

    assert Account.objects.get(name="Account A1").parent.parent.name == "Account A2"


def test_an_activity_of_a_contact_belongs_to_the_contact_s_account() -> None:
    bring("account", account())
    bring("contact", {"external_id": "C1", "name": "Ann", "account_ref": "A1"})

    result = bring(
        "activity", {"external_id": "T1", "contact_ref": "C1", "subject": "Call"}, {"external_id": "T2", "subject": "Lost"}
    )

    assert told(result) == {"created": 1, "refused": 1}
    assert Activity.objects.get().account == Account.objects.get()
    assert reasons(result)[0][2].startswith("The row names no account")


# --- refusals


def test_every_bad_cell_of_a_row_is_told_and_the_row_counts_once() -> None:
    result = bring(
        "account", account(name="", kind="friend", currency="Dollar", potential_users=-5, territory="mars"), account("A2")
    )

    assert told(result) == {"created": 1, "refused": 1}
    assert [(problem.row, problem.field) for problem in result.problems] == [
        (1, "name"), (1, "kind"), (1, "currency"), (1, "potential_users"),
    ]  # fmt: skip
    assert all(problem.message and problem.remedy for problem in result.problems)
    assert Account.objects.get().name == "Account A2"


@pytest.mark.parametrize(
    ("rows", "row", "field", "sentence"),
    [
        ([{"external_id": None, "name": "x"}], 1, "external_id", "The row has no id. Fill the cell, or map the column that holds the id."),
        ([{"external_id": "A1", "name": ""}], 1, "name", "The row has no name. Fill the cell, or map another column."),
        ([account(), account("A2", name="x" * 301)], 2, "name", f"The name has more than 300 characters: '{'x' * 80}…'. Shorten it."),
        ([account(kind="friend")], 1, "kind", "'friend' is none of customer, prospect, former. Give one of them, or map the word to one of them."),
        ([account(currency="Dollar")], 1, "currency", "'Dollar' is not a currency code. Give three letters such as USD."),
        ([account(potential_users=-5)], 1, "potential_users", "'-5' is below zero. Give 0 or more, or leave the cell empty."),
        ([account(territory="mars")], 1, "territory", "There is no territory 'mars'. Add the territory first, or leave the cell empty."),
        ([account(parent_ref="A1")], 1, "parent_ref", "The parent chain leads from 'A1' back to this row. Correct the parent in the source."),
    ],
)  # fmt: skip
def test_a_refused_row_names_row_field_and_remedy_and_the_others_come_in(
    rows: list[Row], row: int, field: str, sentence: str
) -> None:
    result = bring("account", *rows, account("GOOD"))

    assert reasons(result) == [(row, field, sentence)]
    assert result.created == len(rows)  # all but the refused one, and GOOD
    assert Account.objects.filter(name="Account GOOD").exists()


def test_the_row_that_closes_a_circle_is_refused_whatever_the_batches() -> None:
    bring("account", account("A1", parent_ref="A2"), account("A2", parent_ref="A3"))

    result = bring("account", account("A3", parent_ref="A1"))

    assert [(row, field) for row, field, _ in reasons(result)] == [(1, "parent_ref")]
    assert not Account.objects.filter(name="Account A3").exists()


def test_the_same_row_twice_is_counted_and_a_conflicting_one_refused() -> None:
    result = bring("account", account("A1", employees=5), account("A1", employees=5), account("A1", employees=6))

    assert told(result) == {"created": 1, "duplicates": 1, "refused": 1}
    assert reasons(result) == [
        (
            3,
            "external_id",
            "Row 1 has the same id 'A1' and says something else. The first of such rows was taken. Delete one of them, or give it an id of its own.",
        )
    ]
    assert Account.objects.get().employees == 5


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    bring("account", account())

    result = bring(
        "subscription", {"external_id": "S1", "account_ref": "A1", "start_date": DAY, "end_date": DAY - timedelta(days=1)}
    )

    assert reasons(result) == [
        (1, "end_date", "The end date 2026-11-15 lies before the start date. Correct the end date or the start date.")
    ]
    assert Subscription.objects.count() == 0


def test_whoever_may_not_import_changes_nothing(world: World) -> None:
    before = (Account.objects.count(), Event.objects.count())

    for person in (world.olga, world.tam):
        with pytest.raises(Refused, match="You may not import files"):
            bring("account", account(), actor=person)

    assert (Account.objects.count(), Event.objects.count(), ExternalId.objects.count()) == (*before, 0)


def test_an_unknown_noun_or_field_is_refused_as_a_whole() -> None:
    with pytest.raises(Refused, match="Nothing called 'spaceship'"):
        bring("spaceship", account())
    with pytest.raises(Refused, match="Accounts have no field 'colour'"):
        bring("account", account(colour="red"))
    assert Account.objects.count() == 0


# --- batches, dry runs, crashes


def test_a_dry_session_counts_across_nouns_and_writes_nothing() -> None:
    session = imports.begin("crm", as_of=DAY, at=AT, actor=None, dry=True)
    accounts = from_rows(SPECS["account"], [account("A1"), account("A2", parent_ref="A1"), account("A2", parent_ref="A1")])
    contacts = from_rows(
        SPECS["contact"],
        [{"external_id": "C1", "name": "Ann", "account_ref": "A2"}, {"external_id": "C2", "name": "B", "account_ref": "X"}],
    )
    tickets = from_rows(SPECS["ticket"], [{"external_id": "T1", "subject": "x", "contact_ref": "C1"}])

    counts = []
    for noun, frame in (("account", accounts), ("contact", contacts), ("ticket", tickets)):
        session.new_file()
        counts.append(told(imports.write(session, noun, frame)))

    assert counts == [{"created": 2, "duplicates": 1}, {"created": 1, "waiting": 1}, {"created": 1}]
    assert [model.objects.count() for model in (Account, Contact, ExternalId, WaitingRow, Event)] == [0] * 5


def test_killed_half_way_and_repeated_nothing_is_lost_and_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "BATCH", 10)
    rows = [account(f"A{number:02}", parent_ref=f"A{number - 1:02}" if number else None) for number in range(35)]
    written = bulk.insert_frame
    calls = []

    def dies(model: Any, frame: Any, **same: Any) -> int:
        calls.append(model)
        if model is ExternalId and calls.count(ExternalId) == 3:
            raise KeyboardInterrupt
        return written(model, frame, **same)

    monkeypatch.setattr(bulk, "insert_frame", dies)
    with pytest.raises(KeyboardInterrupt):
        bring("account", *rows)
    assert (Account.objects.count(), ExternalId.objects.count(), Event.objects.filter(verb="account.created").count()) == (
        20,
        20,
        20,
    )
    monkeypatch.setattr(bulk, "insert_frame", written)

    result = bring("account", *rows)

    assert told(result) == {"created": 15, "unchanged": 20}
    assert (Account.objects.count(), ExternalId.objects.count(), AccountVersion.objects.count()) == (35, 35, 35)
    assert Account.objects.filter(parent=None).count() == 1
    assert events.verify().broken_at is None


def test_an_import_asks_the_same_number_of_questions_for_three_rows_and_for_three_hundred(
    django_assert_max_num_queries: Any,
) -> None:
    def questions(count: int, start: int) -> int:
        with django_assert_max_num_queries(200) as asked:
            bring("account", *[account(f"A{start + number}", owner_ref="U1", parent_ref="A1") for number in range(count)])
        return len(asked.captured_queries)

    bring("user", {"external_id": "U1", "email": "u1@x.example"})
    bring("account", account("A1"))

    assert questions(3, 100) == questions(300, 1000)


def test_a_session_remembers_its_source_and_day() -> None:
    session = imports.begin("crm", as_of=DAY, at=AT, actor=None)

    assert (session, session.run_id) == (Session("crm", DAY, AT), None)
    with pytest.raises(Refused, match="at most 40 characters"):
        imports.begin("x" * 41, as_of=DAY, at=AT, actor=None)


def test_a_territory_is_found_by_key_and_by_name() -> None:
    Territory.objects.create(key="emea", name="EMEA North", region="EMEA")

    bring("account", account("A1", territory="emea"), account("A2", territory="EMEA North"))

    assert set(Account.objects.values_list("territory__key", flat=True)) == {"emea"}
