"""A profile of an account as its page shows it: every field with its value and where that comes from, what is missing, what to ask next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tenure.models import Account, ProfileProposal, ProfileValue, User
from tenure.queries import handbook, profiles, profiles_facts, roles, subscriptions
from tenure.rules.errors import RuleError
from tenure.rules.packs import Pack
from tenure.rules.profiles import ProfileField, ProfileShape
from tenure.rules.profilesmeasures import Completeness, Known, Question, by_role, completeness, questions, stale, stale_on, trust
from tenure.rules.profilesreading import PARTS, said

MOST = 3  # questions offered before a call


@dataclass(frozen=True)
class Offer:
    """A proposal that waits, in words; ``may``: whether the reader decides on it, else ``by`` are those who do."""

    row: ProfileProposal
    words: str
    may: bool
    by: str


@dataclass(frozen=True)
class Line:
    """One field. ``counts`` is the percent of its value that still counts; ``until`` the day on which it is stale (None = never)."""

    field: ProfileField
    row: ProfileValue | None
    words: str
    source: str
    counts: int
    is_stale: bool
    until: date | None
    expected: bool
    captured: str
    kept: str
    now: str  # who answers for it at the account's stage
    mine: bool  # whether that is the reader
    day: date
    offers: Sequence[Offer] = ()
    own: Any = None  # what the account's own records say, where nothing else is known

    @property
    def age(self) -> str:
        """How long ago it was learnt, in words."""
        days = (self.day - self.row.learnt_on).days if self.row else 0
        return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")

    @property
    def prose(self) -> str:
        """The value for a text: a contact without the names of its parts."""
        return prose(self.field, self.row.value) if self.row else ""

    @property
    def key(self) -> str:
        """The field's key."""
        return self.field.key

    @property
    def seen(self) -> int:
        """What a form says that it showed."""
        return self.row.pk if self.row else 0

    @property
    def is_gap(self) -> bool:
        """Whether it should be known at this stage and isn't, not even from the account's own records."""
        return self.row is None and self.expected and self.own is None

    @property
    def own_words(self) -> str:
        """What the account's own records say, in words."""
        return words(self.field, self.own)


@dataclass(frozen=True)
class Part:
    """A group of fields; ``known`` of them have a value."""

    key: str
    title: str
    lines: Sequence[Line]

    @property
    def known(self) -> int:
        """How many have a value."""
        return sum(one.row is not None for one in self.lines)


@dataclass(frozen=True)
class Share:
    """What one role has to know at the stage, and who on the account that is."""

    role: str
    title: str
    people: str
    complete: Completeness
    missing: Sequence[str]  # titles
    stale: Sequence[str]


@dataclass(frozen=True)
class Asked:
    """A question worth asking, and where its field stands."""

    question: Question
    section: str
    who: str


@dataclass(frozen=True)
class Frame:
    """What is known of an account's profiles on a day. Made once for a page; two or three queries."""

    account: Account
    user: User
    day: date
    pack: Pack
    values: Mapping[str, ProfileValue]
    stage: str
    people: Mapping[str, Mapping[int, str]]
    known: Mapping[str, Known] = field(default_factory=dict)
    own: Mapping[str, Any] = field(default_factory=dict)  # what the account's own records say

    @property
    def stage_title(self) -> str:
        """The stage in words."""
        return stage_title(self.stage, self.pack, self.day) if self.stage else "Before the first opportunity"

    @property
    def complete(self) -> Completeness:
        """Of both profiles."""
        return completeness(self.pack.profiles, self.known, self.day)

    @property
    def each(self) -> list[tuple[str, Completeness]]:
        """Of each profile of the day, with its title: the figures by which the journey and hand-overs go."""
        shapes = self.pack.profiles.shapes
        return [(shapes[key].title, self.of(key)) for key in shapes if self.pack.profiles.on(self.day, key)]

    def of(self, profile: str) -> Completeness:
        """Of one profile."""
        return completeness(self.pack.profiles, self.known, self.day, profile)

    @property
    def mine(self) -> str | None:
        """The role in which the reader answers for a part of the profiles; None where in none."""
        return next((role for role, held in self.people.items() if self.user.pk in held and self._asked(role)), None)

    def _asked(self, role: str) -> bool:
        return any(role in self.pack.profiles.responsible(one, self.stage) for one in self.pack.profiles.on(self.day))

    def questions(self, most: int = MOST) -> list[Asked]:
        """What to ask next: of what the reader answers for; where nothing of that is left, of everything."""
        found = self._left(self.mine) or self._left(None)
        return [Asked(one, one.field.profile, self.who(one.field)) for one in found[:most]]

    def _left(self, role: str | None) -> list[Question]:
        return questions(self.pack.profiles, self.known, self.day, self.stage, role, self.own)

    def who(self, one: ProfileField) -> str:
        """Who answers for a field at the stage, in words."""
        return ", ".join(roles.short(role, self.pack) for role in self.pack.profiles.responsible(one, self.stage))


