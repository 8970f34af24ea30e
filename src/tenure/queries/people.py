"""Who could take a role on an account."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from tenure.models import Account, User
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


def by_role(account: Account, only: str = "") -> list[Group]:
    """The active people of every role that works on accounts, those of the account's region first, then the lighter load."""
    known = visible.roles()
    wanted = [key for key, role in known.items() if "account.view" in role.may and role.sees == "own_and_territory"]
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
