"""Projects of customers: who sees and does what in one, what a project says of itself, and what it is compared with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from tenure.models import (
    Account,
    AccountSummary,
    Assignment,
    Event,
    Opportunity,
    Project,
    ProjectComment,
    ProjectGuest,
    ProjectIssue,
    ProjectMember,
    Subscription,
    User,
)
from tenure.queries import assignments, handbook, visible
from tenure.rules.projects import Book, TemplateShape

VIEW, EDIT, INVITE = "project.view", "project.edit", "project.invite"
WORKS = ("developer", "maintainer")
FURTHER = ("all", "team")  # roles that reach beyond their own accounts: they are not bound by a membership


@dataclass(frozen=True)
class Rights:
    """What a reader may do in a project. ``hidden``: reads what is confidential; ``move``: moves it to another phase, archives and deletes it."""

    edit: bool = False
    invite: bool = False
    hidden: bool = False
    move: bool = False


def digest(token: str) -> str:
    """What is kept of the token of a guest's link."""
    return sha256(token.encode()).hexdigest()


def seen(user: User) -> QuerySet[Project]:
    """The projects of the accounts that the user sees."""
    if not visible.may(user, VIEW):
        return Project.objects.none()
    return Project.objects.filter(Exists(visible.summaries(user).filter(pk=OuterRef("account_id"))), deleted_at=None)


def rights(user: User, project: Project) -> Rights:
    """What the user may do in a project that they see. Who is in it with visibility only changes nothing, though they work on the account."""
    held = visible.rights_on(user, project.account)
    access = ProjectMember.objects.filter(project=project, user=user, deleted_at=None).values_list("access", flat=True).first()
    further = any(EDIT in role.may and role.sees in FURTHER for role in visible.roles_of(user)) and EDIT in held
    works = access in WORKS and visible.may(user, EDIT)
    edit = works or further or (EDIT in held and access is None)
    is_open = project.state == "opened"
    may_invite = edit and visible.may(user, INVITE) and (INVITE in held or works)
    return Rights(edit and is_open, may_invite and is_open, access is not None or EDIT in held, EDIT in held or works)


def issues(project: Project, hidden: bool) -> QuerySet[ProjectIssue]:
    """The issues of a project that are there; without what is confidential unless ``hidden``."""
    rows = ProjectIssue.objects.filter(project=project, deleted_at=None)
    return rows if hidden else rows.filter(confidential=False)


def open_events(rows: QuerySet[Event], among: QuerySet[ProjectIssue]) -> QuerySet[Event]:
    """Events without those of issues that are confidential by now, and of what was said of them; ``among``: the issues that they may be of."""
    shut = among.filter(confidential=True).values("pk")
    rows = rows.exclude(noun="project_issue", object_id__in=shut)
    return rows.exclude(noun="project_comment", object_id__in=ProjectComment.objects.filter(issue__in=shut).values("pk"))


def live_of(account_id: int) -> QuerySet[Project]:
    """The projects of an account that are worked in."""
    return Project.objects.filter(account=account_id, deleted_at=None, state="opened").order_by("-pk")


def book() -> Book:
    """The templates of the company's handbook."""
    return handbook.pack().projects


def template_for(account: Account, day: date) -> TemplateShape | None:
    """The template that the handbook of a day gives an account: by its engagement plan, else the first one in force."""
    plan = AccountSummary.objects.filter(pk=account.pk).values_list("engagement_plan", flat=True).first() or ""
    known = [found for key in book().templates if (found := book().on(key, day))]
    return next((one for one in known if one.plan and one.plan == plan.casefold()), known[0] if known else None)


def template_of(project: Project) -> TemplateShape | None:
    """The version that a project is made of."""
    return book().version(project.template, project.version)


def newer(project: Project, day: date) -> TemplateShape | None:
    """The version that the handbook of a day has instead, if it is a later one."""
    found = book().on(project.template, day)
    return found if found and found.version > project.version else None


def full_path(project: Project) -> str:
    """Where it stands: tree, group of its phase, its own path."""
    terms = book().terms
    return terms.path(project.tree, project.phase, project.path) if terms else project.path


def is_paid(account: Account, day: date) -> bool:
    """Whether the account is a paying customer on a day."""
    found = since(account, day)
    return found is not None and found <= day


def since(account: Account, day: date) -> date | None:
    """Since when the account is a customer, as a day knows it: what it says itself; where nobody says, the day of the first business won or subscription
    begun, as the facts have it."""
    if account.customer_since is not None:
        return account.customer_since
    won, begun = _first_business(day)
    days = [
        won.filter(account=account).aggregate(day=Min("close_date"))["day"],
        begun.filter(account=account).aggregate(day=Min("start_date"))["day"],
    ]
    return min((one for one in days if one), default=None)


