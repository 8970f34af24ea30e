"""The pack's worked examples of projects: what a template's version makes on which day, what differs, what a new version changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any, Literal

from tenure.rules import examplesread, projects_check
from tenure.rules.errors import Finding
from tenure.rules.examplesread import Result, Shown
from tenure.rules.packs import Pack
from tenure.rules.parts import Place
from tenure.rules.projects import TemplateShape
from tenure.rules.projects_check import Facts, IssueFacts
from tenure.rules.schema import Name, Text


class ProjectExample(Shown):
    """One project by the handbook of a day. ``dates``: the due days of issues and milestones of a project that began on ``start`` under a contract of
    ``contract``; ``differs``: the codes of what differs in a project that is the template but for what ``values`` say."""

    project: Literal["version", "dates", "differs"]
    template: Name
    as_of: date
    start: date | None = None
    contract: date | None = None
    values: dict[str, Any] = {}
    without: tuple[Text, ...] = ()  # codes of parts that the project lacks: issue:welcome, milestone:poc, label:doing, member:tam


@lru_cache(maxsize=8)
def load(pack: Pack) -> tuple[tuple[tuple[ProjectExample, Place], ...], tuple[Finding, ...]]:
    """The examples (in `examples/`), and findings (HB001) about those that cannot be read."""
    return examplesread.read(pack, lambda item: ProjectExample if "project" in item else None)


@lru_cache(maxsize=8)
def results(pack: Pack) -> tuple[Result[ProjectExample], ...]:
    """What came of every example that can be read."""
    return tuple(run_one(example, place, pack) for example, place in load(pack)[0])


def run_one(example: ProjectExample, place: Place, pack: Pack) -> Result[ProjectExample]:
    """Run one example."""
    template = pack.projects.on(example.template, example.as_of)
    return examplesread.compared(example, place, _got(example, template, pack) if template else {"version": None})


def _got(example: ProjectExample, template: TemplateShape, pack: Pack) -> dict[str, Any]:
    if example.project == "version":
        counts = {part: len(getattr(template, part)) for part in ("labels", "milestones", "issues")}
        return {"version": template.version, "plan": template.plan, **counts}
    if example.project == "dates":
        parts: list[Any] = [*template.issues, *template.milestones]
        return {part.key: part.due.on(example.start, example.contract) for part in parts if part.due}
    terms = pack.projects.terms
    found = projects_check.differences(complying(template, example), template, terms) if terms else []
    return {"differs": [one.code for one in found]}


def complying(template: TemplateShape, example: ProjectExample) -> Facts:
    """A project that is its template, but for what the example says."""
    lacks = set(example.without)
    phase = str(example.values.get("phase", "pre_sales"))
    members = {one.role: access for one in template.members if (access := one.access(phase))}
    plain: dict[str, Any] = {
        "phase": phase, "paid": phase == "post_sales", "visibility": "private", "tree": "account-management", "public_sector": False,
        "readme": template.readme, **{key: value for key, value in example.values.items() if key not in ("phase", "members")},
    }  # fmt: skip
    return Facts(
        **plain,
        labels=[one.key for one in template.labels if f"label:{one.key}" not in lacks],
        milestones=[one.key for one in template.milestones if f"milestone:{one.key}" not in lacks],
        issues={one.key: IssueFacts(frozenset(one.labels), one.milestone) for one in template.issues if f"issue:{one.key}" not in lacks},
        members={**{role: access for role, access in members.items() if f"member:{role}" not in lacks}, **example.values.get("members", {})},
    )  # fmt: skip


def check(pack: Pack) -> Iterator[Finding]:
    """HB001 and HB011 of the examples; HB003 of what has no source; HB019 for a version that none shows."""
    yield from load(pack)[1]
    yield from examplesread.told(results(pack), "projects")
    shown = {
        (example.template, found.version)
        for example, _ in load(pack)[0]
        if (found := pack.projects.on(example.template, example.as_of))
    }
    for version in pack.projects.versions:
        if not version.source:
            yield Finding(
                "HB003",
                "error",
                f"version {version.version} of '{version.key}' has no source",
                f"projects/{version.key}.yaml",
                "project_templates",
            )
        if (version.key, version.version) not in shown:
            message = f"no example shows version {version.version} of '{version.key}'"
            yield Finding("HB019", "warning", message, f"projects/{version.key}.yaml", "project_templates", rule="projects")
