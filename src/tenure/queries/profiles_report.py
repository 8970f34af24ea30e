"""Who has what to fill: how much is known of the accounts of each person, and how much of it is stale. Of today, over what one sees."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet, Sum

from tenure.models import User
from tenure.queries import visible

LOW = 50  # percent below which an account is listed apart; only for showing
BY: Mapping[str, str] = {"tam": "TAM", "owner": "Owner"}
# Whose accounts are nobody's: who isn't a customer yet, or not any more, lacks no TAM.
UNHELD: Mapping[str, str] = {"customer": "Customers without a TAM", "prospect": "Prospects", "former": "Former customers"}


@dataclass(frozen=True)
class Line:
    """The accounts of one person (None = nobody; by TAM, of one ``kind``): how many, how much is known on average (percent), of how many less than ``LOW`` is known,
    and how many fields are stale, on how many accounts."""

    person: int | None
    name: str
    accounts: int
    known: int
    low: int
    stale: int
    aged: int
    kind: str = ""


def lines(user: User, by: str) -> Sequence[Line]:
    """One line for each person who is the TAM (``by`` tam) or the owner of accounts that the user sees, the least known first, then those
    of nobody: by TAM the customers apart from who is none. Three queries at most."""
    # Over everything an index has it all, in the order of the people; of some, in that order every row would be read from another place.
    person = F(f"{by}_id") if visible.sees_all(user) else F(f"{by}_id") + 0
    rows = visible.summaries(user).order_by().annotate(person=person)
    held = [row for row in _summed(rows, "person") if row["person"] or by != "tam"]
    names = dict(User.objects.filter(pk__in=[row["person"] for row in held if row["person"]]).values_list("pk", "name"))
    made = [_line(row, row["person"], names.get(row["person"], "Nobody")) for row in held]
    made.sort(key=lambda line: (line.person is None, line.known, line.name))
    apart = {row["kind"]: row for row in _summed(rows.filter(person=None), "kind")} if by == "tam" else {}
    return [*made, *(_line(apart[kind], None, title, kind) for kind, title in UNHELD.items() if kind in apart)]


def _summed(rows: QuerySet[Any], by: str) -> Iterable[dict[str, Any]]:
    found: Iterable[dict[str, Any]] = rows.values(by).annotate(
        n=Count("*"), known=Avg("profile_percent"), low=Count("profile_percent", filter=Q(profile_percent__lt=LOW)), stale=Sum("profile_stale"),
        aged=Count("profile_stale", filter=Q(profile_stale__gt=0)),
    )  # fmt: skip
    return found


def _line(row: Mapping[str, Any], person: int | None, name: str, kind: str = "") -> Line:
    return Line(person, name, row["n"], int(row["known"] or 0), row["low"], row["stale"] or 0, row["aged"], kind)
