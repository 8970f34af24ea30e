"""What an entry of the timeline may say: its fields, checked and as they are stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from tenure.actions.refusals import Refused
from tenure.models import Account, Activity, CallToAction, Contact, Task, User
from tenure.queries import activity_kinds, people

Values = dict[str, Any]
TEXTS = ("subject", "body", "outcome", "template")
PLAIN = ("kind", *TEXTS, "happened_at", "minutes", "sentiment")
MANY = ("participants", "attendees")
FIELDS = (*PLAIN, *MANY, "next_steps", "cta", "own_cta", "form", "step")
BODY = 20_000  # characters
WIDTHS = {
    field.name: field.max_length or BODY
    for field in Activity._meta.concrete_fields
    if field.get_internal_type() in ("CharField", "TextField")
}
LONGEST = {name: WIDTHS[name] for name in TEXTS}
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
MOST_MINUTES = 24 * 60
MOST_STEPS = 20
MOST_PEOPLE = 100
SHEET = 32  # characters
WORDS = {"body": "notes"}


@dataclass(frozen=True)
class NextStep:
    """Something to do that an entry ends with; ``task`` is the id of the task that was made of it."""

    title: str
    owner_id: int | None = None
    due: date | None = None
    task: int | None = None

    def stored(self) -> Values:
        """As it is kept with the entry."""
        return {"title": self.title, "owner": self.owner_id, "due": self.due.isoformat() if self.due else None, "task": self.task}


@dataclass(frozen=True)
class Given:
    """The checked fields of an entry. ``values`` by column; None of the others = not given, left as they are."""

    values: Values
    participants: list[User] | None = None
    attendees: list[Contact] | None = None
    steps: list[NextStep] | None = None
    cta: CallToAction | None = None
    own_cta: bool = False  # next steps become a CTA of their own, whatever CTA the entry belongs to
    form: str = ""
    step: Task | None = None  # of a CTA, for which the entry is written: it is done with it


def checked(fields: Mapping[str, Any], account: Account, row: Activity | None = None) -> Given:
    """The fields of an entry on an account (``row``: the entry as it was). Raises Refused for the first that can't be."""
    if strange := set(fields) - set(FIELDS):
        raise Refused(f"An entry has no {', '.join(sorted(strange))}.", "invalid", min(strange))
    values = {name: fields[name] for name in PLAIN if name in fields}
    for name in TEXTS:
        if name in values:
            values[name] = text(name, values[name])
    _check_words(values, row)
    check_numbers(values)
    cta = fields.get("cta")
    if cta is not None and (cta.account_id != account.pk or not cta.is_open):
        raise Refused("This CTA is closed or belongs to another account.", "invalid", "cta")
    step = fields.get("step")
    if step is not None and step.cta.account_id != account.pk:
        raise Refused("This step belongs to another account.", "invalid", "step")
    return Given(
        values,
        _people(fields["participants"], account, row) if "participants" in fields else None,
        _contacts(fields["attendees"], account, row) if "attendees" in fields else None,
        _steps(fields["next_steps"]) if "next_steps" in fields else None,
        cta,
        bool(fields.get("own_cta")),
        form_of(fields),
        step,
    )


def form_of(fields: Mapping[str, Any]) -> str:
    """The sheet that an entry was written on: what is sent from it twice, or comes too late, is known by it. Blank: none."""
    return str(fields.get("form") or "").replace("\x00", "")[:SHEET]


def text(name: str, value: Any) -> str:
    """A text, tidied. Raises Refused for one that is too long."""
    found = str(value or "").replace("\r\n", "\n").strip()
    if len(found) > LONGEST[name] or "\x00" in found:
        raise Refused(f"The {WORDS.get(name, name)} has at most {LONGEST[name]:,} characters.", "invalid", name)
    return found


def _check_words(values: Values, row: Activity | None) -> None:
    """Words of the handbook; what an entry has already may stay."""
    shelves: dict[str, Mapping[str, Any]] = {
        "kind": activity_kinds.kinds(),
        "sentiment": activity_kinds.sentiments(),
        "template": activity_kinds.templates(),
    }
    for name, known in shelves.items():
        value = values.get(name)
        if value and value not in known and (row is None or getattr(row, name) != value):
            raise Refused(f"The handbook has no {name} '{value}'.", "invalid", name)
    if "kind" in values and not values["kind"]:
        raise Refused("Say what it was: a call, a meeting, a note.", "invalid", "kind")


def check_numbers(values: Values) -> None:
    """A moment that one can mean, minutes of one day. Raises Refused."""
    moment, minutes = values.get("happened_at"), values.get("minutes")
    if "happened_at" in values and (moment is None or moment.tzinfo is None or moment < EARLIEST):
        raise Refused("Say when it was.", "invalid", "happened_at")
    if minutes is not None and not 0 < minutes <= MOST_MINUTES:
        raise Refused("It took between a minute and a day.", "invalid", "minutes")


def _people(found: Iterable[User], account: Account, row: Activity | None) -> list[User]:
    """Colleagues who see the account, or took part already."""
    wanted = list(found)[:MOST_PEOPLE]
    kept = set(row.participants.values_list("pk", flat=True)) if row else set()
    strangers = {user.pk for user in wanted} - kept
    if strangers:
        strangers -= {user.pk for user in people.seeing(account, "account.view")}
    if strangers:
        names = ", ".join(user.name for user in wanted if user.pk in strangers)
        raise Refused(f"{names} can't see {account.name}.", "invalid", "participants")
    return wanted


def _contacts(found: Iterable[Contact], account: Account, row: Activity | None) -> list[Contact]:
    """People at the account, or who took part already."""
    wanted = list(found)[:MOST_PEOPLE]
    kept = set(row.attendees.values_list("pk", flat=True)) if row else set()
    for contact in wanted:
        if contact.pk not in kept and (contact.account_id != account.pk or contact.deleted_at is not None):
            raise Refused(f"{contact.name} is no contact of {account.name}.", "invalid", "attendees")
    return wanted


def _steps(found: Iterable[NextStep]) -> list[NextStep]:
    wanted = [step for step in found if step.title.strip()]
    if len(wanted) > MOST_STEPS:
        raise Refused(f"An entry has at most {MOST_STEPS} next steps.", "invalid", "next_steps")
    return wanted
