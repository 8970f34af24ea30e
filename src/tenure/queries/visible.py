"""Who may see and do what. Every query of a page starts here; every action asks ``may``."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from tenure.models import Account, AccountSummary, Assignment, User
from tenure.rules import access

T = TypeVar("T")


def roles() -> dict[str, access.Role]:
    """The roles of the company's handbook."""
    return access.roles(Path(settings.HANDBOOK) if settings.HANDBOOK else None)


def roles_of(user: User) -> list[access.Role]:
    """The user's roles; a role that the handbook doesn't know gives nothing."""
    known = roles()
    return [known[key] for key in user.role_keys if key in known]


def may(user: User | None, capability: str) -> bool:
    """Whether any role of the user carries the capability. Nobody (None) may do nothing."""
    return bool(user and user.is_active and any(capability in role.may for role in roles_of(user)))


def _scope(user: User) -> Q | None:
    """The condition on ``AccountSummary`` of what the user sees; None = everything. Q(pk__in=[]) = nothing."""
    sees = {role.sees for role in roles_of(user)}
    if "all" in sees:
        return None
    people = [user.pk]
    if "team" in sees:
        people += team_ids(user)
    elif "own_and_territory" not in sees:
        return Q(pk__in=[])
    mine = Assignment.objects.filter(user__in=people, until_date=None).values("account")
    territories, regions = covered(people)
    unplaced = Q(territory=None, region__in=regions)
    return Q(account__in=mine) | Q(tam__in=people) | Q(territory__in=territories) | unplaced


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


def _reports(user: User) -> list[int]:
    found: list[int] = []
    level = [user.pk]
    while level:
        level = list(User.objects.filter(manager__in=level).exclude(pk__in=[*found, user.pk]).values_list("pk", flat=True))
        found += level
    return found


def summaries(user: User) -> QuerySet[AccountSummary]:
    """The rows of the accounts list that the user sees."""
    rows = AccountSummary.objects.filter(deleted=False)
    if not user.is_active:
        return rows.none()
    scope = _once(user, "scope", lambda: _scope(user))
    return rows if scope is None else rows.filter(scope)


def accounts(user: User) -> QuerySet[Account]:
    """The accounts that the user sees."""
    # EXISTS, not IN: asked about one account, SQLite would first list every visible one.
    return Account.objects.filter(Exists(summaries(user).filter(pk=OuterRef("pk"))), deleted_at=None)


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
