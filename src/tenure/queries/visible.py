"""Who may see and do what. Every query of a page starts here; every action asks ``may``."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from tenure.models import (
    Account,
    AccountDay,
    AccountSummary,
    Activity,
    Assignment,
    BuiltDay,
    CallToAction,
    Feedback,
    SummaryFields,
    Task,
    User,
)
from tenure.queries import handbook
from tenure.queries.among import Among
from tenure.rules import access
from tenure.rules.errors import PackError

T = TypeVar("T")

REACH = 3_000  # accounts up to which what a reader reaches is asked once and then named by id


def roles() -> dict[str, access.Role]:
    """The roles of the company's handbook."""
    try:
        return access.roles(handbook.pack())
    except PackError:
        return access.roles_of_broken(settings.HANDBOOK)


def roles_of(user: User) -> list[access.Role]:
    """The user's roles; a role that the handbook doesn't know gives nothing."""
    known = _once(user, "roles", roles)
    return [known[key] for key in user.role_keys if key in known]


def may(user: User | None, capability: str) -> bool:
    """Whether any role of the user carries the capability. Nobody (None) may do nothing."""
    return bool(user and user.is_active and any(capability in role.may for role in roles_of(user)))


def _scope(user: User) -> Q | None:
    """The condition on ``AccountSummary`` of what the user sees; None = everything. Q(pk__in=[]) = nothing."""
    ids = _once(user, "ids", lambda: _ids(user))
    return None if ids is None else Q(pk__in=ids)


def _ids(user: User) -> QuerySet[Any, Any] | list[int] | None:
    """The ids of the accounts that reach the user, deleted ones too; None = all, [] = nothing."""
    sees = {role.sees for role in roles_of(user)}
    if "all" in sees:
        return None
    if not sees & {"team", "own_and_territory"}:
        return []
    people = [user.pk, *(team_ids(user) if "team" in sees else [])]
    territories, regions = covered(people)
    rows = AccountSummary.objects.order_by()
    parts: list[QuerySet[Any, Any]] = [Assignment.objects.filter(user__in=people, until_date=None).order_by().values("account")]
    parts += [rows.filter(test).values("pk") for test in _reached(people, territories, regions)]
    # One list of ids, each part from its own index: joined by OR, PostgreSQL would go through every row.
    return parts[0].union(*parts[1:])


def _reached(people: list[int], territories: list[int], regions: list[str]) -> list[Q]:
    """What reaches an account besides being on its team."""
    found = [Q(tam__in=people)]
    found += [Q(territory__in=territories)] if territories else []
    return found + ([Q(territory=None, region__in=regions)] if regions else [])


def covered(people: Iterable[int]) -> tuple[list[int], list[str]]:
    """The territories that these people cover, and the regions that those lie in. One query.

    An account without a territory (a CRM export rarely names one) belongs to everybody who covers its region: the handbook assigns by
    region (TAM Manager Handbook, Account Assignment).
    """
    links = User.territories.through.objects.filter(user_id__in=people).values_list("territory_id", "territory__region")
    found = set(links)
    return sorted({pk for pk, _ in found}), sorted({region for _, region in found if region})


def remember(user: User) -> None:
    """Let this object, which serves one request, ask only once whom and what the user reaches."""
    user.reach = {}  # type: ignore[attr-defined]


def _once(user: User, key: str, ask: Callable[[], T]) -> T:
    memo = getattr(user, "reach", None)
    if memo is None:
        return ask()
    if key not in memo:
        memo[key] = ask()
    return memo[key]  # type: ignore[no-any-return]


def team_ids(user: User) -> list[int]:
    """Ids of everybody who reports to the user, at any depth."""
    return _once(user, "team", lambda: _reports(user))


REPORTS = """
with recursive team(id) as (
    select id from tenure_user where manager_id = %s union select u.id from tenure_user u join team t on u.manager_id = t.id
) select id from team where id <> %s order by id
"""


def _reports(user: User) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(REPORTS, [user.pk, user.pk])
        return [row[0] for row in cursor.fetchall()]


def summaries(user: User) -> QuerySet[AccountSummary]:
    """The rows of the accounts list that the user sees."""
    rows = AccountSummary.objects.filter(deleted=False)
    if not user.is_active:
        return rows.none()
    scope = _once(user, "scope", lambda: _scope(user))
    return rows if scope is None else rows.filter(scope)


def sees_all(user: User) -> bool:
    """Whether nothing is kept from the user: sums over all accounts are theirs to see."""
    return user.is_active and _once(user, "scope", lambda: _scope(user)) is None


