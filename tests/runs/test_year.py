"""A year of the demo company's seven example accounts: people work on Mondays, the daily run does the rest; every call to action is accounted for.

The stage is the company as the demo builds it, with two years behind it. The runs are those of every Monday, after people's work, and of every
day on which anything is to appear, told by the engine itself. Runs of the days between would find nothing: nothing appears later than its
schedule says, but what a fact of that very Monday brings.
"""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import Q

from tenure.actions import activities, assignments, ctas
from tenure.actions.activities_fields import NextStep
from tenure.models import Account, CallToAction, Notice, Subscription, Task, User
from tenure.queries import events, facts, handbook
from tenure.rules import schedules
from tenure.runs import daily, demo
from tenure.runs.demo_seeds import EXAMPLES
from tests import snapshots
from tests.world import AT, TODAY

pytestmark = pytest.mark.django_db
DAY, WEEK = timedelta(days=1), timedelta(days=7)
PROMISE = "Send the plan"
ENTRIES = {"cadence_call": "call", "am_follow_up": "email", "business_review": "ebr", "at_risk_update": "at_risk"}
FEELINGS = {10: "red", 11: "red", 12: "red", 13: "yellow"}  # of Homeworld, week by week; else green
HOMEWORLD, FUNLAND, LE_HOTEL = "Homeworld Inc.", "Funland Arcade", "Le Hotel"


@pytest.fixture
def built(db: None) -> None:
    snapshots.of("demo of seven", _build)


def _build() -> None:
    with time_machine.travel(AT, tick=False):
        demo.build(demo.start(accounts=len(EXAMPLES), seed=1), lambda title, done, total: None)


class Year:
    """The company and its clock; ``week`` counts from 0."""

    def __init__(self) -> None:
        self.day, self.runs = TODAY, 0
        self.accounts = {one.name: Account.objects.get(name=one.name) for one in EXAMPLES}
        self.manager = User.objects.get(email="mona@demo.example")

    @property
    def week(self) -> int:
        return (self.day - TODAY).days // 7

    @property
    def now(self) -> dict[str, Any]:
        return {"today": self.day, "at": AT + (self.day - TODAY)}

    def run(self, day: date) -> None:
        """The daily run of a day."""
        self.day = day
        done = daily.apply(daily.plan(day), at=self.now["at"] + timedelta(hours=1), actor=None)
        self.runs += 1
        assert done.failed == []

    def people(self) -> None:
        """What people do on a Monday: what is due this week, and what the script says."""
        for cta in CallToAction.objects.filter(is_open=True, owner__isnull=False, due_date__lt=self.day + WEEK).order_by("pk"):
            if not cta.is_snoozed(self.day) and cta.rule != "assign_tam":
                self.do(cta)
        self.renew()
        script = {3: self.leave, 5: self.follow, 6: self.rest, 10: self.alarm, 30: self.hand_over}
        if self.week in script:
            script[self.week]()

    def do(self, cta: CallToAction) -> None:
        """The thing itself where there is one to log, else the CTA is closed."""
        feeling = FEELINGS.get(self.week, "green") if cta.account.name == HOMEWORLD else "green"
        if cta.rule == "health_update":
            self.write(cta.account, "update", cta.owner, feeling)
        elif kind := ENTRIES.get(cta.rule):
            self.write(cta.account, kind, cta.owner, feeling if kind == "at_risk" else "", cta)
        else:
            ctas.close(cta, "closed_success", actor=cta.owner, at=self.now["at"])

    def write(self, account: Account, kind: str, by: Any, sentiment: str = "", cta: CallToAction | None = None) -> None:
        """What was held; the first cadence call ends with a promise, and the run of that day closes its CTA."""
        given = {"kind": kind, "subject": "Talk", "happened_at": self.now["at"], "sentiment": sentiment, "cta": cta}
        if cta and cta.rule == "cadence_call" and not Task.objects.filter(title=PROMISE).exists():
            given["next_steps"] = [NextStep(PROMISE, None, self.day + 100 * WEEK)]
        activities.log(account, given, actor=None, author=by, **self.now)

    # --- the script

    def tam(self, name: str) -> Any:
        return self.accounts[name].assignments.get(role="tam", until_date=None)

    def leave(self) -> None:
        """Le Hotel's TAM goes."""
        assignments.end(self.tam(LE_HOTEL), on=self.day, actor=self.manager, **self.now)

    def follow(self) -> None:
        """Two weeks later it has another."""
        self.assign(LE_HOTEL, self.tam(HOMEWORLD).user)

    def hand_over(self) -> None:
        others = User.objects.filter(roles__role="tam", manager=self.manager).exclude(pk=self.tam(HOMEWORLD).user_id)
        self.assign(HOMEWORLD, others.order_by("pk")[0])

    def assign(self, name: str, tam: User) -> None:
        assignments.assign(self.accounts[name], tam, "tam", from_date=self.day, actor=self.manager, **self.now)

    def rest(self) -> None:
        for cta in CallToAction.objects.filter(rule="release_education", is_open=True).order_by("pk")[:1]:
            ctas.snooze(cta, self.day + 2 * WEEK, "Nobody there", actor=cta.owner, **self.now)

    def alarm(self) -> None:
        self.write(self.accounts[HOMEWORLD], "update", self.tam(HOMEWORLD).user, "red")

    def renew(self) -> None:
        """What ends this week goes on for a year, but for Funland, which leaves."""
        for held in Subscription.objects.filter(end_date__gte=self.day, end_date__lt=self.day + WEEK).order_by("pk"):
            if held.account.name != FUNLAND:
                start = held.end_date
                held.pk, held.number, held.start_date, held.end_date = None, f"{held.number}+", start, start + 365 * DAY
                held.recorded_at = self.now["at"]
                held.save()


