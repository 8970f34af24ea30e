"""What a project must comply with: a pure comparison of a project with its template, one line per difference with why it matters and how to mend it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tenure.rules.projects import README, IssueShape, TemplateShape, TermsShape
from tenure.rules.projects_text import headings

Kind = Literal[
    "visibility",
    "tree",
    "phase",
    "contract",
    "member",
    "access",
    "readme",
    "label",
    "milestone",
    "issue",
    "issue_labels",
    "issue_milestone",
]
KINDS: dict[Kind, str] = {
    "visibility": "Visibility", "tree": "Group", "phase": "Phase", "contract": "Contract", "member": "Member", "access": "Access", "readme": README, "label": "Label",
    "milestone": "Milestone", "issue": "Issue", "issue_labels": "Labels of an issue", "issue_milestone": "Milestone of an issue",
}  # fmt: skip


@dataclass(frozen=True)
class IssueFacts:
    """An issue that came from the template: the keys of its labels and of its milestone (of the template's alone)."""

    labels: frozenset[str] = frozenset()
    milestone: str | None = None
    is_open: bool = True
    waits: bool = False  # it got no day of the template yet


@dataclass(frozen=True)
class Facts:
    """A project as the comparison sees it. What was deleted isn't in it. ``people``: who has which role on the account, and could be added."""

    phase: str
    paid: bool
    visibility: str
    tree: str
    public_sector: bool
    readme: str
    labels: Collection[str] = ()
    milestones: Collection[str] = ()
    issues: Mapping[str, IssueFacts] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)  # role -> the highest access of those who have it
    people: Collection[str] = ()
    titles: Mapping[str, str] = field(default_factory=dict)  # of roles
    contract: bool = False  # its day is known
    waiting: Collection[str] = ()  # milestones that are open and got no day of the template yet

    def title(self, role: str) -> str:
        """A role within a sentence."""
        said = self.titles.get(role, role.replace("_", " "))
        return said[:1].lower() + said[1:]


@dataclass(frozen=True)
class Difference:
    """One thing that differs. ``mend`` says what the mend does; blank where a person has to do something first, which ``needs`` says."""

    kind: Kind
    key: str
    title: str
    why: str
    mend: str = ""
    needs: str = ""

    @property
    def code(self) -> str:
        """What it is known by."""
        return f"{self.kind}:{self.key}"

    @property
    def about(self) -> str:
        """Its kind in words."""
        return KINDS[self.kind]


def differences(facts: Facts, template: TemplateShape, terms: TermsShape) -> list[Difference]:
    """Everything in which a project differs from what its template requires, the most important first."""
    return [
        *_place(facts, terms),
        *_days(facts, template, terms),
        *_people(facts, template, terms),
        *_parts(facts, template),
        *_issues(facts, template),
    ]


def _place(facts: Facts, terms: TermsShape) -> Iterator[Difference]:
    if facts.visibility != terms.visibility:
        yield Difference("visibility", terms.visibility, f"The project is {facts.visibility}, not {terms.visibility}",
                         "What concerns customers is kept private.", f"Make it {terms.visibility}")  # fmt: skip
    wanted = terms.tree(facts.public_sector)
    known = {tree.key: tree for tree in terms.trees}
    held = known.get(facts.tree)
    if held is None or held.public_sector != facts.public_sector:
        where = "is in none of the approved groups" if held is None else f"stands in {held.title}"
        yield Difference("tree", wanted.key, f"The project {where}",
                         "Work on customers stands in the approved groups only, that of the public sector in its own.", f"Move it to {wanted.title}")  # fmt: skip
    sold = next(one for one in terms.phases if one.paid)
    if facts.paid and facts.phase != sold.key:
        yield Difference("phase", sold.key, "The customer has paid and the project is still in pre-sales",
                         "Once the customer has paid it is moved, and the technical account manager owns it.", f"Move it to {sold.title.lower()}")  # fmt: skip


