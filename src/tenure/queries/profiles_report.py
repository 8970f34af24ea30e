"""Who has what to fill: how much is known of the accounts of each person, and how much of it is stale. Of today, over what one sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Avg, Count, Q, Sum

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
    """One line for each person who is the TAM (``by`` tam) or the owner of accounts that the user sees, the least known first. One query."""
    rows = visible.summaries(user).order_by().values(f"{by}_id", f"{by}_name")
    found = rows.annotate(
        n=Count("pk"), known=Avg("profile_percent"), low=Count("pk", filter=Q(profile_percent__lt=LOW)), stale=Sum("profile_stale"),
        aged=Count("pk", filter=Q(profile_stale__gt=0)),
    )  # fmt: skip
    made = [
        Line(
            row[f"{by}_id"],
            row[f"{by}_name"] or "Nobody",
            row["n"],
            int(row["known"] or 0),
            row["low"],
            row["stale"] or 0,
            row["aged"],
        )
        for row in found
    ]
    return sorted(made, key=lambda line: (line.person is None, line.known, line.name))
