"""A year of the seven example accounts: people work on Mondays, the daily run does the rest; every call to action is accounted for.

The runs are those of every Monday, after people's work, and of every day on which anything is to appear, told by the engine itself. Runs of the
days between would find nothing: nothing appears later than its schedule says, but what a fact of that very Monday brings.
"""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from tenure.actions import activities, assignments, ctas
from tenure.actions.activities_fields import NextStep
from tenure.models import Account, CallToAction, Event, Notice, Task
from tenure.queries import events, facts, handbook
from tenure.rules import schedules
from tenure.runs import daily
from tests.world import World

DAY, WEEK = timedelta(days=1), timedelta(days=7)
PROMISE = "Send the plan"
ENTRIES = {"cadence_call": "call", "am_follow_up": "email", "business_review": "ebr", "at_risk_update": "at_risk"}
FEELINGS = {10: "red", 11: "red", 12: "red", 13: "yellow"}  # of Homeworld, week by week; else green


class Year:
    """The world and its clock; ``week`` counts from 0."""

    def __init__(self, world: World) -> None:
        self.world, self.day, self.runs, self.log = world, world.today, 0, []

    @property
    def week(self) -> int:
        return (self.day - self.world.today).days // 7

    @property
    def now(self) -> dict[str, Any]:
        return {"today": self.day, "at": self.world.at + (self.day - self.world.today)}

    def run(self, day: date) -> None:
        """The daily run of a day; a second one finds nothing to do."""
        self.day = day
        done = daily.apply(daily.plan(day), at=self.now["at"] + timedelta(hours=1), actor=None)
        self.runs += 1
        assert done.failed == []

    def people(self) -> None:
        """What people do on a Monday: what is due this week, and what the script says."""
        for cta in CallToAction.objects.filter(is_open=True, owner__isnull=False, due_date__lt=self.day + WEEK).order_by("pk"):
            if not cta.is_snoozed(self.day) and cta.rule != "assign_tam":
                self.do(cta)
        script = {2: self.le_hotel, 3: self.funland, 6: self.rest, 10: self.alarm, 23: self.renew, 30: self.hand_over}
        if self.week in script:
            script[self.week]()

    def do(self, cta: CallToAction) -> None:
        """The thing itself where there is one to log, else the CTA is closed."""
        feeling = FEELINGS.get(self.week, "green") if cta.account == self.world.homeworld else "green"
        if cta.rule == "health_update":
            self.write(cta.account, "update", feeling)
        elif kind := ENTRIES.get(cta.rule):
            self.write(cta.account, kind, feeling if kind == "at_risk" else "", cta)
        else:
            ctas.close(cta, "closed_success", actor=cta.owner, at=self.now["at"])

    def write(self, account: Account, kind: str, sentiment: str = "", cta: CallToAction | None = None) -> None:
        """What was held; the first cadence call ends with a promise, and the run of that day closes its CTA."""
        given = {"kind": kind, "subject": "Talk", "happened_at": self.now["at"], "sentiment": sentiment, "cta": cta}
        if cta and cta.rule == "cadence_call" and not Task.objects.filter(title=PROMISE).exists():
            given["next_steps"] = [NextStep(PROMISE, None, self.day + 100 * WEEK)]
        activities.log(account, given, actor=None, author=self.world.tam, **self.now)

    # --- the script

    def le_hotel(self) -> None:
        self.assign(self.world.le_hotel, self.world.tam)

    def funland(self) -> None:
        self.assign(self.world.funland, self.world.tam)

    def hand_over(self) -> None:
        self.assign(self.world.homeworld, self.world.tessa)

    def assign(self, account: Account, tam: Any) -> None:
        assignments.assign(account, tam, "tam", from_date=self.day, actor=self.world.mona, **self.now)

    def rest(self) -> None:
        for cta in CallToAction.objects.filter(rule="release_education", is_open=True).order_by("pk")[:1]:
            ctas.snooze(cta, self.day + 2 * WEEK, "Nobody there", actor=cta.owner, **self.now)

    def alarm(self) -> None:
        self.write(self.world.homeworld, "update", "red")

    def renew(self) -> None:
        """All renew on their day but Funland, which leaves."""
        for name, account in self.world.accounts.items():
            if name != "funland":
                held = account.subscriptions.get()
                more = {
                    "start_date": held.end_date,
                    "end_date": date(2028, 4, 30),
                    "seats": held.seats,
                    "arr": held.arr_minor // 100,
                }
                self.world.subscribe(account, held.product, **more)


