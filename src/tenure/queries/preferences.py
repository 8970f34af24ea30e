"""How people want to be told: what they chose, else what the handbook says."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.conf import settings

from tenure.models import MailBlock, NoticePreference, User
from tenure.queries import handbook
from tenure.rules import notices as rules
from tenure.rules.catalogues import NoticeKind
from tenure.rules.errors import PackError
from tenure.rules.packs import Pack

AREAS = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
DIGEST = "digest"  # kind of the mail that gathers others


@dataclass(frozen=True)
class Choice:
    """How somebody wants one kind: ``mail`` now | daily | weekly | never, and whether the bell tells it."""

    mail: str
    app: bool


@dataclass(frozen=True)
class Reader:
    """Whom a letter goes to: time zone, and choices by kind where they differ from the handbook's."""

    zone: ZoneInfo
    chosen: dict[str, Choice] = field(default_factory=dict)

    def choice(self, kind: NoticeKind) -> Choice:
        """What holds for a kind. One that may not be switched off comes as the handbook says."""
        usual = Choice(kind.mail, kind.app)
        return self.chosen.get(kind.key, usual) if kind.mutable else usual


@dataclass(frozen=True)
class Line:
    """One kind on the page of one's own preferences."""

    kind: NoticeKind
    choice: Choice


def zone_here(user: User) -> ZoneInfo:
    """The zone in which pages tell the user moments and take them. A handbook that can't be read keeps no page from opening."""
    try:
        return zone_of(user, handbook.pack())
    except PackError:
        return zone_of(user, None)


def zone_of(user: User, pack: Pack | None) -> ZoneInfo:
    """The user's time zone: the own one, that of the region's calendar, or the company's."""
    calendar = pack.calendars.get(user.region) if pack else None
    for name in (user.time_zone, calendar.timezone if calendar else "", settings.TIME_ZONE):
        if name:
            try:
                return ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError):
                continue
    return ZoneInfo("UTC")


def zones() -> list[str]:
    """Every time zone that is named after a place, in order, and UTC first."""
    return ["UTC", *sorted(name for name in available_timezones() if name.startswith(AREAS))]


def readers(user_ids: Iterable[int], pack: Pack) -> dict[int, Reader]:
    """Those of the users that exist. Two queries for any number."""
    ids = set(user_ids)
    chosen: dict[int, dict[str, Choice]] = {}
    for row in NoticePreference.objects.filter(user__in=ids):
        chosen.setdefault(row.user_id, {})[row.kind] = Choice(row.mail, row.app)
    people = User.objects.filter(pk__in=ids).only("region", "time_zone")
    return {user.pk: Reader(zone_of(user, pack), chosen.get(user.pk, {})) for user in people}


def reader(user: User, pack: Pack) -> Reader:
    """One person's."""
    return readers([user.pk], pack)[user.pk]


def somebody() -> Reader:
    """A person outside, of whom nothing is known."""
    return Reader(ZoneInfo(settings.TIME_ZONE))


def groups(user: User, pack: Pack) -> dict[str, list[Line]]:
    """The handbook's kinds by group, each with what holds for the user."""
    mine, found = reader(user, pack), dict[str, list[Line]]()
    for kind in pack.notices.kinds.values():
        found.setdefault(kind.group, []).append(Line(kind, mine.choice(kind)))
    return found


def titles(pack: Pack) -> dict[str, str]:
    """Kind -> words."""
    return {key: kind.title for key, kind in pack.notices.kinds.items()} | {DIGEST: "Summary"}


def title(pack: Pack, kind: str) -> str:
    """A kind in words."""
    return titles(pack).get(kind) or rules.kind(pack.notices, kind).title


def block_of(address: str, kind: str = "") -> MailBlock | None:
    """What keeps mails from an address: all of them, or those of this kind."""
    return MailBlock.objects.filter(address=address.lower(), kind__in={"", kind}).order_by("kind").first()
