"""One account, all that its page shows: what the reader may do, its facts, its team and its family, on a day."""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import connection
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tenure.models import Account, AccountSummary, Assignment, Territory, User
from tenure.queries import clock, roles, visible
from tenure.queries.decisions import Outcome
from tenure.rules.errors import RuleError
from tenure.rules.packs import Pack

FAMILY_LIMIT = 200


@dataclass(frozen=True)
class Rights:
    """What the reader may change on this account. On another day than today nobody changes anything."""

    edit: bool = False
    contacts: bool = False
    assign: bool = False
    override: bool = False
    timeline: bool = False  # may read it
    log: bool = False
    feedback: bool = False
    ctas: bool = False  # may read them
    cta: bool = False
    service: bool = False
    playbook: bool = False
    journeys: bool = False  # may read them
    journey: bool = False
    projects: bool = False  # may read them
    project: bool = False
    handover: bool = False
    onboarding: bool = False  # may read them
    onboard: bool = False
    profiles: bool = False  # may read them
    profile: bool = False
    engage: bool = False  # may name the people whom the own role engages


@dataclass(frozen=True)
class Fact:
    """A fact of the account: ``kind`` is text | count | money | date | flag; ``waiting`` are the rules undecided without it; ``untold``:
    nobody recorded it for that day; ``learnt``: what a profile says instead, in words, where that counts."""

    field: str
    label: str
    kind: str
    value: Any
    waiting: Sequence[str]
    untold: bool = False
    learnt: str = ""


@dataclass(frozen=True)
class Member:
    """A person on the account in a role; ``note`` says why a previous owner is still there."""

    row: Assignment
    title: str
    short: str
    note: str = ""


@dataclass(frozen=True)
class Team:
    """Who works on the account on the day, and who did before, newest first."""

    current: list[Member]
    past: list[Member]

    @property
    def tam(self) -> Member | None:
        """The account's TAM of the day."""
        return next((member for member in self.current if member.row.role == "tam"), None)


@dataclass(frozen=True)
class Relative:
    """An account of the family; ``depth`` 0 is the top, ``here`` the account that the page is about."""

    pk: int
    name: str
    arr_minor: int | None
    gemstone: str
    segment: str
    depth: int = 0
    here: bool = False


@dataclass(frozen=True)
class Family:
    """The tree that the account belongs to, top first. Accounts that the reader may not see are only counted."""

    members: list[Relative]
    hidden: int

    @property
    def arr_minor(self) -> int | None:
        """ARR of the members that the reader sees, in the handbook's currency."""
        known = [member.arr_minor for member in self.members if member.arr_minor is not None]
        return sum(known) if known else None


def end_of(day: date) -> datetime:
    """The first moment that no longer belongs to a day."""
    return clock.end_of(day)


def rights(user: User, account: Account, is_as_of: bool) -> Rights:
    """What ``user`` may change: accounts that are only in the own territory are read-only."""
    held = frozenset[str]() if is_as_of else visible.rights_on(user, account)
    return Rights(
        "account.edit" in held, "contact.edit" in held, "account.assign" in held, "override.set" in held, visible.may(user, "activity.view"),
        "activity.log" in held, "feedback.edit" in held, visible.may(user, "cta.view"), "cta.edit" in held,
        "service.log" in held, "playbook.apply" in held, visible.may(user, "journey.view"), "journey.edit" in held,
        visible.may(user, "project.view"), "project.edit" in held, "handover.edit" in held,
        visible.may(user, "onboarding.view"), "onboarding.edit" in held, visible.may(user, "profile.view"), "profile.edit" in held,
        "team.engage" in held,
    )  # fmt: skip


def team(account_id: int, as_of: date, pack: Pack) -> Team:
    """The assignments of an account as of a day. One query."""
    rows = Assignment.objects.filter(account_id=account_id, from_date__lte=as_of).select_related("user", "assigned_by")
    members = [member(row, as_of, pack) for row in rows.order_by("-from_date", "-id")]
    words = list(roles.titles(pack))
    current = [one for one in members if one.row.until_date is None or one.row.until_date > as_of]
    current.sort(key=lambda one: words.index(one.row.role) if one.row.role in words else len(words))
    return Team(current, [one for one in members if one not in current])


def member(row: Assignment, as_of: date, pack: Pack) -> Member:
    """An assignment in words."""
    return Member(row, roles.title(row.role, pack), roles.short(row.role, pack), _previous_owner(row, as_of, pack))


def _previous_owner(row: Assignment, as_of: date, pack: Pack) -> str:
    """Until when a previous owner stays, by the handbook's value of the day."""
    if row.role != "previous_owner":
        return ""
    try:
        months = int(pack.number("previous_owner_months", as_of))
    except RuleError:
        return ""
    until = row.until_date or row.from_date + relativedelta(months=months)
    return f"Stays on the team for the first {months} months, until {until.day} {until:%b %Y}"


TREE = """
with recursive up(id, parent_id) as (
    select id, parent_id from tenure_account where id = %s
    union select a.id, a.parent_id from tenure_account a join up on a.id = up.parent_id
), down(id, parent_id) as (
    select id, parent_id from up where parent_id is null or parent_id not in (select id from up)
    union select a.id, a.parent_id from tenure_account a join down on a.parent_id = down.id where a.deleted_at is null
) select id, parent_id from down limit %s
"""


