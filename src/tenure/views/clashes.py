"""What was not saved because somebody else had changed it meanwhile: both values in words, and what each of the two buttons sends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tenure.actions.merging import Clash
from tenure.models import CallToAction, Task, User
from tenure.queries import cta_types, ctas_history
from tenure.views.cta_tags import PRIORITY

WAS = "was-"  # before the name of a field: what the page showed of it
LABELS = {"owner_id": "Owner"}
EMPTY = "nothing"
FORMS = {"owner_id": "owner"}  # name of a column -> of its field in forms


@dataclass(frozen=True)
class Shown:
    """One clash as a page shows it. ``rest``: the fields of the other clashes, which go along so that they are asked again."""

    name: str
    label: str
    theirs: str
    mine: str
    by: str
    at: datetime | None
    raw_theirs: str
    raw_mine: str
    rest: list[tuple[str, str]]


def seen(given: Mapping[str, str]) -> dict[str, str]:
    """What the page had shown of each field, as it came with the form."""
    return {name.removeprefix(WAS): given[name] for name in given if name.startswith(WAS)}


def shown_of(row: Any, names: Sequence[str], given: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a form shows of a row (blanks where there is none); of a form that comes back, what it had shown when it was opened."""
    known = seen(given or {})
    return {name: known.get(name, str(getattr(row, name)) if row else "") for name in names}


def shown(clashes: Sequence[Clash], row: CallToAction | Task, labels: Mapping[str, str] | None = None) -> list[Shown]:
    """The clashes of a row for a page."""
    return [_shown(one, [other for other in clashes if other is not one], row, labels or {}) for one in clashes]


def _shown(one: Clash, others: Sequence[Clash], row: CallToAction | Task, labels: Mapping[str, str]) -> Shown:
    noun = "task" if isinstance(row, Task) else "cta"
    account = row.cta.account_id if isinstance(row, Task) else row.account_id
    by, at = ctas_history.writer(noun, row.pk, account, "fields" if one.name in labels else one.name)
    rest = [(_field(other.name), _raw(other.mine)) for other in others] + [
        (WAS + _field(other.name), _raw(other.seen)) for other in others
    ]
    label = labels.get(one.name) or LABELS.get(one.name) or one.name.replace("_", " ").capitalize()
    return Shown(
        _field(one.name), label, _words(one.name, one.theirs), _words(one.name, one.mine), by, at, _raw(one.theirs), _raw(one.mine), rest
    )  # fmt: skip


def _field(name: str) -> str:
    return FORMS.get(name, name)


def _raw(value: Any) -> str:
    """A value as its field sends it."""
    return str(int(value)) if isinstance(value, bool) else "" if value is None else str(value)


def _words(name: str, value: Any) -> str:
    if name == "status":
        return cta_types.status_title(str(value))
    if name == "priority":
        return PRIORITY.get(value, str(value))
    if name == "important":
        return "important" if value else "not important"
    if name == "owner_id":
        owner = User.objects.filter(pk=value).first() if value else None
        return owner.name if owner else "Nobody"
    return str(value) or EMPTY
