"""Customer projects as the handbook has them: the templates by version, where projects may stand, and who is in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from tenure.rules.schema import Dated, Name, Strict, Text

Colour = Literal["n", "g", "y", "a", "r", "accent", "c1", "c2", "c3", "c4"]  # tokens of the design, no hex
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")]
Weight = Annotated[int, Field(ge=0, le=100)]
TEXTS = ("readme", "instructions")
PARTS = ("labels", "milestones", "issues", "members")
PLACE = re.compile(r"\{([a-z_]+)\}")
CONTACTS = ("champion", "decision_maker")  # what a contact is, as a placeholder in texts
UNNAMED = "to be named"
SIGNS = re.compile(r"[\\`*\[\]<|]")
README, STEPS = "README.md", "PLEASE-READ-THESE-INSTRUCTIONS.md"


class DueShape(Strict):
    """A day counted from the start of the project or from the contract, in calendar days; before it where negative."""

    days: Annotated[int, Field(ge=-3650, le=3650)]
    after: Literal["start", "contract"] = "start"

    def on(self, start: date | None, contract: date | None) -> date | None:
        """The day; None while what it is counted from isn't known."""
        since = start if self.after == "start" else contract
        return since + timedelta(days=self.days) if since else None

    def words(self) -> str:
        """In words, like: 7 days after the contract."""
        base = "the start" if self.after == "start" else "the contract"
        if not self.days:
            return f"on the day of {base}"
        return f"{abs(self.days)} day{'' if abs(self.days) == 1 else 's'} {'after' if self.days > 0 else 'before'} {base}"


class LabelShape(Strict):
    """A label. ``board``: a column of the board; of labels with the same word before ``::`` an issue has one. A later version may leave out what it
    doesn't change (so ``name`` may be blank here)."""

    key: Name
    name: str = ""
    color: Colour = "n"
    board: bool = False
    required: bool = False
    note: str = ""


class MilestoneShape(Strict):
    """A milestone with the days from which and until which it goes."""

    key: Name
    title: str = ""
    text: str = ""
    begins: DueShape | None = None
    due: DueShape | None = None
    required: bool = False


class IssueShape(Strict):
    """An issue: ``labels`` and ``milestone`` by their keys, ``role`` of who is given it."""

    key: Name
    title: str = ""
    body: str = ""
    labels: tuple[Name, ...] = ()
    milestone: Name | None = None
    role: Name | None = None
    due: DueShape | None = None
    weight: Weight | None = None
    confidential: bool = False
    required: bool = False


class MemberShape(Strict):
    """Who is in the project by role, with the access before and after the sale (none = not yet, or no more)."""

    role: Name
    pre_sales: Name | None = None
    post_sales: Name | None = None
    required: bool = False

    @property
    def key(self) -> str:
        """Its role: one line each."""
        return self.role

    def access(self, phase: str) -> str | None:
        """The access in a phase."""
        return self.post_sales if phase == "post_sales" else self.pre_sales


class TemplateShape(Dated):
    """One version of a template. ``extends``: the version of which only differences are told; ``without``: keys that it drops, by part."""

    key: Name
    version: Annotated[int, Field(ge=1)]
    extends: int | None = None
    title: Text
    plan: Name | None = None
    readme: str = ""
    instructions: str = ""
    sections: tuple[Text, ...] = ()
    labels: tuple[LabelShape, ...] = ()
    milestones: tuple[MilestoneShape, ...] = ()
    issues: tuple[IssueShape, ...] = ()
    members: tuple[MemberShape, ...] = ()
    without: dict[Literal["labels", "milestones", "issues", "members"], tuple[Name, ...]] = {}
    changes: str = ""
    note: str = ""
    source: str = ""

    def label(self, key: str) -> LabelShape | None:
        """The label of that key."""
        return next((one for one in self.labels if one.key == key), None)

    def milestone(self, key: str | None) -> MilestoneShape | None:
        """The milestone of that key."""
        return next((one for one in self.milestones if one.key == key), None)

    def issue(self, key: str) -> IssueShape | None:
        """The issue of that key."""
        return next((one for one in self.issues if one.key == key), None)


class TreeShape(Strict):
    """A group of groups in which projects of customers may stand. ``usual``: of customers that nothing else is said of."""

    key: Slug
    title: Text
    path: Text
    public_sector: bool = False
    usual: bool = False


class PhaseShape(Strict):
    """Before or after the sale. ``group``: the group below the tree; ``paid``: that of paying customers."""

    key: Name
    title: Text
    group: str = ""
    paid: bool = False
    note: str = ""


class AccessShape(Strict):
    """What a member may do; ``level`` is GitLab's number of it."""

    key: Name
    title: Text
    level: Annotated[int, Field(ge=10, le=50)]
    note: str = ""


