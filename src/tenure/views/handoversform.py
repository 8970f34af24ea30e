"""The forms of hand-overs: what is typed, what a row says, what there is to choose from; and the steps of the guided ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict

from tenure.actions import handovers_accepting
from tenure.actions.handovers_starting import Options, check_due, check_options, due_day
from tenure.actions.merging import Clash
from tenure.actions.refusals import Refused
from tenure.models import Account, HandOver, HandOverItem, Opportunity, User
from tenure.queries import activity_kinds, handovers_people, handovers_work, people
from tenure.queries.handovers import Board
from tenure.queries.handovers_rights import EDIT
from tenure.queries.journeys_reads import NEW_BUSINESS
from tenure.rules.journey import HandOverShape
from tenure.views.activityform import number
from tenure.views.drawers import day, day_given, day_or

RIGHTS = {
    "log": "activity.log",
    "profile": "profile.view",
    "apply": "playbook.apply",
    "why": "decision.view",
    "assign": "account.assign",
}
WAS = "was-"
LABELS = {"giver_id": "From", "taker_id": "To", "due_on": "Due", "note": "Note"}
NAMES = {"giver_id": "giver", "taker_id": "taker", "due_on": "due_on", "note": "note"}
STEPS = {
    "tam": ("who", "what", "when", "confirm"),
    "disengagement": ("who", "what", "when", "confirm"),
    "sale": ("who", "when"),
    "upgrade": ("who", "when"),
}
TITLES = {"who": "Who", "what": "What moves", "when": "When", "confirm": "Confirm"}
STEP_OF = {
    "due_on": "when",
    "shadow_from": "when",
    "shadow_until": "when",
    "note": "when",
    "open_work": "what",
    "children": "what",
}
KEPT = ("giver", "taker", "manager", "children", "open_work", "due_on", "shadow_from", "shadow_until", "note", "opportunity")


# --- the page


def may(rights: frozenset[str]) -> dict[str, bool]:
    """What the page offers besides."""
    return {name: capability in rights for name, capability in RIGHTS.items()}


def main(board: Board) -> str:
    """Which of the buttons stands out: what the reader has to do next; blank for nothing."""
    row, sides = board.row, board.sides
    if not row.is_open:
        return ""
    if sides.takes and row.state == "offered" and not board.missing:
        return "accept"
    if sides.offers and row.state in ("preparing", "returned"):
        return "offer"
    return "accept" if sides.takes and not board.missing else ""


def calls(board: Board) -> list[tuple[str, str]]:
    """(text, title) of the calls that can be planned for it and aren't yet: those by which an item is done."""
    planned = {row.template for row in board.calls}
    known, kinds, found = activity_kinds.templates(), activity_kinds.kinds(), []
    for line in (*board.gives, *board.takes):
        names = (
            line.found.item.done_when.entries if line.found.item.done_when and line.found.state in ("open", "returned") else ()
        )
        fits = [name for name in names if name in known and kinds[known[name].kind].invites]
        if fits and not planned & set(names):
            found.append((fits[0], known[fits[0]].title))
    return list(dict.fromkeys(found))


def who(board: Board) -> str:
    """Ids of those who take part in its calls, as an address carries them."""
    return ",".join(str(user.pk) for user in dict.fromkeys(user for _, people_ in board.joins for user in people_))


def decided(row: HandOver, user: User) -> bool:
    """Whether it can be accepted without a manager."""
    return row.kind not in ("tam", "disengagement") or handovers_accepting.decided(row, user)


# --- one item, and the row itself


def item(form: QueryDict, row: HandOverItem | None) -> dict[str, str]:
    """The values of the form of an item."""
    if form:
        return {name: form.get(name, "") for name in ("state", "on", "note", "link")}
    if row is None or row.state == "returned":
        return {"state": "done", "on": "", "note": "", "link": row.link if row else ""}
    return {"state": row.state, "on": row.on.isoformat(), "note": row.note, "link": row.link}


def fields(form: QueryDict) -> dict[str, Any]:
    """What was typed, by column. Raises Refused."""
    return _typed({name: str(form[name]) for name in NAMES.values() if name in form})


def seen(form: QueryDict) -> dict[str, Any]:
    """What the page had shown of each field."""
    return _typed({name: str(form[WAS + name]) for name in NAMES.values() if WAS + name in form})


def of_row(row: HandOver) -> dict[str, Any]:
    """The values of the form as the row has them."""
    return {"giver": row.giver_id or "", "taker": row.taker_id or "", "due_on": row.due_on.isoformat(), "note": row.note}


def given(form: QueryDict, row: HandOver) -> dict[str, Any]:
    """What was typed, to be shown again."""
    return {
        **of_row(row),
        **{
            name: number(str(form[name])) or "" if name in ("giver", "taker") else form[name]
            for name in NAMES.values()
            if name in form
        },
    }


def clashes(found: Sequence[Clash]) -> list[tuple[str, str]]:
    """(label, what it says now) of what somebody else has changed meanwhile."""
    names = dict(
        User.objects.filter(pk__in=[one.theirs for one in found if one.name.endswith("_id") and one.theirs]).values_list(
            "pk", "name"
        )
    )
    return [(LABELS[one.name], names.get(one.theirs, "nobody") if one.name.endswith("_id") else str(one.theirs)) for one in found]


