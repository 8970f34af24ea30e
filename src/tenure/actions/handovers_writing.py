"""Writing hand-overs: held and checked, stored with an Event that can be taken back, what is missing counted anew."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from tenure.actions import events
from tenure.actions.refusals import Refused
from tenure.models import Account, HandOver, HandOverItem, User
from tenure.queries import handbook, handovers_states, visible
from tenure.queries.handovers_rights import EDIT
from tenure.rules.journey import HandOverShape

UNKNOWN = "There is no such hand-over."
CHANGED = "It has been changed since, so nothing was taken back."
LONGEST = 500
NOTE = 10_000
FIELDS = {field.attname: field for field in HandOver._meta.concrete_fields}
PEOPLE = {"giver_id": "giver", "taker_id": "taker"}
SILENT = ("is_open", "offered_at", "ended_at", "because", "moved", "missing", "playbook_use_id", "reason")  # not for people
ITEM = ("state", "on", "note", "link", "author_id")
Items = Mapping[str, Mapping[str, Any] | None]  # by key; None = nobody said anything


def check_account(actor: User | None, account: Account) -> None:
    """Refuse who may not keep the hand-overs of an account; who doesn't see it isn't told that it is there."""
    if actor is None:
        return
    if not visible.accounts(actor).filter(pk=account.pk).exists():
        raise Refused("There is no such account.", "not_found")
    if not visible.may_on(actor, EDIT, account):
        raise Refused(f"You may not hand {account.name} over.", "not_allowed")


def held(handover: HandOver, actor: User | None, *, is_open: bool | None = True) -> HandOver:
    """The locked row, if the actor may keep it; ``is_open``: only one that still goes on (None: any). Raises Refused."""
    rows = HandOver.objects.select_for_update(of=("self",), no_key=True).select_related(
        "account", "giver", "taker", "opportunity"
    )
    row = rows.filter(pk=handover.pk).first()
    if row is None or (actor and not visible.accounts(actor).filter(pk=row.account_id).exists()):
        raise Refused(UNKNOWN, "not_found")
    check_account(actor, row.account)
    if is_open and not row.is_open:
        raise Refused("This hand-over is over.", "conflict")
    return row


def shape(row: HandOver) -> HandOverShape:
    """What the handbook says of it. Raises Refused."""
    found = handovers_states.shape(row, handbook.pack())
    if found is None:
        raise Refused("The handbook has no such hand-over any more.", "conflict")
    return found


def write(
    row: HandOver, values: Mapping[str, Any], verb: str, *, today: date, actor: User | None, at: datetime, items: Items | None = None,
    reason: str = "", run_id: int | None = None, more: Mapping[str, Any] | None = None, told: Mapping[str, Any] | None = None, name: str = "",
) -> int:  # fmt: skip
    """Store what differs and what is said of items, and tell the log; the id of the event, which keeps what was before. ``more`` is kept
    for taking it back, ``told`` is shown besides, ``name`` is what it is about. Call in the transaction that holds the row."""
    before = {column: getattr(row, column) for column in values}
    was = {key: _said(row.pk, key) for key in items or {}}
    for column, value in values.items():
        setattr(row, column, value)
    row.updated_at = at
    row.save()
    for key, said in (items or {}).items():
        put(row.pk, key, said, at)
    recount(row, today)
    sides = {"before": plain(before), "after": plain(values)}
    undo = {"row": sides, "items": {key: [was[key], _plain_item(said)] for key, said in (items or {}).items()}, **(more or {})}
    events.record(
        f"handover.{verb}", "handover", row.pk, at=at, actor=actor, account_id=row.account_id, run_id=run_id, reason=reason, name=name,
        before=shown(before, row), after={**shown(values, row), **(told or {})}, undo=undo,
    )  # fmt: skip
    return events.last()[0]


def recount(row: HandOver, today: date) -> None:
    """Bring the number of missing things to what facts and people say."""
    found = handovers_states.missing([row], today, handbook.pack())[row.pk] if row.is_open else 0
    if found != row.missing:
        HandOver.objects.filter(pk=row.pk).update(missing=found)
        row.missing = found


def put(handover_id: int, key: str, said: Mapping[str, Any] | None, at: datetime) -> None:
    """Keep what a person said of an item; None: nobody said anything."""
    rows = HandOverItem.objects.filter(handover=handover_id, key=key)
    if said is None:
        rows.delete()
    else:
        HandOverItem.objects.update_or_create(handover_id=handover_id, key=key, defaults={**said, "recorded_at": at})


def check_items(row: HandOver, kept: Mapping[str, Any]) -> None:
    """Refuse where items don't stand any more as a change left them."""
    if any(_said(row.pk, key) != sides[1] for key, sides in kept.items()):
        raise Refused(CHANGED, "conflict")


def read_item(said: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What the log kept of an item, as it is stored."""
    return None if said is None else {**said, "on": date.fromisoformat(said["on"])}


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON keeps them."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same back again: days and moments."""
    return {name: value if isinstance(value, dict) else FIELDS[name].to_python(value) for name, value in values.items()}


def shown(values: Mapping[str, Any], row: HandOver) -> dict[str, Any]:
    """Values for the history: people by name."""
    names = _names(values)
    told = {PEOPLE.get(name, name): names.get(value) if name in PEOPLE else value for name, value in values.items()}
    return {name: value for name, value in told.items() if name not in SILENT and value not in (None, "")}


def text(value: str, field: str, longest: int = LONGEST, *, needed: bool = False) -> str:
    """A text, tidied. Raises Refused."""
    found = value.replace("\r\n", "\n").strip()
    if len(found) > longest or "\x00" in found:
        raise Refused(f"Write at most {longest:,} characters.", "invalid", field)
    if needed and not found:
        raise Refused(f"Say why, in at most {longest:,} characters.", "invalid", field)
    return found


def _names(values: Mapping[str, Any]) -> dict[int, str]:
    wanted = {value for name, value in values.items() if name in PEOPLE and value}
    return dict(User.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def _said(handover_id: int, key: str) -> dict[str, Any] | None:
    row = HandOverItem.objects.filter(handover=handover_id, key=key).values(*ITEM).first()
    return _plain_item(row)


def _plain_item(said: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if said is None else {name: str(said[name]) if name == "on" else said[name] for name in ITEM}
