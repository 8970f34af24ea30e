"""The demo company's hand-overs: those of the past were taken over, of the latest some are being prepared, offered, sent back, offered again or late; one
TAM hands an account to another, one leaves a customer."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from tenure.actions import assignments, handovers, handovers_past, handovers_starting, previous_owners
from tenure.actions.refusals import Refused
from tenure.models import Assignment, HandOver, Opportunity, User
from tenure.queries import handbook, handovers_people, handovers_states, journeys
from tenure.rules import handovers as rules
from tenure.runs import demo_numbers
from tenure.runs.demo_staff import DOMAIN

TAKEN = 0.5  # of those that are a wave old
LONGEST = timedelta(days=100)  # until even the slowest is taken over
ASKED = 2  # deals for which a TAM is asked for before they are won
OWNERS = 3  # accounts whose owner changes
LATELY = timedelta(days=40)  # one of those that began since then is sent back
GIVEN_UP = timedelta(days=60)  # where no TAM comes
LATE = ("proposal", "negotiating")  # stages
STANDS = ("returned", "offered", "preparing", "ready")
WHY = (
    "The technical landscape is a year old, and nobody knows who runs the servers.",
    "We still don't know why they bought, or who decides.",
)
PROFILES = ("technical_profile", "business_profile")  # what is sent back, in the order of ``WHY``
NOBODY = "No TAM for now: Support and the courses look after them"
LINKS = "https://docs.demo.example/"


def day(seed: int, on: date, at: datetime) -> None:
    """After the daily run of a wave: what began before it is taken over by now, but for a few."""
    rows = HandOver.objects.filter(is_open=True, started_on__lt=on).select_related("account").order_by("pk")
    handovers_past.accept_many([row for row in rows if row.taker_id and _taken(seed, row, on)], at=at)
    handovers_past.cancel_many([row for row in rows if not row.taker_id and on - row.started_on > GIVEN_UP], NOBODY, at=at)
    lately = [
        row
        for row in rows
        if row.is_open and row.kind == "sale" and row.giver_id and row.taker_id and on - row.started_on < LATELY
    ]
    if lately and not any(row.state == "returned" for row in rows if row.is_open):
        _stand(lately[-1], "returned", 0, {"today": on, "at": at})


def lay_out(seed: int, today: date, at: datetime) -> None:
    """What stands how today. Do it once: a repeat finds what is there and leaves."""
    if HandOver.objects.filter(kind="tam").exists():
        return
    rows = HandOver.objects.filter(is_open=True, taker__isnull=False, giver__isnull=False).order_by("pk")
    for place, row in enumerate(rows.select_related("taker")):
        again = row.state == "returned" or (row.taker is not None and row.taker.email == f"tam@{DOMAIN}")
        _stand(row, "offered" if again else STANDS[place % len(STANDS)], place, {"today": today, "at": at})
    _hand_off(today, at)
    _change_owners(today, at)
    _ask(today, at)


def _taken(seed: int, row: HandOver, on: date) -> bool:
    chance = Random(f"{seed}:{row.account_id - demo_numbers.accounts()}:{row.kind}:taken")
    return on - row.started_on > LONGEST or chance.random() < TAKEN


def _stand(row: HandOver, stands: str, place: int, moment: dict[str, Any]) -> None:
    """Tick what is missing, or a part of it, then offer it or send it back; with the rights of whoever does it."""
    left = rules.missing(handovers_states.one(row, moment["today"], handbook.pack()))
    done = left if stands in ("offered", "ready") else left[: 1 + place % 4] if stands == "preparing" else left[:-1]
    try:
        for one in done:
            link = f"{LINKS}{one.item.key.replace('_', '-')}" if not one.item.done_when else ""
            handovers.tick(
                row, one.item.key, "done", on=moment["today"] - timedelta(days=place % 3), link=link, actor=row.giver, **moment
            )
        if stands in ("offered", "returned"):
            handovers.offer(row, actor=row.giver, **moment)
        if stands == "returned":
            at = place // len(STANDS) % len(WHY)
            items = [one.item.key for one in left if one.item.key == PROFILES[at]]
            handovers.send_back(row, WHY[at], items=items, actor=row.taker, **moment)
    except Refused:  # who gives it isn't on the account any more
        return


def _hand_off(today: date, at: datetime) -> None:
    """Of each of two managers one TAM hands an account to another, and one leaves a customer."""
    for manager in User.objects.filter(reports__roles__role="tam").distinct().order_by("pk")[:2]:
        tams = list(manager.reports.filter(roles__role="tam", is_active=True).order_by("pk")[:2])
        if len(tams) < 2:
            continue
        held = Assignment.objects.filter(user=tams[0], role="tam", until_date=None, account__deleted_at=None).exclude(
            account__handovers__is_open=True
        )
        rows = list(held.select_related("account").order_by("-account__summary__arr_minor", "pk")[:6])
        for row, kind, taker in zip(rows[1::4], ("tam", "disengagement"), (tams[1], None), strict=False):
            try:
                handovers_starting.start(row.account, kind, taker=taker, today=today, actor=manager, at=at)
            except Refused:  # a playbook of the kind is at work there
                continue


def _change_owners(today: date, at: datetime) -> None:
    """Of some accounts that account managers cover another one becomes the owner; who owned them before stays on their team for a while."""
    managers = list(User.objects.filter(roles__role="account_manager", is_active=True).order_by("pk"))
    held = Assignment.objects.filter(role="account_manager", until_date=None, account__deleted_at=None, user__in=managers)
    rows = list(held.select_related("account").order_by("-account__summary__arr_minor", "pk")[: 10 * OWNERS])
    kept = previous_owners.kept_by([row.account_id for row in rows], today)
    for row in [one for one in rows if kept.get(one.account_id) == "account_manager"][:OWNERS]:
        other = next(one for one in managers if one.pk != row.user_id)
        assignments.assign(
            row.account,
            other,
            "account_manager",
            from_date=today,
            actor=None,
            at=at,
            reason="Territories were drawn anew",
            today=today,
        )


def _ask(today: date, at: datetime) -> None:
    """For some deals of Enterprise customers to be, a TAM is asked for before the sale."""
    deals = Opportunity.objects.filter(kind="new_account", is_closed=False, stage__in=LATE, deleted_at=None, close_date__gt=today)
    found = 0
    for row in (
        deals.exclude(account__handovers__is_open=True).select_related("account", "owner").order_by("-amount_minor", "pk")[:20]
    ):
        team = handovers_people.teams([row.account_id], today)[row.account_id]
        if found == ASKED or team.get("tam") or journeys.plans([row.account_id], today).get(row.account_id) != "Enterprise":
            continue
        try:
            handovers_starting.start(row.account, "sale", opportunity=row, today=today, actor=row.owner, at=at)
            found += 1
        except Refused:  # whose it is doesn't work on the account
            continue