def _typed(values: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column, name in NAMES.items():
        if name not in values:
            continue
        if column == "due_on":
            found[column] = _day(values[name])
        elif column.endswith("_id"):
            found[column] = _person(values[name], name)
        else:
            found[column] = values[name].replace("\r\n", "\n").strip()
    return found


def _person(text: str, name: str) -> int | None:
    """The id of a person, None where nobody was chosen. Raises Refused."""
    found = number(text)
    if text and found is None:
        raise Refused("There is no such person.", "invalid", name)
    return found


def _day(text: str) -> date:
    value = day(text)
    if value is None:
        raise Refused("Give a day.", "invalid", "due_on")
    return value


def tams(account: Account) -> list[people.Person]:
    """The TAMs to choose from: those of the region first, then the lighter load."""
    return [person for group in people.by_role(account, "tam") for person in group.people]


# --- the guided forms


@dataclass(frozen=True)
class Flow:
    """A guided form: the step that is shown, what was chosen so far, what there is to choose from, and what would move."""

    kind: str
    shape: HandOverShape
    step: str
    values: Mapping[str, Any]
    giver: User | None
    taker: User | None
    staff: Sequence[User]
    tams: Sequence[people.Person]
    deals: Sequence[Opportunity]
    below: Sequence[Account]
    work: handovers_work.Work | None
    due: date

    @property
    def steps(self) -> list[tuple[str, str, str]]:
        """(key, title, before | now | later) of every step."""
        keys = STEPS[self.kind]
        now = keys.index(self.step)
        return [(key, TITLES[key], "before" if at < now else "now" if at == now else "later") for at, key in enumerate(keys)]

    @property
    def shadow(self) -> list[date]:
        """The first and last day of the shadow phase; empty for none."""
        days = [day(self.values[name]) for name in ("shadow_from", "shadow_until")]
        return [one for one in days if one] if all(days) else []

    @property
    def is_last(self) -> bool:
        """Whether sending it begins the hand-over."""
        return self.step == STEPS[self.kind][-1]

    @property
    def carried(self) -> list[tuple[str, Any]]:
        """The values of the other steps, which go along."""
        own = {"who": ("giver", "taker", "manager", "opportunity"), "what": ("children", "open_work"),
               "when": ("due_on", "shadow_from", "shadow_until", "note"), "confirm": ()}[self.step]  # fmt: skip
        return [(name, value) for name, value in self.values.items() if name not in own and value]


def flow(user: User, account: Account, shape: HandOverShape, form: QueryDict, step: str, today: date) -> Flow:
    """The guided form on one of its steps. A fixed number of queries, and one for each level of accounts below."""
    team = handovers_people.teams([account.pk], today)[account.pk]
    values: dict[str, Any] = {name: form.get(name, "") for name in KEPT}
    chosen = User.objects.select_related("manager").in_bulk(
        [pk for name in ("giver", "taker", "manager") if (pk := number(str(values[name])))]
    )
    named = None if shape.giver == "tam" else chosen.get(number(values["giver"]) or 0)  # a TAM isn't chosen: it is the account's
    giver = named or handovers_people.giver(shape, team)
    taker = chosen.get(number(values["taker"]) or 0) or handovers_people.taker(shape, team)
    last = day(values["shadow_until"])
    values |= {"giver": giver.pk if giver else "", "taker": taker.pk if taker else "", "open_work": values["open_work"] or "move"}
    deals = _deals(account) if shape.key in ("sale", "upgrade") else []
    deal = next((one for one in deals if str(one.pk) == values["opportunity"]), None)
    due = day(values["due_on"]) or due_day(shape, last, deal, today)
    moves = shape.key in ("tam", "disengagement") and giver is not None
    below = handovers_work.below(account, giver.pk, user) if moves and giver and step in ("what", "confirm") else []
    ids = [account.pk, *(row.pk for row in below if values["children"])]
    return Flow(
        shape.key, shape, step, values, giver, taker, people.seeing(account, EDIT), tams(account) if shape.key == "tam" else [],
        deals, below, handovers_work.of(ids, giver.pk) if moves and giver and step in ("what", "confirm") else None, due,
    )  # fmt: skip


def _deals(account: Account) -> list[Opportunity]:
    """The latest new business that isn't lost."""
    rows = Opportunity.objects.filter(account=account, kind__in=NEW_BUSINESS, deleted_at=None)
    return list(rows.exclude(is_closed=True, is_won=False)[:20])


def check_step(found: Flow, form: QueryDict, today: date) -> None:
    """Refuse to go on from a step that lacks something, or has a day that is none. Raises Refused."""
    for name in ("due_on", "shadow_from", "shadow_until"):
        day_or(found.values[name], found.due, name)
    if found.step == "who" and found.shape.giver == "tam" and found.giver is None:
        raise Refused("The account has no TAM who could hand it over.", "conflict", "giver")
    if found.step == "who" and found.shape.giver == "tam" and found.taker is None:
        raise Refused("Say who takes it over.", "invalid", "taker")
    if found.step == "when":
        check_options(found.shape, found.due, options(form), today)
        check_due(found.due, today)


def step_of(field: str, step: str, steps: Sequence[str]) -> str:
    """The step on which the field at fault stands; else the one that was sent."""
    found = STEP_OF.get(field, "who" if field in ("taker", "giver", "people", "opportunity") else step)
    return found if found in steps else step


def options(form: QueryDict) -> Options:
    """What the guided form says besides people and days."""
    manager = User.objects.filter(pk=number(form.get("manager", "")) or 0, is_active=True).first()
    return Options(
        bool(form.get("children")),
        manager,
        day_given(form.get("shadow_from"), "shadow_from"),
        day_given(form.get("shadow_until"), "shadow_until"),
        form.get("open_work") or "move",
    )