class TermsShape(Strict):
    """What holds for every project."""

    visibility: Literal["private", "internal", "public"] = "private"
    trees: Annotated[tuple[TreeShape, ...], Field(min_length=1)]
    phases: Annotated[tuple[PhaseShape, ...], Field(min_length=2, max_length=2)]
    access: Annotated[tuple[AccessShape, ...], Field(min_length=1)]
    guest_days: Annotated[int, Field(ge=1, le=366)] = 30
    guest_note: str = ""
    note: str = ""
    source: Text

    @model_validator(mode="after")
    def _phased(self) -> TermsShape:
        if [one.key for one in self.phases] != ["pre_sales", "post_sales"]:
            raise ValueError("the phases are pre_sales and post_sales, in this order")
        return self

    def level(self, key: str | None) -> int:
        """GitLab's number of an access; 0 of none."""
        return next((one.level for one in self.access if one.key == key), 0)

    def tree(self, public_sector: bool) -> TreeShape:
        """Where a project of such a customer stands."""
        fitting = [one for one in self.trees if one.public_sector == public_sector]
        return next((one for one in fitting if one.usual), (fitting or list(self.trees))[0])

    def path(self, tree: str, phase: str, slug: str) -> str:
        """The full path: tree, the phase's group, the project."""
        root = next((one.path for one in self.trees if one.key == tree), tree)
        group = next((one.group for one in self.phases if one.key == phase), "")
        return "/".join(part for part in (root, group, slug) if part)


@dataclass(frozen=True)
class Book:
    """The templates, each with its versions in order, and the terms (None: the pack has no projects)."""

    templates: Mapping[str, tuple[TemplateShape, ...]] = field(default_factory=dict)
    terms: TermsShape | None = None

    @property
    def versions(self) -> Sequence[TemplateShape]:
        """Every version of every template."""
        return [version for versions in self.templates.values() for version in versions]

    def on(self, key: str, day: date) -> TemplateShape | None:
        """The version of a template in force on a day."""
        fitting = [one for one in self.templates.get(key, ()) if one.start <= day and (one.ended is None or day <= one.ended)]
        return fitting[-1] if fitting else None

    def version(self, key: str, number: int) -> TemplateShape | None:
        """A version of a template, in force or not."""
        return next((one for one in self.templates.get(key, ()) if one.version == number), None)


LISTS: dict[str, type[Strict]] = {"project_templates": TemplateShape}
TERMS = "project_terms"


def made(lists: Mapping[str, Sequence[Any]], terms: TermsShape | None) -> Book:
    """The book of what was read."""
    known: dict[str, list[TemplateShape]] = {}
    for shape in sorted(lists.get("project_templates", ()), key=lambda one: one.version):
        versions = known.setdefault(shape.key, [])
        before = next((one for one in versions if one.version == shape.extends), None)
        versions.append(extended(before, shape) if before else shape)
    order = dict.fromkeys(shape.key for shape in lists.get("project_templates", ()))
    return Book({key: tuple(known[key]) for key in order}, terms)


def extended(before: TemplateShape, later: TemplateShape) -> TemplateShape:
    """A version whole: what it doesn't say is that of the one before."""
    said = later.model_fields_set
    kept = {name: getattr(before, name) for name in ("plan", *TEXTS, "sections") if name not in said}
    parts = {part: _merged(getattr(before, part), getattr(later, part), later.without.get(part, ())) for part in PARTS}  # type: ignore[call-overload]
    return later.model_copy(update=kept | parts)


def _merged(before: Sequence[Any], later: Sequence[Any], without: Sequence[str]) -> tuple[Any, ...]:
    given = {one.key: one for one in later}
    kept = [_changed(one, given.pop(one.key, None)) for one in before if one.key not in without]
    return (*kept, *(one for one in later if one.key in given))


def _changed(one: Any, change: Any) -> Any:
    return one.model_copy(update={name: getattr(change, name) for name in change.model_fields_set}) if change else one


def scope(name: str) -> str:
    """The word before ``::`` of a label: of a scope an issue has one label. Blank where it has none."""
    head, sign, _ = name.rpartition("::")
    return head if sign else ""


def filled(text: str, words: Mapping[str, str]) -> str:
    """A text of a template with its ``{account}`` and other placeholders filled in; other braces stay, and so does what looks like one in what is
    filled in. Where a line's last one is blank, no space is left at its end."""
    return "\n".join(_filled(line, words) for line in text.split("\n"))


def _filled(line: str, words: Mapping[str, str]) -> str:
    found = PLACE.sub(lambda place: words.get(place[1], place[0]), line)
    return line if found == line else found.rstrip()


def blanks(template: TemplateShape) -> tuple[str, ...]:
    """The placeholders for people that a template may have: contacts by what they are, and the roles of its members."""
    return (*CONTACTS, *(one.role for one in template.members))


def spelt(name: str) -> str:
    """A person's name as it stands in a text in Markdown, also in a table."""
    return SIGNS.sub(r"\\\g<0>", " ".join(name.split()))
