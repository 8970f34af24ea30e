"""What the dialogs for many onboardings show: who could own them with what they have, and how the chosen ones stand."""

from collections.abc import Sequence

from django.db.models import Count, Q

from tenure.models import AccountSummary, User
from tenure.queries import assignments, handbook, onboarding_words, onboardings, visible
from tenure.queries.onboardings import EDIT

PEOPLE = 200


def people(user: User) -> list[tuple[User, int]]:
    """Active people who may keep onboardings, with how many open ones they have; a manager's own team first. One query."""
    roles = [key for key, role in visible.roles().items() if EDIT in role.may and role.sees != "all"]
    team = {user.pk, *visible.team_ids(user)}
    load = Count("onboardings", filter=Q(onboardings__is_open=True, onboardings__deleted_at=None), distinct=True)
    rows = User.objects.filter(is_active=True, roles__role__in=roles).annotate(load=load).order_by("name", "pk")[:PEOPLE]
    return sorted(((one, one.load) for one in rows), key=lambda one: one[0].pk not in team)


def preview(user: User, ids: Sequence[int]) -> list[tuple[str, int]]:
    """How many of the chosen ones have each status now. One query."""
    if not ids:
        return []
    rows = onboardings.seen(user).filter(pk__in=ids).order_by().values_list("status").annotate(n=Count("pk"))
    known = dict(rows.values_list("status", "n"))
    return [(title, known[key]) for key, title in onboarding_words.statuses(handbook.pack()) if key in known]


def without_tam(user: User, ids: Sequence[int]) -> tuple[int, int]:
    """The accounts of the chosen open ones: how many have no TAM and get one from the reader with the owner, and how many have one, who stays."""
    chosen = onboardings.seen(user).filter(pk__in=ids, is_open=True).values("account")
    tams = dict(AccountSummary.objects.filter(pk__in=chosen).values_list("pk", "tam"))
    free = {pk for pk, tam in tams.items() if tam is None}
    return len(assignments.nameable_ids(user, free, "tam")) if free else 0, len(tams) - len(free)
