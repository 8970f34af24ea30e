"""What is known of an account's business and technical profile, and the data sheets that were sent out for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from django.db.models import Count, Q

from tenure.models import Account, Assignment, Opportunity, ProfileProposal, ProfileSheet, ProfileValue, User
from tenure.queries import assignments, visible
from tenure.rules.packs import Pack
from tenure.rules.profiles import Profiles
from tenure.rules.profilesmeasures import Known

SHEETS = 50  # shown of an account


def current(account: Account, day: date | None = None) -> dict[str, ProfileValue]:
    """The value of every field that has one, by the field's key; with a day those that had been learnt by then. One query."""
    rows = ProfileValue.objects.filter(account=account).select_related("author")
    rows = rows.filter(replaced_at=None) if day is None else rows.filter(learnt_on__lte=day)
    last = {row.field: row for row in rows.order_by("pk")}  # the one written last holds
    return {key: row for key, row in last.items() if row.value is not None}


def known(values: Mapping[str, ProfileValue]) -> dict[str, Known]:
    """The same as the rules' arithmetic wants it."""
    return {key: Known(row.learnt_on, row.confidence) for key, row in values.items()}


def history(account: Account, field: str) -> list[ProfileValue]:
    """Everything that a field has said, the newest first."""
    return list(ProfileValue.objects.filter(account=account, field=field).select_related("author").order_by("-pk"))


def pending(account: Account) -> list[ProfileProposal]:
    """The proposals that wait for a decision, the oldest first."""
    rows = ProfileProposal.objects.filter(account=account, state="pending").select_related("sheet")
    return list(rows.order_by("pk"))


def stage(account: Account, day: date, profiles: Profiles) -> str:
    """The stage that an account has reached on a day: that of a won opportunity, else the furthest of its open ones; blank for none.
    One query."""
    rows = Opportunity.objects.filter(account=account, deleted_at=None).order_by()
    found = list(rows.values_list("stage", "is_won", "is_closed", "close_date").distinct())
    if profiles.terms is not None and any(won and (ended is None or ended <= day) for _, won, _, ended in found):
        return profiles.terms.kept_from
    stages = {stage for stage, _, closed, _ in found if not closed and profiles.rank(stage) >= 0}
    return max(stages, key=profiles.rank, default="")


def holders(account: Account, day: date) -> dict[str, dict[int, str]]:
    """Who works on an account on a day: role -> id -> name. One query."""
    rows = Assignment.objects.filter(assignments.active(day), account=account, user__is_active=True).order_by(
        "user__name", "user_id"
    )
    found: dict[str, dict[int, str]] = {}
    for role, user, name in rows.values_list("role", "user_id", "user__name"):
        found.setdefault(role, {})[user] = name
    return found


def deciders(roles: Iterable[str], people: Mapping[str, Mapping[int, str]]) -> dict[int, str]:
    """Those of the people who answer for what these roles answer for, by id."""
    return {user: name for role in roles for user, name in people.get(role, {}).items()}


def may_decide(user: User, roles: Iterable[str], people: Mapping[str, Mapping[int, str]]) -> bool:
    """Whether a user decides on a proposal: those who answer for its field, where the account has such people; besides them whoever sees
    all or a team."""
    named = deciders(roles, people)
    return not named or user.pk in named or bool({role.sees for role in visible.roles_of(user)} & {"all", "team"})


def keepers(account: Account, field: str, day: date, pack: Pack) -> tuple[str, ...]:
    """The roles that answer for a field of an account on a day; none for a field that the handbook doesn't have."""
    one = pack.profiles.fields.get(field)
    return pack.profiles.responsible(one, stage(account, day, pack.profiles)) if one else ()


def digest(token: str) -> str:
    """What is kept of the token of a sheet's link."""
    return sha256(token.encode()).hexdigest()


def open_sheet(token: str, at: datetime) -> ProfileSheet | None:
    """The data sheet whose link has this token, if it can still be answered."""
    rows = ProfileSheet.objects.select_related("account").filter(
        Q(expires_at=None) | Q(expires_at__gt=at),
        token_digest=digest(token),
        revoked_at=None,
        answered_at=None,
        account__deleted_at=None,
    )
    return rows.first() if token else None


@dataclass(frozen=True)
class SheetLine:
    """A data sheet and how far it is: ``state`` is answered | revoked | over | opened | out; ``waiting`` answers wait for a decision."""

    row: ProfileSheet
    state: str
    waiting: int

    @property
    def is_live(self) -> bool:
        """Whether its link works."""
        return self.state in ("opened", "out")


def sheets(account: Account, at: datetime) -> list[SheetLine]:
    """The data sheets of an account as of a moment, the newest first. One query."""
    waiting = Count("proposals", filter=Q(proposals__state="pending"))
    rows = ProfileSheet.objects.filter(account=account).select_related("contact", "created_by").defer("draft")
    return [SheetLine(row, _state(row, at), row.waiting) for row in rows.annotate(waiting=waiting).order_by("-pk")[:SHEETS]]


def _state(row: ProfileSheet, at: datetime) -> str:
    if row.answered_at or row.revoked_at:
        return "answered" if row.answered_at else "revoked"
    if row.expires_at and row.expires_at <= at:
        return "over"
    return "opened" if row.opened_at else "out"
