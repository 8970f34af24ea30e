"""The fields of an onboarding: what they may hold, and how the log keeps them so that a change can be taken back."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlparse

from tenure.actions.refusals import Refused
from tenure.models import Account, Onboarding, Opportunity, User
from tenure.queries import handbook, onboardings_one, visible
from tenure.queries.onboardings import EDIT
from tenure.rules.onboarding import FIELDS as NAMED

DAYS = ("first_reach_out", "infrastructure_ready", "first_value", "outcome_achieved", "finish_date")  # of what has happened
PLANNED = ("purchase_date", "contract_date", "start_date")  # may lie ahead
TEXTS = {"name": 300, "challenges": 10_000, "notes": 10_000, "takeaways": 10_000, "success_plan_url": 500, "gemstone": 40}
ANSWERS = ("greenfield", "survey_sent", "survey_received")
FIELDS = (*PLANNED, *DAYS, *TEXTS, *ANSWERS, "owner", "opportunity", "survey_score")
EARLIEST = date(2000, 1, 1)
AHEAD = timedelta(days=366)


class Incomplete(Refused):
    """Fields are still asked for: ``missing`` names them."""

    def __init__(self, what: str, missing: Iterable[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(f"{what} {listed([NAMED[name] for name in self.missing])}.", "invalid", self.missing[0])


def listed(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def checked(fields: Mapping[str, Any], account: Account, today: date, row: Onboarding | None = None) -> dict[str, Any]:
    """The fields as they are stored. Raises Refused."""
    if strange := set(fields) - set(FIELDS):
        raise Refused(f"An onboarding has no {', '.join(sorted(strange))}.", "invalid", min(strange))
    values: dict[str, Any] = {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}
    for name, value in values.items():
        _check(name, value, today)
    if values.get("name", "x") == "":
        raise Refused("Give it a name.", "invalid", "name")
    _check_url(values.get("success_plan_url") or "")
    _check_gem(values.get("gemstone") or "")
    opportunity: Opportunity | None = values.get("opportunity")
    if opportunity is not None and opportunity.account_id != account.pk:
        raise Refused(f"That opportunity is not one of {account.name}.", "invalid", "opportunity")
    _check_owner(values.get("owner"), account, row)
    return values


def _check(name: str, value: Any, today: date) -> None:
    if name in TEXTS:
        if not isinstance(value, str) or len(value) > TEXTS[name] or "\x00" in value:
            raise Refused(f"At most {TEXTS[name]:,} characters.", "invalid", name)
    elif name in ANSWERS:
        if value is not None and not isinstance(value, bool):
            raise Refused("Answer yes or no.", "invalid", name)
    elif name == "survey_score":
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 5):
            raise Refused("A score is 1, 2, 3, 4 or 5.", "invalid", name)
    elif name in DAYS or name in PLANNED:
        check_day(name, value, today)


def check_day(name: str, value: Any, today: date) -> None:
    """A day of what has happened lies up to today, one that can be planned within a year of it. Raises Refused."""
    if value is None:
        return
    title = onboardings_one.DAYS.get(name, "Reached")
    if not isinstance(value, date) or isinstance(value, datetime) or value < EARLIEST:
        raise Refused(f"{title}: give a day since {EARLIEST.year}, like 2026-11-16.", "invalid", name)
    if name in PLANNED and value > today + AHEAD:
        raise Refused(f"{title}: give a day within a year of today, up to {today + AHEAD}.", "invalid", name)
    if name not in PLANNED and value > today:
        raise Refused(f"{title}: what has happened was on a day up to today, {today}.", "invalid", name)


def _check_url(text: str) -> None:
    parts = urlparse(text)
    if text and (parts.scheme not in ("http", "https") or not parts.netloc or any(c.isspace() for c in text)):
        raise Refused("The link of a success plan begins with https://.", "invalid", "success_plan_url")


def _check_gem(gem: str) -> None:
    if gem and gem not in handbook.outcomes(handbook.pack(), "gemstone"):
        raise Refused("Choose a gemstone of the handbook.", "invalid", "gemstone")


def _check_owner(person: User | None, account: Account, row: Onboarding | None) -> None:
    if person is None or (row is not None and row.owner_id == person.pk):
        return
    if not person.is_active or not visible.may(person, EDIT) or not visible.accounts(person).filter(pk=account.pk).exists():
        raise Refused(f"{person.name} doesn't work on {account.name}.", "invalid", "owner")


def check_order(row: Onboarding) -> None:
    """It finishes on its start or after it. Raises Refused."""
    if row.start_date and row.finish_date and row.finish_date < row.start_date:
        raise Refused("It can't finish before it starts.", "invalid", "finish_date")


# --- the log


def column(name: str) -> str:
    """The attribute that holds what is stored."""
    return f"{name}_id" if name in ("owner", "opportunity") else name


def stored(row: Onboarding, names: Iterable[str]) -> dict[str, Any]:
    """What is stored, as JSON keeps it."""
    return {name: _plain(getattr(row, column(name))) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def told(row: Onboarding, names: Iterable[str]) -> dict[str, Any]:
    """The same for readers: names of people and of opportunities."""
    found = {name: getattr(row, name) for name in names}
    return {name: str(value) if isinstance(value, User | Opportunity) else value for name, value in found.items()}


def put(row: Onboarding, values: Mapping[str, Any]) -> None:
    """Set what ``stored`` has kept."""
    for name, value in values.items():
        field: Any = Onboarding._meta.get_field(name)
        setattr(row, column(name), value if field.is_relation else field.to_python(value))
