"""People, as their administration shows them."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from tenure.models import Assignment, Event, User, UserRole

PAGE = 50
NO_PASSWORD = "!"  # noqa: S105 - how Django marks that none was chosen yet
STATES = {"": "All", "active": "Active", "invited": "Not yet in", "closed": "Closed"}
SORTS = {"name": "lower_name", "login": "last_login", "accounts": "accounts", "role": "main_role"}


@dataclass(frozen=True)
class Wanted:
    """What the list of people is asked for. ``sort`` is a key of ``SORTS``, with a minus for descending."""

    text: str = ""
    role: str = ""
    state: str = ""
    sort: str = "name"
    page: int = 1


def listed(wanted: Wanted) -> Page[Any]:
    """One page of people with ``accounts`` (open assignments on distinct accounts), ``main_role`` and ``waits`` (no password yet)."""
    key = wanted.sort.lstrip("-")
    column = F(SORTS.get(key, "lower_name"))
    order = column.desc(nulls_last=True) if wanted.sort.startswith("-") else column.asc(nulls_last=True)
    main = UserRole.objects.filter(user=OuterRef("pk")).order_by("position")
    rows = _filtered(wanted).annotate(
        accounts=Count("assignments__account", filter=Q(assignments__until_date=None), distinct=True),
        lower_name=Lower("name"),
        main_role=main.values("role")[:1],
    )
    rows = rows.select_related("manager").prefetch_related("roles", "territories").order_by(order, "lower_name", "pk")
    return Paginator(rows, PAGE).get_page(wanted.page)


def _filtered(wanted: Wanted) -> QuerySet[User]:
    rows = User.objects.all()
    if wanted.text:
        rows = rows.filter(Q(name__icontains=wanted.text) | Q(email__icontains=wanted.text) | Q(title__icontains=wanted.text))
    if wanted.role:
        rows = rows.filter(Exists(UserRole.objects.filter(user=OuterRef("pk"), role=wanted.role)))
    by_state = {
        "active": Q(is_active=True), "closed": Q(is_active=False), "invited": Q(is_active=True, password__startswith=NO_PASSWORD),
    }  # fmt: skip
    return rows.filter(by_state[wanted.state]) if wanted.state in by_state else rows


def counts() -> dict[str, int]:
    """How many people are in each state of ``STATES``."""
    found = User.objects.aggregate(
        all=Count("pk"),
        active=Count("pk", filter=Q(is_active=True)),
        invited=Count("pk", filter=Q(is_active=True, password__startswith=NO_PASSWORD)),
        closed=Count("pk", filter=Q(is_active=False)),
    )
    return {"": found.pop("all"), **found}


def people() -> QuerySet[User]:
    """Everybody who can log in, by name: for choosing a manager."""
    return User.objects.filter(is_active=True).order_by(Lower("name"), "pk")


def open_work(user: User) -> QuerySet[Assignment]:
    """The user's open assignments on accounts that still exist, by account name."""
    rows = Assignment.objects.filter(user=user, until_date=None, account__deleted_at=None)
    return rows.select_related("account").order_by("account__name", "pk")


def has_second_step(user: User) -> bool:
    """Whether the log-in asks for a code."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists())


def sessions(user: User, at: datetime) -> list[Any]:
    """Where the user is logged in at this moment, newest first."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=at)
    return list(UserSession.objects.filter(Exists(alive), user_id=user.pk).order_by("-created_at"))


VERBS = {
    "user.created": "Added", "user.changed": "Changed", "user.preferred": "Chose how Tenure looks", "user.deactivated": "Log-in closed",
    "user.activated": "Log-in opened", "user.password_set": "Set a password", "user.link_made": "Link to set a password made",
    "user.two_step_on": "Second step turned on", "user.two_step_off": "Second step turned off",
    "user.recovery_codes_made": "New recovery codes made", "session.ended": "Sessions ended",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One event of a person's record in words: what was done, which fields changed, by whom."""

    title: str
    detail: str
    event: Event


def history(user: User, limit: int = 20) -> list[Line]:
    """What happened to this person's record, newest first."""
    rows = Event.objects.filter(noun="user", object_id=user.pk, account_id=None).select_related("actor").order_by("-id")[:limit]
    return [Line(VERBS.get(row.verb, row.verb), _fields(row), row) for row in rows]


def _fields(event: Event) -> str:
    body = json.loads(event.body)
    return ", ".join(body.get("after", {})) if event.verb == "user.changed" else str(body.get("reason", ""))
