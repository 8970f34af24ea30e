"""Writing CTAs, their tasks and their playbook uses: every change says what was before, so that it can be checked and taken back.

Locks are taken in one order: ``lock`` (only by what works on many), then CTAs by id, then their tasks, then uses. A task is
never locked without its CTA.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tenure.actions import bulk, events, notices
from tenure.actions.notices import Letter
from tenure.models import CallToAction, Cascade, PlaybookUse, Task, User
from tenure.queries import clock

Values = dict[str, Any]
MODELS: dict[str, type[models.Model]] = {"cta": CallToAction, "task": Task, "use": PlaybookUse}
WORDS = {"cta": "CTA", "task": "task", "use": "playbook"}
NOUNS = {"cta": "cta", "task": "task", "use": "playbook"}  # as events name them
SILENT = ("edited", "cta_id")  # how the row was changed, not what it says
ONE_BY_ONE = 5  # up to so many are told one by one, more as a number
CHUNK = 5000


@dataclass(frozen=True)
class Moment:
    """Who does it and when; ``actor`` None is a run."""

    actor: User | None
    at: datetime
    run_id: int | None = None


@dataclass(frozen=True)
class Change:
    """What one row was and what it becomes, by column (``owner_id``); both have the same keys. ``verb`` names it in the log."""

    noun: str
    pk: int
    before: Values
    after: Values
    verb: str = ""

    @property
    def inverse(self) -> "Change":
        """The change that takes this one back."""
        return Change(self.noun, self.pk, self.after, self.before)


@dataclass
class Held:
    """Locked CTAs with all their tasks and their playbook uses, by id."""

    ctas: dict[int, CallToAction] = field(default_factory=dict)
    tasks: dict[int, Task] = field(default_factory=dict)
    uses: dict[int, PlaybookUse] = field(default_factory=dict)

    @cached_property
    def _by_cta(self) -> dict[int, list[Task]]:
        found: dict[int, list[Task]] = {}
        for task in self.tasks.values():
            found.setdefault(task.cta_id, []).append(task)
        return found

    @cached_property
    def _by_use(self) -> dict[int | None, CallToAction]:
        return {cta.playbook_use_id: cta for cta in self.ctas.values()}

    def of(self, cta: CallToAction) -> list[Task]:
        """The tasks of a CTA in order."""
        return self._by_cta.get(cta.pk, [])

    def row(self, change: Change) -> models.Model | None:
        """The row that a change is about."""
        shelves: dict[str, dict[int, Any]] = {"cta": self.ctas, "task": self.tasks, "use": self.uses}
        return shelves[change.noun].get(change.pk)

    def cta_of(self, change: Change) -> CallToAction | None:
        """The CTA that a change of it, of its task or of its use belongs to."""
        if change.noun == "task":
            return self.ctas.get(self.tasks[change.pk].cta_id) if change.pk in self.tasks else None
        if change.noun == "use":
            return self._by_use.get(change.pk)
        return self.ctas.get(change.pk)


def lock() -> None:
    """Let one transaction at a time work on many CTAs. Taken before any row, so that two never wait for each other."""
    bulk.lock("ctas")


def hold(cta_ids: Iterable[int]) -> Held:
    """Lock CTAs, their tasks and uses, and read them as they are now. Call in a transaction."""
    held, ids = Held(), sorted(set(cta_ids))
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        ctas = CallToAction.objects.filter(pk__in=part).select_related("account").order_by("pk")
        held.ctas |= {row.pk: row for row in ctas.select_for_update(of=("self",), no_key=True)}
        tasks = Task.objects.filter(cta__in=part).order_by("cta", "position", "pk")
        held.tasks |= {row.pk: row for row in tasks.select_for_update(of=("self",), no_key=True)}
        uses = PlaybookUse.objects.filter(ctas__in=part).order_by("pk")
        held.uses |= {row.pk: row for row in uses.select_for_update(of=("self",), no_key=True)}
    return held


def write(
    changes: Sequence[Change], held: Held, moment: Moment, verb: str, *, reason: str = "", cascade: int | None = None
) -> None:
    """Store changes of held rows with an Event each, count the tasks anew, tell people what is theirs now.

    ``verb`` is what the log says where a change has none of its own. Call in the transaction that holds the rows.
    """
    if not changes:
        return
    for noun, model in MODELS.items():
        _store(model, [change for change in changes if change.noun == noun])
    touched = {cta.pk for change in changes if (cta := held.cta_of(change))}
    CallToAction.objects.filter(pk__in=touched).update(updated_at=moment.at)
    tasks = [change for change in changes if change.noun == "task" and {"status", "cta_id"} & change.after.keys()]
    recount({pk for change in tasks for pk in (held.tasks[change.pk].cta_id, change.after.get("cta_id")) if pk})
    entries = [_entry(change, held, verb, reason, cascade) for change in changes]
    events.record_many(entries, at=moment.at, actor=moment.actor, run_id=moment.run_id)


def keep(kind: str, title: str, changes: Sequence[Change], moment: Moment) -> Cascade:
    """Remember changes, so that they can be taken back together."""
    return Cascade.objects.create(
        kind=kind, title=title[:300], before=[_kept(one, one.before) for one in changes],
        after=[_kept(one, one.after) for one in changes], made_by=moment.actor, made_at=moment.at,
    )  # fmt: skip


def kept(cascade: Cascade) -> list[Change]:
    """The changes of a cascade as they were made."""
    pairs = zip(cascade.before, cascade.after, strict=True)
    return [Change(was["noun"], was["id"], _read(was["noun"], was), _read(is_["noun"], is_)) for was, is_ in pairs]


def differs(change: Change, held: Held) -> list[str]:
    """The columns in which the row isn't any more what the change says it was; all of them where it is gone."""
    row = held.row(change)
    return [name for name, value in change.before.items() if row is None or getattr(row, name) != value]


