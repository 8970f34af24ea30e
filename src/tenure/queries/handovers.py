"""One hand-over as both sides see it: its items with why, who takes part, what the profiles lack, what is planned, what has happened."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from tenure.models import Account, Activity, Decision, Event, HandOver, HandOverItem, PlaybookUse, Subscription, User
from tenure.queries import (
    clock,
    handovers_people,
    handovers_rights,
    handovers_states,
    handovers_work,
    history,
    profiles,
    profiles_facts,
    roles,
    upgrades,
    visible,
)
from tenure.queries.handovers_rights import VIEW, Sides
from tenure.rules import handovers as rules
from tenure.rules import profilesmeasures
from tenure.rules.errors import RuleError
from tenure.rules.handovers import KINDS, STATES, ItemState
from tenure.rules.journey import HandOverShape
from tenure.rules.packs import Pack
from tenure.rules.profilesmeasures import Completeness

WORDS = {"open": "Open", "done": "Done", "waived": "Not needed", "returned": "Sent back"}
PROFILES = {"business": "Business profile", "technical": "Technical profile"}
MONTHS = "previous_owner_months"
PLACES = {  # a fact or a rule that an item follows -> the section of the account's page where one sees to it, and the words of the link
    "project_complies": ("project", "To the project"), "project_decided": ("journey", "To the decision"), "gemstone": ("services", "To the services"),
}  # fmt: skip
FEW = 20
SHOWN = 6  # on a home page


@dataclass(frozen=True)
class Play:
    """A playbook by whose step an item is done; ``use`` where it is at work."""

    key: str
    title: str
    use: PlaybookUse | None


@dataclass(frozen=True)
class Line:
    """An item: how it stands, who sees to it, what a person said of it, and the playbook by which it is done."""

    found: ItemState
    role: str
    names: Sequence[str]
    row: HandOverItem | None
    play: Play | None = None

    @property
    def word(self) -> str:
        """Its state in words."""
        return "Done by accepting" if self.found.state == "open" and self.found.item.by_accepting else WORDS[self.found.state]

    @property
    def verb(self) -> str:
        """What the button says: facts that complete it leave nothing to tick, but a note can be added."""
        return "Change" if self.row else "Add note" if self.found.state == "done" else "Tick"

    @property
    def place(self) -> tuple[str, str] | None:
        """Where one sees to it: a section of the account's page, and the words of the link."""
        item = self.found.item
        asked = (*(item.done_when.when if item.done_when else ()), item.rule or "")
        return next((PLACES[name] for name in asked if name in PLACES), None)


@dataclass(frozen=True)
class Profile:
    """How complete a profile is, and the titles of the fields that it lacks."""

    key: str
    title: str
    found: Completeness
    lacks: Sequence[str]


@dataclass(frozen=True)
class Board:
    """What the page of a hand-over shows."""

    row: HandOver
    shape: HandOverShape | None
    sides: Sides
    gives: Sequence[Line]
    takes: Sequence[Line]
    missing: Sequence[ItemState]
    convener: tuple[str, Sequence[User]]
    joins: Sequence[tuple[str, Sequence[User]]]
    profiles: Sequence[Profile]
    calls: Sequence[Activity]
    lines: Sequence[history.Line]
    stays_until: date | None
    work: handovers_work.Work | None
    gem: upgrades.Gem | None
    undo: int | None
    today: date

    @property
    def late(self) -> bool:
        """Whether its day has passed."""
        return self.row.is_open and self.row.due_on < self.today

    @property
    def needed(self) -> int:
        """How many items it can't be accepted without."""
        return sum(line.found.item.needed and not line.found.item.by_accepting for line in (*self.gives, *self.takes))

    @property
    def state(self) -> str:
        """Its state in words."""
        return STATES[self.row.state]

    @property
    def shadow(self) -> list[date]:
        """The first and last day of the shadow phase; empty for none."""
        return [date.fromisoformat(day) for day in self.row.because.get("shadow", ())]


def seen(user: User) -> QuerySet[HandOver]:
    """The hand-overs of the accounts that the user sees."""
    if not visible.may(user, VIEW):
        return HandOver.objects.none()
    return HandOver.objects.filter(account__in=visible.summaries(user).values("pk"))


def one(user: User, pk: int) -> HandOver | None:
    """A hand-over that the user sees."""
    rows = HandOver.objects.filter(account__in=visible.accounts(user)) if visible.may(user, VIEW) else HandOver.objects.none()
    related = (
        "account",
        "account__summary",
        "giver",
        "giver__manager",
        "taker",
        "taker__manager",
        "opportunity",
        "created_by",
        "playbook_use__version",
    )
    return rows.select_related(*related).filter(pk=pk).first()


