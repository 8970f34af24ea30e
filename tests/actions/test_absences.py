"""Absences: added, changed, deleted and taken back, and what is refused."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tenure.actions import absences
from tenure.actions.absences import Given
from tenure.actions.refusals import Refused
from tenure.models import Absence, Event, User
from tests.work import fresh
from tests.world import World

FIRST, LAST = date(2026, 12, 21), date(2026, 12, 31)
LEAVE = Given(FIRST, LAST)


def add(world: World, whose: User | None = None, given: Given = LEAVE, actor: User | None = None) -> Absence:
    return absences.create(whose or world.tam, given, actor=actor, at=world.at)


def content() -> list[Any]:
    return [list(Absence.objects.order_by("pk").values()), Event.objects.count()]


def test_an_absence_is_kept_and_told(world: World) -> None:
    row = add(world, given=Given(FIRST, None, "sick", "  a   cold ", world.tessa.pk), actor=fresh(world.tam))

    assert (row.first, row.last, row.kind, row.note, row.deputy) == (FIRST, FIRST, "sick", "a cold", world.tessa)
    event = Event.objects.get(noun="absence")
    assert (event.verb, event.object_id, event.actor, event.account_id) == ("absence.created", row.pk, world.tam, None)


def test_the_manager_keeps_the_team_s_and_operations_everybody_s(world: World) -> None:
    assert add(world, actor=fresh(world.mona)).user == world.tam
    assert add(world, world.ari, actor=fresh(world.ops)).user == world.ari


@pytest.mark.parametrize("who", ["tessa", "ari", "fin", "olga", "exa"])
def test_nobody_else_does(world: World, who: str) -> None:
    before = content()

    with pytest.raises(Refused, match=r"You may not change the time of Tam Technical\.") as caught:
        add(world, actor=fresh(world.people[who]))
    assert caught.value.code == "not_allowed"
    assert content() == before


def test_oneself_may_without_any_right(world: World) -> None:
    assert add(world, world.fin, actor=fresh(world.fin)).user == world.fin


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 12, 31), date(2027, 1, 2)),
        (date(2026, 12, 1), date(2026, 12, 21)),
        (date(2026, 12, 24), date(2026, 12, 24)),
        (date(2026, 12, 1), date(2027, 1, 31)),
    ],
)
def test_two_of_one_person_never_share_a_day(world: World, first: date, last: date) -> None:
    add(world)
    before = content()

    with pytest.raises(Refused, match=r"Tam Technical is away from 21 Dec 2026 to 31 Dec 2026 already\.") as caught:
        add(world, given=Given(first, last))
    assert (caught.value.code, caught.value.field) == ("conflict", "first")
    assert content() == before


def test_neighbours_and_other_people_may(world: World) -> None:
    add(world)

    add(world, given=Given(date(2027, 1, 1), date(2027, 1, 8)))
    add(world, given=Given(date(2026, 12, 19), date(2026, 12, 20)))
    add(world, world.tessa)
    assert Absence.objects.count() == 4


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"first": None, "last": None}, "first"),
        ({"last": date(2026, 12, 20)}, "last"),
        ({"last": date(2029, 1, 1)}, "last"),
        ({"kind": "holiday"}, "kind"),
        ({"note": "x" * 201}, "note"),
        ({"deputy": 999_999}, "deputy"),
    ],
)
def test_what_can_t_be_is_refused(world: World, changed: dict[str, Any], field: str) -> None:
    before = content()

    with pytest.raises(Refused) as caught:
        add(world, given=replace(LEAVE, **changed))
    assert caught.value.field == field
    assert content() == before


def test_nobody_stands_in_for_oneself(world: World) -> None:
    with pytest.raises(Refused, match="somebody else"):
        add(world, given=replace(LEAVE, deputy=world.tam.pk))


def test_a_change_tells_what_differs_and_nothing_when_nothing_does(world: World) -> None:
    row = add(world)

    assert not absences.update(row, LEAVE, actor=fresh(world.tam), at=world.at)
    assert absences.update(row, Given(FIRST, date(2027, 1, 3)), actor=fresh(world.tam), at=world.at)

    row.refresh_from_db()
    assert row.last == date(2027, 1, 3)
    event = Event.objects.filter(verb="absence.updated").get()
    assert event.body == f'{{"before":{{"last":"2026-12-31"}},"after":{{"last":"2027-01-03"}},"user":{world.tam.pk}}}'


def test_a_change_may_not_reach_into_another(world: World) -> None:
    row = add(world)
    add(world, given=Given(date(2027, 1, 4), date(2027, 1, 8)))

    with pytest.raises(Refused, match="4 Jan 2027 to 8 Jan 2027"):
        absences.update(row, Given(FIRST, date(2027, 1, 4)), actor=None, at=world.at)


def test_deleting_and_bringing_back(world: World) -> None:
    row = add(world, given=replace(LEAVE, deputy=world.tessa.pk))
    said = absences.given(row)

    absences.delete(row, actor=fresh(world.mona), at=world.at)
    assert not Absence.objects.exists()
    back = absences.create(world.tam, absences.read(absences.plain(said)), actor=fresh(world.mona), at=world.at)

    assert absences.given(back) == said


def test_what_is_gone_can_t_be_deleted_again(world: World) -> None:
    row = add(world)
    absences.delete(row, actor=None, at=world.at)

    with pytest.raises(Refused, match="not there any more"):
        absences.delete(Absence(pk=row.pk or 1, user=world.tam), actor=None, at=world.at)


def test_an_undo_is_refused_where_something_else_has_changed_since(world: World) -> None:
    row = add(world)
    made = absences.plain(absences.given(row))
    absences.update(row, replace(LEAVE, note="Skiing"), actor=None, at=world.at)
    before = content()

    for verb in (
        lambda: absences.delete(row, expected=made, actor=None, at=world.at),
        lambda: absences.put_back(row, LEAVE, expected=made, actor=None, at=world.at),
    ):
        with pytest.raises(Refused, match=r"It was changed in the meantime\."):
            verb()
    assert content() == before
