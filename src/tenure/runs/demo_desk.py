"""What stands on the desks of the demo company's people today: work in progress, snoozed work, work of their own, playbooks put there by hand,
planned calls."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import groupby
from random import Random

from django.utils import timezone

from tenure.actions import activities, ctas, playbooks, tasks
from tenure.actions.refusals import Refused
from tenure.models import Account, Assignment, CallToAction, User
from tenure.queries import visible
from tenure.runs import demo_numbers

DAY = timedelta(days=1)
SNOOZES = ("Away until then", "After their release freeze", "Budget is decided next month", "Their sponsor is on leave")
OWN = (
    ("expansion", "Stage expansion", "Show the security team dependency scanning", 1),
    ("objective", "Stage adoption", "Get the second business unit on board", 2),
    ("risk", "Loss of budget", "Talk to finance about the cut", 1), ("activity", "Next step", "Send the notes of the architecture review", 3),
    ("expansion", "Up-tier", "Compare Premium and Ultimate with their architects", 2),
    ("risk", "Product value or gaps", "Show a way around the missing approval rules", 1),
)  # fmt: skip
DUE = (0, 3, 12)  # days from today on which a TAM's own work is due
BY_HAND = ("enable_ci", "enable_devsecops", "ultimate_up_tier", "usage_data_enablement")
INVITES = 6  # one TAM in so many invites people to the first of them by mail
CALLS, AHEAD = 4, 14  # calls that each TAM has planned, in how many days
BEGUN, RESTS = (6, 3), (4, 2)  # one in so many of somebody's open CTAs is in progress, and snoozed; at most so many


def lay_out(seed: int, today: date, at: datetime) -> None:
    """Do it once: a repeat finds work of people's own and leaves."""
    if CallToAction.objects.filter(origin="person").exists():
        return
    held = Assignment.objects.filter(role="tam", until_date=None).select_related("account").order_by("user", "pk")
    calls, before = _calls(today), demo_numbers.people()
    for number, (pk, found) in enumerate(groupby(held, key=lambda row: row.user_id)):
        user, chance, rows = _person(pk), Random(f"{seed}:{pk - before}:desk"), list(found)
        some = chance.sample(rows, min(len(rows), len(DUE)))
        for place, (row, due) in enumerate(zip(some, DUE, strict=False)):
            _try(lambda: _own(row.account, user, number + 2 * place, today + due * DAY, today, at))  # noqa: B023 - called at once
        _try(lambda: _by_hand(some[-1].account, user, BY_HAND[number % len(BY_HAND)], today, at))  # noqa: B023
        _plan(rows, user, calls, chance, today, at, invite=number % INVITES == 0 or user.email.startswith("tam@"))
    _touch(seed, today, at)


def _try(do: Callable[[], object]) -> None:
    """What somebody may not do is left."""
    try:
        do()
    except Refused:
        return


def _person(pk: int) -> User:
    """Somebody who does several things in a row: what they may do is asked once."""
    user = User.objects.prefetch_related("roles").get(pk=pk)
    visible.remember(user)
    return user


def _own(account: Account, tam: User, number: int, due: date, today: date, at: datetime) -> None:
    type_key, reason, title, priority = OWN[number % len(OWN)]
    ctas.create(
        account, type=type_key, reason=reason, title=title, owner=tam, due_date=due, priority=priority, important=number % 4 == 0, today=today,
        actor=tam, at=at,
    )  # fmt: skip


def _by_hand(account: Account, tam: User, key: str, today: date, at: datetime) -> None:
    """A playbook that is at work since yesterday, its first step done where that asks for nothing."""
    use = playbooks.apply(account, key, start=today - DAY, today=today, actor=tam, at=at)
    first = use.ctas.get().tasks.first()
    if first:
        _try(lambda: tasks.done(first, actor=tam, at=at))


def _calls(today: date) -> dict[int, date]:
    """Account -> when its cadence call is due, of those that come soon."""
    rows = CallToAction.objects.filter(rule="cadence_call", is_open=True, due_date__range=(today - 7 * DAY, today + AHEAD * DAY))
    return {account: due for account, due in rows.values_list("account", "due_date") if due}


def _plan(
    rows: list[Assignment], tam: User, calls: dict[int, date], chance: Random, today: date, at: datetime, *, invite: bool
) -> None:
    """Dates for the cadence calls that are due, and for some others of the TAM's accounts; ``invite``: by mail to the first."""
    asked = sorted(rows, key=lambda row: calls.get(row.account_id, date.max))
    for number, row in enumerate(asked[:CALLS]):
        day = calls.get(row.account_id) or today + chance.randrange(2, AHEAD) * DAY
        day = max(day, today + chance.randrange(1, 5) * DAY)
        day += max(0, 8 - day.isoweekday()) * DAY if day.isoweekday() > 5 else timedelta()
        moment = timezone.make_aware(datetime.combine(day, time(chance.randrange(8, 16), chance.choice((0, 30)))))
        fields = {
            "kind": "call", "subject": "Cadence call", "happened_at": moment, "minutes": 30, "template": "cadence_call",
        }  # fmt: skip
        guests = (
            list(row.account.contacts.filter(deleted_at=None).exclude(email="").order_by("pk")[:2])
            if invite and not number
            else []
        )
        fields |= {"participants": [tam], "attendees": guests}
        _try(lambda: activities.plan(row.account, fields, today=today, actor=tam, at=at, invite=bool(guests)))  # noqa: B023 - called at once


def _touch(seed: int, today: date, at: datetime) -> None:
    """Everybody has begun some of their open work, and lets some of it rest for a while; nobody lets a risk rest."""
    open_ctas = CallToAction.objects.filter(is_open=True, owner__isnull=False, origin="schedule").select_related("account")
    # Not by keys: a run writes what falls due on one day in no order, and the same seed gives the same company on every database.
    in_order = sorted(open_ctas, key=lambda row: (row.owner_id or 0, row.due_date or today, row.account_id, row.rule))
    before = demo_numbers.people()
    for pk, found in groupby(in_order, key=lambda row: row.owner_id):
        user, rows, chance = _person(pk or 0), list(found), Random(f"{seed}:{(pk or 0) - before}:touched")
        begun = min(BEGUN[1], -(-(len(rows) - 1) // BEGUN[0]))  # both rounded up, but one is left
        rests = min(RESTS[1], -(-(len(rows) - 2) // RESTS[0]))
        begin = sorted(rows, key=lambda row: (row.tasks_open == 0, row.due_date or today))[:begun]
        quiet = [row for row in rows if row.type != "risk" and row not in begin]
        for row in begin:
            _try(lambda: ctas.update(row, {"status": "in_progress"}, today=today, actor=user, at=at))  # noqa: B023
        for row in chance.sample(quiet, min(rests, len(quiet))):
            until, why = today + timedelta(days=chance.randrange(3, 40)), chance.choice(SNOOZES)
            _try(lambda: ctas.snooze(row, until, why, today=today, actor=user, at=at))  # noqa: B023
