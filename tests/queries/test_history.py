"""The history of one account in words."""

from datetime import timedelta

from tenure.actions import accounts, contacts, events
from tenure.queries import account, handbook, history
from tests.world import World


def end(world: World):  # type: ignore[no-untyped-def]
    return account.end_of(world.today)


def test_a_change_is_told_with_before_and_after_in_words_who_and_why(world: World) -> None:
    accounts.update(
        world.homeworld, {"employees": 52_000, "growth_opportunity": True}, from_date=world.today, today=world.today, actor=world.tam,
        at=world.at, reason="Annual report",
    )  # fmt: skip

    line = next(
        line for line in history.page(world.homeworld.pk, end(world), handbook.pack()).lines if line.row.verb == "account.updated"
    )

    assert (line.title, line.by, line.reason) == ("Account changed", "Tam Technical", "Annual report")
    assert [(one.label, one.before, one.after) for one in line.changes] == [
        ("employees", "48,000", "52,000"),
        ("growth opportunity", "no", "yes"),
    ]


def test_ids_roles_days_and_money_are_told_as_people_say_them(world: World) -> None:
    before = {"territory_id": world.territories["emea"].pk, "role": "tam", "iacv_minor": None}
    after = {"territory_id": world.territories["apac"].pk, "role": "account_manager", "iacv_minor": 125_050, "from": "2026-03-01"}
    events.record(
        "assignment.started", "assignment", 1, at=world.at, actor=None, account_id=world.homeworld.pk, before=before, after=after
    )

    line = history.page(world.homeworld.pk, end(world), handbook.pack()).lines[0]

    assert line.by == "Tenure"
    assert [(one.label, one.before, one.after) for one in line.changes] == [
        ("territory", "EMEA", "APAC"),
        ("role", "Technical account manager", "Account manager"),
        ("iACV", "–", "1,250.50"),
        ("from", "–", "1 Mar 2026"),
    ]


def test_what_the_handbook_decided_is_told_by_the_rules_titles(decided: World) -> None:
    line = history.page(decided.homeworld.pk, end(decided), handbook.pack(), part="decisions").lines[0]

    assert line.title == "Decided by the handbook"
    assert ("Onboarding gemstone", "Diamond") in [(one.label, one.after) for one in line.changes]


def test_a_body_that_cannot_be_read_hides_only_itself(world: World) -> None:
    entry = events.Entry("account.updated", "account", world.homeworld.pk, world.homeworld.pk, "not JSON")
    events.record_many([entry], at=world.at)
    contacts.create(world.homeworld, {"name": "Pearl"}, today=world.today, actor=None, at=world.at)

    lines = history.page(world.homeworld.pk, end(world), handbook.pack()).lines

    assert [line.row.verb for line in lines] == ["contact.created", "account.updated"]
    assert lines[1].changes == []


def test_the_history_is_paged_without_loss_or_doubles(world: World) -> None:
    for number in range(7):
        contacts.create(world.homeworld, {"name": f"Person {number}"}, today=world.today, actor=world.tam, at=world.at)

    first = history.page(world.homeworld.pk, end(world), handbook.pack(), size=4)
    second = history.page(world.homeworld.pk, end(world), handbook.pack(), size=4, before=first.next)

    names = [line.about for page in (first, second) for line in page.lines]
    assert names == [f"Person {number}" for number in (6, 5, 4, 3, 2, 1, 0)]
    assert second.next is None


def test_the_history_of_a_day_ends_with_that_day(world: World) -> None:
    contacts.create(world.homeworld, {"name": "Pearl"}, today=world.today, actor=world.tam, at=world.at)

    yesterday = history.page(world.homeworld.pk, account.end_of(world.today - timedelta(days=1)), handbook.pack())

    assert yesterday.lines == []


def test_a_part_of_the_history_shows_only_that_part(decided: World) -> None:
    contacts.create(decided.homeworld, {"name": "Pearl"}, today=decided.today, actor=decided.tam, at=decided.at)

    verbs = {
        part: {line.row.verb for line in history.page(decided.homeworld.pk, end(decided), handbook.pack(), part=part).lines}
        for part in history.PARTS
    }

    assert verbs == {"facts": {"contact.created"}, "team": set(), "decisions": {"decisions.changed"}}


def test_a_page_takes_the_same_queries_for_three_and_thirty_events(world: World, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for number in range(30):
        contacts.create(world.homeworld, {"name": f"Person {number}"}, today=world.today, actor=world.tam, at=world.at)

    with django_assert_max_num_queries(4):
        history.page(world.homeworld.pk, end(world), handbook.pack())