def board(user: User, row: HandOver, today: date, pack: Pack) -> Board:
    """Everything that the page shows. A fixed number of queries."""
    shape = handovers_states.shape(row, pack)
    day = clock.day_of(row.ended_at) if row.ended_at else today
    states = _states(row, day, today, pack)
    team = handovers_people.teams([row.account_id], day)[row.account_id]
    said = {item.key: item for item in row.items.select_related("author")}
    plays = _plays(row, states, pack)
    lines = [_line(found, team, said.get(found.item.key), row, plays.get(found.item.key), pack) for found in states]
    convener = handovers_people.convener(shape, row.plan) if shape else ""
    sides = handovers_rights.of(user, row)
    own = row.kind in ("tam", "disengagement") and row.is_open and row.giver_id is not None
    return Board(
        row, shape, sides, [line for line in lines if line.found.item.side == "giver"],
        [line for line in lines if line.found.item.side == "taker"], rules.missing(states) if row.is_open else [],
        (roles.title(convener, pack) if convener else "", _people(convener, team, row)), _joined(shape, team, row, pack),
        _profiles(row.account, day, pack) if row.kind in ("sale", "upgrade") else [], _calls(row, shape),
        history.of_thing("handover", row.pk, row.account_id, pack, FEW), _stays(row, pack, today),
        handovers_work.of(_shown(row, user), row.giver_id or 0, without=row.playbook_use_id) if own else None,
        upgrades.gem(row, shape, day, pack) if shape and row.kind == "upgrade" else None, _undo(user, row, sides), today,
    )  # fmt: skip


def accounts(row: HandOver) -> list[int]:
    """The accounts that change hands with it: its own, and those below that were chosen (True: all, as was kept once) and still have the same TAM."""
    chosen = row.because.get("children")
    if row.giver_id is None or not chosen:
        return [row.account_id]
    found = [one.pk for one in handovers_work.below(row.account, row.giver_id)]
    return [row.account_id, *(pk for pk in found if chosen is True or pk in chosen)]


@dataclass(frozen=True)
class Opened:
    """Open hand-overs of a home page: the most urgent ones, how many there are, how many are late, and how many lack something."""

    rows: Sequence[HandOver] = ()
    total: int = 0
    late: int = 0
    incomplete: int = 0


def _shown(row: HandOver, user: User) -> list[int]:
    """The accounts of a hand-over that the reader sees."""
    return list(visible.accounts(user).filter(pk__in=accounts(row)).values_list("pk", flat=True))


def known(rows: QuerySet[Account]) -> QuerySet[Account]:
    """Accounts with whether they have had any hand-over, as ``has_handovers``: no query of its own."""
    return rows.annotate(has_handovers=Exists(HandOver.objects.filter(account=OuterRef("pk"))))


def of_account(user: User, account: Account, until: datetime, size: int = 3) -> list[Any]:
    """The hand-overs of an account that had begun by a moment, open ones first, each with its kind and state in words. One query, none where ``known`` says that there
    are none."""
    if not visible.may(user, VIEW) or not getattr(account, "has_handovers", True):
        return []
    rows = (
        HandOver.objects.filter(account=account, created_at__lt=until)
        .select_related("giver", "taker")
        .order_by("-is_open", "-pk")[:size]
    )
    found: list[Any] = list(rows)
    for row in found:
        row.word, row.state_word = KINDS.get(row.kind, row.kind), STATES.get(row.state, row.state)
    return found


def opened(user: User, today: date, *, own: bool = False, size: int = SHOWN) -> Opened:
    """Open hand-overs of what the user sees, or only those that they give or take. Two queries."""
    rows = seen(user).filter(is_open=True)
    rows = rows.filter(Q(giver=user) | Q(taker=user)) if own else rows
    counts = rows.aggregate(
        total=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today)), incomplete=Count("pk", filter=Q(missing__gt=0))
    )
    if not counts["total"]:
        return Opened()
    return Opened(list(rows.select_related("giver", "taker", "account").order_by("due_on", "pk")[:size]), **counts)


# --- parts


