"""Calls to action: who may work on them, and one of them with all that its drawer shows, in a constant number of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tenure.models import Account, AccountSummary, Activity, Attachment, CallToAction, Comment, CtaLink, Task, User
from tenure.queries import assignments, ctas_history, texts, visible

RECENT = 2  # activities under the tasks
CLOSED = 20  # closed ones of an account
AFTER = Task.after.through


def editable(user: User, rows: Iterable[CallToAction], capability: str = "cta.edit") -> set[int]:
    """Ids of those CTAs on which the user may do this: those of the accounts where they hold the right, and their own."""
    rows = list(rows)
    if not user.is_active or not visible.may(user, capability):
        return set()
    accounts = assignments.assignable_ids(user, {row.account_id for row in rows}, capability)
    mine = {row.account_id for row in rows if row.owner_id == user.pk and row.account_id not in accounts}
    seen = set(visible.summaries(user).filter(pk__in=mine).values_list("pk", flat=True)) if mine else set()
    return {row.pk for row in rows if row.account_id in accounts or (row.owner_id == user.pk and row.account_id in seen)}


def dependencies(cta_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs (task, the task that comes first) within these CTAs."""
    rows = AFTER.objects.filter(from_task__cta__in=cta_ids).order_by("pk")
    return list(rows.values_list("from_task_id", "to_task_id"))


def regions(account_ids: Iterable[int]) -> dict[int, str]:
    """The region of each account, by whose calendar its days are counted."""
    return dict(AccountSummary.objects.filter(pk__in=set(account_ids)).values_list("pk", "region"))


FACTS = (
    "region",
    "product",
    "segment",
    "service_tier",
    "gemstone",
    "coverage",
    "engagement_plan",
    "support_level",
    "tam_eligible",
)


