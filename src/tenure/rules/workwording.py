"""Schedules and playbooks in words, for `tenure handbook show` and for pages."""

from __future__ import annotations

from tenure.rules import wording
from tenure.rules.calendars import Offset
from tenure.rules.packs import Pack
from tenure.rules.parts import Row
from tenure.rules.work import DONE, Playbook, Recurrence, Running, Schedule, ScheduleEdition, ScheduleRow, Step, Timing

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
PRIORITIES = {1: "high", 2: "medium", 3: "low"}


def condition(row: Row, pack: Pack) -> str:
    """For which accounts: `gemstone Diamond or Pearl and days since the purchase <= 180`; `all accounts` without cells."""
    return wording.condition(row, pack) if row.cells else "all accounts"


def when(timing: Timing, pack: Pack) -> str:
    """When it is due: `each time 2 weeks after the last call or meeting, else after the assignment of the TAM`, `the 22nd of each month`."""
    first, *others = [event(name, pack) for name in timing.anchors] or [""]
    if timing.kind == "every":
        return ", else after ".join([f"each time {timing.every} after {first}", *others])
    if timing.kind == "on":
        return f"{recurrence(timing.on or Recurrence('month'))}{f', from {first} on' if first else ''}"
    if timing.kind == "once":
        return "when it is first seen" if timing.once == "account" else f"when it is seen, at most once a {timing.once}"
    days = [item.offset for item in timing.occasions]
    said = f"on the day of {first}" if len(days) == 1 and not days[0].n else f"{_joined(days)} {first}"
    return ", else ".join([said, *others])


def details(timing: Timing) -> str:
    """What else: when it appears, is due and is given up; blank where nothing is said."""
    said = []
    if timing.raise_before.n:
        said.append(f"appears {timing.raise_before} before")
    if timing.due.n:
        said.append(f"due {timing.due} after that")
    if timing.roll != "none":
        said.append(f"on a day off it moves to the business day {'after' if timing.roll == 'forward' else 'before'}")
    if timing.lapse_after:
        said.append(f"no longer raised {timing.lapse_after} later")
    return "; ".join(said)


def recurrence(on: Recurrence) -> str:
    """`the 22nd of each month`, `each Monday`, `the last day of each fiscal quarter`."""
    if on.every == "week":
        return f"each {WEEKDAYS[on.weekday - 1]}"
    day = "the last day" if on.day == -1 else f"the {_nth(-on.day)} day from the end" if on.day < 0 else f"the {_nth(on.day)}"
    if on.every == "month":
        return f"{day} of each month"
    if on.every == "quarter":
        return f"{day + ' day' if on.day > 0 else day} of each fiscal quarter"
    return f"{day} of {MONTHS[on.month - 1]} each year"


def work(row: ScheduleRow, pack: Pack) -> str:
    """What is raised: `Hold the cadence call (Activity, Cadence call), for the technical account manager`."""
    cta = row.cta
    if cta is None:
        return f"nothing{': ' + row.note if row.note else ''}"
    kind = pack.cta_types[cta.type].title if cta.type in pack.cta_types else cta.type
    playbook = f", with the playbook {pack.playbooks[cta.playbook].title}" if cta.playbook in pack.playbooks else ""
    return f"{cta.title} ({kind}, {cta.reason}), for: {role(cta.owner_role, pack)}{playbook}"


def closers(running: Running, pack: Pack) -> list[str]:
    """What closes it by itself: `Closed Success when has a TAM is yes`."""
    said = []
    for row, closer in zip(running.closing.rows, running.edition.closers, strict=True):
        parts = [wording.condition(row, pack)] if row.cells else []
        parts += [f"{_label(closer.after, pack)} is on or after the day it appeared"] if closer.after else []
        said.append(f"{status(closer.status, pack)} when {' and '.join(parts)}")
    if any(row.timing and row.timing.kind == "every" for row in running.edition.rows):
        said.append(f"{status(DONE, pack)} when it was done: the date that it counts from has moved on")
    if running.edition.stops_as:
        said.append(f"{status(running.edition.stops_as, pack)} when no row holds any more")
    return said


def step_day(step: Step) -> str:
    """`2 to 5 days`, `30 days`, `no day`; counted from the start."""
    if step.due is None:
        return "no day"
    if step.earliest is None:
        return "the same day" if step.due.n == 0 else str(step.due) if step.due.n > 0 else f"{-step.due} before"
    same = step.earliest.unit == step.due.unit
    return f"{step.earliest.n} to {step.due}" if same else f"{step.earliest} to {step.due}"


def line(row: ScheduleRow, draft: Row, pack: Pack) -> str:
    """A row of a schedule on one line."""
    said = "; ".join(part for part in (when(row.timing, pack), details(row.timing)) if part) if row.timing else "never"
    return f"{condition(draft, pack)} -> {said}: {work(row, pack)}"


def step_line(step: Step, playbook: Playbook, pack: Pack) -> str:
    """A step of a playbook on one line."""
    after = f", after {', '.join(step.after)}" if step.after else ""
    only = f", only {step_only(step, pack)}" if step.only else ""
    return f"{step_day(step)}: {step.title}, for: {role(step.owner_role, pack, playbook)}{after}{only}"


def step_only(step: Step, pack: Pack) -> str:
    """For which accounts a step is: `segment Strategic`; blank for all."""
    return " and ".join(f"{_label(name, pack)} {' or '.join(words)}" for name, words in step.only)


def role(key: str, pack: Pack, playbook: Playbook | None = None) -> str:
    """A role of the handbook, or a person of a playbook, in words."""
    people = playbook.people if playbook and playbook.people else {}
    if key in people:
        return people[key]
    roles = pack.sections.get("handbook", {}).get("team_roles") or ()
    titles = {str(item.get("key")): str(item.get("title")) for item in roles if isinstance(item, dict)}
    return titles.get(key, key.replace("_", " "))


def status(key: str, pack: Pack) -> str:
    """A status in words."""
    return pack.cta_statuses[key].title if key in pack.cta_statuses else key


def raised_by(pack: Pack, playbook: str) -> list[Schedule]:
    """The schedules that raise a playbook."""

    def raises(edition: ScheduleEdition) -> bool:
        return any(row.cta and row.cta.playbook == playbook for row in edition.rows)

    return [schedule for schedule in pack.schedules.values() if any(raises(edition) for edition in schedule.editions)]


def event(name: str, pack: Pack) -> str:
    """What happened on the day of a date fact: `the purchase`."""
    return pack.facts[name].event or _label(name, pack)


def _joined(days: list[Offset]) -> str:
    """`5 months and 3 months before`: one word for all when they lie on the same side."""
    same = len({day.n > 0 for day in days}) == 1
    parts = [str(Offset(abs(day.n), day.unit)) if same and i < len(days) - 1 else day.words for i, day in enumerate(days)]
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]


def _label(name: str, pack: Pack) -> str:
    return pack.facts[name].label or name.replace("_", " ")


def _nth(number: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if 10 <= number % 100 <= 20 else ends.get(number % 10, 'th')}"
