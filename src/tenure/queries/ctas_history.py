"""Where a CTA comes from, and what happened with it, in words."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from tenure.models import Activity, Attachment, CallToAction, Event, Task, User
from tenure.queries import activity_kinds, cta_types, handbook, roles, visible

LONGEST = 100  # lines of a timeline
CUT = 80  # characters of one value
MANY = 1000  # CTAs asked for at once
WRITERS = 30  # lines in which the writer of a field is looked for
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
VERBS = {
    "cta.raised": ("flag", "Raised"), "cta.created": ("plus", "Added"), "cta.updated": ("pencil", "Changed"),
    "cta.closed": ("check", "Closed"), "cta.reopened": ("refresh", "Opened again"), "cta.snoozed": ("clock-pause", "Snoozed"),
    "cta.woken": ("clock", "Back from its snooze"), "cta.linked": ("link", "Linked"), "cta.unlinked": ("link", "Link taken away"),
    "cta.undone": ("history", "Taken back"), "cta.continued": ("arrow-right", "Goes on in another CTA"),
    "task.carried": ("arrow-right", "Task came along"), "task.created": ("plus", "Task added"), "task.updated": ("pencil", "Task changed"),
    "task.done": ("check", "Task done"), "task.skipped": ("x", "Task skipped"), "task.reopened": ("refresh", "Task opened again"),
    "task.moved": ("arrows-sort", "Task moved"), "task.undone": ("history", "Task taken back"),
    "attachment.created": ("paperclip", "File added"), "attachment.deleted": ("paperclip", "File taken away"),
    "attachment.restored": ("paperclip", "File brought back"),
}  # fmt: skip
WORDS = {
    "title": "title", "reason": "reason", "note": "note", "outcome_note": "note", "owner_id": "owner", "due_date": "due", "snoozed_until": "until",
    "snooze_reason": "because", "priority": "priority", "tasks": "tasks", "after": "after",
}  # fmt: skip
NAMED = {"anchor_day": "For", "raise_on": "Raised from"}  # what a rule saw
SILENT = ("continues_cta",)  # what it keeps for itself
PRIORITY = {1: "high", 2: "medium", 3: "low"}


@dataclass(frozen=True)
class Entry:
    """A line of the timeline: an activity of the account, or an event of the CTA."""

    at: Any
    icon: str
    title: str
    by: str
    text: str = ""


def timeline(row: CallToAction, user: User) -> list[Entry]:
    """What happened with the CTA and its tasks, and the activities that belong to it, newest first."""
    events = list(Event.objects.filter(_about(row)).select_related("actor").order_by("-id")[:LONGEST])
    bodies = [_body(one) for one in events]
    names = _names(bodies)
    found = [_entry(one, body, names) for one, body in zip(events, bodies, strict=True)]
    for one in activities(row, user).filter(cta=row).select_related("owner")[:LONGEST]:
        by = str(one.owner) if one.owner else ""
        name, icon = one.subject or activity_kinds.title(one.kind), activity_kinds.icon(one.kind)
        found.append(Entry(one.happened_at or one.recorded_at, icon, name, by, one.outcome))
    return sorted(found, key=lambda one: one.at, reverse=True)[:LONGEST]


def activities(row: CallToAction, user: User) -> QuerySet[Activity]:
    """The account's activities that the reader sees, newest first: drafts are their author's alone."""
    if not visible.may(user, "activity.view"):
        return Activity.objects.none()
    rows = Activity.objects.filter(account=row.account_id, deleted_at=None).exclude(Q(draft=True) & ~Q(owner=user))
    return rows.order_by("-happened_at", "-pk")


def origin(row: CallToAction) -> list[tuple[str, str]]:
    """Where it comes from: what raised it, by which edition and source, and what that saw."""
    schedule, use = handbook.pack().schedules.get(row.rule), row.playbook_use
    found = []
    if row.rule:
        found.append(("Raised by", schedule.title if schedule else row.rule.replace("_", " ").capitalize()))
    elif row.created_by:
        found.append(("Added by", row.created_by.name))
    if row.edition:
        found.append(("Edition of", _day(row.edition)))
    if schedule:
        found.append(("Source", schedule.source))
    found += _seen(row)
    if use:
        found.append(("Playbook", f"{use.version.title}, begun on {_day(use.start)}"))
        found.append(("Its source", str(use.version.text.get("source", ""))))
    return [(label, text) for label, text in found if text]


def counted_from(row: CallToAction) -> str:
    """From what its day is counted, in words: ``1 month after the last call or meeting on 23 Oct 2026``; blank where no rule says."""
    day, fact = str(row.because.get("anchor_day", "")), handbook.pack().facts.get(str(row.because.get("anchor", "")))
    if fact is None or not DAY.fullmatch(day):
        return ""
    offset = str(row.because.get("offset") or "0 days")
    far = "with" if offset.startswith("0 ") else f"{offset[1:]} before" if offset.startswith("-") else f"{offset} after"
    return f"{far} {fact.event or fact.label} on {_day(date.fromisoformat(day))}"


def _seen(row: CallToAction) -> list[tuple[str, str]]:
    """What its rule saw; what has no words of its own is spelled out."""
    said, known = dict(row.because), roles.titles(handbook.pack())
    counted, role = counted_from(row), str(said.pop("owner_role", ""))
    if counted:
        said = {key: value for key, value in said.items() if key not in ("anchor", "anchor_day", "offset")}
    found = [
        ("Due", counted),
        *(
            (NAMED.get(key, key.replace("_", " ").capitalize()), _plain(value))
            for key, value in said.items()
            if key not in SILENT
        ),
    ]
    return [*found, ("Falls to", known.get(role, role.replace("_", " ")))]


def writer(noun: str, pk: int, account_id: int, name: str) -> tuple[str, datetime | None]:
    """Who gave a field its value of now, and when; "Somebody" where the log's last lines don't tell."""
    rows = Event.objects.filter(account_id=account_id, noun=noun, object_id=pk).select_related("actor").order_by("-id")
    for one in rows[:WRITERS]:
        if name in _after(_body(one)):
            return (one.actor.name if one.actor else "Tenure"), one.at
    return "Somebody", None


def starters(rows: Iterable[CallToAction]) -> dict[int, str]:
    """By id of the CTA: who gave it its status last, by name. A query per thousand."""
    held, found = {row.pk: row.account_id for row in rows}, dict[int, str]()
    ids = sorted(held)
    for start in range(0, len(ids), MANY):
        part = ids[start : start + MANY]
        told = Event.objects.filter(
            account_id__in={held[pk] for pk in part}, noun="cta", object_id__in=part, body__contains='"status"'
        )
        for one in told.exclude(actor=None).select_related("actor").order_by("id"):
            if one.actor and one.object_id is not None and "status" in _after(_body(one)):
                found[one.object_id] = one.actor.name
    return found


def _about(row: CallToAction) -> Q:
    """Events of the CTA, of its tasks and of its files. The account narrows it, for which the log has an index."""
    tasks, files = Task.objects.filter(cta=row).values("pk"), Attachment.objects.filter(cta=row).values("pk")
    parts = Q(noun="task", object_id__in=tasks) | Q(noun="attachment", object_id__in=files)
    return Q(account_id=row.account_id) & (Q(noun="cta", object_id=row.pk) | parts)


def _body(row: Event) -> dict[str, Any]:
    try:
        body = json.loads(row.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _names(bodies: Iterable[dict[str, Any]]) -> dict[int, str]:
    """The owners that the bodies name by id."""
    ids = {owner for body in bodies if isinstance(owner := _after(body).get("owner_id"), int)}
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def _after(body: dict[str, Any]) -> dict[str, Any]:
    after = body.get("after")
    return after if isinstance(after, dict) else {}


def _entry(row: Event, body: dict[str, Any], names: dict[int, str]) -> Entry:
    icon, word = VERBS.get(row.verb, ("history", row.verb.partition(".")[2].replace("_", " ").capitalize()))
    after, fresh = _after(body), "before" not in body
    parts = [cta_types.status_title(str(after["status"]))] if "status" in after and row.noun == "cta" else []
    parts += [
        f"{WORDS[key]} {_value(key, value, names)}"
        for key, value in after.items()
        if key in WORDS and value not in (None, "", 0, []) and not (fresh and key == "title")
    ]
    if not parts and body.get("reason"):
        parts = [str(body["reason"])]
    name = body.get("name", "") if row.noun == "task" else _thing(row.verb, body)
    return Entry(row.at, icon, f"{word}: {name}" if name else word, str(row.actor) if row.actor else "Tenure", ", ".join(parts))


def _thing(verb: str, body: dict[str, Any]) -> str:
    """What was linked, or the file."""
    said = after if (after := _after(body)) else body.get("before")
    if not isinstance(said, dict) or not (verb.endswith("linked") or verb.startswith("attachment.")):
        return ""
    return str(said.get("title") or said.get("name") or "")


def _value(key: str, value: Any, names: dict[int, str]) -> str:
    if key == "owner_id":
        return names.get(value, "nobody")
    text = (
        PRIORITY.get(value, str(value))
        if key == "priority"
        else _plain(value)
        if not isinstance(value, str) or DAY.fullmatch(value)
        else value
    )
    return text if len(text) <= CUT else f"{text[: CUT - 1]}…"


def _plain(value: Any) -> str:
    """What a rule saw, as a person reads it."""
    if value in (None, "", {}, []):
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{str(key).replace('_', ' ')} {_plain(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    text = str(value)
    if DAY.fullmatch(text):
        return _day(date.fromisoformat(text))
    return text.replace("_", " ") if re.fullmatch(r"[a-z_]+", text) else text


def _day(value: date) -> str:
    return f"{value.day} {value:%b %Y}"
