"""One playbook at work: its steps with their state, its wording beside the handbook's of today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from tenure.models import CallToAction, PlaybookUse, Task, User
from tenure.queries import ctas, decisions, handbook, roles, visible
from tenure.queries.playbooks import in_force
from tenure.rules import calendars, playbooks
from tenure.rules.packs import Pack
from tenure.rules.playbooks import Difference
from tenure.rules.work import PlaybookEdition

LABELS = {
    "title": "title", "note": "note", "owner_role": "who", "due": "day", "earliest": "not before", "after": "after", "asked": "asks for",
    "only": "only for", "template": "text",
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """A step of the wording that was applied. ``task`` None: it was not for this account. ``late`` in days. ``other``: what the handbook
    of today says otherwise: (field, then, now)."""

    title: str
    note: str
    role: str
    day: str
    task: Task | None
    waits: list[str]
    late: int
    other: list[tuple[str, str, str]]
    gone: bool = False  # the handbook of today has no such step

    @property
    def state(self) -> str:
        """open, done, skipped; outside where it was not for this account."""
        return self.task.status if self.task else "outside"


@dataclass(frozen=True)
class One:
    """A use with its CTA and steps. ``edition``: the handbook's of today, None = it has none; ``added`` are steps that only that one has."""

    use: PlaybookUse
    cta: CallToAction | None
    steps: list[Step]
    more: list[Task]
    edition: PlaybookEdition | None
    added: list[Difference]
    may: bool
    former: PlaybookUse | None
    usable: bool

    @property
    def is_current(self) -> bool:
        """Whether the handbook of today says the same."""
        return self.edition is not None and not self.added and not any(step.other or step.gone for step in self.steps)

    @property
    def differing(self) -> int:
        """In how many steps the handbook of today differs."""
        return len(self.added) + sum(bool(step.other or step.gone) for step in self.steps)

    @property
    def counts(self) -> tuple[int, int]:
        """Tasks done, and all that there are."""
        return self._states.count("done"), len(self._states)

    @property
    def skipped(self) -> int:
        """How many tasks were left out."""
        return self._states.count("skipped")

    @property
    def _states(self) -> list[str]:
        return [task.status for task in (*(step.task for step in self.steps), *self.more) if task]

    @property
    def percent(self) -> int:
        """How much is done, 0 to 100."""
        done, total = self.counts
        return round(100 * done / total) if total else 0

    @property
    def open_tasks(self) -> list[Task]:
        """What is still to do."""
        return [task for task in (*(step.task for step in self.steps), *self.more) if task and task.status == "open"]


def one(user: User, pk: int, today: date) -> One | None:
    """A use that the user sees; None where there is none for them. A constant number of queries."""
    rows = PlaybookUse.objects.filter(account__in=visible.accounts(user)).select_related(
        "account", "version", "applied_by", "replaced_by__version"
    )
    use = rows.filter(pk=pk).first() if visible.may(user, "cta.view") else None
    if use is None:
        return None
    cta = use.ctas.select_related("owner", "closed_by").order_by("pk").first()
    tasks = list(_tasks(cta).select_related("owner", "done_by").order_by("cta", "position", "pk")) if cta else []
    book = handbook.pack().playbooks.get(use.version.key)
    edition = in_force(book, today) if book else None
    text = playbooks.text(book, edition) if book and edition else None
    found = playbooks.differences(use.version.text, text) if text else []
    steps = _steps(use.version.text["steps"], tasks, cta, found, today)
    may = use.status == "active" and visible.may_on(user, "playbook.apply", use.account)
    former = PlaybookUse.objects.filter(replaced_by=use).select_related("version").first()
    more = [task for task in tasks if task.key not in {step["key"] for step in use.version.text["steps"]}]
    return One(use, cta, steps, more, edition, [one for one in found if one.kind == "added"], may, former, edition is not None)


def _tasks(cta: CallToAction) -> QuerySet[Task]:
    """The tasks of a CTA, with those that went on in a follow-up when it closed."""
    return Task.objects.filter(Q(cta=cta) | Q(cta__in=ctas.follow_ups(cta)))


def _steps(
    texts: Sequence[dict[str, Any]], tasks: Sequence[Task], cta: CallToAction | None, found: Sequence[Difference], today: date
) -> list[Step]:
    by_key, told, pack = {task.key: task for task in tasks}, {one.key: one for one in found}, handbook.pack()
    titles = {task.pk: task.title for task in tasks if task.status == "open"}
    waits: dict[int, list[str]] = {}
    for task, first in ctas.dependencies([cta.pk]) if cta else ():
        if first in titles:
            waits.setdefault(task, []).append(titles[first])
    return [_step(text, by_key.get(text["key"]), waits, told.get(text["key"]), pack, today) for text in texts]


def _step(
    text: dict[str, Any], task: Task | None, waits: dict[int, list[str]], other: Difference | None, pack: Pack, today: date
) -> Step:
    late = (today - task.due_date).days if task and task.status == "open" and task.due_date else 0
    return Step(
        task.title if task else text["title"], text["note"], role_words(text["owner_role"], pack), day_words(text), task,
        waits.get(task.pk, []) if task and task.status == "open" else [], max(late, 0),
        [_worded(*field, pack) for field in other.fields] if other else [], bool(other and other.kind == "removed"),
    )  # fmt: skip


def role_words(role: str, pack: Pack) -> str:
    """A role of a step in words; persons that a playbook asks for by name are spelled out."""
    titles = roles.titles(pack)
    return titles.get(role) or role.replace("_", " ").capitalize()


def day_words(text: dict[str, Any]) -> str:
    """When a step is due, as its wording says it: ``7 days after``, ``2 to 5 days after``; blank without a day."""
    if not text.get("due"):
        return ""
    due = calendars.offset(text["due"])
    return f"{calendars.offset(text['earliest'])!s} to {due.words}" if text.get("earliest") else due.words


def _worded(name: str, then: str, now: str, pack: Pack) -> tuple[str, str, str]:
    """A difference for people."""
    if name == "owner_role":
        then, now = role_words(then, pack), role_words(now, pack)
    elif name == "only":
        then, now = (_facts(text, pack) for text in (then, now))
    return LABELS[name], then or "–", now or "–"


def _facts(text: str, pack: Pack) -> str:
    name, sign, words = text.partition(": ")
    return f"{decisions.label(name, pack)}{sign}{words}" if sign else text
