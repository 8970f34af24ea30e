"""Projects of customers: making one from a template, changing it, moving it past the sale, archiving, deleting, taking back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlparse

from django.db import transaction
from django.utils.text import slugify

from tenure.actions import merging
from tenure.actions.merging import Clash
from tenure.actions.projects_making import fill, joined
from tenure.actions.projects_writing import DONE, held, made, near, put, settle, take_back, tell, write
from tenure.actions.refusals import Refused
from tenure.models import Account, Project, ProjectIssue, ProjectMember, ProjectMilestone, User
from tenure.queries import projects as queries
from tenure.queries import projects_template, visible
from tenure.rules.projects import TemplateShape, TermsShape

FIELDS = (
    "name",
    "description",
    "readme",
    "instructions",
    "success_plan_url",
    "start_date",
    "contract_date",
    "owner",
    "tree",
    "visibility",
)
TEXT = {"readme": 100_000, "instructions": 100_000, "name": 200, "description": 500, "success_plan_url": 500}
VISIBILITIES = ("private", "internal", "public")


def create(
    account: Account, template: str, *, start: date, today: date, actor: User | None, at: datetime, contract: date | None = None, name: str = "",
    another: bool = False, natural_key: str | None = None, run_id: int | None = None,
) -> Project:  # fmt: skip
    """Make a project from a template as the handbook of ``today`` has it. An account has one live project unless ``another`` is asked for; a natural
    key makes one only once. Members are who works on the account, by the template; who makes it is one of them. Raises Refused."""
    with transaction.atomic():
        _check_right(account, actor)
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        if natural_key is not None and (known := Project.objects.filter(natural_key=natural_key).first()):
            return known
        version, terms = _template(template, today)
        if not another and (there := queries.live_of(account.pk).first()):
            raise Refused(f"{account.name} has a project already ({there.name}).", "conflict")
        days = _dates({"start_date": start, "contract_date": contract or queries.contract_of(account, start, today)})
        row = _new(account, version, terms, days, today, name, natural_key)
        row.created_by, row.created_at, row.updated_at = actor, at, at
        row.save()
        counts = fill(row, version, today=today, actor=actor, at=at)
        settle(row, today)
        made(row, row, actor, at, {"template": f"{version.title}, version {version.version}", **counts}, run_id=run_id)
    return row


def change(
    project: Project, fields: Mapping[str, Any], *, today: date, actor: User | None, at: datetime, seen: Mapping[str, Any] | None = None
) -> tuple[list[int], Sequence[Clash]]:  # fmt: skip
    """Change fields of a project; the events that take it back (none: nothing differs), and what was not saved because somebody else had changed it
    since it was ``seen``. With the day of the contract come the days that hang on it, where they were open. Raises Refused."""
    with transaction.atomic():
        row = held(project, actor)
        values = _checked(fields)
        mine, clashes = merging.split({name: getattr(row, name) for name in values}, values, dict(seen or {}))
        if "owner" in mine:
            mine["owner_id"] = mine["owner"].pk if mine["owner"] else None
            del mine["owner"]
        open_ = row.contract_date is None
        events_ = [event for event in [write(row, row, mine, "updated", actor, at)] if event]
        if open_ and row.contract_date and (template := queries.template_of(row)):
            events_ += dated(row, template, actor, at)
        settle(row, today)
    project.refresh_from_db()
    return events_, clashes


def move(project: Project, phase: str, *, today: date, actor: User | None, at: datetime) -> list[int]:
    """Move a project to the other phase: its group, the access of its members by the template, its owner, and the days that hang on the contract where
    they were open. The events that take it back. Raises Refused."""
    with transaction.atomic():
        row = held(project, actor, "move")
        template, terms = queries.template_of(row), queries.book().terms
        known = {one.key: one for one in terms.phases} if terms else {}
        if phase not in known:
            raise Refused("Choose a phase of the handbook.", "invalid", "phase")
        if row.state == "archived":
            raise Refused("The project is archived: it can be read, not changed.", "conflict")
        if row.phase == phase:
            raise Refused(DONE, "conflict")
        if known[phase].paid and not queries.is_paid(row.account, today):
            raise Refused(
                f"{row.account.name} isn't a paying customer yet: set the day since which they are one first.", "conflict"
            )
        events_ = [*_access(row, template, phase, actor, at)] if template else []
        values: dict[str, Any] = {"phase": phase, "owner_id": _owner_of(row, template, phase) or row.owner_id}
        if known[phase].paid and row.contract_date is None:
            values["contract_date"] = queries.contract_of(row.account, row.start_date, today)
        events_ += [event for event in [write(row, row, values, "moved", actor, at)] if event]
        events_ += dated(row, template, actor, at) if template else []
        for member in queries.members(row).order_by("pk"):
            events_ += joined(row, member, actor, at)
        settle(row, today)
    project.refresh_from_db()
    return events_


def archive(project: Project, *, actor: User | None, at: datetime) -> None:
    """Close a project for changes; everybody who saw it still reads it, guests don't. Raises Refused."""
    _turn(project, "archived", "archived", actor, at)


