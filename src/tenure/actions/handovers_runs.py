"""What runs do to hand-overs: begin them after a sale or an upgrade, keep what is missing true, tell of late ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from tenure.actions import decisions, events
from tenure.actions.handovers_telling import tell, tell_begun, tell_late
from tenure.models import Account, Assignment, HandOver, Opportunity
from tenure.queries import handbook, handovers_due, handovers_people, handovers_states, journeys
from tenure.queries.handovers_due import Wanted

BATCH = 500
TAM = "tam"
CAME, ANOTHER = "Somebody has come to be on the account", "The TAM of the account has changed"


@dataclass(frozen=True)
class Done:
    """How many hand-overs were begun, how many got a further cause."""

    begun: int = 0
    joined: int = 0


@transaction.atomic
def begin_many(wanted: Iterable[Wanted], *, today: date, at: datetime, run_id: int | None = None) -> Done:
    """Begin hand-overs by the handbook of ``today``, each for one natural key for ever and one open one for each account and kind; what coincides is
    noted on it. Both sides are told. Safe to repeat, and for two at once: what is there is asked again under the lock."""
    known = list(wanted)
    if not known:
        return Done()
    decisions.lock()
    left = handovers_due.again(known)
    rows = _made([one for one in left if one.held is None], today, at)
    HandOver.objects.bulk_create(rows, batch_size=BATCH)
    recount(rows, today)
    entries = [_entry("started", row, {**_given(row)}, row.because["said"]) for row in rows]
    joined = [one for one in left if one.held is not None]
    events.record_many([*entries, *_join(joined, today, at)], at=at, run_id=run_id)
    tell_begun(rows, at=at)
    return Done(len(rows), len(joined))


@transaction.atomic
def follow(today: date, *, at: datetime, account_ids: Sequence[int] | None = None) -> int:
    """Bring open hand-overs to what has happened: how much is missing, and who gives and takes where nobody was named. Tell of those that have
    become late. How many changed. A few queries, whatever there is."""
    # Somebody who is at work on one holds it until they have written: they recount it themselves.
    found = HandOver.objects.filter(is_open=True).select_for_update(of=("self",), no_key=True, skip_locked=True)
    some = set(account_ids) if account_ids is not None else None
    found = found.filter(account__in=some) if some is not None and len(some) <= handovers_due.MOST else found
    rows = [
        row
        for row in found.select_related("account", "opportunity", "giver", "taker").order_by("pk")
        if some is None or row.account_id in some
    ]
    changed = {row.pk for row in _name(rows, today, at)} | {row.pk for row in recount(rows, today)}
    if account_ids is None:
        tell_late([row for row in rows if _is_told(row, today)], at=at)
    return len(changed)


def recount(rows: Sequence[HandOver], today: date) -> list[HandOver]:
    """Those of which another number of things is missing now, stored."""
    now = handovers_states.missing(rows, today, handbook.pack())
    moved = [row for row in rows if row.missing != now[row.pk]]
    for row in moved:
        row.missing = now[row.pk]
    HandOver.objects.bulk_update(moved, ["missing"], batch_size=BATCH)
    return moved


def _is_told(row: HandOver, today: date) -> bool:
    """Whether it is late, and not for so long that nobody is told any more."""
    shape = handovers_states.shape(row, handbook.pack())
    return shape is not None and today - timedelta(days=shape.told_late) <= row.due_on < today


def _name(rows: Sequence[HandOver], today: date, at: datetime) -> list[HandOver]:
    """Those of which another person gives or takes: somebody has come to be on the account, or its TAM isn't any more. Stored; both sides are
    told."""
    teams = handovers_people.teams({row.account_id for row in rows}, today) if rows else {}
    left, moved = _left(rows, teams), {}
    for row in rows:
        shape, team = handovers_states.shape(row, handbook.pack()), teams[row.account_id]
        if shape is None:
            continue
        before = (row.giver_id, row.taker_id)
        gone = row.pk in left
        row.giver = None if gone and shape.giver == TAM else row.giver
        row.taker = None if gone and shape.taker == TAM else row.taker
        row.giver = row.giver or handovers_people.giver(shape, team, row.opportunity)
        row.taker = row.taker or handovers_people.taker(shape, team)
        if (row.giver_id, row.taker_id) != before:
            moved[row] = ANOTHER if gone else CAME
    HandOver.objects.bulk_update(moved, ["giver", "taker"], batch_size=BATCH)
    events.record_many([_entry("updated", row, _given(row), why) for row, why in moved.items()], at=at)
    for row in moved:
        tell(row, "named", f"From {row.giver or 'nobody yet'} to {row.taker or 'nobody yet'}.", actor=None, at=at)
    return list(moved)


def _left(rows: Sequence[HandOver], teams: Mapping[int, handovers_people.Team]) -> set[int]:
    """The hand-overs whose side of the TAM is taken by one who was TAM of the account and isn't any more; between two TAMs the people stay."""
    asked = {}
    for row in rows:
        shape = handovers_states.shape(row, handbook.pack())
        if shape is not None and TAM in (shape.giver, shape.taker) and shape.giver != shape.taker:
            person = row.giver_id if shape.giver == TAM else row.taker_id
            if person not in {None, *(user.pk for user in teams[row.account_id].get(TAM, ()))}:
                asked[row.pk] = (row.account_id, person)
    if not asked:
        return set()
    ended = Assignment.objects.filter(account__in={pk for pk, _ in asked.values()}, role=TAM, until_date__isnull=False)
    were = set(ended.values_list("account_id", "user_id"))
    return {pk for pk, one in asked.items() if one in were}


