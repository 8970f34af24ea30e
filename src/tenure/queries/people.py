"""Who could take a role on an account, and who sees it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from tenure.models import Account, AccountSummary, Assignment, User
from tenure.queries import handbook, roles, visible

LIMIT = 200  # people offered per role


@dataclass(frozen=True)
class Person:
    """A person who holds a role, with what they carry in it."""

    user: User
    accounts: int
    here: bool  # works in the account's region
    key: str  # ``role:id``, as the form sends it


@dataclass(frozen=True)
class Group:
    """The people of one role; ``key`` and title of the role."""

    key: str
    title: str
    people: list[Person]


def by_role(account: Account, only: str = "", given: Sequence[str] | None = None) -> list[Group]:
    """The active people of every role that works on accounts (``given``: of these), those of the account's region first, then the lighter load."""
    known = visible.roles()
    wanted = [key for key, role in known.items() if "account.view" in role.may and role.sees == "own_and_territory"]
    wanted = wanted if given is None else [key for key in wanted if key in given]
    keys = [only] if only in wanted else wanted
    active = Count("assignments", filter=Q(assignments__until_date=None), distinct=True)
    rows = (
        User.objects.filter(is_active=True, roles__role__in=keys)
        .annotate(carries=active)
        .prefetch_related("territories", "roles")
        .distinct()
    )
    found = list(rows.order_by("name", "pk"))
    pack = handbook.pack()
    return [Group(key, roles.title(key, pack), people) for key in keys if (people := _of(key, found, account))]


def _of(key: str, found: Sequence[User], account: Account) -> list[Person]:
    people = [Person(user, user.carries, _here(user, account), f"{key}:{user.pk}") for user in found if key in user.role_keys]  # type: ignore[attr-defined]
    return sorted(people, key=lambda one: (not one.here, one.accounts, one.user.name))[:LIMIT]


def _here(user: User, account: Account) -> bool:
    return account.territory_id in {place.pk for place in user.territories.all()} or bool(
        account.region and user.region == account.region
    )


def seeing(account: Account, capability: str) -> list[User]:
    """The active people who see the account and hold the capability, by name: ``visible.accounts`` asked the other way round.

    A constant number of queries, however many people there are.
    """
    row = AccountSummary.objects.filter(pk=account.pk, deleted=False).first()
    if row is None:
        return []
    reached = _reached(row)
    managers = dict(User.objects.values_list("pk", "manager_id"))
    above: set[int] = set()
    for person in reached:
        boss = managers.get(person)
        while boss is not None and boss not in above:
            above.add(boss)
            boss = managers.get(boss)
    people = User.objects.filter(is_active=True).prefetch_related("roles").order_by("name", "pk")
    return [user for user in people if visible.may(user, capability) and _sees(user, reached, above)]


def _reached(row: AccountSummary) -> set[int]:
    """Who works on the account or covers where it lies."""
    working = Assignment.objects.filter(account=row.pk, until_date=None).values_list("user_id", flat=True)
    links = User.territories.through.objects
    if row.territory_id is not None:
        covering = links.filter(territory_id=row.territory_id)
    else:
        covering = links.filter(territory__region=row.region) if row.region else links.none()
    found = {*working, *covering.values_list("user_id", flat=True), row.tam_id}
    return {pk for pk in found if pk is not None}


def _sees(user: User, reached: set[int], above: set[int]) -> bool:
    sees = {role.sees for role in visible.roles_of(user)}
    if "all" in sees:
        return True
    if "team" in sees:
        return user.pk in reached or user.pk in above
    return "own_and_territory" in sees and user.pk in reached
