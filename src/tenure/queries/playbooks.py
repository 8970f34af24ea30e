"""Playbooks: which there are, what one would mean for an account, and where they are at work."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Prefetch, Q

from tenure.models import Account, AccountSummary, CallToAction, PlaybookUse, User
from tenure.queries import assignments, ctas, handbook, owners, visible
from tenure.rules import calendars, playbooks
from tenure.rules.errors import RuleError
from tenure.rules.playbooks import PlannedStep
from tenure.rules.work import Playbook, PlaybookEdition


@dataclass(frozen=True)
class Planned:
    """A task to be made with its CTA. ``after`` are keys of tasks of the same CTA; ``asked`` the answers it needs, as stored."""

    title: str
    key: str = ""
    note: str = ""
    owner_id: int | None = None
    due_date: date | None = None
    after: tuple[str, ...] = ()
    asked: tuple[Mapping[str, Any], ...] = ()


class Planner:
    """Tasks of playbooks for some accounts: a constant number of queries for all of them, none afterwards."""

    def __init__(self, account_ids: Iterable[int], today: date, people: Mapping[str, User], otherwise: int | None) -> None:
        """``people`` are those whom a playbook asks for by name; ``otherwise`` owns a CTA whose role nobody holds."""
        ids = set(account_ids)
        self.today, self.people, self.otherwise, self.pack = today, people, otherwise, handbook.pack()
        self.holders, self.facts = owners.of(ids, today), ctas.facts(ids)
        self.steps: dict[tuple[Any, ...], list[PlannedStep]] = {}

    def edition(self, found: Playbook) -> PlaybookEdition:
        """The wording in force today; the first one for a run about days before it."""
        try:
            return found.on(self.today, self.pack.choose.get(found.key))
        except RuleError:
            return found.editions[0]

    def owner(self, found: Playbook, account_id: int) -> int | None:
        """Whose the CTA is: who holds the playbook's role."""
        return self._person(account_id, found.owner_role, self.otherwise)

    def tasks(self, found: Playbook, account_id: int, start: date, owner_id: int | None) -> tuple[Planned, ...]:
        """The tasks with days and people; a role that nobody holds falls to the owner."""
        return tuple(
            Planned(
                step.title, step.key, step.note, self._person(account_id, step.owner_role, owner_id), step.due_date, step.after,
                tuple(_asked(one) for one in step.asked),
            )
            for step in self._steps(found, start, account_id)
        )  # fmt: skip

    def _person(self, account_id: int, role: str, otherwise: int | None) -> int | None:
        if role in self.people:
            return self.people[role].pk
        return self.holders.get(account_id, role) or otherwise

    def _steps(self, found: Playbook, start: date, account_id: int) -> list[PlannedStep]:
        """The steps with their days, worked out once for all accounts that are alike."""
        known, edition = self.facts.get(account_id, {}), self.edition(found)
        cal = calendars.of(self.pack, known.get("region"))
        asked = sorted({name for step in edition.steps for name, _ in step.only})
        facts = {name: known[name] for name in asked if known.get(name)}
        key = (found.key, start, cal.key, tuple(facts.items()))
        if key not in self.steps:
            chosen = self.pack.choose.get(found.key)
            self.steps[key] = playbooks.steps(found, start, cal, as_of=edition.start, chosen=chosen, facts=facts)
        return self.steps[key]


def _asked(one: Any) -> dict[str, Any]:
    """A question as a task keeps it."""
    return {"key": one.key, "label": one.label, "kind": one.kind, "choices": list(one.choices), "required": one.required}


DENIED = "You may not apply playbooks to {}."
NOBODY = "There is no such account."


def refusals(user: User | None, account_ids: Sequence[int], key: str) -> list[tuple[int, str]]:
    """The accounts on which a playbook can't be put to work now, each with the reason; ``user`` None is a run, which may everywhere."""
    names = dict(Account.objects.filter(pk__in=account_ids, deleted_at=None).values_list("pk", "name"))
    allowed, seen = set(names), set(names)
    if user is not None:
        allowed &= assignments.assignable_ids(user, account_ids, "playbook.apply")
        seen = allowed | set(visible.summaries(user).filter(pk__in=account_ids).values_list("pk", flat=True))
    running = active(account_ids, key)
    found = []
    for pk in account_ids:
        if pk not in allowed:
            found.append((pk, DENIED.format(names[pk]) if pk in seen and pk in names else NOBODY))
        elif pk in running:
            found.append((pk, running_words(running[pk], names[pk])))
    return found


