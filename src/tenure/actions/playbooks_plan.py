"""From a playbook to a CTA with tasks: checked, planned, and its wording kept."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from tenure.actions.cascades_writing import Moment
from tenure.actions.ctas_calls import Call
from tenure.actions.refusals import Refused
from tenure.models import PlaybookVersion, User
from tenure.queries import handbook
from tenure.queries.playbooks import Planner
from tenure.rules import playbooks
from tenure.rules.errors import RuleError
from tenure.rules.work import Playbook

FARTHEST = 366  # days from today to the start of a playbook


def book(key: str) -> Playbook:
    """A playbook of the handbook. Raises Refused."""
    found = handbook.pack().playbooks.get(key)
    if found is None:
        raise Refused("The handbook has no such playbook.", "invalid", "playbook")
    return found


def check(key: str, start: date, people: Mapping[str, User] | None, today: date) -> None:
    """Refuse a playbook that isn't in force, a start that nobody means, and people whom it asks for and who weren't named."""
    found = book(key)
    if abs((start - today).days) > FARTHEST:
        raise Refused("A playbook starts within a year of today.", "invalid", "start")
    try:
        found.on(today, handbook.pack().choose.get(key))
    except RuleError as error:
        raise Refused(f"{found.title} is not in force on {today}.", "invalid", "playbook") from error
    missing = [title for person, title in (found.people or {}).items() if person not in (people or {})]
    if missing:
        raise Refused(f"{found.title} asks who is: {', '.join(missing)}.", "invalid", "people")


def expanded(calls: Iterable[Call], *, today: date, moment: Moment, people: Mapping[str, User] | None = None) -> list[Call]:
    """Calls that ask for a playbook, with its tasks; others as they are. Versions that are new are kept. Call in a transaction."""
    calls = list(calls)
    asking = [call for call in calls if call.playbook]
    if not asking:
        return calls
    planner = Planner({call.account_id for call in asking}, today, people or {}, moment.actor.pk if moment.actor else None)
    versions = {key: _version(book(key), planner, moment) for key in sorted({call.playbook for call in asking})}
    return [_with_tasks(call, planner, versions[call.playbook]) if call.playbook else call for call in calls]


def _with_tasks(call: Call, planner: Planner, version: int) -> Call:
    """One call with its version, its owner and its tasks; without a day of its own it is due with its last task."""
    found, start = planner.pack.playbooks[call.playbook], call.start or planner.today
    owner = call.owner_id or planner.owner(found, call.account_id)
    tasks = planner.tasks(found, call.account_id, start, owner)
    due = call.due_date or max((task.due_date for task in tasks if task.due_date), default=None)
    return replace(call, start=start, owner_id=owner, due_date=due, version_id=version, tasks=tasks)


def _version(found: Playbook, planner: Planner, moment: Moment) -> int:
    """The id of today's wording, kept when it is used for the first time."""
    edition = planner.edition(found)
    text = playbooks.text(found, edition)
    values = {"title": found.title, "edition": edition.start, "text": text, "first_used_at": moment.at}
    row, _ = PlaybookVersion.objects.get_or_create(key=found.key, digest=playbooks.digest(text), defaults=values)
    return row.pk