def appearing(day: date) -> list[date]:
    """The days of the coming week on which anything is to appear."""
    pack = handbook.pack()
    found = schedules.due(facts.frame(day, pack), pack, day, day + WEEK - DAY)
    return sorted(
        {raised for raised, assumed in found.select("raise_on", "projected").iter_rows() if raised > day and not assumed}
    )


def lived(world: World) -> Year:
    year = Year(world)
    for week in range(53):
        year.day = monday = world.today + week * WEEK
        year.people()
        for day in (monday, *appearing(monday)):
            year.run(day)
    return year


# schedule -> how many were raised for Homeworld, Beach City, Funland, Le Hotel, The Crab Shack, Buddwick and Big Donut.
RAISED = {
    "am_follow_up": (12, 0, 0, 0, 0, 0, 0),  # thirty days after each of twelve mails; the thirteenth is not due yet
    "assign_tam": (0, 1, 1, 1, 0, 0, 0),  # one each while it is open
    "at_risk_account": (1, 0, 0, 0, 0, 0, 0),
    "at_risk_update": (3, 0, 0, 0, 0, 0, 0),  # weekly while red
    "business_review": (2, 0, 0, 1, 0, 0, 0),  # seven months before each renewal; Funland has left before its second
    # Monthly; every two weeks while at risk and while onboarding. Homeworld's and Le Hotel's reviews in November count as calls.
    "cadence_call": (14, 0, 14, 13, 0, 0, 0),
    "health_update": (13, 0, 12, 12, 0, 0, 0),
    "new_customer": (0, 0, 1, 1, 0, 0, 0),  # both waited for their first TAM; Homeworld's second is a hand-off
    "offboarding": (0, 0, 1, 0, 0, 0, 0),  # thirty days after the subscription ended with nothing in its place
    "priority_review": (4, 0, 4, 4, 0, 0, 0),
    "release_education": (13, 0, 12, 12, 0, 0, 0),
    "renewal_contact": (1, 1, 1, 1, 1, 1, 1),
    "renewal_review": (1, 0, 1, 1, 0, 0, 0),
    "success_plan_start": (1, 0, 1, 1, 0, 0, 0),  # Homeworld's with its new TAM
    "success_strategy_plan": (1, 0, 1, 1, 0, 0, 0),
}
# What the runs closed themselves, with which outcome.
SETTLED = {
    ("am_follow_up", "closed_success"): 12, ("assign_tam", "closed_success"): 2,
    ("at_risk_update", "closed_success"): 2, ("at_risk_update", "closed_already_solved"): 1, ("business_review", "closed_success"): 3,
    ("cadence_call", "closed_success"): 40, ("health_update", "closed_success"): 36,
}  # fmt: skip
OPEN = {"assign_tam": 1, "cadence_call": 1, "health_update": 1, "release_education": 3, "renewal_contact": 6}


def test_a_year_of_daily_runs_over_the_seven_accounts(world: World) -> None:
    year = lived(world)

    names = [account.pk for account in world.accounts.values()]
    counts = Counter(CallToAction.objects.exclude(origin="follow_up").values_list("rule", "account"))
    assert {rule: tuple(counts[rule, pk] for pk in names) for rule, _ in sorted(counts)} == RAISED
    by_runs = CallToAction.objects.filter(is_open=False, closed_by=None)
    assert Counter(by_runs.values_list("rule", "status")) == SETTLED
    assert Counter(CallToAction.objects.filter(is_open=True).values_list("rule", flat=True)) == OPEN | {"": 1}  # the promise
    assert (year.runs, year.day) == (127, date(2027, 11, 19))
    on_time(world)
    consistent()


def on_time(world: World) -> None:
    """Nothing appeared later than its schedule says once the first run was over."""
    for row in CallToAction.objects.filter(created_at__gt=world.at + DAY).exclude(origin="follow_up"):
        assert row.created_at.date() == date.fromisoformat(row.because["raise_on"]), row.natural_key


def consistent() -> None:
    """No occasion twice, no task left in closed work, none of a person's own dropped by a run, an unbroken log."""
    keys = list(CallToAction.objects.exclude(origin="follow_up").values_list("natural_key", flat=True))
    assert len(keys) == len(set(keys)) == Event.objects.filter(verb="cta.raised").count()
    assert not Task.objects.filter(cta__is_open=False, status="open").exists()
    (promised,) = Task.objects.filter(Q(key="") | ~Q(edited=[]))
    assert (promised.title, promised.status, promised.cta.title) == (PROMISE, "open", "Next steps: Hold the cadence call")
    assert Notice.objects.filter(kind="cta").exists()
    assert events.verify().broken_at is None
