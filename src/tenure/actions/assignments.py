"""Who works on an account: assigning, ending, both for many accounts at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from tenure.actions import decisions, events, handovers_runs, notices, previous_owners, summaries
from tenure.actions import settling as following
from tenure.actions.notices import Letter
from tenure.actions.refusals import Refused
from tenure.models import Account, Assignment, User
from tenure.queries import assignments, settling, visible

MANAGER = "account_manager"
ONE_BY_ONE = 5  # up to so many accounts are told one by one, more as a number
TAKEN_BACK = "Taken back"
LONGEST = 500  # characters of a reason
EARLIEST = date(1970, 1, 1)
DENIED = "You may not assign people to {}."
UNKNOWN = "There is no such account."


@dataclass
class Assigned:
    """What ``assign_many`` did, by account id; ``refused`` gives the sentence for each."""

    started: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


def assign(
    account: Account,
    user: User,
    role: str,
    *,
    from_date: date,
    actor: User | None,
    at: datetime,
    reason: str = "",
    today: date | None = None,
) -> Assignment:
    """Give ``user`` the role on the account from ``from_date``; whoever held it ends that day.

    An account has one TAM and one person in each owner role. Where the handbook's coverage keeps the previous owner on the team,
    that person goes on as previous owner. The user is told, and so is whoever loses the role. Raises Refused.
    """
    done = assign_many([account.pk], user, role, from_date=from_date, actor=actor, at=at, reason=reason, today=today)
    if sentence := done.refused.get(account.pk):
        raise Refused(sentence, _code(sentence))
    return Assignment.objects.get(account=account, user=user, role=role, until_date=None)


@transaction.atomic
def assign_many(
    account_ids: Iterable[int], user: User, role: str, *, from_date: date, actor: User | None, at: datetime, reason: str = "",
    today: date | None = None, decided: bool = False,
) -> Assigned:  # fmt: skip
    """``assign`` for many accounts in one transaction. Accounts that the actor may not change are refused alone; a user who
    can't hold the role refuses the whole (Refused). ``decided``: somebody who may assign has decided it, whoever carries it out."""
    _check_user(user, role)
    _check_reason(reason)
    today = today or from_date
    if from_date > today:
        raise Refused(f"An assignment starts today or earlier, not on {from_date}.", "invalid", "from_date")
    if from_date < EARLIEST:
        raise Refused("That day is too far away.", "invalid", "from_date")
    wanted = set(account_ids)
    begin(wanted, role, today, actor)
    rows = {
        row.pk: row
        for row in Account.objects.select_for_update(no_key=True).filter(pk__in=wanted, deleted_at=None).order_by("pk")
    }
    done = Assigned(refused=_not_allowed(wanted, rows, role, None if decided else actor))
    active = _active(set(rows) - set(done.refused), role)
    starting = []
    for pk in sorted(set(rows) - set(done.refused)):
        held = [row for row in active.get(pk, []) if row.role == role]
        if any(row.user_id == user.pk for row in held):
            done.unchanged.append(pk)
        elif late := [row for row in held if row.from_date > from_date]:
            done.refused[pk] = f"{rows[pk].name} has had {late[0].user} since {late[0].from_date}: the change can't be earlier."
        else:
            starting.append(rows[pk])
    if starting:
        ended = _end_holders(starting, active, role, from_date)
        kept = _keep_previous_owners(starting, active, role, user, from_date, today, at, actor)
        made = _start(starting, ended, user, role, from_date, actor, at, reason)
        lost = {row.pk: row for row in [*ended.values(), *kept]}.values()
        notices.queue([*_letters(made, user, role, actor, from_date), *_farewells(lost, user, actor, from_date)], at=at)
        settle([row.pk for row in starting], role, today, at, actor)
    done.started = [row.pk for row in starting]
    return done


@transaction.atomic
def end(
    assignment: Assignment,
    *,
    on: date,
    actor: User | None,
    at: datetime,
    reason: str = "",
    today: date | None = None,
    decided: bool = False,
) -> None:
    """End an active assignment: ``on`` is the first day without it. The user is told. ``decided``: see ``assign_many``. Raises Refused."""
    _check_reason(reason)
    begin([assignment.account_id], assignment.role, today or on, actor, taken_back=True)
    row = Assignment.objects.select_for_update(of=("self",), no_key=True).select_related("account", "user").get(pk=assignment.pk)
    if actor is not None and not decided and not assignments.nameable_ids(actor, [row.account_id], row.role):
        raise Refused(DENIED.format(row.account.name), "not_allowed")
    if row.until_date is not None:
        raise Refused(f"{row.user}'s assignment ended on {row.until_date} already.", "conflict")
    if on < row.from_date:
        raise Refused(f"The assignment began on {row.from_date}: it can't end before.", "invalid", "on")
    row.until_date = on
    row.save(update_fields=["until_date"])
    before = {"user": str(row.user), "role": row.role, "from": row.from_date}
    events.record(
        "assignment.ended", "assignment", row.pk, at=at, actor=actor, account_id=row.account_id, before=before, reason=reason
    )
    if row.user != actor:
        notices.queue([_farewell(row, reason)], at=at)
    settle([row.account_id], row.role, today or on, at, actor, taken_back=row.recorded_at)


