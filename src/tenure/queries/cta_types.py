"""The handbook's types of calls to action with their reasons and statuses."""

from datetime import date

from tenure.models import CallToAction
from tenure.queries import handbook
from tenure.rules.work import Cta, CtaStatus, CtaType

NEW = "new"


def types() -> dict[str, CtaType]:
    """Key -> type, in the handbook's order."""
    return dict(handbook.pack().cta_types)


def title(key: str) -> str:
    """A type in words; one that the handbook doesn't know is spelled out."""
    found = types().get(key)
    return found.title if found else key.replace("_", " ").capitalize()


def reasons(key: str) -> tuple[str, ...]:
    """The reasons that the handbook names for a type; none = any text."""
    found = types().get(key)
    return found.reasons if found else ()


def logs(row: CallToAction, today: date) -> str:
    """The kind of entry by which a CTA's work is done, as its schedule of the day or its reason says; blank where none does it."""
    pack = handbook.pack()
    kind = pack.cta_types.get(row.type)
    said = next((cta.logs for cta in _raised(row, today) if cta.logs and cta.reason == row.reason), "")
    found = said or (kind.logs.get(row.reason, "") if kind else "")
    return found if found in pack.timeline.kinds else ""


def opens(row: CallToAction, today: date) -> tuple[str, str]:
    """The section of the account's page on which a CTA's work is done, and the role of whom it is asked, as its schedule of the day says;
    blank where it names none."""
    return next(((cta.opens, cta.owner_role) for cta in _raised(row, today) if cta.opens), ("", ""))


def _raised(row: CallToAction, today: date) -> list[Cta]:
    """What the schedule that raised a CTA raises on a day."""
    item = handbook.pack().running(today).get(row.rule)
    return [one.cta for one in item.edition.rows if one.cta] if item else []


def statuses(key: str) -> list[CtaStatus]:
    """Every status that a CTA of this type can have, in the handbook's order."""
    pack = handbook.pack()
    found, known = pack.cta_types.get(key), pack.cta_statuses
    return [known[name] for name in found.statuses if name in known] if found else list(known.values())


def status(key: str, name: str) -> CtaStatus | None:
    """One status of a type; None where the type doesn't have it."""
    return next((one for one in statuses(key) if one.key == name), None)


def every_status() -> dict[str, CtaStatus]:
    """Key -> status of any type, in the handbook's order."""
    return dict(handbook.pack().cta_statuses)


def outcomes(key: str) -> list[CtaStatus]:
    """The statuses that close a CTA of this type."""
    return [one for one in statuses(key) if not one.open]


def done(status: CtaStatus) -> bool:
    """Whether a status says that what was asked for has happened; others say that it isn't wanted any more."""
    return not status.open and status.outcome == "won"


def success(key: str) -> str:
    """The outcome of a CTA of which everything was done; the neutral one where its type has none."""
    return next((one.key for one in outcomes(key) if done(one)), neutral(key))


def neutral(key: str) -> str:
    """The outcome of a CTA that came to nothing: the last one that neither wins nor loses."""
    closing = outcomes(key)
    return next((one.key for one in reversed(closing) if not one.outcome), closing[-1].key)


def first(key: str) -> str:
    """The status that a CTA of this type begins with."""
    return next((one.key for one in statuses(key) if one.open), NEW)


def status_title(name: str) -> str:
    """A status in words."""
    found = handbook.pack().cta_statuses.get(name)
    return found.title if found else name.replace("_", " ").capitalize()
