"""The stages of the demo company's customers: what their TAMs said as time went on, and the few who will leave although everything was tried."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from random import Random

from tenure.actions import engagements
from tenure.actions.engagements import Confirmed
from tenure.models import Account, Activity, Assignment, Engagement, HandOver, Onboarding, User
from tenure.queries import handbook, visible
from tenure.runs import demo_numbers

DAY = timedelta(days=1)
SETTLED = 200  # days after which a customer without an onboarding is past it
GROWS = (150, 500)  # days in adoption before a customer optimizes
STAYS = 0.4  # of them never get that far
HELD_UP, READY = 0.6, (60, 150)  # whose servers are not ready when the onboarding ends, and for how many days
FRESH = 100 * DAY  # since when an onboarding may have ended for that
SILENT = 0.1  # customers of whose stage nobody said anything
LEAVE, SOON = 3, timedelta(days=120)  # how many will leave, and how near their renewal is
WAITS = (
    "The onboarding is done, but their production servers wait for the network team",
    "The pilot runs; production follows once their security team has signed off the installation",
)
STARTED = ("The infrastructure is ready for production", "Production is live, and the first teams have moved over")
ADOPTS = (
    "Most of the seats are in use, and the second team is starting with pipelines",
    "The first use case is live; the others are agreed in the success plan",
    "The seats of the first order are nearly all activated",
)
OPTIMIZES = (
    "All first use cases are adopted; now they look at security scanning",
    "The goals of the first success plan are met, and a new one is agreed",
    "They run the whole platform on it and ask for more teams",
)
LEAVES = (
    "Their group has decided for another product; neither the sponsor nor our executives could turn it",
    "The business unit is being closed, and nobody else in the company takes the seats over",
    "The budget is gone for good; a smaller offer was declined twice",
)


def day(seed: int, on: date, at: datetime) -> None:
    """After the daily run of a wave: TAMs say in which stage their customers are by now."""
    rows = Assignment.objects.filter(role="tam", until_date=None, account__kind="customer", account__deleted_at=None)
    held = defaultdict[int, dict[int, Account]](dict)
    for row in rows.select_related("account").order_by("user", "account"):
        held[row.user_id][row.account_id] = row.account
    known = {row.account_id: row for row in Engagement.objects.exclude(stage="")}
    busy = set(Onboarding.objects.filter(is_open=True, deleted_at=None).values_list("account_id", flat=True))
    before = demo_numbers.accounts()
    for pk, accounts in held.items():
        user = _person(pk)
        for number, account in accounts.items():
            chance = Random(f"{seed}:{number - before}:stages")
            if said := None if number in busy else _next(account, known.get(number), chance, on):
                stage, since, reason = said
                engagements.set_stage(account, stage, since=since, today=on, actor=user, at=at, reason=reason)


def today(on: date, at: datetime) -> None:
    """Of the customers who are at risk and renew soon a few will leave. Do it once: a repeat finds them and leaves."""
    if Engagement.objects.filter(stage="will_churn").exists():
        return
    stages = handbook.pack().journey.lifecycle(on)
    asked = [one.key for one in stages["will_churn"].confirmations] if "will_churn" in stages else []
    handing = set(HandOver.objects.filter(is_open=True).values_list("account_id", flat=True))
    soon = Account.objects.filter(
        pk__in=_red(), kind="customer", deleted_at=None, summary__tam__isnull=False, summary__renewal_date__range=(on, on + SOON)
    )
    rows = [row for row in soon.select_related("summary").order_by("summary__renewal_date", "pk") if row.pk not in handing]
    for account, reason in zip(rows if asked else [], LEAVES[:LEAVE], strict=False):
        user = _person(account.summary.tam_id or 0)
        confirmed = {key: Confirmed() for key in asked}
        engagements.set_stage(
            account, "will_churn", since=on - 4 * DAY, today=on, actor=user, at=at, reason=reason, confirmed=confirmed
        )


def _next(account: Account, row: Engagement | None, chance: Random, on: date) -> tuple[str, date, str] | None:
    """The stage that a TAM gives a customer on that day, from when, and why; None where there is nothing new to say."""
    stays, silent, slow = chance.random() < STAYS, chance.random() < SILENT, chance.random() < HELD_UP
    grows, ready = chance.randrange(*GROWS) * DAY, chance.randrange(*READY) * DAY
    waits, started, adopts, optimizes = (chance.choice(words) for words in (WAITS, STARTED, ADOPTS, OPTIMIZES))
    bought = account.customer_since
    if row is None or row.stage_since is None:
        settled = None if bought is None else bought + SETTLED * DAY
        if settled is None or settled > on or silent:
            return None
        return ("adoption", settled, adopts) if stays or settled + grows > on else ("optimize", settled + grows, optimizes)
    if row.stage == "implementation":
        return ("adoption", row.stage_since + ready, started) if row.stage_since + ready <= on else None
    if row.stage == "adoption":
        if slow and row.stage_reason == engagements.REASONS["end_of_onboarding"] and on - row.stage_since < FRESH:
            return None if row.stage_since == on else ("implementation", row.stage_since + DAY, waits)
        return None if stays or row.stage_since + grows > on else ("optimize", row.stage_since + grows, optimizes)
    return None


def _red() -> list[int]:
    """The accounts of which it was said last that they are at risk."""
    rows = Activity.objects.filter(planned=False, deleted_at=None).exclude(sentiment="").order_by("happened_at", "pk")
    last = dict(rows.values_list("account_id", "sentiment"))
    return [pk for pk, sentiment in last.items() if sentiment == "red"]


def _person(pk: int) -> User:
    user = User.objects.prefetch_related("roles").get(pk=pk)
    visible.remember(user)
    return user