@transaction.atomic
def take_back(rows: Sequence[Assignment], *, today: date, actor: User, at: datetime) -> None:
    """End assignments of one person and role, made together, on the day they began, as if they had not been; the person is told once.
    After ``begin``; the caller has checked the right."""
    if not rows:
        return
    Assignment.objects.filter(pk__in=[row.pk for row in rows]).update(until_date=rows[0].from_date)
    entries = [
        events.Entry(
            "assignment.ended", "assignment", row.pk, row.account_id,
            events.body({"user": str(row.user), "role": row.role, "from": row.from_date}, reason=TAKEN_BACK),
        )
        for row in rows
    ]  # fmt: skip
    events.record_many(entries, at=at, actor=actor)
    user, count = rows[0].user, len(rows)
    if user != actor:
        title = f"You are no longer {_a(rows[0].role)} of {rows[0].account.name if count == 1 else f'{count:,} accounts'}"
        notices.queue([Letter(user.pk, "assignment", title, f"assignment.taken_back:{rows[0].pk}", TAKEN_BACK)], at=at)
    settle([row.account_id for row in rows], rows[0].role, today, at, actor, taken_back=rows[0].recorded_at)


def begin(account_ids: Iterable[int], role: str, today: date, actor: User | None, *, taken_back: bool = False) -> None:
    """Let one transaction at a time decide, and settle work: call before any row is locked and any Event is written (see ``settle``)."""
    decisions.lock()
    if actor is not None and role in settling.BY_ROLE:
        following.begin(account_ids, settling.BY_ROLE[role], today=today, taken_back=taken_back)


def settle(
    account_ids: list[int], role: str, today: date, at: datetime, actor: User | None, taken_back: datetime | None = None
) -> None:
    """Who is account manager is a fact that rules read (has_account_manager); the other roles only show in lists. Work that asked for
    somebody in the role closes now, not only with the daily run, and is open again where an assignment ends that has just begun."""
    if role == MANAGER:
        decisions.redecide(account_ids, as_of=today, at=at, actor=actor, reason="Account manager changed")
    else:
        summaries.refresh(account_ids, today=today, at=at)
    if actor is not None and role in settling.BY_ROLE:
        following.follow(account_ids, settling.BY_ROLE[role], today=today, at=at, taken_back=taken_back)
    if actor is not None:
        handovers_runs.follow(today, at=at, account_ids=account_ids)


# --- checks


def _check_user(user: User, role: str) -> None:
    if role not in visible.roles():
        raise Refused(f"The handbook knows no role '{role}'.", "invalid", "role")
    if not user.is_active:
        raise Refused(f"{user} is not active any more.", "invalid", "user")
    if not user.has_role(role):
        raise Refused(f"{user} is not {_a(role)}.", "invalid", "user")


def _not_allowed(account_ids: Iterable[int], rows: dict[int, Account], role: str, actor: User | None) -> dict[int, str]:
    allowed = set(rows) if actor is None else assignments.nameable_ids(actor, rows, role)
    seen = (
        set(rows) if actor is None else allowed | set(visible.summaries(actor).filter(pk__in=rows).values_list("pk", flat=True))
    )
    return {pk: DENIED.format(rows[pk].name) if pk in seen else UNKNOWN for pk in set(account_ids) if pk not in allowed}


def _code(sentence: str) -> str:
    if sentence == UNKNOWN:
        return "not_found"
    return "not_allowed" if sentence.startswith(DENIED.split("{", 1)[0]) else "conflict"


def _a(role: str) -> str:
    titles = visible.roles()
    title = titles[role].title if role in titles else role.replace("_", " ")
    return ("an " if title[:1].lower() in "aeiou" else "a ") + title[:1].lower() + title[1:]


# --- steps


def _active(account_ids: Iterable[int], role: str) -> dict[int, list[Assignment]]:
    """The open assignments in this role, and in the other owner roles where it is one, by account."""
    roles = assignments.OWNER_ROLES if role in assignments.OWNER_ROLES else (role,)
    found: dict[int, list[Assignment]] = {}
    for row in Assignment.objects.filter(account__in=account_ids, role__in=roles, until_date=None).select_related(
        "account", "user"
    ):
        found.setdefault(row.account_id, []).append(row)
    return found