def appearing(day: date) -> list[date]:
    """The days of the coming week on which anything is to appear."""
    pack = handbook.pack()
    found = schedules.due(facts.frame(day, pack), pack, day, day + WEEK - DAY)
    return sorted(
        {raised for raised, assumed in found.select("raise_on", "projected").iter_rows() if raised > day and not assumed}
    )


def lived() -> Year:
    year = Year()
    for week in range(53):
        year.day = monday = TODAY + week * WEEK
        year.people()
        for day in (monday, *appearing(monday)):
            year.run(day)
    return year


# schedule -> how many were raised for Homeworld, Beach City, Funland, Le Hotel, The Crab Shack, Buddwick and Big Donut. People work on Mondays: what is
# due a month (or thirty days) after a Monday is done on the fourth Monday after it, which makes thirteen a year.
RAISED = {
    "am_follow_up": (0, 0, 0, 0, 0, 0, 14),  # thirteen mails, and the next one, due on 24 November
    "assign_tam": (0, 0, 0, 1, 0, 0, 0),  # one for the two weeks without a TAM
    "at_risk_account": (1, 0, 0, 0, 0, 0, 0),
    "at_risk_update": (3, 0, 0, 0, 0, 0, 0),  # weekly while red
    "business_review": (1, 1, 1, 1, 0, 0, 0),  # seven months before each renewal; those of 2028 are to come
    # Homeworld's come every two weeks while it is at risk. Beach City's and Funland's first was there on the first day; Beach City's review of
    # 1 March counts as a call, and Funland leaves before its thirteenth.
    "cadence_call": (15, 12, 12, 13, 0, 0, 0),
    # Funland's kick-off of 2024 counts as a call and moved the days of all that followed: its thirteenth comes just before it leaves.
    "health_update": (13, 13, 13, 13, 0, 0, 0),
    "offboarding": (0, 0, 1, 0, 0, 0, 0),  # on 27 October, thirty days after the subscription ended with nothing in its place
    "priority_review": (4, 4, 4, 4, 0, 0, 0),  # Funland's last one on 17 October, before it counts as gone
    "release_education": (13, 13, 12, 13, 0, 0, 0),  # from the 19th of one November to that of the next
    "renewal_contact": (1, 1, 1, 1, 1, 1, 1),
    "renewal_review": (1, 1, 1, 1, 0, 0, 0),
    "success_strategy_plan": (1, 0, 0, 1, 0, 0, 0),  # with the new TAM of each
}
# What the runs closed themselves of it, with which outcome: all that something logged or a fact settles, but what is open still.
SETTLED = {
    ("am_follow_up", "closed_success"): 13, ("assign_tam", "closed_success"): 1, ("at_risk_update", "closed_success"): 2,
    ("at_risk_update", "closed_already_solved"): 1, ("business_review", "closed_success"): 4, ("cadence_call", "closed_success"): 51,
    ("health_update", "closed_success"): 51,
}  # fmt: skip
OPEN = {
    ("", "Beach City Corp."): 1, ("am_follow_up", "Big Donut"): 1, ("cadence_call", HOMEWORLD): 1, ("health_update", HOMEWORLD): 1,
    ("release_education", HOMEWORLD): 1, ("release_education", "Beach City Corp."): 1, ("release_education", LE_HOTEL): 1,
}  # fmt: skip
LATER = [
    (rule, LE_HOTEL, date(2026, 12, 21)) for rule in ("cadence_call", "release_education")
]  # their day was in the weeks without a TAM