def _days(facts: Facts, template: TemplateShape, terms: TermsShape) -> Iterator[Difference]:
    """What hangs on the contract has its day once that is known; a move past the sale gives it."""
    moves = facts.paid and any(one.paid and one.key != facts.phase for one in terms.phases)
    stones = [one for one in template.milestones if one.key in facts.waiting]
    issues = [one for one in template.issues if (held := facts.issues.get(one.key)) and held.is_open and held.waits]
    days = [*(one.due for one in stones), *(one.due for one in issues)]
    count = sum(day is not None and day.after == "contract" for day in days)
    if count and facts.contract and not moves:
        yield Difference("contract", "days", f"{count} open without a day, though the day of the contract is known",
                         "What has no day is never late, and in nobody's list of what is due.", "Count the days from the contract")  # fmt: skip


def _people(facts: Facts, template: TemplateShape, terms: TermsShape) -> Iterator[Difference]:
    titles = {one.key: one.title.lower() for one in terms.access}
    for member in template.members:
        wanted, has = member.access(facts.phase), facts.members.get(member.role)
        role = facts.title(member.role)
        if has is None and member.required and wanted:
            there = member.role in facts.people
            yield Difference("member", member.role, f"No {role} is a member", "The template names the people who work in it from the start.",
                             f"Add the {role} of the account" if there else "", "" if there else f"Give the account {_a(role)} first.")  # fmt: skip
        elif has is not None and has != wanted and _differs(member.role, terms.level(has), terms.level(wanted), facts):
            now = titles.get(has, has)
            yield Difference("access", member.role, f"The {role} has the access “{now}”", _why(member.role, facts.phase),
                             f"Give the access “{titles.get(wanted or '', 'none')}”" if wanted else "Take the member out")  # fmt: skip


def _a(word: str) -> str:
    return f"an {word}" if word[:1] in "aeiou" else f"a {word}"


def _differs(role: str, has: int, wanted: int, facts: Facts) -> bool:
    """Who has less than the template gives can't work; the TAM has no more than visibility before the sale. More is no harm otherwise, and right where
    the customer has paid and the project is to be moved."""
    return has < wanted or (role == "tam" and facts.phase == "pre_sales" and not facts.paid and has > wanted)


def _why(role: str, phase: str) -> str:
    if role == "tam" and phase == "pre_sales":
        return "Before the sale the technical account manager is there for visibility only."
    return "With less than the template gives, they can't do their part."


def _parts(facts: Facts, template: TemplateShape) -> Iterator[Difference]:
    there = {one.casefold() for one in headings(facts.readme)}
    for section in template.sections:
        if section.casefold() not in there:
            yield Difference(
                "readme",
                section,
                f"{README} has no section “{section}”",
                "Everybody looks for it there.",
                "Add the section of the template",
            )
    for label in template.labels:
        if label.required and label.key not in facts.labels:
            yield Difference(
                "label",
                label.key,
                f"The label “{label.name}” is missing",
                "The board and reports across projects count by it.",
                "Add the label",
            )
    for milestone in template.milestones:
        if milestone.required and milestone.key not in facts.milestones:
            yield Difference(
                "milestone",
                milestone.key,
                f"The milestone “{milestone.title}” is missing",
                "Progress is told by the milestones.",
                "Add the milestone",
            )


def _issues(facts: Facts, template: TemplateShape) -> Iterator[Difference]:
    for issue in template.issues:
        held = facts.issues.get(issue.key)
        if held is None:
            if issue.required:
                yield Difference(
                    "issue",
                    issue.key,
                    f"The issue “{issue.title}” is missing",
                    "The template has it for every customer.",
                    "Add the issue",
                )
        elif held.is_open and issue.required:
            yield from _issue(issue, held, template)


def _issue(issue: IssueShape, held: IssueFacts, template: TemplateShape) -> Iterator[Difference]:
    """An open issue stands under its milestone and has the labels of its kind; the one that says how far it is, is people's own."""
    kinds = {label.key: label.name for key in issue.labels if (label := template.label(key)) and not label.board}
    lacking = [kinds[key] for key in sorted(kinds.keys() - held.labels)]
    if lacking:
        yield Difference("issue_labels", issue.key, f"“{issue.title}” lacks the label {' and '.join(lacking)}",
                         "Who looks for it by its label doesn't find it.", "Give it the label" if len(lacking) == 1 else "Give it the labels")  # fmt: skip
    if issue.milestone and held.milestone is None:
        milestone = template.milestone(issue.milestone)
        yield Difference("issue_milestone", issue.key, f"“{issue.title}” is under no milestone", "It counts in no progress.",
                         f"Put it under {milestone.title if milestone else issue.milestone}")  # fmt: skip
