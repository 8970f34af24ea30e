"""Mending what differs from the template: one thing or all of them, by the same steps as by hand, so that all of it can be taken back."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.actions import projects, projects_making
from tenure.actions.projects_issues import exclusive
from tenure.actions.projects_writing import held, made, settle, write
from tenure.actions.refusals import Refused
from tenure.models import Project, ProjectIssue, ProjectLabel, ProjectMember, ProjectMilestone, User
from tenure.queries import projects as queries
from tenure.queries import projects_check, projects_template
from tenure.queries.projects_template import Sides
from tenure.rules import projects as rules
from tenure.rules.projects import TemplateShape
from tenure.rules.projects_check import Difference

GONE = "This doesn't differ any more."


def alone(one: Difference) -> bool:
    """Whether mending everything mends this one: nothing has to be done first, and it isn't the move, which is done for itself."""
    return bool(one.mend) and one.kind != "phase"


class Mender:
    """One mending of a locked project: what it writes goes to ``events``, in order."""

    def __init__(self, project: Project, template: TemplateShape, today: date, actor: User | None, at: datetime) -> None:
        self.project, self.template, self.today, self.actor, self.at = project, template, today, actor, at
        self.events: list[int] = []

    @property
    def said(self) -> Sides:
        """What the template says of the project."""
        return projects_template.of_project(self.project, self.template)

    def mend(self, one: Difference) -> None:
        """Mend one difference. Raises Refused where a person has to do something first."""
        if not one.mend:
            raise Refused(one.needs, "conflict")
        before = len(self.events)
        STEPS[one.kind](self, one.key)
        if len(self.events) == before:
            raise Refused(f"{one.title}: this can't be mended by itself.", "conflict")

    def write(self, row: object, values: dict[str, object], verb: str = "mended") -> None:
        """Change a row."""
        event = write(self.project, row, values, verb, self.actor, self.at)  # type: ignore[arg-type]
        self.events += [event] if event else []

    def place(self, name: str, value: str) -> None:
        """Visibility or tree."""
        self.write(self.project, {name: value})

    def member(self, role: str) -> None:
        """Put in who has the role on the account; who is in by another role has this one from now on."""
        wanted = next(one.access(self.project.phase) for one in self.template.members if one.role == role)
        user = queries.people_of(self.project.account_id, self.today)[role][0]
        there = ProjectMember.objects.filter(project=self.project, user=user, deleted_at=None).first()
        if there:
            self.write(there, {"role": role})
        else:
            there = ProjectMember.objects.create(
                project=self.project, user=user, role=role, access=wanted or "", added_at=self.at
            )
            self.events.append(made(self.project, there, self.actor, self.at, {"name": user.name, "access": there.access}))
        self.events += projects_making.joined(self.project, there, self.actor, self.at)

    def access(self, role: str) -> None:
        """Give the members of a role what the template gives it now."""
        wanted = next(one.access(self.project.phase) for one in self.template.members if one.role == role)
        for row in queries.members(self.project).filter(role=role):
            self.write(row, {"access": wanted} if wanted else {"deleted_at": self.at})

    def readme(self, section: str) -> None:
        """Add a section of the template at the end."""
        lines = self.template.readme.split("\n")
        starts = [number for number, line in enumerate(lines) if line.startswith("#")]
        first = next(number for number in starts if lines[number].lstrip("# ").strip().casefold() == section.casefold())
        last = next((number for number in starts if number > first), len(lines))
        added = rules.filled("\n".join(lines[first:last]), projects_template.words_of(self.project, self.template))
        self.write(self.project, {"readme": f"{self.project.readme.rstrip()}\n\n{added.rstrip()}\n"})

    def label(self, key: str) -> None:
        """Add a label, or bring back the one that was deleted."""
        gone = self.gone(ProjectLabel, key)
        if gone and not ProjectLabel.objects.filter(project=self.project, name=gone.name, deleted_at=None).exists():
            self.write(gone, {"deleted_at": None})
            return
        own = ProjectLabel.objects.filter(project=self.project, name=self.said.labels[key]["name"], deleted_at=None).first()
        if own:
            self.write(own, {"key": key, "base": dict(self.said.labels[key])})
            return
        row = projects_making.label(self.project, key, self.said.labels[key])
        self.events.append(made(self.project, row, self.actor, self.at, {"name": row.name}))

    def gone(self, model: type[Any], key: str) -> Any:
        """The last one of the template's that was deleted."""
        return model.objects.filter(project=self.project, key=key).exclude(deleted_at=None).order_by("-pk").first()

    def milestone(self, key: str) -> None:
        """Add a milestone, or bring back the one that was deleted."""
        gone = self.gone(ProjectMilestone, key)
        if gone:
            self.write(gone, {"deleted_at": None})
            return
        row = projects_making.milestone(self.project, key, self.said.milestones[key])
        self.events.append(made(self.project, row, self.actor, self.at, {"title": row.title}))

    def issue(self, key: str) -> None:
        """Add an issue, or bring back the one that was deleted."""
        gone = self.gone(ProjectIssue, key)
        if gone:
            self.write(gone, {"deleted_at": None})
            return
        shape = self.template.issue(key)
        role = (shape.role if shape else None) or ""
        row = projects_making.issue(
            self.project, key, self.said.issues[key], self.labels(), self.stones(), role, self.actor, self.at
        )
        given = (
            ProjectMember.objects.filter(project=self.project, role=role, deleted_at=None).order_by("pk").first()
            if role
            else None
        )
        row.assignees.set([given.user_id] if given else [])
        self.events.append(made(self.project, row, self.actor, self.at, {"title": row.title}))

    def issue_labels(self, key: str) -> None:
        """Give an issue the labels of its kind."""
        row, shape = self._row(key), self.template.issue(key)
        known = self.labels()
        more = [known[one] for one in (shape.labels if shape else ()) if one in known and not known[one].board]
        self.write(row, {"labels": exclusive([*row.labels.filter(deleted_at=None), *more])})

    def issue_milestone(self, key: str) -> None:
        """Put an issue under its milestone."""
        shape = self.template.issue(key)
        stone = self.stones().get((shape.milestone if shape else None) or "")
        if stone:
            self.write(self._row(key), {"milestone_id": stone.pk})

    def phase(self, key: str) -> None:
        """Not here: ``actions.projects.move`` does more than this."""
        raise Refused("Move the project: its members and its days change with it.", "conflict")

    def contract(self, key: str) -> None:
        """Take the day of the contract, and count from it what has no day yet."""
        known = queries.contract_of(self.project.account, self.project.start_date, self.today)
        if self.project.contract_date is None:
            self.write(self.project, {"contract_date": known})
        self.events += projects.dated(self.project, self.template, self.actor, self.at)

    def _row(self, key: str) -> ProjectIssue:
        return ProjectIssue.objects.filter(project=self.project, key=key, deleted_at=None).order_by("pk")[0]

    def labels(self) -> dict[str, ProjectLabel]:
        """The labels of the template that are there, by key."""
        return {row.key: row for row in ProjectLabel.objects.filter(project=self.project, deleted_at=None).exclude(key="")}

    def stones(self) -> dict[str, ProjectMilestone]:
        """The milestones of the template that are there, by key."""
        return {row.key: row for row in ProjectMilestone.objects.filter(project=self.project, deleted_at=None).exclude(key="")}