def facts(account_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """What playbooks ask of an account, by account; blank = not known. One query."""
    rows = AccountSummary.objects.filter(pk__in=set(account_ids)).values("pk", *FACTS)
    return {row.pop("pk"): row for row in rows}


@dataclass(frozen=True)
class Step:
    """A task as the drawer shows it: ``waits`` are the titles of open tasks that come first; ``may`` whether the reader may work on it."""

    row: Task
    waits: list[str]
    may: bool
    late: int  # days; 0 = not late
    template: str = ""  # the handbook's text that goes with it

    @property
    def missing(self) -> list[str]:
        """What it asks for before it can be done and nobody has answered yet."""
        return [asked["label"] for asked, answer in self.answers if asked.get("required") and answer in ("", None)]

    @property
    def answers(self) -> list[tuple[dict[str, Any], Any]]:
        """What is asked, each with its answer so far."""
        return [(asked, self.row.fields.get(asked["key"], "")) for asked in self.row.asked]


@dataclass(frozen=True)
class Card:
    """All that the drawer of one CTA shows."""

    row: CallToAction
    summary: AccountSummary
    may_edit: bool
    may_assign: bool
    steps: list[Step]
    links: list[CtaLink]
    attachments: list[Attachment]
    counts: dict[str, int]
    recent: list[Activity]
    today: date
    comments: list[Comment] = field(default_factory=list)
    timeline: list[ctas_history.Entry] = field(default_factory=list)
    follow_up: CallToAction | None = None  # in which its open tasks go on since it closed

    @property
    def total(self) -> int:
        """Tasks that count: done or still to do."""
        return self.row.tasks_open + self.row.tasks_done

    @property
    def percent(self) -> int:
        """How much of the tasks is done, 0 to 100."""
        return round(100 * self.row.tasks_done / self.total) if self.total else 0

    @property
    def late(self) -> int:
        """How many days the CTA is late; 0 = it isn't."""
        return _late(self.row.due_date, self.today) if self.row.is_open else 0

    @property
    def is_snoozed(self) -> bool:
        """Whether it rests today."""
        return self.row.is_snoozed(self.today)


def one(user: User, pk: int, today: date, tab: str = "tasks") -> Card | None:
    """A CTA that the user sees, with its drawer's open tab; None where there is no such CTA for them."""
    rows = visible.ctas(user).select_related("account", "owner", "created_by", "closed_by", "playbook_use__version")
    row = rows.filter(pk=pk).first()
    if row is None:
        return None
    may_edit = bool(editable(user, [row]))
    return Card(
        row, AccountSummary.objects.get(pk=row.account_id), may_edit, may_edit and bool(editable(user, [row], "cta.assign")),
        steps(row, user, may_edit, today), list(row.links.order_by("pk")),
        list(row.attachments.filter(deleted_at=None).select_related("added_by")), _counts(row, user),
        list(ctas_history.activities(row, user).filter(planned=False).select_related("owner")[:RECENT]) if tab == "tasks" else [], today,
        comments=comments(row) if tab == "comments" else [], timeline=ctas_history.timeline(row, user) if tab == "timeline" else [],
        follow_up=follow_ups(row).order_by("-pk").first() if not row.is_open else None,
    )  # fmt: skip


def follow_ups(row: CallToAction) -> QuerySet[CallToAction]:
    """The CTAs in which tasks of a closed one go on."""
    return CallToAction.objects.filter(account=row.account_id, origin="follow_up", because__continues_cta=row.pk)


def steps(row: CallToAction, user: User, may_edit: bool, today: date) -> list[Step]:
    """The tasks of a CTA in order, each with what it waits for."""
    tasks = list(row.tasks.select_related("owner", "done_by").order_by("position", "pk"))
    titles = {task.pk: task.title for task in tasks if task.status == "open"}
    waits: dict[int, list[str]] = {}
    for task, first in dependencies([row.pk]):
        if first in titles:
            waits.setdefault(task, []).append(titles[first])
    letters = texts.of_steps(row)
    helps = not may_edit and visible.may(user, "cta.edit")
    return [
        Step(task, waits.get(task.pk, []), may_edit or (helps and task.owner_id == user.pk), _late(task.due_date, today) if task.status == "open" else 0, letters.get(task.key, ""))
        for task in tasks
    ]  # fmt: skip


def step_of(user: User, account: Account, pk: int, today: date) -> Step | None:
    """An open step of an account's open CTA on which the user may work, as the drawer shows it; None where there is no such step."""
    rows = visible.tasks(user).select_related("cta__account", "cta__playbook_use__version")
    task = rows.filter(pk=pk, cta__account=account, cta__is_open=True, status="open").first()
    found = steps(task.cta, user, bool(editable(user, [task.cta])), today) if task else []
    return next((one for one in found if one.row.pk == pk and one.may), None)


def comments(row: CallToAction) -> list[Comment]:
    """What people said about it, oldest first; what was deleted stays as an empty place."""
    return list(row.comments.select_related("author").prefetch_related("mentioned").order_by("pk"))


def _counts(row: CallToAction, user: User) -> dict[str, int]:
    """How much each tab holds."""
    said = row.comments.filter(deleted_at=None).aggregate(n=Count("pk"))["n"]
    return {"comments": said, "activities": ctas_history.activities(row, user).filter(cta=row).count()}


def _late(day: date | None, today: date) -> int:
    return max((today - day).days, 0) if day else 0


@dataclass(frozen=True)
class Book:
    """The CTAs of one account on a day: what is to do, what rests, what was closed last."""

    open: list[CallToAction]
    snoozed: list[CallToAction]
    closed: list[CallToAction]


def of_account(user: User, account: Account, on: date, until: datetime) -> Book:
    """The CTAs of an account as they stood at a moment, open ones by due date. Two queries."""
    rows = visible.ctas(user).filter(account=account).select_related("owner", "closed_by")
    found = list(rows.filter(_open(until)).order_by(F("due_date").asc(nulls_last=True), "pk"))
    closed = rows.filter(closed_at__lt=until).order_by("-closed_at", "-pk")
    resting = [row for row in found if row.snoozed_until is not None and row.snoozed_until > on]
    return Book([row for row in found if row not in resting], resting, list(closed[:CLOSED]))


def upcoming(user: User, account: Account, today: date, size: int) -> list[CallToAction]:
    """What is to do next for an account: open and not snoozed, by due date, the higher priority first. One query."""
    rows = visible.ctas(user).filter(_awake(today), account=account).select_related("owner")
    return list(rows.order_by(F("due_date").asc(nulls_last=True), "priority", "pk")[:size])


def counted(rows: QuerySet[Account], today: date) -> QuerySet[Account]:
    """Accounts with how many of their CTAs are to do (open, not snoozed) and late, as ``ctas_open`` and ``ctas_late``: no query of its own."""
    found = CallToAction.objects.filter(_awake(today), account=OuterRef("pk")).order_by().values("account")
    late = found.filter(due_date__lt=today)
    return rows.annotate(
        ctas_open=Coalesce(Subquery(found.annotate(n=Count("pk")).values("n")), 0),
        ctas_late=Coalesce(Subquery(late.annotate(n=Count("pk")).values("n")), 0),
    )


def _awake(today: date) -> Q:
    return Q(is_open=True) & (Q(snoozed_until=None) | Q(snoozed_until__lte=today))


def _open(until: datetime) -> Q:
    return Q(created_at__lt=until) & (Q(closed_at=None) | Q(closed_at__gte=until))
