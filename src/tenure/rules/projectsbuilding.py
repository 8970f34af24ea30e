"""What the templates of projects refer to must be there: labels, milestones, roles, access; a version that another one extends."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tenure.rules import projects
from tenure.rules.errors import suggestion
from tenure.rules.projects import TemplateShape, TermsShape
from tenure.rules.projects_text import headings

Wrong = tuple[str, int, str, str]  # list, number in it, code, message
LIST = "project_templates"


def wrong(lists: Mapping[str, list[Any]], terms: TermsShape | None, roles: Collection[str]) -> Iterator[Wrong]:
    """Everything that cannot be."""
    shapes: list[TemplateShape] = lists.get(LIST, [])
    if shapes and terms is None:
        yield LIST, 0, "HB001", "'project_terms' is missing: where projects stand, and who is in them"
        return
    book = projects.made(lists, terms)
    for i, shape in enumerate(shapes):
        yield from ((LIST, i, code, message) for code, message in _of(book, shape, roles))


def _of(book: projects.Book, shape: TemplateShape, roles: Collection[str]) -> Iterator[tuple[str, str]]:
    others = [one for one in book.templates[shape.key] if one.version == shape.version]
    if len(others) > 1:
        yield "HB001", f"version {shape.version} of '{shape.key}' stands twice"
    if shape.extends is not None and (shape.extends >= shape.version or book.version(shape.key, shape.extends) is None):
        yield "HB024", f"there is no earlier version {shape.extends} of '{shape.key}'"
    earlier = [one for one in book.templates[shape.key] if one.version < shape.version and one.start >= shape.start]
    if earlier:
        yield "HB004", f"version {shape.version} begins no later than version {earlier[0].version}"
    yield from _whole(others[0], book, roles)


def _whole(version: TemplateShape, book: projects.Book, roles: Collection[str]) -> Iterator[tuple[str, str]]:
    """A version with all that it takes over."""
    for part, named in (("labels", "name"), ("milestones", "title"), ("issues", "title"), ("issues", "body")):
        for one in getattr(version, part):
            if not getattr(one, named).strip():
                yield "HB001", f"'{one.key}' of the {part} has no {named}"
    if version.plan is None or not version.readme.strip() or not version.instructions.strip():
        yield "HB001", f"'{version.key}' {version.version} needs a plan, a readme and instructions"
    for part in projects.PARTS:
        keys = [one.key for one in getattr(version, part)]
        for twice in sorted({key for key in keys if keys.count(key) > 1}):
            yield "HB001", f"'{twice}' stands twice in the {part}"
    yield from _named(version, book, roles)
    yield from _late(version)
    for section in version.sections:
        if section.casefold() not in {one.casefold() for one in headings(version.readme)}:
            yield "HB001", f"the readme has no heading '{section}', which its sections ask for"


def _late(version: TemplateShape) -> Iterator[tuple[str, str]]:
    """Milestones that are always due before they begin. Where one day is counted from the start and the other from the contract, it depends on these
    days, and a project's milestone begins no later than it is due."""
    for one in version.milestones:
        if one.begins and one.due and one.begins.after == one.due.after and one.begins.days > one.due.days:
            yield "HB001", f"the milestone '{one.key}' begins {one.begins.words()} and is due {one.due.words()}: before it begins"


def _named(version: TemplateShape, book: projects.Book, roles: Collection[str]) -> Iterator[tuple[str, str]]:
    labels, milestones = {one.key for one in version.labels}, {one.key for one in version.milestones}
    access = {one.key for one in book.terms.access} if book.terms else set()
    for issue in version.issues:
        for key in issue.labels:
            yield from _known("label", key, labels)
        yield from _known("milestone", issue.milestone, milestones)
        yield from _known("role", issue.role, roles)
        scopes = [projects.scope(label.name) for key in issue.labels if (label := version.label(key))]
        if any(one and scopes.count(one) > 1 for one in scopes):
            yield "HB001", f"the issue '{issue.key}' has two labels of one scope"
    for member in version.members:
        yield from _known("role", member.role, roles)
        for given in (member.pre_sales, member.post_sales):
            yield from _known("access", given, access)


def _known(kind: str, name: str | None, known: Collection[str]) -> Iterator[tuple[str, str]]:
    if name and name not in known and (known or kind != "role"):
        yield "HB024", f"there is no {kind} '{name}'.{suggestion(name, known)}"