def paying(day: date) -> Q:
    """The same of many: those projects whose account is one."""
    won, begun = (Exists(rows.filter(account=OuterRef("account"))) for rows in _first_business(day))
    return Q(account__customer_since__lte=day) | (Q(account__customer_since=None) & (Q(won) | Q(begun)))


def paid(rows: Iterable[Project], day: date) -> set[int]:
    """Those of projects whose account is one; asked only where nobody says since when."""
    since = {row.pk: row.account.customer_since for row in rows}
    unsaid = Project.objects.filter(paying(day), pk__in=[pk for pk, known in since.items() if known is None])
    return {pk for pk, known in since.items() if known and known <= day} | set(unsaid.values_list("pk", flat=True))


def _first_business(day: date) -> tuple[QuerySet[Opportunity], QuerySet[Subscription]]:
    """What makes customers of accounts of which nobody says since when they are."""
    won = Opportunity.objects.filter(deleted_at=None, is_won=True, close_date__lte=day)
    begun = Subscription.objects.filter(deleted_at=None, is_trial=False, start_date__lte=day).exclude(status="draft")
    return won, begun


def contract_of(account: Account, start: date, day: date) -> date | None:
    """The day from which days after the contract are counted: since when the account is a customer, but of who was one before, the project's start."""
    found = since(account, day)
    return max(found, start) if found else None


def people_of(account_id: int, day: date) -> dict[str, list[User]]:
    """Who works on an account, by role; of several in one role the latest first."""
    rows = Assignment.objects.filter(assignments.active(day), account=account_id, user__is_active=True).select_related("user")
    found: dict[str, list[User]] = {}
    for row in rows.order_by("-from_date", "-pk"):
        found.setdefault(row.role, []).append(row.user)
    return found


def reads(user: User, project: Project, issue: ProjectIssue) -> bool:
    """Whether somebody who sees the account may read an issue of its project."""
    return visible.may(user, VIEW) and (not issue.confidential or rights(user, project).hidden)


def readers(project: Project, ids: Iterable[int], confidential: bool) -> set[int]:
    """Of these people those who may read an issue of the project: nobody else is told of it."""
    rows = User.objects.filter(pk__in=list(ids), is_active=True)
    return {
        one.pk for one in rows if seen(one).filter(pk=project.pk).exists() and (not confidential or rights(one, project).hidden)
    }


def members(project: Project) -> QuerySet[ProjectMember]:
    """Who is in a project, by name."""
    return ProjectMember.objects.filter(project=project, deleted_at=None).select_related("user").order_by("user__name", "pk")


def candidates(project: Project) -> list[User]:
    """The active people of ours who could be added: they may see projects and aren't in it."""
    roles = [key for key, role in visible.roles().items() if VIEW in role.may]
    inside = ProjectMember.objects.filter(project=project, deleted_at=None).values("user")
    return list(
        User.objects.filter(is_active=True, roles__role__in=roles).exclude(pk__in=inside).distinct().order_by("name", "pk")[:500]
    )


def one(user: User, pk: int) -> Project | None:
    """A project that the user sees."""
    return seen(user).select_related("account", "owner", "summary").filter(pk=pk).first()


def of_account(user: User, account: Account) -> list[Project]:
    """The projects of an account: those worked in first."""
    rows = seen(user).filter(account=account).select_related("owner")
    return sorted(rows, key=lambda row: (row.state != "opened", -row.pk))


def unhidden(user: User, rows: Sequence[Project], *, edits: bool) -> set[int]:
    """Those of an account's projects in which the user reads what is confidential, as ``rights`` says; ``edits``: who may change the account's projects
    reads all of it. One query at most."""
    if edits:
        return {row.pk for row in rows}
    found = ProjectMember.objects.filter(project__in=rows, user=user, deleted_at=None)
    return set(found.values_list("project", flat=True))


def guest_of(token_digest: str, at: datetime) -> ProjectGuest | None:
    """The guest of a link that works now, with the project. A project that is archived or deleted has no guests."""
    rows = ProjectGuest.objects.select_related("project__account", "invited_by").filter(
        revoked_at=None, token_digest=token_digest, expires_at__gt=at, project__deleted_at=None, project__state="opened",
        project__account__deleted_at=None,
    )  # fmt: skip
    return rows.first()
