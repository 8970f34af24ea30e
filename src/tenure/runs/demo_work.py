"""The past of the demo company's work: between two imports the handbook raises what is due, and its people do most of it, some of it late.

What is raised, moved and settled is decided by the same rules as in real life; only the people's part is invented, from the company's seed and
the names of things, so that the same company has the same past.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from random import Random
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tenure.actions import past, runs
from tenure.actions.past import Delivered, Finished, Held, Said
from tenure.models import CallToAction, Contact, Run, Task
from tenure.queries import handbook
from tenure.rules.catalogues import Service
from tenure.runs import daily, demo_mails, demo_numbers, demo_onboardings, demo_services, demo_talk, demo_words, tasks
from tenure.runs.demo_rows import Company

DAY = timedelta(days=1)
LARGEST = 20_000  # accounts of a company whose people have worked at all
MOST = 2_500  # of one whose daily run came between its imports too
# Days before today up to which people meet so often: every so many days.
RHYTHM = ((720, 45), (180, 31), (56, 17), (21, 7))
CLOSE = 6  # days before the eve of an import on which they don't meet too
# schedule -> (kind of the entry that does it, share of it that is done in time)
DONE_BY = {
    "cadence_call": ("call", 0.9), "health_update": ("update", 0.85), "am_follow_up": ("email", 0.12), "business_review": ("ebr", 0.8),
    "at_risk_update": ("at_risk", 0.9), "non_engaged_customer": ("call", 0.7),
}  # fmt: skip
LATELY, RECENT = 0.9, timedelta(days=45)  # of late even account managers have called back: else their desks would be full
FORGOTTEN = timedelta(days=200)  # late for so long, it is remembered
CLOSED = 0.8  # share of the other work that is closed in time
ASSIGN, RISK = "assign_tam", "at_risk_account"  # what only the import of a TAM, or a better time, ends
OUTCOMES = ("closed_success",) * 8 + ("closed_not_relevant", "closed_already_solved")
SAYS = 0.04  # of the talks bring feedback
BESIDES = (("workshop", 0.06, 120), ("note", 0.05, None))  # what else comes of a talk: kind, share, minutes
MOST_LATE = 2  # of a person's work before the last days is still late; the rest was cleared
QUALIFIED = 0.3  # of the feedback that was passed on
MOOD = 90  # days for which a customer's mood lasts


def days(company: Company, after: date | None, before: date) -> list[date]:
    """The days between two imports on which the past of work goes on, the last one on the eve of the second import."""
    if company.accounts > LARGEST or after is None:
        return []
    steps = [(company.today - timedelta(days=first), every) for first, every in RHYTHM if company.accounts <= MOST]
    eve = before - DAY
    found = {eve}
    for number, (first, every) in enumerate(steps):
        last = steps[number + 1][0] if number + 1 < len(steps) else company.today
        found |= {first + n * timedelta(days=every) for n in range((last - first).days // every)}
    return sorted(day for day in found if day == eve or after < day < eve - CLOSE * DAY)


def step(company: Company, since: date, day: date) -> None:
    """What people did since the last step, then the handbook's work of the day. Done before: left alone."""
    at = datetime.combine(day, time(8), tzinfo=UTC)
    with transaction.atomic():
        if Run.objects.filter(natural_key=f"daily:{day}").exists():
            return
        demo_mails.before(company.today, at)
        people(company, since, day)
        began = timezone.now()
        run = runs.queue("daily", tasks.title(day), actor=None, at=at, as_of=day, natural_key=f"daily:{day}")
        runs.start(run, at=at)
        runs.step(run, "work", "Raise, move and settle the work of the day", at=at)
        done = daily.only_work(day, at=at, run_id=run.pk)
        demo_talk.day(company.seed, day, at, company.today)
        demo_mails.day(company.today, day, at)
        runs.finish(run, at=at + (timezone.now() - began), counts=done.counts)


def people(company: Company, since: date, day: date) -> int:
    """What people did from ``since`` to the day before ``day``; how many things."""
    found = Doings(company, since, day)
    due = Q(due_date__lt=day + timedelta(days=4)) | Q(tasks_open__gt=0)
    rows = CallToAction.objects.filter(due, is_open=True, owner__isnull=False, origin="schedule")
    rows = rows.exclude(snoozed_until__gt=since).order_by("pk")
    names = (
        "pk",
        "account_id",
        "rule",
        "natural_key",
        "owner_id",
        "due_date",
        "because",
        "tasks_done",
        "playbook_use_id",
        "account__name",
    )
    open_ctas = list(rows.values_list(*names))
    found.guests = _contacts(row[1] for row in open_ctas)
    found.tasks = _tasks(row[0] for row in open_ctas if row[8])
    left = [row for row in open_ctas if not found.take(*row)]
    if company.today - day < RECENT:
        found.clear(left)
    found.delivered += demo_services.between(company.seed, since, day)
    done = past.write(found.held, found.delivered, found.finished, found.said)
    return done + demo_onboardings.between(company.seed, since, day)