def _states(row: HandOver, day: date, today: date, pack: Pack) -> list[ItemState]:
    """The items as they stood when it ended; of an accepted one what was open then as it stands today."""
    found = handovers_states.one(row, day, pack)
    if row.state != "accepted" or all(one.state == "done" for one in found):
        return found
    now = {one.item.key: one for one in handovers_states.one(row, today, pack)}
    return [one if one.state in ("done", "waived") and now[one.item.key].state == "open" else now[one.item.key] for one in found]


def _undo(user: User, row: HandOver, sides: Sides) -> int | None:
    """The event of its acceptance, for who may take it back."""
    if row.state != "accepted":
        return None
    events = Event.objects.filter(account_id=row.account_id, noun="handover", object_id=row.pk, verb="handover.accepted")
    event = events.order_by("-pk").first()
    if event is None or not json.loads(event.body).get("undo", {}).get("accept"):
        return None
    return event.pk if sides.edit and (event.actor_id == user.pk or sides.wide) else None


def _line(
    found: ItemState, team: Mapping[str, Sequence[User]], said: HandOverItem | None, row: HandOver, play: Play | None, pack: Pack
) -> Line:
    by = found.item.by
    return Line(found, roles.title(by, pack), [user.name for user in _people(by, team, row, found.item.side)], said, play)


def _plays(row: HandOver, states: Sequence[ItemState], pack: Pack) -> dict[str, Play]:
    """Item -> the playbook by whose step it is done, and the use of it that is at work. One query, where there is any."""
    asked = {
        one.item.key: one.item.done_when.steps[0].partition(".")[0]
        for one in states
        if one.item.done_when and one.item.done_when.steps
    }
    if not asked:
        return {}
    uses = PlaybookUse.objects.filter(account=row.account_id, status="active", version__key__in=set(asked.values()))
    held = {use.version.key: use for use in uses.select_related("version").order_by("pk")}
    return {item: Play(key, pack.playbooks[key].title, held.get(key)) for item, key in asked.items()}


def _people(role: str, team: Mapping[str, Sequence[User]], row: HandOver, side: str = "giver") -> Sequence[User]:
    """Who sees to something: between two TAMs the one of the side; a TAM's manager."""
    person = row.giver if side == "giver" else row.taker
    if role == "tam" and row.kind == "tam":
        return [person] if person else []
    if role == "tam_manager":
        boss = next((user.manager for user in (*team.get("tam", ()), row.taker) if user and user.manager), None)
        return [boss] if boss else []
    return handovers_people.named(role, team)


def _joined(
    shape: HandOverShape | None, team: Mapping[str, Sequence[User]], row: HandOver, pack: Pack
) -> list[tuple[str, Sequence[User]]]:
    if shape is None:
        return []
    return [(roles.title(role, pack), people) for role, people in handovers_people.joined(shape, team, (row.giver, row.taker))]


def _profiles(account: Account, day: date, pack: Pack) -> list[Profile]:
    known = profiles.known(profiles.current(account))
    found, own = [], profiles_facts.recorded(account, (), day, pack)
    for key, title in PROFILES.items():
        share = profilesmeasures.completeness(pack.profiles, known, day, key)
        found.append(Profile(key, title, share, [pack.profiles.fields[name].title for name in share.missing if name not in own]))
    return found


def _calls(row: HandOver, shape: HandOverShape | None) -> list[Activity]:
    """The calls by which it goes: planned ones and those that were held since it began, by time. One query."""
    names = {name for item in (shape.items if shape else ()) if item.done_when for name in item.done_when.entries}
    since = row.opportunity.created_at if row.opportunity else clock.midnight(row.started_on)
    rows = Activity.objects.filter(account=row.account_id, source="tenure", draft=False, deleted_at=None, happened_at__gte=since)
    return list(rows.filter(Q(template__in=names) | Q(kind__in=names)).order_by("happened_at", "pk")[:6]) if names else []


def _stays(row: HandOver, pack: Pack, today: date) -> date | None:
    """Until when at least the previous owner stays on the team, where coverage says so; None where it doesn't."""
    if row.kind != "sale":
        return None
    said = (
        Decision.objects.filter(account=row.account_id, rule="coverage", until_date=None)
        .values_list("outputs", flat=True)
        .first()
    )
    if not (said or {}).get("previous_owner_stays"):
        return None
    bought = Subscription.objects.filter(
        account=row.account_id, deleted_at=None, is_trial=False, start_date__isnull=False
    ).order_by("start_date")
    first: Any = bought.values_list("start_date", flat=True).first()
    try:
        return first + relativedelta(months=int(pack.number(MONTHS, today))) if first else None
    except RuleError:
        return None