def running_words(use: PlaybookUse, account: str) -> str:
    """Why a playbook can't be applied again, as a sentence."""
    return f"{use.version.title} is at work on {account} already, since {use.start.day} {use.start:%b %Y}."


def active(account_ids: Iterable[int], key: str) -> dict[int, PlaybookUse]:
    """The use of a playbook at work on each account. One query."""
    rows = PlaybookUse.objects.filter(account__in=list(account_ids), status="active", version__key=key).select_related("version")
    return {row.account_id: row for row in rows}


@dataclass(frozen=True)
class Preview:
    """What a playbook would give an account: its CTA with owner and due date, its tasks each with its person. ``running``: it is at work there."""

    book: Playbook
    edition: PlaybookEdition
    start: date
    owner: User | None
    tasks: list[tuple[Planned, User | None]]
    running: PlaybookUse | None = None

    @property
    def due(self) -> date | None:
        """The day of the CTA: that of its last task."""
        return max((task.due_date for task, _ in self.tasks if task.due_date), default=None)

    @property
    def digest(self) -> str:
        """Names what was shown, so that nothing else is applied."""
        told = [(task.key, task.title, str(task.due_date), task.owner_id) for task, _ in self.tasks]
        return playbooks.digest({"key": self.book.key, "from": str(self.edition.start), "start": str(self.start), "tasks": told})

    @property
    def lines(self) -> list[tuple[Planned, User | None, list[str]]]:
        """The tasks, each with the titles of what comes before it."""
        titles = {task.key: task.title for task, _ in self.tasks}
        return [(task, person, [titles[key] for key in task.after if key in titles]) for task, person in self.tasks]


def preview(
    account: Account, key: str, *, start: date, today: date, user: User, people: Mapping[str, User] | None = None,
    owner: User | None = None,
) -> Preview | None:  # fmt: skip
    """What ``actions.playbooks.apply`` would make, before it does; None for a playbook that the handbook doesn't know. Nothing is written."""
    found = handbook.pack().playbooks.get(key)
    if found is None:
        return None
    planner = Planner([account.pk], today, people or {}, user.pk)
    whose = owner.pk if owner else planner.owner(found, account.pk)
    tasks = planner.tasks(found, account.pk, start, whose)
    named = User.objects.in_bulk({pk for pk in (whose, *(task.owner_id for task in tasks)) if pk})
    pairs = [(task, named.get(task.owner_id or 0)) for task in tasks]
    return Preview(found, planner.edition(found), start, named.get(whose or 0), pairs, active([account.pk], key).get(account.pk))


@dataclass(frozen=True)
class Share:
    """What one person would get of many applications; ``user`` None: nobody."""

    user: User | None
    ctas: int
    tasks: int


@dataclass(frozen=True)
class Many:
    """What a playbook would mean for many accounts. ``ready``: (account id, name, tasks); ``refused``: (account id, name, why not)."""

    book: Playbook
    edition: PlaybookEdition
    start: date
    ready: list[tuple[int, str, int]]
    refused: list[tuple[int, str, str]]
    shares: list[Share]
    first: date | None
    last: date | None

    @property
    def tasks(self) -> int:
        """All tasks that would be made."""
        return sum(count for _, _, count in self.ready)