def reopen(project: Project, *, actor: User | None, at: datetime) -> None:
    """Open an archived project again. Raises Refused."""
    _turn(project, "opened", "reopened", actor, at)


def delete(project: Project, *, actor: User | None, at: datetime) -> None:
    """Take a project off the account; ``restore`` brings it back. Raises Refused."""
    with transaction.atomic():
        row = held(project, actor, "move")
        put(row, {"deleted_at": at}, actor, at)
        tell(row, row, "deleted", actor, at, before={"name": row.name})
    project.refresh_from_db()


def restore(project: Project, *, actor: User | None, at: datetime) -> None:
    """Bring a deleted project back. Raises Refused, also where another one has its path by now."""
    with transaction.atomic():
        row = held(project, actor, "move", deleted=True)
        if Project.objects.filter(tree=row.tree, path=row.path, deleted_at=None).exists():
            raise Refused("Another project has its path by now.", "conflict")
        put(row, {"deleted_at": None}, actor, at)
        tell(row, row, "restored", actor, at, after={"name": row.name})
    project.refresh_from_db()


def undo(project: Project, ids: Sequence[int], *, today: date, actor: User | None, at: datetime) -> None:
    """Take events of a project back. Raises Refused where something of it was changed since; then nothing is taken back."""
    with transaction.atomic():
        row = held(project, actor)
        take_back(row, ids, actor, at)
        settle(row, today)
    project.refresh_from_db()


# --- steps


def _check_right(account: Account, actor: User | None) -> None:
    if actor is None:
        return
    if not visible.accounts(actor).filter(pk=account.pk).exists():
        raise Refused("There is no such account.", "not_found")
    if not visible.may_on(actor, queries.EDIT, account):
        raise Refused(f"You may not make a project of {account.name}.", "not_allowed")


def _template(key: str, today: date) -> tuple[TemplateShape, TermsShape]:
    version, terms = queries.book().on(key, today), queries.book().terms
    if version is None or terms is None:
        raise Refused("The handbook of today has no such template.", "invalid", "template")
    return version, terms


def _new(
    account: Account, version: TemplateShape, terms: TermsShape, days: dict[str, Any], today: date, name: str, natural_key: str | None
) -> Project:  # fmt: skip
    tree = terms.tree(bool(account.is_public_sector)).key
    title = _checked({"name": name.strip() or account.name})["name"]
    base = {"account": account.name, "people": projects_template.people_of(account, today)}
    row = Project(
        account=account, name=title, path=free_path(tree, title), tree=tree, phase=terms.phases[1 if queries.is_paid(account, today) else 0].key,
        visibility=terms.visibility, template=version.key, version=version.version, natural_key=natural_key,
        base=base, **days,
    )  # fmt: skip
    said = projects_template.of_project(row, version).project
    row.base, row.readme, row.instructions = {**said, **base}, said["readme"], said["instructions"]
    return row


