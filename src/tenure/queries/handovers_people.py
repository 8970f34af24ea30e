"""Who hands over to whom: the people of an account by role."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from tenure.models import Assignment, Opportunity, User
from tenure.queries import assignments
from tenure.rules.journey import HandOverShape

INCOMING = "incoming_tam"  # the role of who is going to be TAM, while the hand-over goes on
SELLER = "account_executive"
Team = Mapping[str, Sequence[User]]  # by role


def teams(account_ids: Collection[int], day: date) -> dict[int, dict[str, list[User]]]:
    """Account -> who works on it on a day, by role. One query."""
    found: dict[int, dict[str, list[User]]] = {pk: {} for pk in account_ids}
    rows = Assignment.objects.filter(assignments.active(day), account__in=account_ids, user__is_active=True).select_related(
        "user"
    )
    for row in rows.order_by("from_date", "pk"):
        found[row.account_id].setdefault(row.role, []).append(row.user)
    return found


def named(role: str, team: Team) -> Sequence[User]:
    """Who has a role; where nobody is account executive, whoever owns the account."""
    roles = (role, *assignments.OWNER_ROLES) if role == SELLER else (role,)
    return next((team[one] for one in roles if team.get(one)), ())


def giver(shape: HandOverShape, team: Team, opportunity: Opportunity | None = None) -> User | None:
    """Who hands over: who sold it, if they are on the account, else the role of the handbook."""
    members = {user.pk: user for people in team.values() for user in people}
    if opportunity is not None and shape.giver == SELLER and opportunity.owner_id in members and not team.get(SELLER):
        return members[opportunity.owner_id]
    return next(iter(named(shape.giver, team)), None)


def taker(shape: HandOverShape, team: Team) -> User | None:
    """Who takes over: nobody yet where two of the same role hand over to each other."""
    return None if shape.giver == shape.taker else next(iter(named(shape.taker, team)), None)


def convener(shape: HandOverShape, plan: str) -> str:
    """The role that calls the meeting, by engagement plan; else the one that hands over."""
    return shape.convened_by.get(plan) or shape.giver


def joined(shape: HandOverShape, team: Team, people: Iterable[User | None]) -> list[tuple[str, Sequence[User]]]:
    """(role, people) of those who take part; a TAM's manager is the one above who takes over."""
    given = [user for user in people if user is not None]
    found: list[tuple[str, Sequence[User]]] = []
    for role in shape.joins:
        if role == "tam" and shape.giver == shape.taker:
            found.append((role, given))
        elif role == "tam_manager":
            found.append((role, list(dict.fromkeys(user.manager for user in given if user.manager))))
        else:
            found.append((role, named(role, team)))
    return found