def preview_many(
    account_ids: Iterable[int], key: str, *, start: date, today: date, user: User, people: Mapping[str, User] | None = None
) -> Many | None:
    """What ``actions.playbooks.apply_many`` would do: how much for whom, and which accounts it leaves, by the same rules.

    A constant number of queries. None for a playbook that the handbook doesn't know. Nothing is written.
    """
    found, ids = handbook.pack().playbooks.get(key), list(dict.fromkeys(account_ids))
    if found is None:
        return None
    left = dict(refusals(user, ids, key))
    names = dict(visible.summaries(user).filter(pk__in=ids).values_list("pk", "name"))
    planner = Planner(ids, today, people or {}, user.pk)
    ready, days, ctas_of, tasks_of = [], set[date](), Counter[int](), Counter[int]()
    for pk in (pk for pk in ids if pk not in left):
        owner = planner.owner(found, pk)
        tasks = planner.tasks(found, pk, start, owner)
        ready.append((pk, names[pk], len(tasks)))
        days |= {task.due_date for task in tasks if task.due_date}
        ctas_of[owner or 0] += 1
        tasks_of.update(task.owner_id or 0 for task in tasks)
    everybody = User.objects.in_bulk({*ctas_of, *tasks_of})
    shares = [Share(everybody.get(pk), ctas_of[pk], tasks_of[pk]) for pk in {*ctas_of, *tasks_of}]
    shares.sort(key=lambda one: (one.user is None, -one.tasks, -one.ctas, one.user.name if one.user else ""))
    refused = [(pk, names.get(pk, f"No. {pk}"), why) for pk, why in left.items()]
    return Many(found, planner.edition(found), start, ready, refused, shares, min(days, default=None), max(days, default=None))


@dataclass(frozen=True)
class Shelf:
    """A playbook of the handbook on a day: ``edition`` None = not in force; ``at_work`` counts its uses that the reader sees."""

    book: Playbook
    edition: PlaybookEdition | None
    at_work: int
    done: int


def listed(user: User, on: date) -> list[Shelf]:
    """Every playbook in the handbook's order, with how often it is at work and was done. One query."""
    pack = handbook.pack()
    rows = PlaybookUse.objects.filter(account__in=visible.accounts(user)).values("version__key")
    counts = {
        row["version__key"]: (row["active"], row["done"])
        for row in rows.annotate(active=Count("pk", filter=Q(status="active")), done=Count("pk", filter=Q(status="done")))
    }
    return [Shelf(one, in_force(one, on), *counts.get(key, (0, 0))) for key, one in pack.playbooks.items()]


def in_force(found: Playbook, on: date) -> PlaybookEdition | None:
    """The wording of a day; None where there is none."""
    try:
        return found.on(on, handbook.pack().choose.get(found.key))
    except RuleError:
        return None


def usable(on: date) -> list[Playbook]:
    """The playbooks that can be applied on a day, by title."""
    return sorted((one for one in handbook.pack().playbooks.values() if in_force(one, on)), key=lambda one: one.title)


def of_account(user: User, account: Account) -> list[PlaybookUse]:
    """The playbooks put to work on an account, those at work first, else the latest begun; each with its CTAs (``skipped``: how many of
    its tasks were). Two queries."""
    rows = PlaybookUse.objects.filter(account__in=visible.accounts(user).filter(pk=account.pk))
    found = (
        rows.select_related("version", "applied_by", "replaced_by__version")
        .prefetch_related(
            Prefetch("ctas", CallToAction.objects.annotate(skipped=Count("tasks", filter=Q(tasks__status="skipped"))))
        )
        .order_by("-start", "-pk")
    )
    return sorted(found, key=lambda row: row.status != "active")


def use(user: User, pk: int) -> PlaybookUse | None:
    """One use that the reader sees."""
    rows = PlaybookUse.objects.filter(account__in=visible.accounts(user)).select_related("account", "version")
    return rows.filter(pk=pk).first()


def accounts_like(user: User, text: str, size: int = 12) -> list[AccountSummary]:
    """Accounts whose names begin with a text and to which the user may apply playbooks; without a text those of their own or of their team."""
    rows = visible.summaries(user)
    rows = (
        rows.filter(name_key__startswith=text.strip().lower())
        if text.strip()
        else rows.filter(tam__in=[user.pk, *visible.team_ids(user)])
    )
    found = list(rows.order_by("name_key", "pk")[: size * 4])
    allowed = assignments.assignable_ids(user, [row.pk for row in found], "playbook.apply")
    return [row for row in found if row.pk in allowed][:size]


def find(key: str) -> Playbook | None:
    """A playbook of the handbook; None where it has none of that key."""
    return handbook.pack().playbooks.get(key)