STEPS: dict[str, Callable[[Mender, str], None]] = {
    "visibility": lambda mender, key: mender.place("visibility", key), "tree": lambda mender, key: mender.place("tree", key), "phase": Mender.phase, "contract": Mender.contract,
    "member": Mender.member, "access": Mender.access, "readme": Mender.readme, "label": Mender.label, "milestone": Mender.milestone,
    "issue": Mender.issue, "issue_labels": Mender.issue_labels, "issue_milestone": Mender.issue_milestone,
}  # fmt: skip
ORDER = list(STEPS)


def mend(
    project: Project, codes: Iterable[str] | None, *, today: date, actor: User | None, at: datetime
) -> tuple[list[int], list[str]]:
    """Mend differences by their codes, or (None) all that can be: the events that take it back, and the sentences of what is left. Of one code that can't
    be mended, or is none any more, nothing is changed: raises Refused."""
    with transaction.atomic():
        row = held(project, actor)
        template = queries.template_of(row)
        if template is None:
            raise Refused("The handbook doesn't know the template of this project.", "conflict")
        found = {one.code: one for one in projects_check.differences(row, today)}
        wanted = list(found) if codes is None else list(dict.fromkeys(codes))
        if strange := [code for code in wanted if code not in found]:
            raise Refused(GONE, "conflict", strange[0])
        mender, left = Mender(row, template, today, actor, at), []
        for one in sorted((found[code] for code in wanted), key=lambda one: ORDER.index(one.kind)):
            try:
                with transaction.atomic():
                    mender.mend(one)
            except Refused as refusal:
                if codes is not None:
                    raise
                left.append(f"{one.title}. {refusal.sentence}")
        settle(row, today)
    project.refresh_from_db()
    return mender.events, left