def free_path(tree: str, name: str) -> str:
    """A path that no other project of the tree has."""
    stem = slugify(name)[:150].strip("-") or "project"
    taken = set(Project.objects.filter(tree=tree, path__startswith=stem, deleted_at=None).values_list("path", flat=True))
    number = 1
    while (path := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return path


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they are stored. Raises Refused."""
    if strange := sorted(set(fields) - set(FIELDS)):
        raise Refused(f"A project has no {strange[0]}.", "invalid", strange[0])
    values: dict[str, Any] = {
        name: value.replace("\r\n", "\n").strip() if isinstance(value, str) else value for name, value in fields.items()
    }
    for name, longest in TEXT.items():
        if name in values and (len(values[name]) > longest or "\x00" in values[name]):
            raise Refused(f"This has at most {longest:,} characters.", "invalid", name)
    if "name" in values and not values["name"]:
        raise Refused("Give the project a name.", "invalid", "name")
    terms = queries.book().terms
    known = {"tree": [tree.key for tree in terms.trees] if terms else [], "visibility": VISIBILITIES}
    for name, words in known.items():
        if name in values and values[name] not in words:
            raise Refused(f"Choose a {'group' if name == 'tree' else name} of the handbook.", "invalid", name)
    parts = urlparse(values.get("success_plan_url", ""))
    if values.get("success_plan_url") and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise Refused("The address of a success plan begins with https://.", "invalid", "success_plan_url")
    return {**values, **_dates({name: values[name] for name in ("start_date", "contract_date") if name in values})}


def _dates(days: dict[str, date | None]) -> dict[str, date | None]:
    for name, day in days.items():
        if day is None and name == "start_date":
            raise Refused("Say on which day the project began.", "invalid", name)
    near(days)
    return days


def _owner_of(project: Project, template: TemplateShape | None, phase: str) -> int | None:
    """Who owns it in a phase: the member whose role the template gives that access."""
    roles = [one.role for one in template.members if one.access(phase) == "maintainer"] if template else []
    rows = ProjectMember.objects.filter(project=project, role__in=roles, deleted_at=None).order_by("pk")
    return rows.values_list("user_id", flat=True).first()


def _access(project: Project, template: TemplateShape, phase: str, actor: User | None, at: datetime) -> list[int]:
    """Give members the access of the phase; who has more by hand keeps it."""
    terms, found = queries.book().terms, []
    wanted = {one.role: one.access(phase) for one in template.members}
    before = {one.role: one.access(project.phase) for one in template.members}
    for row in queries.members(project):
        new = wanted.get(row.role)
        if terms and new and row.access == before.get(row.role) and terms.level(new) != terms.level(row.access):
            event = write(project, row, {"access": new}, "updated", actor, at)
            found += [event] if event else []
    return found


def dated(project: Project, template: TemplateShape, actor: User | None, at: datetime) -> list[int]:
    """Give days to what hung on a contract that was not there yet."""
    said, found = projects_template.of_project(project, template), []
    for model, sides in ((ProjectMilestone, said.milestones), (ProjectIssue, said.issues)):
        for row in model.objects.filter(project=project, due_date=None, deleted_at=None).exclude(key=""):
            days = {
                name: sides[row.key][name] for name in ("start_date", "due_date") if row.key in sides and sides[row.key].get(name)
            }
            days = {name: day for name, day in days.items() if getattr(row, name) is None and row.base.get(name) is None}
            values = {name: date.fromisoformat(day) for name, day in days.items()}
            if isinstance(row, ProjectMilestone) and row.start_date and row.start_date > values.get("due_date", row.start_date):
                values["start_date"], days["start_date"] = values["due_date"], days["due_date"]  # nothing begins after it is due
            event = write(project, row, {**values, "base": {**row.base, **days}}, "updated", actor, at) if values else None
            found += [event] if event else []
    return found


def _turn(project: Project, state: str, verb: str, actor: User | None, at: datetime) -> None:
    with transaction.atomic():
        row = held(project, actor, "move")
        if row.state == state:
            raise Refused(DONE, "conflict")
        put(row, {"state": state}, actor, at)
        tell(row, row, verb, actor, at)
    project.refresh_from_db()