def _contacts(account_ids: Iterable[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    rows = Contact.objects.filter(account__in=set(account_ids), deleted_at=None).order_by("pk")
    for account, pk in rows.values_list("account_id", "pk"):
        found.setdefault(account, []).append(pk)
    return found


def _tasks(cta_ids: Iterable[int]) -> dict[int, list[tuple[int, date | None, list[dict[str, Any]]]]]:
    """The open tasks of CTAs in order: id, due date, what is asked."""
    found: dict[int, list[tuple[int, date | None, list[dict[str, Any]]]]] = {}
    rows = Task.objects.filter(cta__in=set(cta_ids), status="open").order_by("position", "pk")
    for cta, pk, due, asked in rows.values_list("cta_id", "pk", "due_date", "asked"):
        found.setdefault(cta, []).append((pk, due, asked))
    return found


@dataclass
class Doings:
    """What people did in some days, gathered."""

    company: Company
    since: date
    day: date
    services: Mapping[str, Service] = field(default_factory=lambda: handbook.pack().services)
    guests: dict[int, list[int]] = field(default_factory=dict)
    tasks: dict[int, list[tuple[int, date | None, list[dict[str, Any]]]]] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    delivered: list[Delivered] = field(default_factory=list)
    finished: list[Finished] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    before: int = field(default_factory=demo_numbers.accounts)  # an account's key less this is its number

    def take(
        self, pk: int, account: int, rule: str, key: str, owner: int, due: date, because: dict[str, str], done: int, use: int | None, name: str,
        surely: bool = False,
    ) -> bool:  # fmt: skip
        """One open CTA: done, closed, its tasks moved on (True), or left; with ``surely`` it is left only where nothing can be done."""
        sown = key.replace(f":{account}:", f":{account - self.before}:", 1)
        chance = Random(f"{self.company.seed}:{sown}:{self.day.toordinal()}")
        began = date.fromisoformat(because.get("raise_on", self.since.isoformat()))
        due = min([due, *(day for _, day, _ in self.tasks.get(pk, ()) if day)])  # the step that comes next
        moment = self._moment(due, began, chance) or (self._at_last(began, chance) if surely else None)
        if rule == ASSIGN or moment is None:
            return False
        if rule in DONE_BY:
            kind, share = DONE_BY[rule]
            share = max(share, LATELY) if self.company.today - self.day < RECENT or self.day - due > FORGOTTEN else share
            if surely or chance.random() < share:
                self._hold(account, rule, kind, owner, moment, chance, name)
                return True
        elif self.tasks.get(pk):
            return self._work_on(pk, rule, account, owner, moment, chance, done, use, surely)
        elif rule != RISK and (surely or chance.random() < CLOSED):
            outcome = chance.choice(OUTCOMES)
            self.finished.append(Finished(pk, account, owner, moment, status=outcome, note=demo_words.NOTES[outcome], use_id=use))
            if rule == "release_education":
                self._deliver(account, "feature_updates", owner, moment, 20)
            return True
        return False

    def clear(self, left: Iterable[Any]) -> None:
        """Of what each person has left for too long, all but a little is done after all, what was due first first."""
        late: dict[int, list[Any]] = {}
        for row in sorted((row for row in left if row[5] and row[5] < self.day), key=lambda row: (row[5], row[0])):
            late.setdefault(row[4], []).append(row)
        for rows in late.values():
            for row in rows[: max(0, len(rows) - MOST_LATE)]:
                partial(self.take, surely=True)(*row)

    def _at_last(self, began: date, chance: Random) -> datetime | None:
        """One of the last working days of these days; None where it was raised after them."""
        first, last = max(self.since, began), self.day - DAY
        if first > last:
            return None
        on = last - chance.randrange(min(7, (last - first).days + 1)) * DAY
        on -= max(0, on.isoweekday() - 5) * DAY
        moment = datetime.combine(on, time(chance.randrange(8, 16), chance.choice((0, 15, 30, 45))), tzinfo=UTC)
        return moment if on >= first else None

    def _moment(self, due: date, began: date, chance: Random) -> datetime | None:
        """When it was done: some days around the due date, in the days that are looked at and after it was raised."""
        on = due + timedelta(days=chance.choice((-3, -2, -1, -1, 0, 0, 0, 1, 2, 4)))
        first, last = max(self.since, began), self.day - DAY
        if on < first < last:  # overdue when it came: within some weeks, not all on one day
            on = first + chance.randrange(min((last - first).days, 40) + 1) * DAY
        on = min(max(on, first), last)
        if on.isoweekday() > 5:  # nobody works at the weekend
            on -= timedelta(days=on.isoweekday() - 5 + chance.randrange(4))
        if not first <= on <= last:
            return None
        return datetime.combine(on, time(chance.randrange(8, 16), chance.choice((0, 15, 30, 45))), tzinfo=UTC)

    def _hold(self, account: int, rule: str, kind: str, by: int, at: datetime, chance: Random, name: str) -> None:
        feeling = self._mood(account, at.date())
        subject, body = demo_words.entry(rule, feeling, chance)
        talks = kind in ("call", "ebr")
        said = feeling if kind in ("update", "at_risk") or (talks and chance.random() < 0.3) else ""
        guests = self.guests.get(account, [])
        some = (
            tuple(sorted(chance.sample(guests, min(len(guests), chance.choice((1, 1, 2)))))) if talks or kind == "email" else ()
        )
        shown = "meeting" if kind == "call" and chance.random() < 0.12 else kind
        minutes = chance.choice((30, 30, 45, 60)) if talks else None
        self.held.append(Held(account, by, shown, at, subject.format(name=name), body, minutes, said, guests=some))
        if talks:
            self._deliver(account, "ebr" if kind == "ebr" else "cadence_calls", by, at, minutes or 30)
            self._besides(account, by, at, some, Random(f"{self.company.seed}:{account - self.before}:{at}"))
            if chance.random() < SAYS:
                self.said.append(_feedback(account, by, at, some, chance, self.company.today))
            if chance.random() < 0.1:
                self._deliver(
                    account, chance.choice(("health_checks", "issue_reviews", "adoption_strategy", "demo_training")), by, at, 60
                )

    def _besides(self, account: int, by: int, at: datetime, guests: tuple[int, ...], chance: Random) -> None:
        """Now and then a workshop or a note follows, on one of the next days that are looked at."""
        for kind, share, minutes in BESIDES:
            then = at + chance.randrange(1, 4) * DAY
            if chance.random() < share and then.date() < self.day and then.isoweekday() < 6:
                subject, body = chance.choice(demo_words.WORKSHOPS if minutes else demo_words.JOTTED)
                self.held.append(Held(account, by, kind, then, subject, body, minutes, guests=guests if minutes else ()))

    def _mood(self, account: int, day: date) -> str:
        """How a customer feels in a quarter of a year."""
        number = account - self.before
        mood = Random(f"{self.company.seed}:{number}:{(day.toordinal() + number) // MOOD}").random()
        return "red" if mood < 0.05 else "yellow" if mood < 0.2 else "green"

    def _deliver(self, account: int, service: str, by: int, at: datetime, minutes: int) -> None:
        found = self.services.get(service)
        if found is not None and found.on(at.date()):
            self.delivered.append(Delivered(account, service, found.title, by, at, minutes))

    def _work_on(
        self, pk: int, rule: str, account: int, by: int, at: datetime, chance: Random, done: int, use: int | None, surely: bool = False
    ) -> bool:  # fmt: skip
        """Tasks whose day has come are done in order; the last one closes the CTA, but for a risk: that goes on. False where none was done."""
        left = self.tasks[pk]
        open_tasks = left[:-1] if rule == RISK else left
        ready = [(task, asked) for task, due, asked in open_tasks if due is None or due <= at.date() + DAY]
        if not ready or (not surely and chance.random() > CLOSED):
            return False
        answers = {task: {one["key"]: _answer(one, chance, at.date()) for one in asked} for task, asked in ready}
        over = len(ready) == len(left)
        outcome = chance.choice(OUTCOMES) if over else ""
        comment = chance.choice(demo_words.REMARKS) if chance.random() < 0.15 else ""
        rest = len(left) - len(ready)
        self.finished.append(
            Finished(pk, account, by, at, answers, outcome, demo_words.NOTES.get(outcome, ""), rest, done, use, comment)
        )
        return True


def _feedback(account: int, by: int, at: datetime, guests: tuple[int, ...], chance: Random, today: date) -> Said:
    """Something that the customer said; after a while it is passed on, and answered."""
    kind, text = chance.choice(demo_words.SAID)
    age = (today - at.date()).days
    status = "answered" if age > 150 and chance.random() < 0.7 else "passed_on" if age > 40 and chance.random() < 0.7 else "open"
    if status == "open":
        return Said(account, by, at, kind, text, status, guests[0] if guests else None)
    more = Random(f"{account}:{at}")
    labels = ("customer", "customer+") if more.random() < QUALIFIED else ("customer",)
    issue = demo_words.ISSUE.format(more.randrange(200, 1200)) if kind in ("product", "feature_request", "release") else ""
    return Said(account, by, at, kind, text, status, guests[0] if guests else None, labels, issue)


def _answer(asked: dict[str, Any], chance: Random, day: date) -> str:
    if asked["kind"] == "choice":
        return str(chance.choice(asked["choices"]))
    return day.isoformat() if asked["kind"] == "date" else "3" if asked["kind"] == "number" else chance.choice(demo_words.ANSWERS)
