"""Bringing a project up to a later version of its template: what people changed stays, what the template changed comes, what both changed is chosen."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.actions.projects_issues import exclusive
from tenure.actions.projects_making import issue, label, milestone
from tenure.actions.projects_writing import held, made, settle, write
from tenure.actions.refusals import Refused
from tenure.models import Project, ProjectIssue, ProjectLabel, ProjectMember, ProjectMilestone, User
from tenure.queries import projects as queries
from tenure.queries import projects_template
from tenure.rules.projects import TEXTS, TemplateShape
from tenure.rules.projects_merge import Change

OURS, THEIRS, MERGED = "ours", "theirs", "merged"
MODELS: dict[str, type[Any]] = {"label": ProjectLabel, "milestone": ProjectMilestone, "issue": ProjectIssue}


def update(
    project: Project, version: int, choices: Mapping[str, str], *, today: date, actor: User | None, at: datetime
) -> list[int]:  # fmt: skip
    """Take over a later version. ``choices``: for the code of a clash (or of a clean change that one doesn't want) ``ours`` or ``theirs``. The events that
    take it back. Raises Refused, then nothing is changed: also where a clash is not chosen, or the handbook has moved on since the preview."""
    with transaction.atomic():
        row = held(project, actor)
        template = queries.newer(row, today)
        if template is None or template.version != version:
            raise Refused("The handbook has moved on since you looked. Look at the changes again.", "conflict")
        found = projects_template.changes(row, template)
        if open_ := [one for one in found if one.state == "clash" and choices.get(one.code) not in (OURS, THEIRS)]:
            raise Refused(
                f"Choose for {open_[0].title} first: both the project and the template changed it.", "invalid", open_[0].code
            )
        taken = [one for one in found if choices.get(one.code, MERGED) != OURS]
        events = _Taking(row, template, choices, actor, at).all(taken)
        settle(row, today)
    project.refresh_from_db()
    return events


class _Taking:
    """Carries out chosen changes in a locked project."""

    def __init__(
        self, project: Project, template: TemplateShape, choices: Mapping[str, str], actor: User | None, at: datetime
    ) -> None:
        self.project, self.template, self.choices, self.actor, self.at = project, template, choices, actor, at
        self.said = projects_template.of_project(project, template)
        self.events: list[int] = []

    def all(self, taken: list[Change]) -> list[int]:
        """Added parts first (issues need their labels), then fields, then what is dropped; at last the version and what it says."""
        for one in taken:
            if one.what == "added":
                self._add(one)
        fields: dict[tuple[str, str], dict[str, Any]] = {}
        for one in taken:
            if one.what == "changed":
                value = one.theirs if one.state == "clash" or self.choices.get(one.code) == THEIRS else one.merged
                fields.setdefault((one.noun, one.key), {})[one.field] = value
        self._rebase(fields)
        for one in taken:
            if one.what == "dropped":
                self._write(
                    MODELS[one.noun].objects.filter(project=self.project, key=one.key, deleted_at=None).first(),
                    {"deleted_at": self.at},
                )
        return self.events

    def _write(self, row: Any, values: Mapping[str, Any]) -> None:
        event = write(self.project, row, values, "template", self.actor, self.at) if row is not None else None
        self.events += [event] if event else []

    def _add(self, one: Change) -> None:
        if one.noun == "label":
            row: Any = label(self.project, one.key, one.theirs)
        elif one.noun == "milestone":
            row = milestone(self.project, one.key, one.theirs)
        else:
            shape = self.template.issue(one.key)
            role = (shape.role if shape else None) or ""
            row = issue(
                self.project,
                one.key,
                one.theirs,
                self._by_key(ProjectLabel),
                self._by_key(ProjectMilestone),
                role,
                self.actor,
                self.at,
            )
            given = (
                ProjectMember.objects.filter(project=self.project, role=role, deleted_at=None).order_by("pk").first()
                if role
                else None
            )
            row.assignees.set([given.user_id] if given else [])
        self.events.append(made(self.project, row, self.actor, self.at, {"title": str(row)}))

    def _by_key(self, model: type[Any]) -> dict[str, Any]:
        return {row.key: row for row in model.objects.filter(project=self.project, deleted_at=None).exclude(key="")}

    def _rebase(self, fields: Mapping[tuple[str, str], dict[str, Any]]) -> None:
        """Write the chosen fields, and to every part that came from the template what its new version says."""
        for noun, said in (("label", self.said.labels), ("milestone", self.said.milestones), ("issue", self.said.issues)):
            for key, row in self._by_key(MODELS[noun]).items():
                if key in said:
                    chosen = self._values(noun, row, fields.get((noun, key), {}))
                    self._write(row, {**chosen, "base": dict(said[key])})
        texts = fields.get(("project", projects_template.WHOLE), {})
        base = {**self.project.base, **{part: self.said.project[part] for part in TEXTS}}
        self._write(self.project, {**texts, "base": base, "version": self.template.version})

    def _values(self, noun: str, row: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Fields of the template as the row keeps them."""
        values: dict[str, Any] = {
            name: date.fromisoformat(value) if name.endswith("_date") and value else value for name, value in fields.items()
        }
        if noun == "issue" and "labels" in values:
            known = self._by_key(ProjectLabel)
            own = [one for one in row.labels.filter(deleted_at=None) if not one.key]
            values["labels"] = exclusive([*own, *(known[key] for key in values["labels"] if key in known)])
        if noun == "issue" and "milestone" in values:
            stone = self._by_key(ProjectMilestone).get(values.pop("milestone") or "")
            values["milestone_id"] = stone.pk if stone else None
        return values