@dataclass(frozen=True)
class Book:
    """One profile for its page."""

    frame: Frame
    shape: ProfileShape
    parts: Sequence[Part]
    complete: Completeness
    shares: Sequence[Share]
    asked: Sequence[Asked]
    sheets: Sequence[profiles.SheetLine] = ()

    @property
    def offers(self) -> list[Offer]:
        """Every proposal that waits."""
        return [offer for part in self.parts for line in part.lines for offer in line.offers]

    @property
    def mine(self) -> list[Offer]:
        """Those on which the reader decides."""
        return [offer for offer in self.offers if offer.may]


def frame(
    user: User, account: Account, day: date, pack: Pack, *, values: Mapping[str, ProfileValue] | None = None,
    people: Mapping[str, Mapping[int, str]] | None = None, hosted: Iterable[bool | None] | None = None,
) -> Frame:  # fmt: skip
    """What is known on a day. Five queries, less those for the ``values`` of the day, the ``people`` on it and whether its subscriptions are
    ``hosted`` that are at hand."""
    values = profiles.current(account) if values is None else values
    people = profiles.holders(account, day) if people is None else people
    stage = profiles.stage(account, day, pack.profiles)
    if hosted is None:
        hosted = [one.row.hosted for one in subscriptions.book(account.pk, day, pack).active]
    own = profiles_facts.recorded(account, hosted, day, pack)
    return Frame(account, user, day, pack, values, stage, people, profiles.known(values), own)


def book(found: Frame, profile: str, at: datetime | None = None) -> Book | None:
    """One profile; None where the handbook of the day has none of that key. With the present moment also what waits and its data sheets:
    two queries more."""
    shape = found.pack.profiles.shapes.get(profile)
    if shape is None or not found.pack.profiles.on(found.day, profile):
        return None
    waiting: dict[str, list[ProfileProposal]] = {}
    for row in profiles.pending(found.account) if at else ():
        waiting.setdefault(row.field, []).append(row)
    lines = {one.key: line(found, one, waiting.get(one.key, ())) for one in found.pack.profiles.on(found.day, profile)}
    parts = [Part(group.key, group.title, [lines[one.key] for one in group.fields if one.key in lines]) for group in shape.groups]
    sheets = profiles.sheets(found.account, at) if at else []
    asked = [one for one in found.questions(200) if one.section == profile][:MOST]
    return Book(found, shape, [part for part in parts if part.lines], found.of(profile), shares(found), asked, sheets)


def line(found: Frame, one: ProfileField, waiting: Sequence[ProfileProposal] = ()) -> Line:
    """One field of the frame."""
    terms, row, held = found.pack.profiles.terms, found.values.get(one.key), found.known.get(one.key)
    answer = found.pack.profiles.responsible(one, found.stage)
    return Line(
        one, row, words(one, row.value if row else None), found.pack.profiles.source(row.source) if row else "",
        round(trust(one, held, found.day, terms)) if terms else 0, bool(terms and held and stale(one, held, found.day, terms)),
        stale_on(one, held, terms) if terms and held else None, found.pack.profiles.expected(one, found.stage),
        f"{_named(one.captured_by, found.pack)} by {stage_title(one.stage, found.pack, found.day).lower()}",
        roles.short(one.kept_by, found.pack), _named(answer, found.pack), found.mine in answer, found.day,
        [_offer(found, one, offer) for offer in waiting], None if row else found.own.get(one.key),
    )  # fmt: skip


def shares(found: Frame) -> list[Share]:
    """What every role has to know at the stage of the account."""
    titles = {
        one.key: f"{one.title} (on the account)" if one.key in found.own and one.key not in found.known else one.title
        for one in found.pack.profiles.on(found.day)
    }
    return [
        Share(
            role, roles.short(role, found.pack), ", ".join(found.people.get(role, {}).values()), part,
            [titles[key] for key in part.missing], [titles[key] for key in part.stale],
        )
        for role, part in by_role(found.pack.profiles, found.known, found.day, found.stage).items()
    ]  # fmt: skip


def words(one: ProfileField, value: Any) -> str:
    """A value as people read it."""
    return said(one, value, handbook.pack().digits)


def prose(one: ProfileField, value: Any) -> str:
    """A value for a text: ``Ann Lee, CTO, ann@example.com``."""
    if one.type == "contact":
        return ", ".join(str(value[part]) for part in ("name", *PARTS) if part in value and part != "salutation")
    return words(one, value)


def stage_title(stage: str, pack: Pack, day: date) -> str:
    """A stage in words, without the number that it has in the CRM."""
    try:
        return str(pack.number(f"stage_{stage}", day)).lstrip("0123456789- ")
    except RuleError:
        return stage.replace("_", " ").capitalize()


def _named(keys: Sequence[str], pack: Pack) -> str:
    return " or ".join(roles.short(key, pack) for key in keys)


def _offer(found: Frame, one: ProfileField, row: ProfileProposal) -> Offer:
    answer = found.pack.profiles.responsible(one, found.stage)
    by = ", ".join(profiles.deciders(answer, found.people).values())
    return Offer(row, words(one, row.value), profiles.may_decide(found.user, answer, found.people), by)
