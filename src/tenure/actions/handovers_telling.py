"""Who hears of hand-overs: the other side when something happens, both sides and those above them when one is late."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from tenure.actions import notices
from tenure.actions.notices import Letter
from tenure.models import AccountSummary, HandOver, User
from tenure.queries import waiting

KIND = "handover"
ONE_BY_ONE = 5  # up to so many are told one by one
TITLES = {
    "started": "Hand-over of {} begins", "offered": "{} is handed over to you", "returned": "Hand-over of {} comes back",
    "accepted": "Hand-over of {} is accepted", "cancelled": "Hand-over of {} is called off", "named": "Hand-over of {} is yours",
}  # fmt: skip


def tell(row: HandOver, what: str, body: str, *, actor: User | None, at: datetime) -> int:
    """Tell the other side; what nobody takes yet is told to those who name the TAM. Call in the transaction of the change."""
    takes = [row.taker_id] if row.taker_id or what not in ("started", "offered") else _managers([row])[row.pk]
    people: dict[str, Iterable[int | None]] = {
        "started": [row.giver_id, *takes], "offered": takes, "returned": [row.giver_id],
        "accepted": [row.giver_id, row.created_by_id], "cancelled": [row.giver_id, row.taker_id], "named": [row.giver_id, row.taker_id],
    }  # fmt: skip
    readers = dict.fromkeys(pk for pk in people[what] if pk and not (actor and pk == actor.pk))
    title = TITLES[what].format(row.account.name)
    key = f"handover.{what}:{row.pk}:{at.isoformat()}"
    return notices.queue([_letter(row, reader, title, key, body) for reader in readers], at=at)


def tell_begun(rows: Iterable[HandOver], *, at: datetime) -> int:
    """Tell both sides of hand-overs that a run has begun: one by one up to a few, more as a number."""
    found: dict[int, list[Letter]] = {}
    for row in rows:
        body = f"{row.because.get('said', '')}. To be done by {day(row.due_on)}."
        for reader in dict.fromkeys(pk for pk in (row.giver_id, row.taker_id) if pk):
            found.setdefault(reader, []).append(
                _letter(row, reader, TITLES["started"].format(row.account.name), f"handover.started:{row.pk}", body)
            )
    letters = [
        letter for reader, told in found.items() for letter in (told if len(told) <= ONE_BY_ONE else [_many(reader, told, at)])
    ]
    return notices.queue(letters, at=at)


def _many(reader: int, told: list[Letter], at: datetime) -> Letter:
    key = f"handover.started:many:{len(told)}:{at.isoformat()}"
    return Letter(
        reader, KIND, f"{len(told)} hand-overs begin", key, "New business was won, or upgraded, of late.", "/handovers/"
    )


def tell_late(rows: Iterable[HandOver], *, at: datetime) -> int:
    """Tell both sides, and those above them, that a hand-over is late: once for each day on which it was to be done."""
    late = list(rows)
    above = _managers(late)
    return notices.queue([letter for row in late for letter in _late(row, above[row.pk])], at=at)


def _late(row: HandOver, above: Iterable[int]) -> Iterator[Letter]:
    readers = dict.fromkeys(pk for pk in (row.giver_id, row.taker_id, *above) if pk)
    due = f"It was to be done by {day(row.due_on)}."
    left = (
        f" {row.missing} thing{'' if row.missing == 1 else 's'} missing."
        if row.missing
        else " Nothing is missing: it has only to be accepted."
    )
    for reader in readers:
        yield _letter(row, reader, f"Hand-over of {row.account.name} is late", f"handover.late:{row.pk}:{row.due_on}", due + left)


def _letter(row: HandOver, reader: int, title: str, key: str, body: str) -> Letter:
    return Letter(reader, KIND, title, key, body[:1000], f"/handovers/{row.pk}/", row.account_id)


def _managers(rows: Iterable[HandOver]) -> dict[int, list[int]]:
    """The manager of who takes it; where nobody does, those who name the TAM of the account."""
    known = list(rows)
    boss = dict(User.objects.filter(pk__in={row.taker_id for row in known if row.taker_id}).values_list("pk", "manager_id"))
    free = [row.account_id for row in known if not row.taker_id]
    managers = waiting.managers() if free else None
    places = {
        pk: rest for pk, *rest in AccountSummary.objects.filter(pk__in=free).values_list("pk", "account__territory_id", "region")
    }
    found: dict[int, list[int]] = {}
    for row in known:
        above = boss.get(row.taker_id or 0)
        if row.taker_id:
            found[row.pk] = [above] if above else []
        else:
            found[row.pk] = managers.of(*places.get(row.account_id, (None, None))) if managers else []
    return found


def day(value: date) -> str:
    """``25 Nov 2026``."""
    return f"{value.day} {value:%b %Y}"