def _made(wanted: Sequence[Wanted], today: date, at: datetime) -> list[HandOver]:
    ids = {one.account for one in wanted}
    if not ids:
        return []
    found, teams, plans = Account.objects.in_bulk(ids), handovers_people.teams(ids, today), journeys.plans(ids, today)
    deals = Opportunity.objects.in_bulk([one.first.opportunity for one in wanted if one.first.opportunity])
    rows = []
    for one in wanted:
        shape = handbook.pack().journey.handover(one.first.kind, today)
        if shape is None:
            continue
        deal = deals.get(one.first.opportunity or 0)
        team = teams[one.account]
        rows.append(
            HandOver(
                account=found[one.account], kind=one.first.kind, natural_key=one.first.key, edition=shape.start, plan=plans.get(one.account, ""),
                opportunity=deal, giver=handovers_people.giver(shape, team, deal), taker=handovers_people.taker(shape, team), started_on=today,
                due_on=max(one.first.day + timedelta(days=shape.days), today), because=_because(one), created_at=at, updated_at=at,
            )
        )  # fmt: skip
    return rows


def _because(one: Wanted) -> dict[str, Any]:
    """What the rule saw, and what coincided."""
    also = [_also(event) for event in one.events[1:]]
    return {"day": one.first.day.isoformat(), "said": one.first.said, **({"also": also} if also else {})}


def _also(event: handovers_due.Event) -> dict[str, str]:
    return {"key": event.key, "on": event.day.isoformat(), "said": event.said}


def _join(wanted: Sequence[Wanted], today: date, at: datetime) -> list[events.Entry]:
    # What somebody is at work on is left for the next run: its causes are looked for again.
    rows = HandOver.objects.select_for_update(no_key=True, skip_locked=True).in_bulk([one.held for one in wanted])
    entries = []
    for one in wanted:
        row = rows.get(one.held or 0)
        if row is None:
            continue
        row.because = {**row.because, "also": [*row.because.get("also", ()), *map(_also, one.events)]}
        row.updated_at = at
        entries += [_entry("joined", row, {}, event.said) for event in one.events]
    HandOver.objects.bulk_update(rows.values(), ["because", "updated_at"], batch_size=BATCH)
    return entries


def _given(row: HandOver) -> dict[str, Any]:
    found = {
        "kind": row.kind,
        "giver": row.giver.name if row.giver else "",
        "taker": row.taker.name if row.taker else "",
        "due_on": row.due_on,
    }
    return {name: value for name, value in found.items() if value}


def _entry(verb: str, row: HandOver, after: Any, reason: str) -> events.Entry:
    return events.Entry(f"handover.{verb}", "handover", row.pk, row.account_id, events.body(None, after, reason))
