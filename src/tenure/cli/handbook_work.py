"""Schedules and playbooks as `tenure handbook show` prints them."""

from __future__ import annotations

from datetime import date
from typing import Any

from rich.table import Table

from tenure.rules import workwording as words
from tenure.rules.errors import Ended, NotYetInForce
from tenure.rules.explain import plain
from tenure.rules.packs import Pack
from tenure.rules.work import Playbook, PlaybookEdition, Running, Schedule, ScheduleEdition

Record = dict[str, Any]


def schedules(pack: Pack, day: date) -> list[Record]:
    """Every schedule, and since when it has held; null where it isn't in force."""
    running = pack.running(day)
    return [_line("schedule", known, running[key].edition if key in running else None) for key, known in pack.schedules.items()]


def playbooks(pack: Pack, day: date) -> list[Record]:
    """Every playbook, and since when it has held; null where it isn't in force."""
    return [_line("playbook", known, _edition(pack, key, day)) for key, known in pack.playbooks.items()]


def _line(kind: str, known: Schedule | Playbook, now: ScheduleEdition | PlaybookEdition | None) -> Record:
    size = None if now is None else len(now.rows) if isinstance(now, ScheduleEdition) else len(now.steps)
    return {
        "kind": kind, "name": known.key, "title": known.title, "in_force_since": plain(now.start) if now else None, "value": size,
        "unit": {"schedule": "rows", "playbook": "steps"}[kind] if now else None, "source": (now.source if now else "") or known.source,
    }  # fmt: skip


def listed(pack: Pack, day: date) -> list[Any]:
    """Two tables: the schedules and the playbooks with what holds on the day."""
    found: list[Any] = []
    for head, sized, lines in (
        ("Schedule", "Rows", schedules(pack, day)),
        ("Playbook", "Steps", playbooks(pack, day)),
    ):
        made = table(head, "In force since", sized, "Title", "Source")
        for one in lines:
            since, size = one["in_force_since"] or "not in force", "" if one["value"] is None else str(one["value"])
            made.add_row(one["name"], since, size, one["title"], one["source"])
        found += ["", made]
    return found


def told(pack: Pack, name: str, day: date) -> list[Any]:
    """A schedule or a playbook in words. Raises NotYetInForce, Ended."""
    if name in pack.schedules:
        return schedule(pack, pack.schedule_on(name, day))
    return playbook(pack, pack.playbook(name), pack.playbook_on(name, day))


def record(pack: Pack, name: str, day: date) -> Record:
    """The same as plain data: head, ``rows`` or ``steps``, history. Raises NotYetInForce, Ended."""
    if name in pack.schedules:
        running = pack.schedule_on(name, day)
        head = _head("schedule", running.schedule, running.edition, day)
        return head | {"rows": _rows(pack, running), "closed_by": list(words.closers(running, pack))}
    known, edition = pack.playbook(name), pack.playbook_on(name, day)
    raised = [item.key for item in words.raised_by(pack, known.key)]
    return _head("playbook", known, edition, day) | {"raised_by": raised, "steps": _steps(pack, known, edition)}


def _head(kind: str, known: Schedule | Playbook, now: ScheduleEdition | PlaybookEdition, day: date) -> Record:
    return {
        kind: known.key, "title": known.title, "as_of": plain(day), "in_force_since": plain(now.start), "alternative": now.alternative,
        "source": now.source or known.source, "notes": [note for note in (known.note, now.note) if note],
        "editions": [
            {"from": plain(one.start), "ended": plain(one.ended), "alternative": one.alternative, "source": one.source or known.source}
            for one in known.editions
        ],
    }  # fmt: skip


def _rows(pack: Pack, running: Running) -> list[Record]:
    return [
        {"row": row.number, "when": words.condition(draft, pack), "due": words.when(row.timing, pack) if row.timing else "never",
         "details": words.details(row.timing) if row.timing else "", "raises": words.work(row, pack)}
        for row, draft in zip(running.edition.rows, running.rows.rows, strict=True)
    ]  # fmt: skip


def _steps(pack: Pack, known: Playbook, edition: PlaybookEdition) -> list[Record]:
    return [
        {"step": step.key, "title": step.title, "only": words.step_only(step, pack), "day": words.step_day(step),
         "who": words.role(step.owner_role, pack, known), "after": ", ".join(step.after), "asks_for": ", ".join(item.label for item in step.asked)}
        for step in edition.steps
    ]  # fmt: skip


def schedule(pack: Pack, running: Running) -> list[Any]:
    """One schedule in words."""
    known, edition = running.schedule, running.edition
    head = [f"{known.title} ({known.key})", f"In force since {edition.start}. Source: {edition.source or known.source}"]
    head += [f"Note: {note}" for note in (known.note, edition.note) if note]
    rows = table("Row", "For", "Due", "More", "Raises")
    for row, draft in zip(edition.rows, running.rows.rows, strict=True):
        timing = row.timing
        due, more = (words.when(timing, pack), words.details(timing)) if timing else ("never", "")
        rows.add_row(str(row.number), words.condition(draft, pack), due, more, words.work(row, pack))
    closes = [f"  {line}" for line in words.closers(running, pack)]
    return [
        "\n".join(head) + "\n",
        rows,
        *(["\nClosed by itself:\n" + "\n".join(closes)] if closes else []),
        "",
        history(known, edition),
    ]


def playbook(pack: Pack, known: Playbook, edition: PlaybookEdition) -> list[Any]:
    """One playbook in words."""
    head = [f"{known.title} ({known.key})", f"In force since {edition.start}. Source: {edition.source or known.source}"]
    head += [f"Note: {note}" for note in (known.note, edition.note) if note]
    raised = ", ".join(item.key for item in words.raised_by(pack, known.key))
    head.append(f"Raised by: {raised}" if raised else "Applied by hand.")
    steps = table("Step", "Title", "Day", "Who", "After", "Asks for")
    for step in edition.steps:
        only = words.step_only(step, pack)
        title = f"{step.title} (only {only})" if only else step.title
        asked = ", ".join(item.label for item in step.asked)
        steps.add_row(
            step.key, title, words.step_day(step), words.role(step.owner_role, pack, known), ", ".join(step.after), asked
        )
    return ["\n".join(head) + "\n", steps, "", history(known, edition)]


def history(known: Schedule | Playbook, now: Any) -> Table:
    """The editions, the one that holds marked."""
    found = table("Edition from", "Ended", "Alternative", "Source")
    for edition in known.editions:
        mark = " *" if edition is now else ""
        found.add_row(
            f"{edition.start}{mark}", str(edition.ended or ""), edition.alternative or "", edition.source or known.source
        )
    return found


def table(*headings: str) -> Table:
    """A plain table."""
    found = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        found.add_column(heading, overflow="fold")
    return found


def _edition(pack: Pack, key: str, day: date) -> PlaybookEdition | None:
    try:
        return pack.playbook_on(key, day)
    except (NotYetInForce, Ended):
        return None