def recount(cta_ids: Iterable[int]) -> None:
    """Bring the counts of open and done tasks to what the tasks say."""
    ids = sorted(cta_ids)
    for start in range(0, len(ids), CHUNK):
        rows = CallToAction.objects.filter(pk__in=ids[start : start + CHUNK])
        rows.update(tasks_open=_count("open"), tasks_done=_count("done"))


def _count(status: str) -> Coalesce:
    rows: QuerySet[Task, Any] = Task.objects.filter(cta=OuterRef("pk"), status=status).order_by().values("cta")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


def _store(model: type[models.Model], changes: Sequence[Change]) -> None:
    """One statement for all rows that change in the same columns."""
    groups: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        groups.setdefault(tuple(change.after), []).append(change)
    for names, group in groups.items():
        if len(group) == 1:
            QuerySet(model).filter(pk=group[0].pk).update(**group[0].after)
        else:
            rows = [(*(column(change.after[name]) for name in names), change.pk) for change in group]
            bulk.update(model, names, rows)


_text = json.JSONEncoder(default=str, ensure_ascii=False).encode  # made once: it is used for every row


def column(value: Any) -> Any:
    """A value as its column takes it: lists and dictionaries as JSON text."""
    return _text(value) if isinstance(value, list | dict) else value


def _entry(change: Change, held: Held, verb: str, reason: str, cascade: int | None) -> events.Entry:
    row, cta = held.row(change), held.cta_of(change)
    shown = [{name: value for name, value in side.items() if name not in SILENT} for side in (change.before, change.after)]
    name = getattr(row, "title", "") if change.noun != "use" else ""
    body = events.body(shown[0], shown[1], reason, name=name, cascade=cascade)
    account = cta.account_id if cta else getattr(row, "account_id", None)
    noun = NOUNS[change.noun]
    return events.Entry(f"{noun}.{change.verb or verb}", noun, change.pk, account, body)


def _kept(change: Change, side: Values) -> dict[str, Any]:
    return {"noun": change.noun, "id": change.pk, **{name: _plain(value) for name, value in side.items()}}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _read(noun: str, side: dict[str, Any]) -> Values:
    """The values of a kept side: days and moments are days and moments again."""
    fields = {one.attname: one for one in MODELS[noun]._meta.concrete_fields}
    found: Values = {}
    for name, value in side.items():
        if name in ("noun", "id"):
            continue
        if value is not None and isinstance(fields[name], models.DateTimeField):
            value = datetime.fromisoformat(value)
        elif value is not None and isinstance(fields[name], models.DateField):
            value = date.fromisoformat(value)
        found[name] = value
    return found


def tell_owners(changes: Iterable[Change], held: Held, moment: Moment) -> int:
    """Tell people what became theirs; who gives it to themselves knows it. Tasks that come with their CTA aren't told of."""
    given = [change for change in changes if change.after.get("owner_id") and change.noun in ("cta", "task")]
    ctas = {(change.pk, change.after["owner_id"]) for change in given if change.noun == "cta"}
    news = []
    for change in given:
        cta, owner = held.cta_of(change), change.after["owner_id"]
        if cta is None or (moment.actor and owner == moment.actor.pk):
            continue
        if change.noun == "task" and (cta.pk, owner) not in ctas:
            news.append(News(owner, cta.pk, cta.account_id, cta.account.name, held.tasks[change.pk].title, f"task:{change.pk}"))
        elif change.noun == "cta":
            news.append(News(owner, cta.pk, cta.account_id, cta.account.name, cta.title, f"cta:{cta.pk}"))
    return tell(news, moment)


@dataclass(frozen=True)
class News:
    """A CTA or task that is somebody's now; ``key`` names it."""

    user_id: int
    cta_id: int
    account_id: int
    account: str
    title: str
    key: str


def tell(news: Sequence[News], moment: Moment) -> int:
    """Queue the letters: one for each thing, or one for all where there are many. The same thing is told once a day."""
    by_user: dict[int, list[News]] = {}
    for one in news:
        by_user.setdefault(one.user_id, []).append(one)
    by, day = (f"By {moment.actor}" if moment.actor else "By the handbook"), clock.day_of(moment.at)
    letters = []
    for user, found in by_user.items():
        if len(found) > ONE_BY_ONE:
            key = f"cta.assigned:many:{min(one.cta_id for one in found)}:{len(found)}:{moment.at.isoformat()}"
            letters.append(Letter(user, "cta", f"{len(found)} CTAs and tasks are yours", key, by, "/cockpit/"))
            continue
        letters += [
            Letter(
                user,
                "cta",
                f"{one.title}: {one.account}",
                f"cta.assigned:{one.key}:{day}",
                f"{by}, it is yours",
                f"/ctas/{one.cta_id}/",
                one.account_id,
            )
            for one in found
        ]
    return notices.queue(letters, at=moment.at)
