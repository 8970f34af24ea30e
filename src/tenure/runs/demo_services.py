"""What the demo company's TAMs deliver besides calls, by the handbook's rhythm and now and then too late; and the hours that a few accounts bought."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from django.db.models import Q

from tenure.actions import hours, services
from tenure.actions.past import Delivered
from tenure.actions.refusals import Refused
from tenure.models import AccountSummary, Assignment, PaidHours
from tenure.queries import handbook
from tenure.queries import hours as ledger
from tenure.runs import demo_numbers

# Days between two of them; what the handbook says recurs keeps to it, the rest is the TAM's own habit.
GAPS = {
    "issue_reviews": 88, "health_checks": 90, "product_guidance": 75, "demo_training": 170, "upgrade_planning": 200, "adoption_strategy": 310,
    "success_strategy": 700, "training_needs": 400,
}  # fmt: skip
LENGTHS = (30, 45, 60, 90)  # minutes
MISSED = 0.08
BUYERS = 12  # one account with a TAM in so many has bought hours
ORDERS = ((300, 1200), (40, 2400))  # days ago, minutes
SCARCE, FEW, LOW = 3, ((300, 900), (120, 900)), 60  # one buyer in so many has bought little, and that many minutes of it are left


def between(seed: int, since: date, until: date) -> Iterator[Delivered]:
    """What was delivered from ``since`` to the day before ``until``; cut up otherwise, the same days come out."""
    gets = AccountSummary.objects.filter(tam_eligible="Yes").values("pk")
    held = Assignment.objects.filter(
        Q(until_date=None) | Q(until_date__gt=until), role="tam", from_date__lt=until, account__in=gets
    )
    known, before = handbook.pack().services, demo_numbers.accounts()
    for account, user, begun in held.order_by("pk").values_list("account_id", "user_id", "from_date"):
        for key, gap in GAPS.items():
            for day in _days(f"{seed}:{account - before}:{key}", gap, max(since, begun), until):
                if key in known and known[key].on(day):
                    chance = Random(f"{seed}:{account - before}:{key}:{day}")
                    at = datetime.combine(day, time(chance.randrange(8, 17)), tzinfo=UTC)
                    yield Delivered(account, key, known[key].title, user, at, chance.choice(LENGTHS))


def _days(name: str, gap: int, since: date, until: date) -> Iterator[date]:
    """The days of one service: each has its place in a row of places that never moves, some way off it, and a few are missed."""
    phase = Random(name).randrange(gap)
    for number in range((since.toordinal() - phase) // gap, (until.toordinal() - phase) // gap + 1):
        chance = Random(f"{name}:{number}")
        day = date.fromordinal(number * gap + phase) + timedelta(days=chance.randrange(-5, 6))
        if since <= day < until and chance.random() > MISSED:
            yield day


def buy(seed: int, today: date, at: datetime) -> None:
    """Hours that some accounts bought, and what was taken from them. Do it once: a repeat finds them and leaves."""
    if PaidHours.objects.exists():
        return
    chance = Random(seed * 17 + 5)
    held = Assignment.objects.filter(role="tam", until_date=None).select_related("account", "user").order_by("pk")
    for place, row in enumerate(list(held)[::BUYERS]):
        scarce = place % SCARCE == 0
        for number, (ago, minutes) in enumerate(FEW if scarce else ORDERS):
            day = today - timedelta(days=ago)
            given = {
                "minutes": minutes,
                "bought_on": day,
                "expires_on": day + timedelta(days=365),
                "reference": f"Order {2200 + 7 * row.account_id + number}",
            }
            hours.buy(row.account, given, today=today, actor=None, at=at)
        for ago in (210, 90, 12):
            _take(row, today - timedelta(days=ago), 60 * chance.randrange(4, 11), today, at)
        if scarce:
            _take(row, today - timedelta(days=3), ledger.balance(row.account_id, today).left - LOW, today, at)
        services.plan(
            row.account,
            {"service": "ebr", "delivered_on": today + timedelta(days=20), "delivered_by": row.user},
            today=today,
            actor=None,
            at=at,
        )


def _take(row: Assignment, day: date, minutes: int, today: date, at: datetime) -> None:
    """White glove help, where its hours are left."""
    given = {
        "service": "white_glove",
        "minutes": minutes,
        "delivered_on": day,
        "delivered_by": row.user,
        "note": "Priority help with an upgrade",
    }
    try:
        services.deliver(row.account, given, today=today, actor=None, at=at)
    except Refused:
        return