def _end_holders(starting: list[Account], active: dict[int, list[Assignment]], role: str, on: date) -> dict[int, Assignment]:
    """End whoever holds the role, where only one person can; by account."""
    if role not in ("tam", *assignments.OWNER_ROLES):
        return {}
    held = {pk: row for pk in (a.pk for a in starting) for row in active.get(pk, []) if row.role == role}
    Assignment.objects.filter(pk__in=[row.pk for row in held.values()]).update(until_date=on)
    return held


def _keep_previous_owners(
    starting: list[Account], active: dict[int, list[Assignment]], role: str, user: User, on: date, today: date, at: datetime,
    actor: User | None,
) -> list[Assignment]:  # fmt: skip
    """Account Management, Customer Roles: where coverage says so, the owner before stays on the team. The role to which the account
    passes takes over from every owner (the account manager does wherever one is named), any other owner role from its own holder.
    Returns the assignments that end by it."""
    if role not in assignments.OWNER_ROLES:
        return []
    kept = previous_owners.kept_by([account.pk for account in starting], today)
    before = [
        row
        for pk, owner in kept.items()
        for row in active.get(pk, [])
        if row.user_id != user.pk and (row.role == role or role in (owner, MANAGER))
    ]
    Assignment.objects.filter(pk__in=[row.pk for row in before], until_date=None).update(until_date=on)
    previous_owners.keep(before, on, at=at, actor=actor)
    return before


def _start(
    starting: list[Account],
    ended: dict[int, Assignment],
    user: User,
    role: str,
    on: date,
    actor: User | None,
    at: datetime,
    reason: str,
) -> list[Assignment]:
    made = Assignment.objects.bulk_create(
        Assignment(account=account, user=user, role=role, from_date=on, reason=reason, assigned_by=actor, recorded_at=at)
        for account in starting
    )
    entries = [_entry(row, str(user), ended.get(row.account_id)) for row in made]
    events.record_many(entries, at=at, actor=actor)
    return made


def _check_reason(text: str) -> None:
    if len(text) > LONGEST or "\x00" in text:
        raise Refused(f"Say why in at most {LONGEST} characters.", "invalid", "reason")


def _entry(row: Assignment, name: str, before: Assignment | None) -> events.Entry:
    was = {"user": str(before.user), "role": before.role, "from": before.from_date} if before else None
    body = events.body(was, {"user": name, "role": row.role, "from": row.from_date}, row.reason)
    return events.Entry("assignment.started", "assignment", row.pk, row.account_id, body)


# --- telling


def _url(account_id: int) -> str:
    return f"/accounts/{account_id}/"


def _letters(made: list[Assignment], user: User, role: str, actor: User | None, on: date) -> list[Letter]:
    """To the assigned user, once for each assignment; who assigns to themselves knows it."""
    if user == actor:
        return []
    by = f"By {actor}" if actor else "By the handbook"
    if len(made) <= ONE_BY_ONE:
        return [
            Letter(user.pk, "assignment", f"{row.account.name} is yours: you are its {_a(role).split(' ', 1)[1]}",
                   f"assignment.started:{row.pk}", f"{by}, from {on}", _url(row.account_id), row.account_id)
            for row in made
        ]  # fmt: skip
    key = f"assignment.started:many:{made[0].pk}:{len(made)}"
    return [
        Letter(
            user.pk,
            "assignment",
            f"{len(made)} accounts are yours: you are their {_a(role).split(' ', 1)[1]}",
            key,
            f"{by}, from {on}",
            "/accounts/",
        )
    ]


def _farewells(lost: Iterable[Assignment], user: User, actor: User | None, on: date) -> list[Letter]:
    """To those who lose the role to ``user``; who gives it away, or holds another role and takes this one over, knows it."""
    by_user: dict[int, list[Assignment]] = {}
    for row in lost:
        if row.user_id != user.pk and row.user != actor:
            by_user.setdefault(row.user_id, []).append(row)
    body = f"{user} has taken over, from {on}"
    letters = []
    for user_id, rows in by_user.items():
        if len(rows) <= ONE_BY_ONE:
            letters += [_farewell(row, body) for row in rows]
            continue
        title, key = (
            f"You are no longer {_a(rows[0].role)} of {len(rows)} accounts",
            f"assignment.ended:many:{rows[0].pk}:{len(rows)}",
        )
        letters.append(Letter(user_id, "assignment", title, key, body, "/accounts/"))
    return letters


def _farewell(row: Assignment, body: str) -> Letter:
    title = f"You are no longer {_a(row.role)} of {row.account.name}"
    return Letter(row.user_id, "assignment", title, f"assignment.ended:{row.pk}", body, _url(row.account_id), row.account_id)
