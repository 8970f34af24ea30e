"""Who works on the demo company's deals before the sale: the architects and the services engineer whom the handbook brings in, and a manager who has
just given Tam, whom the log-ins name, customers that bought lately."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from tenure.actions import assignments
from tenure.models import AccountSummary, Assignment, HandOver, Opportunity, User
from tenure.runs import demo_numbers
from tenure.runs.demo_staff import DOMAIN

ARCHITECT, ENGINEER = "solutions_architect", "professional_services"
LATER = ("proposal", "negotiating", "awaiting_signature")  # where the services engineer comes in
EARLY = ("scoping", "technical_evaluation", *LATER)  # where an architect is on the deal
FORGOTTEN = 0.12  # of those deals have none yet
AGO = timedelta(days=21)  # since when they are on it
LATELY, GIVEN = timedelta(days=150), 3  # customers that bought within so many days; how many of them Tam gets


def engage(seed: int, today: date, at: datetime) -> None:
    """Name them. Do it once: a repeat finds them and leaves."""
    if Assignment.objects.filter(role=ARCHITECT).exists():
        return
    deals = _deals()
    handing = set(HandOver.objects.filter(is_open=True, kind="sale").values_list("account_id", flat=True))
    before = demo_numbers.accounts()
    wanted = {
        account for account, stage in deals.items()
        if stage in EARLY and Random(f"{seed}:{account - before}:architect").random() >= FORGOTTEN
    } | handing  # fmt: skip
    region = dict(AccountSummary.objects.filter(pk__in=wanted).values_list("pk", "region"))
    by_region = defaultdict(list)
    for account in sorted(wanted):
        by_region[region.get(account, "")].append(account)
    moment: dict[str, Any] = {"from_date": today - AGO, "actor": None, "at": at, "today": today}
    for architect in User.objects.filter(roles__role=ARCHITECT, is_active=True).order_by("pk"):
        if mine := by_region.get(architect.region):
            assignments.assign_many(mine, architect, ARCHITECT, **moment)
    plan = AccountSummary.objects.filter(pk__in=wanted, engagement_plan="Enterprise")
    installing = [pk for pk in plan.order_by("pk").values_list("pk", flat=True) if pk in handing or deals.get(pk) in LATER]
    for engineer in User.objects.filter(roles__role=ENGINEER, is_active=True).order_by("pk")[:1]:
        if installing:
            assignments.assign_many(installing, engineer, ENGINEER, **moment)
    _give(today, at)


def _deals() -> dict[int, str]:
    """Account -> the stage of its open new business."""
    rows = Opportunity.objects.filter(deleted_at=None, is_closed=False, kind="new_account", account__deleted_at=None)
    return dict(rows.order_by("pk").values_list("account_id", "stage"))


def _give(today: date, at: datetime) -> None:
    """The manager gives Tam customers of the territory that bought lately and have no TAM: hand-overs to take, onboardings to begin."""
    tam = User.objects.filter(email=f"tam@{DOMAIN}").select_related("manager").first()
    if tam is None or tam.manager is None:
        return
    won = Opportunity.objects.filter(
        is_won=True, kind="new_account", close_date__gt=today - LATELY, account__summary__tam=None, account__kind="customer",
        account__territory__in=tam.territories.all(), account__deleted_at=None, deleted_at=None,
    )  # fmt: skip
    accounts = [row.account for row in won.select_related("account").order_by("-close_date", "account")[:GIVEN]]
    for number, account in enumerate(accounts):
        start = today - timedelta(days=12 * number)
        assignments.assign(
            account, tam, "tam", from_date=start, actor=tam.manager, at=at, today=today, reason="Bought lately; the book has room"
        )
