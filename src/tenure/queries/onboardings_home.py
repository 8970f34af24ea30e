"""What homes show of onboardings: how one's own, or the team's, stand, and the latest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, F, IntegerField, Q, Value, When

from tenure.models import Onboarding, User
from tenure.queries import onboardings, reviews, visible
from tenure.queries.onboardings import VIEW

SHOWN = 6
LATE = ("stuck", "behind")


@dataclass(frozen=True)
class Card:
    """``free``: open ones in sight that nobody owns, for who can assign them; ``rows``: what is late, stuck first, longest open first."""

    open: int
    behind: int
    stuck: int
    free: int
    rows: Sequence[Onboarding]
    of_team: bool
    may_review: bool

    @property
    def query(self) -> str:
        """The list of them."""
        return "f=owner:team&f=open:yes" if self.of_team else "f=owner:me&f=open:yes"


def card(user: User, *, of_team: bool) -> Card | None:
    """Of the user's own onboardings, or the team's; None without the right to see any. Two queries at most."""
    if not visible.may(user, VIEW):
        return None
    people = [user.pk, *(visible.team_ids(user) if of_team else [])]
    mine = Q(owner__in=people)
    rows = onboardings.seen(user).filter(is_open=True).filter(mine | Q(owner=None) if of_team else mine)
    found = rows.aggregate(
        n=Count("pk", filter=mine), behind=Count("pk", filter=mine & Q(track="behind")), stuck=Count("pk", filter=mine & Q(track="stuck")),
        free=Count("pk", filter=Q(owner=None)),
    )  # fmt: skip
    late = []
    if found["behind"] or found["stuck"]:
        order = Case(When(track="stuck", then=Value(0)), default=Value(1), output_field=IntegerField())
        late = list(
            rows.filter(mine, track__in=LATE)
            .select_related("owner", "account")
            .order_by(order, F("start_date").asc(nulls_last=True), "pk")[:SHOWN]
        )
    return Card(found["n"], found["behind"], found["stuck"], found["free"], late, of_team, visible.may(user, reviews.HOLD))