def test_a_year_of_daily_runs_over_the_seven_accounts_of_the_demo(built: None) -> None:
    before = CallToAction.objects.latest("pk").pk
    year = lived()

    names, rows = [account.pk for account in year.accounts.values()], CallToAction.objects.filter(pk__gt=before)
    counts = Counter(rows.filter(origin="schedule").values_list("rule", "account"))
    assert {rule: tuple(counts[rule, pk] for pk in names) for rule, _ in sorted(counts)} == RAISED
    assert Counter(rows.filter(is_open=False, closed_by=None).values_list("rule", "status")) == SETTLED
    assert Counter(CallToAction.objects.filter(is_open=True).values_list("rule", "account__name")) == OPEN
    assert (year.runs, year.day) == (139, date(2027, 11, 19))
    on_time(before)
    consistent(before)


def on_time(before: int) -> None:
    """Nothing appeared later than its schedule says once the first run was over, but what waited for a TAM; and no call on a day off."""
    rows = (
        CallToAction.objects.filter(pk__gt=before, origin="schedule", created_at__gt=AT + DAY)
        .select_related("account")
        .order_by("account__name", "rule", "pk")
    )
    late = [row for row in rows if row.created_at.date() != date.fromisoformat(row.because["raise_on"])]
    assert [(row.rule, row.account.name, row.created_at.date()) for row in late] == LATER
    rolled = [row.due_date for row in rows if row.rule in ("cadence_call", "health_update", "at_risk_update")]
    assert all(day and day.isoweekday() < 6 for day in rolled)


def consistent(before: int) -> None:
    """No occasion twice, no task left in closed work, none of a person's own dropped by a run, nothing left to do, an unbroken log."""
    keys = list(CallToAction.objects.exclude(natural_key=None).values_list("natural_key", flat=True))
    assert len(keys) == len(set(keys))
    assert not Task.objects.filter(cta__is_open=False, status="open").exists()
    (promised,) = Task.objects.filter(Q(key="") | ~Q(edited=[]), cta__pk__gt=before)
    assert (promised.title, promised.status, promised.cta.title) == (PROMISE, "open", "Next steps: Hold the cadence call")
    assert Notice.objects.filter(kind="cta").exists()
    assert list(daily.plan(date(2027, 11, 19)).changes()) == []
    assert events.verify().broken_at is None