def listed(user: User, built: BuiltDay | None = None) -> QuerySet[SummaryFields]:
    """The rows of lists that the user sees: today's, or those of a built day. Whom one sees is decided by today's rights alone."""
    reached = few(user)
    if built is None:
        return summaries(user) if reached is None else AccountSummary.objects.filter(Among("pk", reached), deleted=False)
    rows = AccountDay.objects.filter(built=built)
    if sees_all(user):
        return rows
    return rows.filter(account__in=summaries(user).values("pk")) if reached is None else rows.filter(Among("account_id", reached))


def few(user: User) -> list[int] | None:
    """The ids of the accounts that the user reaches, where they are few: a list asks for them several times, and PostgreSQL would each time
    rather go through the whole table. Of somebody who sees nothing, or everything, nothing is asked."""
    return _once(user, "few", lambda: _few(user))


def _few(user: User) -> list[int] | None:
    ids = _once(user, "ids", lambda: _ids(user))
    if not user.is_active or not isinstance(ids, QuerySet):
        return None
    found = list(ids.values_list("account", flat=True)[: REACH + 1])
    return found if len(found) <= REACH else None


def accounts(user: User) -> QuerySet[Account]:
    """The accounts that the user sees."""
    # EXISTS, not IN: asked about one account, SQLite would first list every visible one.
    return Account.objects.filter(Exists(summaries(user).filter(pk=OuterRef("pk"))), deleted_at=None)


def ctas(user: User) -> QuerySet[CallToAction]:
    """The calls to action of the accounts that the user sees."""
    if not may(user, "cta.view"):
        return CallToAction.objects.none()
    return CallToAction.objects.filter(Exists(summaries(user).filter(pk=OuterRef("account_id"))))


def listed_ctas(user: User) -> QuerySet[CallToAction]:
    """The same rows for lists, which go through many: joined to their accounts' rows instead of asking for each whether it is there."""
    if not may(user, "cta.view") or not user.is_active:
        return CallToAction.objects.none()
    rows = CallToAction.objects.filter(summary__deleted=False)
    reached, ids = few(user), _once(user, "ids", lambda: _ids(user))
    if reached is not None:
        return rows.filter(Among("summary__deleted", reached, beside="account"))
    return rows if ids is None else rows.filter(account__in=ids)


def helped(user: User) -> list[int]:
    """Ids of other people's calls to action in which the user has something open to do, visible or not."""
    rows = Task.objects.filter(owner=user, status="open").exclude(cta__owner=user)
    return _once(user, "helped", lambda: list(rows.order_by().values_list("cta", flat=True).distinct()))


def tasks(user: User) -> QuerySet[Task]:
    """The tasks of the calls to action that the user sees."""
    if not may(user, "cta.view"):
        return Task.objects.none()
    return Task.objects.filter(Exists(summaries(user).filter(pk=OuterRef("cta__account_id"))))


def activities(user: User) -> QuerySet[Activity]:
    """The timeline of the accounts that the user sees; a draft is its author's alone."""
    if not may(user, "activity.view"):
        return Activity.objects.none()
    seen = Exists(summaries(user).filter(pk=OuterRef("account_id")))
    return Activity.objects.filter(seen, Q(draft=False) | Q(owner=user), deleted_at=None)


def feedback(user: User) -> QuerySet[Feedback]:
    """What the customers that the user sees have said."""
    if not may(user, "activity.view"):
        return Feedback.objects.none()
    return Feedback.objects.filter(Exists(summaries(user).filter(pk=OuterRef("account_id"))), deleted_at=None)


def may_on(user: User, capability: str, account: Account) -> bool:
    """Whether the user may do this to this account: the capability, and the account is theirs (or their team's), not only seen."""
    return may(user, capability) and capability in rights_on(user, account)


def rights_on(user: User, account: Account) -> frozenset[str]:
    """The capabilities that the user has on this account: each role gives its own as far as it reaches. At most a few queries."""
    held = roles_of(user) if user.is_active else []
    reach = {role.sees for role in held}
    people = [user.pk] + (team_ids(user) if "team" in reach else [])
    working = set(Assignment.objects.filter(account=account, user__in=people, until_date=None).values_list("user_id", flat=True))
    in_team = "team" in reach and (bool(working) or summaries(user).filter(pk=account.pk).exists())
    reached = {"all": True, "team": in_team}
    given = [role.may for role in held if reached.get(role.sees, user.pk in working)]
    return frozenset[str]().union(*given)
