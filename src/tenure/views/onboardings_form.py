"""The fields of an onboarding in forms: from text to values and back, and what two people changed otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tenure.actions.merging import Clash
from tenure.actions.refusals import Refused
from tenure.models import Account, Onboarding, Opportunity, User
from tenure.queries import ctas_history, handbook, onboardings_one, people
from tenure.queries.onboardings import EDIT
from tenure.views import clashes, tags
from tenure.views.clashes import Shown
from tenure.views.drawers import day_given
from tenure.views.factform import answered

ANSWERS = (("", "Not known"), ("yes", "Yes"), ("no", "No"))
# name -> (label, kind)
FIELDS: dict[str, tuple[str, str]] = {
    "name": ("Name", "line"), "owner": ("Owner", "person"), "gemstone": ("Gemstone", "gem"), "opportunity": ("Opportunity", "opportunity"),
    "greenfield": ("Greenfield", "answer"), "purchase_date": ("Purchase", "day"), "contract_date": ("Original contract", "day"),
    "start_date": ("Start", "day"), "first_reach_out": ("First reach-out", "day"), "infrastructure_ready": ("Infrastructure ready", "day"),
    "first_value": ("First value", "day"), "outcome_achieved": ("Outcome achieved", "day"), "finish_date": ("Finish", "day"),
    "survey_sent": ("Survey sent", "answer"), "survey_received": ("Results received", "answer"), "survey_score": ("Score", "score"),
    "success_plan_url": ("Success plan", "link"), "challenges": ("Challenges and highlights", "text"), "notes": ("Notes", "text"),
    "takeaways": ("Takeaways", "text"),
}  # fmt: skip
PARTS = (
    ("Who", ("owner", "gemstone", "opportunity", "greenfield")),
    ("Days", ("purchase_date", "contract_date", "start_date", "first_reach_out", "infrastructure_ready", "first_value", "outcome_achieved", "finish_date")),
    ("Survey", ("survey_sent", "survey_received", "survey_score")),
    ("What is told of it", ("success_plan_url", "challenges", "notes", "takeaways")),
)  # fmt: skip
HINTS = {
    "first_value": "The day on which the customer first got value", "infrastructure_ready": "Production is ready, or integrated where it is hosted",
    "survey_score": "1 to 5; the TAM gives it where there was no survey",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One field as a page shows it. ``raw``: as its input holds it; ``words``: as people read it; ``asked``: the end still asks for it."""

    name: str
    label: str
    kind: str
    raw: str
    words: str
    choices: Sequence[tuple[str, str]]
    asked: bool
    hint: str
    error: str = ""


def fields(given: Mapping[str, str], account: Account, owners: Sequence[User]) -> dict[str, Any]:
    """The fields that came, as values. Raises Refused for what is none."""
    return {name: _value(name, given[name], account, owners) for name in FIELDS if name in given}


def _value(name: str, text: str, account: Account, owners: Sequence[User]) -> Any:
    kind = FIELDS[name][1]
    if kind == "day":
        return day_given(text, name)
    if kind == "answer":
        return answered(name, text)
    if kind == "score":
        return int(text) if text.strip().isdecimal() and len(text) < 4 else None if not text.strip() else 0
    if kind == "person":
        return _one_of(owners, text, "Choose an owner from the list.", name)
    if kind == "opportunity":
        return _one_of(
            onboardings_one.opportunities(account) if text else (), text, "Choose an opportunity of the account.", name
        )
    return text


def _one_of(known: Any, text: str, sentence: str, name: str) -> User | Opportunity | None:
    found: User | Opportunity | None = next((one for one in known if str(one.pk) == text), None)
    if text and found is None:
        raise Refused(sentence, "invalid", name)
    return found


def owners_of(account: Account) -> list[User]:
    """Who can own an onboarding of the account."""
    return people.seeing(account, EDIT)


def raw(name: str, value: Any) -> str:
    """A value as its input holds it."""
    if FIELDS[name][1] == "answer":
        return {True: "yes", False: "no", None: ""}[value]
    if isinstance(value, User | Opportunity):
        return str(value.pk)
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def words(name: str, value: Any) -> str:
    """A value as people read it."""
    if value is None or value == "":
        return "Nobody" if name == "owner" else "nothing"
    if FIELDS[name][1] == "answer":
        return "Yes" if value else "No"
    return tags.day(value) if isinstance(value, date) else str(value.name if isinstance(value, User | Opportunity) else value)


def shown(
    names: Sequence[str], values: Mapping[str, Any], account: Account, owners: Sequence[User], lacking: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
) -> list[Field]:  # fmt: skip
    """Fields for a page."""
    return [
        Field(
            name, FIELDS[name][0], FIELDS[name][1], raw(name, values.get(name)), words(name, values.get(name)), _choices(name, account, owners),
            name in lacking, HINTS.get(name, ""), (errors or {}).get(name, ""),
        )
        for name in names
    ]  # fmt: skip


def _choices(name: str, account: Account, owners: Sequence[User]) -> Sequence[tuple[str, str]]:
    kind = FIELDS[name][1]
    if kind == "person":
        return [("", "Nobody"), *((str(one.pk), one.name) for one in owners)]
    if kind == "gem":
        return [("", "None"), *((word, word) for word in reversed(handbook.outcomes(handbook.pack(), "gemstone")))]
    if kind == "opportunity":
        return [("", "None"), *((str(one.pk), one.name) for one in onboardings_one.opportunities(account))]
    if kind == "score":
        return [("", "None"), *((str(n), str(n)) for n in range(1, 6))]
    return ANSWERS if kind == "answer" else ()


def values_of(row: Onboarding) -> dict[str, Any]:
    """The row's values by name."""
    return {name: getattr(row, name) for name in FIELDS}


def clashing(found: Sequence[Clash], row: Onboarding) -> list[Shown]:
    """The clashes of an onboarding for a page."""
    return [_clash(one, [other for other in found if other is not one], row) for one in found]


def _clash(one: Clash, others: Sequence[Clash], row: Onboarding) -> Shown:
    by, at = ctas_history.writer("onboarding", row.pk, row.account_id, one.name)
    rest = [(other.name, raw(other.name, other.mine)) for other in others]
    rest += [(clashes.WAS + other.name, raw(other.name, other.seen)) for other in others]
    return Shown(
        one.name, FIELDS[one.name][0], words(one.name, one.theirs), words(one.name, one.mine), by, at, raw(one.name, one.theirs),
        raw(one.name, one.mine), rest,
    )  # fmt: skip
