"""What a person has open on accounts: everything that moves when somebody else takes over, or is closed when nobody does."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tenure.models import (
    Account,
    Activity,
    Assignment,
    CallToAction,
    Onboarding,
    Project,
    ProjectIssue,
    ServiceDelivery,
    Task,
    User,
)
from tenure.queries import visible

FEW = 6  # names shown of each kind


@dataclass(frozen=True)
class Work:
    """Open calls to action with their tasks, single tasks in those of other people, planned calls, open onboardings, planned services, the
    projects of which the person is a member, and the open issues there that are theirs."""

    ctas: Sequence[CallToAction] = ()
    tasks: Sequence[Task] = ()
    entries: Sequence[Activity] = ()
    onboardings: Sequence[Onboarding] = ()
    services: Sequence[ServiceDelivery] = ()
    projects: Sequence[Project] = ()
    issues: Sequence[ProjectIssue] = ()
    person: int = 0

    @property
    def parts(self) -> list[tuple[str, str, int, list[str], int]]:
        """(icon, what, how many, the first names, how many more) of each kind, for a preview."""
        named: list[tuple[str, str, str, list[str]]] = [
            ("checkbox", "call to action", "calls to action", [row.title for row in self.ctas]),
            ("list", "task", "tasks", [row.title for row in self.tasks]),
            ("calendar", "planned call or meeting", "planned calls and meetings", [row.subject for row in self.entries]),
            ("route", "onboarding", "onboardings", [row.name for row in self.onboardings]),
            (
                "certificate",
                "planned service",
                "planned services",
                [row.service.replace("_", " ").capitalize() for row in self.services],
            ),
            (
                "stack-2",
                "customer project",
                "customer projects",
                [f"{row.name} ({'owner' if row.owner_id == self.person else 'member'})" for row in self.projects],
            ),
            ("checkbox", "open issue", "open issues", [row.title for row in self.issues]),
        ]
        return [
            (icon, one if len(names) == 1 else many, len(names), names[:FEW], max(len(names) - FEW, 0))
            for icon, one, many, names in named
        ]

    @property
    def count(self) -> int:
        """How many things there are."""
        return sum(part[2] for part in self.parts)


def of(account_ids: Collection[int], user_id: int, *, without: int | None = None) -> Work:
    """The open work of a person on some accounts; ``without``: the playbook at work that stays as it is. Seven queries."""
    ctas = CallToAction.objects.filter(account__in=account_ids, is_open=True)
    tasks = Task.objects.filter(cta__account__in=account_ids, cta__is_open=True, status="open", owner=user_id)
    if without is not None:
        ctas, tasks = ctas.exclude(playbook_use=without), tasks.exclude(cta__playbook_use=without)
    planned = Activity.objects.filter(
        account__in=account_ids, owner=user_id, planned=True, draft=False, deleted_at=None, source="tenure"
    )
    projects = Project.objects.filter(
        account__in=account_ids, deleted_at=None, members__user=user_id, members__deleted_at=None
    ).exclude(state="archived")
    issues = ProjectIssue.objects.filter(project__in=projects, state="opened", assignees=user_id, deleted_at=None)
    services = ServiceDelivery.objects.filter(account__in=account_ids, delivered_by=user_id, status="planned", deleted_at=None)
    return Work(
        list(ctas.filter(owner=user_id).order_by("due_date", "pk")), list(tasks.order_by("due_date", "pk")), list(planned.order_by("happened_at", "pk")),
        list(Onboarding.objects.filter(account__in=account_ids, owner=user_id, is_open=True, deleted_at=None).order_by("pk")),
        list(services.order_by("delivered_on", "pk")), list(projects.order_by("pk")), list(issues.order_by("project", "pk")), user_id,
    )  # fmt: skip


def below(account: Account, user_id: int, reader: User | None = None) -> list[Account]:
    """The accounts below one, at any depth, that have the same TAM, of those that the reader sees (None: of all); by name. A query for each
    level."""
    found: set[int] = set()
    level = {account.pk}
    while level:
        level = set(Account.objects.filter(parent__in=level, deleted_at=None).values_list("pk", flat=True)) - found - {account.pk}
        found |= level
    held = Assignment.objects.filter(account__in=found, user=user_id, role="tam", until_date=None).values("account")
    rows = Account.objects.filter(deleted_at=None) if reader is None else visible.accounts(reader)
    return list(rows.filter(pk__in=held).order_by("name", "pk")) if found else []
