"""What the demo company's people said to each other in the last weeks: remarks in which somebody is named, files, feedback that is passed on,
accounts that get a TAM."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from random import Random
from typing import Any

from tenure.actions import assignments, attachments, comments, ctas, feedback
from tenure.actions.refusals import Refused
from tenure.models import Activity, Assignment, CallToAction, Feedback, User
from tenure.queries import clock, visible
from tenure.runs import demo_files, demo_numbers
from tenure.runs import demo_words as words
from tenure.runs.demo_staff import DOMAIN

RECENT = timedelta(days=21)
TALKS, FILES, PASSED_ON, SAID = 2, 2, 2, 3  # of a day; the first two of each team
SALES = ("account_manager", "account_executive")
FILED = ("workshop", "meeting", "call")  # entries besides business reviews that files are kept with
MOST_ASSIGNED = 2  # accounts that a manager gives to somebody today
QUALIFIED = 0.3  # of the feedback that is passed on


def day(seed: int, on: date, at: datetime, today: date) -> None:
    """What is said on one of these days."""
    if today - on > RECENT:
        return
    at -= timedelta(days=max(0, at.isoweekday() - 5))  # nobody works at the weekend
    for manager in User.objects.filter(reports__is_active=True).distinct().order_by("pk"):
        chance = Random(f"{seed}:{manager.pk - demo_numbers.people()}:{on}:talk")
        team = list(manager.reports.filter(is_active=True).order_by("pk"))
        _talk(manager, team, chance, at)
        _file(team, chance, at)
    _pass_on(Random(f"{seed}:{on}:feedback"), at)
    _hear(Random(f"{seed}:{on}:heard"), at)


def give(seed: int, today: date, at: datetime) -> None:
    """Managers ask about something today, ask one of their team for something, and give some of the accounts that wait to the TAM of the place."""
    for manager in User.objects.filter(reports__is_active=True).distinct().order_by("pk"):
        _known(manager)
        team = list(manager.reports.filter(is_active=True).order_by("pk"))
        _talk(manager, team, Random(f"{seed}:{manager.pk - demo_numbers.people()}:{today}:talk"), at)
        mine = (
            Assignment.objects.filter(user__in=team, role="tam", until_date=None)
            .select_related("account", "user")
            .order_by("pk")
            .first()
        )
        if mine:
            more: dict[str, Any] = {
                "type": "activity",
                "title": "Figures for the regional meeting",
                "owner": mine.user,
                "due_date": today + timedelta(days=4),
            }
            _try(lambda: ctas.create(mine.account, today=today, actor=manager, at=at, **more))  # noqa: B023 - called at once
        waiting = CallToAction.objects.filter(owner=manager, rule="assign_tam", is_open=True).select_related("account")
        for row in waiting.order_by("due_date", "pk")[:MOST_ASSIGNED]:
            free = manager.reports.filter(is_active=True, territories=row.account.territory_id).order_by("pk").first()
            if free:
                _try(lambda: assignments.assign(row.account, free, "tam", from_date=today, actor=manager, at=at))  # noqa: B023


def _try(do: Callable[[], object]) -> None:
    """What somebody may not do is left."""
    try:
        do()
    except Refused:
        return


def _known(user: User) -> User:
    visible.remember(user)
    return user


def _talk(manager: User, team: list[User], chance: Random, at: datetime) -> None:
    """The manager asks about something open, the owner answers; one of the main cast is always among them."""
    cast = [user for user in team if "." not in user.email.removesuffix(f"@{DOMAIN}")]
    others = [user for user in team if user not in cast]
    for user in [*cast, *chance.sample(others, len(others))][:TALKS]:
        rows = (
            CallToAction.objects.filter(owner=user, is_open=True, created_at__lt=at)
            .select_related("account")
            .order_by("priority", "due_date", "pk")
        )
        for row in chance.sample(some := list(rows[:8]), min(1, len(some))):
            ask, answer = words.TALKS[(row.pk + row.comments.count() // 2) % len(words.TALKS)]  # another one each time
            _try(lambda: comments.add(row, ask.format(name=user.name), actor=_known(manager), at=at))  # noqa: B023
            _try(lambda: comments.add(row, answer.format(name=manager.name), actor=_known(user), at=at))  # noqa: B023


def _file(team: list[User], chance: Random, at: datetime) -> None:
    """Files with what was held last, and one with work that is open."""
    held = Activity.objects.filter(owner__in=team, source="tenure", planned=False, happened_at__lte=at, attachments=None)
    rows = held.select_related("account", "owner").order_by("-happened_at", "-pk")
    for row in [*rows.filter(kind="ebr")[:1], *rows.filter(kind__in=FILED)[: FILES - 1]]:
        name, content = demo_files.of_entry(row, chance)
        if row.owner is not None:
            _try(lambda: attachments.add(row, name, BytesIO(content), actor=_known(row.owner), at=at))  # type: ignore[arg-type] # noqa: B023
    work = CallToAction.objects.filter(
        owner__in=team, is_open=True, type__in=("renewal", "risk"), attachments=None, created_at__lt=at
    )
    for cta in work.select_related("account", "owner").order_by("due_date", "pk")[:1]:
        name, content = demo_files.of_work(cta, chance)
        _try(lambda: attachments.add(cta, name, BytesIO(content), actor=_known(cta.owner), at=at))  # type: ignore[arg-type] # noqa: B023


def _pass_on(chance: Random, at: datetime) -> None:
    """Customer success operations passes on what customers said; its author hears of it."""
    taker = User.objects.filter(roles__role="cs_operations").order_by("pk").first()
    if taker is None:
        return
    rows = Feedback.objects.filter(status="open", kind__in=("product", "feature_request", "release"), given_on__lt=at.date())
    for row in rows.exclude(author=taker).order_by("given_on", "pk")[:PASSED_ON]:
        labels = ["customer", "customer+"] if chance.random() < QUALIFIED else ["customer"]
        fields = {"status": "passed_on", "labels": labels, "issue_url": words.ISSUE.format(1200 + row.pk)}
        _try(lambda: feedback.update(row, fields, today=clock.day_of(at), actor=_known(taker), at=at))  # noqa: B023 - called at once


def _hear(chance: Random, at: datetime) -> None:
    """Sales people hear something; the account's TAM is told."""
    tams = Assignment.objects.filter(role="tam", until_date=None).values("account")
    held = Assignment.objects.filter(role__in=SALES, until_date=None, account__in=tams)
    rows = list(held.select_related("account", "user").order_by("pk"))
    for row in chance.sample(rows, min(SAID, len(rows))):
        kind, text = chance.choice(words.SAID)
        said = {"kind": kind, "text": text}
        _try(lambda: feedback.create(row.account, said, today=clock.day_of(at), actor=_known(row.user), at=at))  # noqa: B023
