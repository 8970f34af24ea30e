"""Who has what to fill: how much is known of the accounts of each person, and how much of it is stale. Of today, over what one sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Avg, Count, F, Q, Sum

from tenure.models import User
from tenure.queries import visible

LOW = 50  # percent below which an account is listed apart; only for showing
BY: Mapping[str, str] = {"tam": "TAM", "owner": "Owner"}


@dataclass(frozen=True)
class Line:
    """The accounts of one person (None = nobody): how many, how much is known on average (percent), of how many less than ``LOW`` is known,
    and how many fields are stale, on how many accounts."""

    person: int | None
    name: str
    accounts: int
    known: int
    low: int
    stale: int
    aged: int


def lines(user: User, by: str) -> Sequence[Line]:
    """One line for each person who is the TAM (``by`` tam) or the owner of accounts that the user sees, the least known first. Two queries."""
    # Over everything an index has it all, in the order of the people; of some, in that order every row would be read from another place.
    person = F(f"{by}_id") if visible.sees_all(user) else F(f"{by}_id") + 0
    rows = visible.summaries(user).order_by().values(person=person).annotate(
        n=Count("*"), known=Avg("profile_percent"), low=Count("profile_percent", filter=Q(profile_percent__lt=LOW)), stale=Sum("profile_stale"),
        aged=Count("profile_stale", filter=Q(profile_stale__gt=0)),
    )  # fmt: skip
    found = {row["person"]: row for row in rows}
    names = dict(User.objects.filter(pk__in=[pk for pk in found if pk]).values_list("pk", "name"))
    made = [
        Line(pk, names.get(pk, "Nobody"), row["n"], int(row["known"] or 0), row["low"], row["stale"] or 0, row["aged"])
        for pk, row in found.items()
    ]
    return sorted(made, key=lambda line: (line.person is None, line.known, line.name))