def family(user: User, account: Account) -> Family:
    """Everybody above and below the account's topmost parent. Two queries, whatever the depth, and those of what the reader sees."""
    with connection.cursor() as cursor:
        cursor.execute(TREE, [account.pk, FAMILY_LIMIT])
        parents = dict(cursor.fetchall()) or {account.pk: None}
    rows = visible.summaries(user).filter(pk__in=parents).order_by("name_key", "pk")
    shown = {row.pk: Relative(row.pk, row.name, row.arr_minor, row.gemstone, row.segment) for row in rows}
    return Family(in_order(parents, shown, account.pk), len(parents) - len(shown))


def in_order(parents: Mapping[int, int | None], shown: Mapping[int, Relative], here: int) -> list[Relative]:
    """The tree from its top, depth first, children in the order of ``shown``; what it lacks is left out, its children move up."""
    found: list[Relative] = []
    order = {pk: place for place, pk in enumerate(shown)}

    def walk(pk: int, depth: int) -> None:
        if row := shown.get(pk):
            found.append(replace(row, depth=depth, here=pk == here))
        children = [one for one, parent in parents.items() if parent == pk]
        for child in sorted(children, key=lambda one: order.get(one, -1)):
            walk(child, depth + (1 if row else 0))

    tops = [pk for pk, parent in parents.items() if parent not in parents]
    if tops:
        walk(tops[0], 0)
    return found


def relatives(account: Account) -> int:
    """How many accounts stand directly above or below it; 0 = it has no family."""
    below = getattr(account, "below", None)
    if below is None:
        below = Account.objects.filter(parent=account, deleted_at=None).count()
    return int(below) + (account.parent_id is not None)


def with_below(rows: QuerySet[Account]) -> QuerySet[Account]:
    """Accounts with how many stand directly below each, as ``below``: no query of its own."""
    found = Account.objects.filter(parent=OuterRef("pk"), deleted_at=None).order_by().values("parent")
    return rows.annotate(below=Coalesce(Subquery(found.annotate(n=Count("pk")).values("n")), 0))


def places() -> list[Territory]:
    """Every territory, by name."""
    return list(Territory.objects.order_by("name"))


def like(user: User, text: str, size: int = 12) -> list[AccountSummary]:
    """Accounts that the user sees whose name begins with the text, then by name."""
    return (
        list(visible.summaries(user).filter(name_key__startswith=text.strip().lower()).order_by("name_key", "pk")[:size])
        if text.strip()
        else []
    )


def named(user: User, text: str) -> list[int]:
    """Ids of the accounts that ``Name (12)`` or ``Name`` means, among those that the user sees; two at most."""
    number = re.fullmatch(r".*\((\d{1,18})\)", text.strip())
    rows = visible.summaries(user)
    rows = rows.filter(pk=int(number[1])) if number else rows.filter(name_key=text.strip().lower())
    return list(rows.values_list("pk", flat=True)[:2])


SUMMARY_FACTS = ("users", "employees", "product", "segment", "region", "gemstone", "service_tier")
ACCOUNT_FACTS = ("given_segment", "potential_users", "is_public_sector", "partner_owned", "community", "support_hold")
FACTS = (
    ("employees", "Employees", "count"),
    ("potential_users", "Potential users", "count"),
    ("iacv_minor", "iACV", "money"),
    ("region", "Region", "text"),
    ("country", "Country", "text"),
    ("industry", "Industry", "text"),
    ("customer_since", "Customer since", "date"),
    ("growth_opportunity", "Growth opportunity", "flag"),
    ("is_public_sector", "Public sector", "flag"),
    ("partner_owned", "Partner-owned", "flag"),
    ("community", "Community licence", "flag"),
    ("support_hold", "Support on hold", "flag"),
    ("territory_id", "Territory", "place"),
    ("website", "Website", "text"),
)


def known(account: Account, but: Container[str] = ()) -> dict[str, Any]:
    """The facts of today that the account's own rows hold, by the handbook's names; money in minor units. ``but``: facts that a profile
    tells, so that the account's own field may not be what counts."""
    row = account.summary
    listed = {"arr": row.arr_minor, "iacv": row.iacv_minor, **{name: getattr(row, name) for name in SUMMARY_FACTS}}
    return listed | {name: getattr(account, name) for name in ACCOUNT_FACTS if name not in but}


def facts_of(
    account: Account, decided: Mapping[str, Outcome], untold: Container[str] = (), learnt: Mapping[str, str] | None = None
) -> list[Fact]:
    """The facts of an account, of today or as it was, in the order of the page. ``learnt``: what its profiles tell, by fact."""
    waiting: dict[str, list[str]] = {}
    for outcome in decided.values():
        for name in outcome.missing_facts:
            waiting.setdefault(name, []).append(outcome.title)
    return [
        Fact(
            name,
            label,
            kind,
            getattr(account, name),
            tuple(waiting.get(name.removesuffix("_minor"), ())),
            name in untold,
            (learnt or {}).get(name, ""),
        )
        for name, label, kind in FACTS
    ]
