"""What runs do to onboardings: begin many, keep the open ones true, complete those whose work is done. What a person has set is left alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from django.db import transaction

from tenure.actions import engagements, events, onboardings
from tenure.actions.onboardings import lock
from tenure.actions.onboardings_fields import stored, told
from tenure.actions.onboardings_telling import tell
from tenure.actions.refusals import Refused
from tenure.models import Account, AccountSummary, Assignment, CallToAction, Onboarding, OnboardingMilestone
from tenure.models import Event as Happened
from tenure.queries import assignments, clock, handbook, onboardings_due, onboardings_follow
from tenure.queries.columns import of_ids
from tenure.queries.onboardings_due import Event, Wanted
from tenure.queries.onboardings_follow import FOLLOWED, LICENCES, RECKONED

BATCH = 500
KEPT = "The onboarding “{}”, which ended with it, was changed since, so nothing was taken back."
ENDED = ("status", "is_open", "finish_date", "closed_at")  # what the end of one sets
SAID = ("name", "owner", "opportunity", "gemstone", "purchase_date", "contract_date", "start_date")
WRITTEN = (
    *RECKONED,
    *FOLLOWED.values(),
    "first_value",
    "first_value_by",
    "is_open",
    "finish_date",
    "closed_at",
    "because",
    "updated_at",
)


@dataclass(frozen=True)
class Done:
    """How many onboardings were begun, changed and completed, and how many got a further cause. ``fresh``: the ids of those begun."""

    begun: int = 0
    joined: int = 0
    changed: int = 0
    completed: int = 0
    fresh: frozenset[int] = frozenset()


@transaction.atomic
def begin_many(wanted: Iterable[Wanted], *, today: date, at: datetime, run_id: int | None = None) -> Done:
    """Begin onboardings by the handbook of ``today``, each for one natural key for ever, one open one for each account; what coincides is noted on it.

    Safe to repeat, and for two at once: what is there is asked again under the lock.
    """
    lock()
    left = onboardings_due.again(wanted)
    rows = _made([one for one in left if one.held is None], today, at)
    Onboarding.objects.bulk_create(rows, batch_size=BATCH)
    tam = onboardings_follow.tam_days(rows)
    for row in rows:
        onboardings.reckon(row, today, tam)
    Onboarding.objects.bulk_update(rows, RECKONED, batch_size=BATCH)
    entries = [
        _entry("created", row, None, {**_given(row), "status": row.status, "cause": row.cause}, row.because["said"])
        for row in rows
    ]
    joined = [one for one in left if one.held is not None]
    events.record_many([*entries, *_join(joined, today, at)], at=at, run_id=run_id)
    for row in rows:
        engagements.follow(row.account, "onboarding", today=today, actor=None, at=at)
    return Done(len(rows), len(joined), fresh=frozenset(row.pk for row in rows))


def _given(row: Onboarding) -> dict[str, Any]:
    return {name: value for name, value in told(row, SAID).items() if value not in (None, "")}


def _entry(verb: str, row: Onboarding, before: Any, after: Any, reason: str = "", **more: Any) -> events.Entry:
    body = events.body(before, after, reason, name=row.name, **more)
    return events.Entry(f"onboarding.{verb}", "onboarding", row.pk, row.account_id, body)


def _made(wanted: Sequence[Wanted], today: date, at: datetime) -> list[Onboarding]:
    book, ids = handbook.pack().onboarding, [one.account for one in wanted]
    edition = book.edition(today)
    if edition is None or not ids:
        return []
    accounts = Account.objects.in_bulk(ids)
    gems = dict(AccountSummary.objects.filter(pk__in=ids).values_list("pk", "gemstone"))
    held: dict[int, list[Assignment]] = {}
    for row in (
        Assignment.objects.filter(assignments.active(today), account__in=ids).select_related("user").order_by("from_date", "pk")
    ):
        held.setdefault(row.account_id, []).append(row)
    made = []
    for one in wanted:
        team = held.get(one.account, [])
        tam = next((row for row in reversed(team) if row.role == "tam" and row.user.is_active), None)
        made.append(
            Onboarding(
                account=accounts[one.account], name=f"{accounts[one.account].name}, {one.first.day:%B %Y}"[:300], cause=one.first.cause,
                because=_because(one.events, edition.start), natural_key=one.first.key, edition=book.since(today), status=edition.statuses[0].key,
                owner=tam.user if tam else None, opportunity_id=one.first.opportunity, gemstone=gems.get(one.account, ""),
                purchase_date=one.first.day if one.first.opportunity else one.purchase,
                contract_date=_contract(one, accounts[one.account].customer_since),
                start_date=max(tam.from_date, one.first.day) if tam else None,
                team={row.role: {"id": row.user_id, "name": row.user.name} for row in team}, created_at=at, updated_at=at,
            )
        )  # fmt: skip
    return made


def _contract(one: Wanted, customer_since: date | None) -> date | None:
    """Since when it has been a customer; where that is older than the deal that was won, the day of the deal: its contract is another."""
    since = customer_since or one.since or one.purchase
    return max(since or one.first.day, one.first.day) if one.first.opportunity else since


def _because(found: Sequence[Event], edition: date) -> dict[str, Any]:
    """What the rule saw: what it begins for, by which edition, and what coincided."""
    first, *others = found
    kept = {"day": first.day.isoformat(), "said": first.said, "rule": "onboarding", "edition": edition.isoformat()}
    return {**kept, **({"also": [_also(one) for one in others]} if others else {})}


def _also(one: Event) -> dict[str, str]:
    return {"cause": one.cause, "key": one.key, "on": one.day.isoformat(), "said": one.said}


def _join(wanted: Sequence[Wanted], today: date, at: datetime) -> list[events.Entry]:
    """Note further causes on what is there."""
    rows = Onboarding.objects.select_for_update(no_key=True).in_bulk([one.held for one in wanted])
    entries = []
    for one in wanted:
        row = rows[one.held]
        row.because = {**row.because, "also": [*row.because.get("also", ()), *map(_also, one.events)]}
        row.updated_at = at
        entries += [_entry("joined", row, None, {"cause": event.cause}, event.said) for event in one.events]
    Onboarding.objects.bulk_update(rows.values(), ["because", "updated_at"], batch_size=BATCH)
    return entries


# --- keeping the open ones true


@transaction.atomic
def follow_many(
    moves: pl.DataFrame, *, today: date, at: datetime, run_id: int | None = None, fresh: frozenset[int] = frozenset()
) -> Done:
    """Bring open onboardings to what has happened: see ``queries.onboardings_follow.of``. Who owns one that falls behind is told, and who has to
    give what its end still asks for. ``fresh``: begun a moment ago, and counted as that. Call in a transaction that has taken ``lock`` before the moves were read."""
    wanted = {row["id"]: row for row in moves.iter_rows(named=True)}
    found = Onboarding.objects.select_for_update(of=("self",), no_key=True).select_related(
        "account", "owner", "playbook_use", "opportunity"
    )
    rows = list(found.filter(pk__in=list(wanted), is_open=True, deleted_at=None).order_by("pk"))
    before, kept = {row.pk: _state(row) for row in rows}, {row.pk: stored(row, ENDED) for row in rows}
    for row in rows:
        _put(row, wanted[row.pk], at)
    reached = [entry for row in rows for entry in _reached(row, wanted[row.pk]["reached"], today)]
    tam = onboardings_follow.tam_days(rows)
    for row in rows:
        onboardings.reckon(row, today, tam)
    Onboarding.objects.bulk_update(rows, WRITTEN, batch_size=BATCH)
    entries = [entry for row in rows if (entry := _said(row, before[row.pk], kept[row.pk]))]
    marks = [
        OnboardingMilestone(onboarding_id=row.pk, key=key, reached_on=today, source=LICENCES, recorded_at=at)
        for row in rows
        for key in wanted[row.pk]["reached"]
    ]
    OnboardingMilestone.objects.bulk_create(marks, batch_size=BATCH)
    events.record_many([*entries, *reached], at=at, run_id=run_id)
    tell(rows, {pk: state["track"] for pk, state in before.items()}, wanted, at=at)
    ended = [row for row in rows if not row.is_open]
    for row in ended:
        engagements.follow(row.account, "end_of_onboarding", today=today, actor=None, at=at)
    completed = len(ended)
    return Done(changed=sum(row.is_open and row.pk not in fresh for row in rows), completed=completed)


def _state(row: Onboarding) -> dict[str, Any]:
    fields = {name: getattr(row, name) for name in ("start_date", "first_reach_out", "status", "finish_date", "track")}
    return {"owner": row.owner.name if row.owner else None, **fields, "playbook": row.playbook_use_id}


def _put(row: Onboarding, move: Mapping[str, Any], at: datetime) -> None:
    """Set what differs."""
    for column in FOLLOWED:
        if getattr(row, column) != move[column]:
            setattr(row, column, move[column])
    row.updated_at = at
    if move["ending"] == "ask":
        row.because = {**row.because, "asked": row.playbook_use_id}
    elif move["ending"] == "complete":
        edition = handbook.pack().onboarding.edition(row.edition) if row.edition else None
        last = next(status.key for status in edition.statuses if not status.open) if edition else row.status
        row.status, row.is_open, row.closed_at = last, False, at
        row.finish_date = row.finish_date or max(move["closed"], row.start_date or move["closed"])


def _reached(row: Onboarding, keys: Iterable[str], today: date) -> Iterator[events.Entry]:
    """The events of milestones of use that are new to an onboarding, each with what takes it back; that of first value gives it its day."""
    value = handbook.pack().onboarding.times(row.edition or today).get("value")
    for key in keys:
        tells = bool(value and value.milestone == key and (row.first_value is None or row.first_value_by == LICENCES))
        names = ("first_value", "first_value_by") if tells else ()
        was, kept = told(row, names[:1]), stored(row, names)
        if tells:
            row.first_value, row.first_value_by = today, LICENCES
        mark = {"key": key, "before": None, "after": today.isoformat(), "source": LICENCES}
        undo = {"before": kept, "after": stored(row, names), "mark": mark}
        yield _entry("milestone", row, {**was, key: None}, {**told(row, names[:1]), key: today}, undo=undo)


def _said(row: Onboarding, before: Mapping[str, Any], kept: Mapping[str, Any]) -> events.Entry | None:
    """The event of what has changed; the days alone make none. Of an end it keeps what takes it back."""
    after = _state(row)
    names = [name for name in after if after[name] != before[name] and (name != "track" or after[name])]
    if not names:
        return None
    verb = "completed" if not row.is_open else "tracked" if names == ["track"] else "updated"
    shown = [name for name in names if name != "playbook"]
    was, now = ({name: state[name] for name in shown} for state in (before, after))
    undo: dict[str, Any] = {} if row.is_open else {"undo": {"before": dict(kept), "after": stored(row, ENDED)}}
    return _entry(verb if shown else "linked", row, was, now, **undo)


# --- at once


def settle(account_ids: Iterable[int], changed: frozenset[str], *, today: date, at: datetime, taken_back: bool = False) -> int:
    """The same for a few accounts on which a person has just done something; how many onboardings moved. ``taken_back``: something may have
    been. The lock must have been taken."""
    ids = list(account_ids)
    if not onboardings_follow.concerned(ids, changed):
        return 0
    moved = 0
    if changed & onboardings_follow.BY_TAM:
        moved += _take_back(ids, today, at) if taken_back else 0
        if wanted := onboardings_due.of_tams(of_ids(ids), today, handbook.pack()):
            done = begin_many(wanted, today=today, at=at)
            moved += done.begun + done.joined
    return moved + follow(ids, today=today, at=at)


def _take_back(account_ids: list[int], today: date, at: datetime) -> int:
    """Those that began today because of an assignment that has been taken back, and on which nobody has worked."""
    rows = Onboarding.objects.filter(
        account__in=account_ids, cause="tam_filled", is_open=True, deleted_at=None, created_at__gte=clock.midnight(today)
    )
    by_assignment = {
        int(str(row.natural_key).rpartition(":")[2]): row for row in rows if not row.edited and not row.because.get("also")
    }
    gone = Assignment.objects.filter(pk__in=list(by_assignment), until_date__isnull=False).values_list("pk", flat=True)
    rows_gone = [by_assignment[pk] for pk in gone]
    Onboarding.objects.filter(pk__in=[row.pk for row in rows_gone]).update(deleted_at=at, updated_at=at)
    reason = "The assignment was taken back"
    events.record_many(
        [_entry("deleted", row, {"name": row.name, "status": row.status}, None, reason) for row in rows_gone], at=at
    )
    for row in rows_gone:
        engagements.take_back(row.account_id, row.created_at, today=today, actor=None, at=at)
    return len(rows_gone)


def tied(cta: CallToAction) -> bool:
    """Whether an open onboarding hangs on the work of this CTA."""
    use = cta.playbook_use_id
    return use is not None and Onboarding.objects.filter(playbook_use=use, is_open=True, deleted_at=None).exists()


def ended_with(use_ids: Iterable[int]) -> bool:
    """Whether an onboarding ended with one of these playbooks at work."""
    return Onboarding.objects.filter(playbook_use__in=list(use_ids), is_open=False, deleted_at=None).exists()


def reopen(use_ids: Iterable[int], *, today: date, at: datetime, exactly: bool = False) -> int:
    """Bring back the onboardings that ended by themselves with these playbooks, where the work is open again; how many. What was changed since,
    or has an open one beside it, stays as it is; ``exactly``, for taking back, raises Refused then. The lock must have been taken."""
    found = 0
    again = Onboarding.objects.filter(
        playbook_use__in=list(use_ids), playbook_use__status="active", is_open=False, deleted_at=None
    )
    for row in again.order_by("pk"):
        ends = Happened.objects.filter(
            account_id=row.account_id, noun="onboarding", object_id=row.pk, verb="onboarding.completed"
        )
        last = ends.order_by("-pk").first()
        if last is not None and last.actor_id is None:
            try:
                onboardings.undo(row, last.pk, today=today, actor=None, at=at)
                found += 1
            except Refused as refusal:
                if exactly:
                    raise Refused(KEPT.format(row.name), refusal.code) from refusal
    return found


def follow(account_ids: Iterable[int], *, today: date, at: datetime) -> int:
    """Keep the open onboardings of some accounts true; how many moved. The lock must have been taken."""
    moves = onboardings_follow.of(of_ids(account_ids), today, handbook.pack())
    done = follow_many(moves, today=today, at=at) if moves.height else Done()
    return done.changed + done.completed
