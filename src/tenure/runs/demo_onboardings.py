"""What the demo company's people did about their onboardings: the first call, what the customer reached, the survey, the end; most of it near
the handbook's goals, some of it late, and some that nobody took for a while."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from tenure.actions import activities, past, past_onboardings
from tenure.actions.past import Held
from tenure.actions.past_onboardings import Kept
from tenure.models import Assignment, Contact, Onboarding, User
from tenure.queries import assignments, visible
from tenure.runs import demo_numbers
from tenure.runs import demo_words as words

DAY = timedelta(days=1)
# Days from the start to the first call and to the end, from the contract to first value: the middle, and how far it spreads.
ENGAGE, VALUE, ONBOARD = (9, 0.55), (25, 0.5), (38, 0.3)
SLOW, SLOWEST = 0.25, (100, 260)  # the share that gets stuck, and when such a one ends after all
WAITS = (20, 70)  # days until somebody of sales takes one that no TAM has
HELD_UP = 0.3  # of those that get stuck rest
NO_SURVEY = 0.2
PLANNED = 20  # kick-offs ahead, at most


def between(seed: int, since: date, day: date) -> int:
    """What people did from ``since`` to the day before ``day``; how many things."""
    rows = (
        Onboarding.objects.filter(is_open=True, deleted_at=None, account__deleted_at=None)
        .select_related("account", "owner")
        .order_by("pk")
    )
    found = [Course(seed, row, since, day) for row in rows]
    free = [one for one in found if one.row.owner is None]
    sales = _sales(day, [one.row.account_id for one in free])
    guests = _guests([one.row.account_id for one in found])
    kept = [step for one in free for step in one.taken(sales.get(one.row.account_id))]
    held = [entry for one in found if one.row.owner for entry in one.talk(guests.get(one.row.account_id, ()))]
    talked = {entry.account_id: entry.at for entry in held}
    kept += [step for one in found if one.row.owner for step in one.steps(talked.get(one.row.account_id))]
    done = past.write(held) if held else 0
    return done + (past_onboardings.write(kept) if kept else 0)


def _sales(day: date, ids: list[int]) -> dict[int, User]:
    """Who owns each account."""
    rows = Assignment.objects.filter(
        assignments.active(day), account__in=ids, role__in=assignments.OWNER_ROLES, user__is_active=True
    )
    return {row.account_id: row.user for row in rows.select_related("user").order_by("-pk")}


def _guests(ids: list[int]) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for account, pk in Contact.objects.filter(account__in=ids, deleted_at=None).order_by("pk").values_list("account_id", "pk"):
        found[account] = (*found.get(account, ()), pk)[:2]
    return found


def plan(seed: int, today: date, at: datetime) -> None:
    """Kick-offs of the days to come stand in the calendars. Do it once: a repeat finds them and leaves."""
    rows = Onboarding.objects.filter(
        is_open=True, deleted_at=None, first_reach_out=None, owner__isnull=False, status="not_started"
    )
    for row in rows.select_related("account", "owner").order_by("pk")[: 2 * PLANNED]:
        course, owner = Course(seed, row, today, today), row.owner
        if owner is not None and course.chance.random() < 0.5:
            visible.remember(owner)
            when = datetime.combine(today + course.chance.randrange(1, 9) * DAY, time(course.hour), tzinfo=UTC)
            given = {"kind": "call", "subject": words.KICK_OFF[0], "happened_at": when, "minutes": 45, "template": "kick_off"}
            activities.plan(row.account, given, today=today, actor=owner, at=at)


class Course:
    """How one onboarding goes: by chance, but always the same."""

    def __init__(self, seed: int, row: Onboarding, since: date, day: date) -> None:
        self.row, self.since, self.day = row, since, day
        number = row.account_id - demo_numbers.accounts()
        self.chance = Random(f"{seed}:{number}:{row.cause}:{row.because.get('day')}:onboarding")
        self.slow = self.chance.random() < SLOW
        self.engage, self.value = self._days(*ENGAGE), self._days(*VALUE)
        self.onboard = self.chance.randrange(*SLOWEST) if self.slow else max(self.engage + 5, self._days(*ONBOARD))
        self.wait, self.rests = self.chance.randrange(*WAITS), self.chance.random() < HELD_UP
        self.hour = self.chance.randrange(8, 16)

    def _days(self, middle: int, spread: float) -> int:
        return max(0, round(middle * self.chance.lognormvariate(0, spread)))

    def _now(self, on: date) -> date | None:
        """That working day, where it lies in the days that are looked at."""
        on -= max(0, on.isoweekday() - 5) * DAY
        return on if max(self.since, self.row.created_at.date()) <= on < self.day else None

    def _at(self, on: date, minute: int = 0) -> datetime:
        return datetime.combine(on, time(self.hour, minute), tzinfo=UTC)

    def taken(self, owner: User | None) -> Iterator[Kept]:
        """Nobody's: after a while the account's owner in sales looks after it."""
        on = self._now(self.row.created_at.date() + self.wait * DAY) or self._late(self.row.created_at.date() + self.wait * DAY)
        if owner is not None and on is not None:
            yield Kept(self.row.pk, owner.pk, self._at(on), {"owner": owner, "start_date": on})

    def _late(self, on: date) -> date | None:
        """The first of these days where it should have been before them."""
        return self._now(self.since + (-self.since.weekday() % 7) * DAY) if on < self.since else None

    def talk(self, guests: tuple[int, ...]) -> Iterator[Held]:
        """The kick-off."""
        start, owner = self.row.start_date, self.row.owner
        on = (
            None
            if start is None or self.row.first_reach_out
            else self._now(start + self.engage * DAY) or self._late(start + self.engage * DAY)
        )
        if on is not None and owner is not None:
            subject, body = words.KICK_OFF
            yield Held(self.row.account_id, owner.pk, "call", self._at(on), subject, body, 45, template="kick_off", guests=guests)

    def steps(self, talked: datetime | None) -> Iterator[Kept]:
        """What is written down about it; ``talked``: when the kick-off was held in these days."""
        start, row = self.row.start_date, self.row
        if start is None or row.owner is None:
            return
        if talked is not None:
            yield Kept(row.pk, None, talked, {"first_reach_out": talked.date(), "status": "in_progress"})
        if row.greenfield is None and (on := self._now(start + 2 * DAY)):
            yield Kept(row.pk, row.owner.pk, self._at(on, 5), {"greenfield": self.chance.random() < 0.4})
        if (
            row.first_value is None
            and row.contract_date
            and (on := self._now(max(row.contract_date + self.value * DAY, start + self.engage * DAY)))
        ):
            reached = min(on, max(row.contract_date + self.value * DAY, row.contract_date))
            yield Kept(
                row.pk,
                row.owner.pk,
                self._at(on, 15),
                {"infrastructure_ready": reached, "first_value": reached, "first_value_by": "person"},
            )
        if self.rests and self.slow and row.status != "on_hold" and (on := self._now(start + 60 * DAY)):
            yield Kept(row.pk, row.owner.pk, self._at(on, 20), {"status": "on_hold", "notes": words.ON_HOLD})
        end = start + self.onboard * DAY
        if on := self._now(end) or self._late(end):
            yield Kept(row.pk, row.owner.pk, self._at(on, 30), self._end(on))

    def _end(self, on: date) -> dict[str, Any]:
        answered = self.chance.random() >= NO_SURVEY
        score = self.chance.choice((3, 4, 4, 5, 5) if not self.slow else (1, 2, 3, 3, 4))
        challenges, takeaways = self.chance.choice(words.LEARNT)
        return {
            "status": "completed", "is_open": False, "closed_at": self._at(on, 30), "finish_date": on, "outcome_achieved": on if score > 3 else None,
            "survey_sent": True, "survey_received": answered, "survey_score": score, "challenges": challenges, "takeaways": takeaways,
        }  # fmt: skip
