"""The history of one account: its events in words, newest first, page by page."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Value

from tenure.models import Account, Event, ProjectIssue, Territory, User
from tenure.queries import history_words, projects, roles
from tenure.rules.packs import Pack

PAGE = 40

PEOPLE = {"user", "user_id", "owner", "owner_id", "tam", "tam_id", "author", "author_id", "assigned_by", "assigned_by_id"}
ACCOUNTS = {"parent", "parent_id", "account", "account_id"}
PLACES = {"territory", "territory_id"}
# Free text that may look like a role's key.
PLAIN = {"name", "title", "email", "phone", "reason", "kind", "text", "subject", "outcome"}
SILENT = ("opportunity_stage.updated",)  # that a stage ended is told by the next one
OURS = ("_ref", "external_id", "external", "until_at")  # how a source knows a row: nothing for people
SUBJECTS = ("name", "title", "subject", "product")  # what an added thing is called
FILTERS = {"": "All", "facts": "Facts", "team": "Team", "decisions": "Decisions"}
PARTS = {
    "facts": r"^(account|contact|subscription|opportunity|profile|profile_proposal|profile_sheet)s?\.",
    "team": r"^assignment\.",
    "decisions": r"^(decision|override)s?\.",
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One field in words: what it was and what it is; an en dash where there was nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """One event in words."""

    row: Event
    title: str
    about: str  # the rule or thing that it is about, if the event names one
    icon: str
    changes: list[Change]
    reason: str

    @property
    def by(self) -> str:
        """Who did it: a person, or Tenure itself."""
        return self.row.actor.name if self.row.actor else "Tenure"


@dataclass(frozen=True)
class Page:
    """A page of the history; ``next`` is the id before which the following page starts, None at the end."""

    lines: list[Line]
    next: int | None


def page(
    account_id: int, until: datetime, pack: Pack, *, before: int | None = None, part: str = "", size: int = PAGE,
    about: tuple[str, int] | None = None,
) -> Page:  # fmt: skip
    """Events up to a moment, without those of issues that are confidential by now. ``part`` is a key of ``FILTERS``; ``about``: of one thing
    alone, by noun and id. At most two queries, whatever the page holds."""
    rows = Event.objects.filter(account_id=account_id, at__lt=until).exclude(verb__in=SILENT).select_related("actor")
    rows = projects.open_events(rows, ProjectIssue.objects.filter(project__account=account_id))
    if about:
        rows = rows.filter(noun=about[0], object_id=about[1])
    if part in PARTS:
        rows = rows.filter(verb__regex=PARTS[part])
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-id")[: size + 1])
    more, found = len(found) > size, found[:size]
    return Page(told(found, pack), found[-1].pk if more else None)


def of_thing(noun: str, object_id: int, account_id: int, pack: Pack, size: int = PAGE) -> list[Line]:
    """The newest events of one thing. At most two queries."""
    rows = Event.objects.filter(account_id=account_id, noun=noun, object_id=object_id).select_related("actor")
    return told(list(rows.order_by("-id")[:size]), pack)


def told(found: Sequence[Event], pack: Pack) -> list[Line]:
    """Events in words. One query at most."""
    bodies = [_body(row) for row in found]
    words = Words(_names(bodies), roles.titles(pack), {name: rule.title for name, rule in pack.rules.items()})
    return [words.line(row, body) for row, body in zip(found, bodies, strict=True)]


def _body(row: Event) -> dict[str, Any]:
    """The parts of an event; text that is no JSON object reads as nothing, so one bad row can't hide the others."""
    try:
        body = json.loads(row.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _sides(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    before, after = body.get("before"), body.get("after")
    return (
        before if isinstance(before, dict) else {} if before is None else {"value": before},
        after if isinstance(after, dict) else {} if after is None else {"value": after},
    )


def _names(bodies: Iterable[dict[str, Any]]) -> dict[tuple[str, int], str]:
    """Names of the people, accounts and territories that the bodies mention by id. One query."""
    wanted: dict[str, set[int]] = {"user": set(), "account": set(), "place": set()}
    for body in bodies:
        for side in _sides(body):
            for field, value in side.items():
                if (kind := _kind(field)) and isinstance(value, int):
                    wanted[kind].add(value)
    people, *others = (
        model.objects.filter(pk__in=wanted[kind]).order_by().values_list(Value(kind), "pk", "name")
        for kind, model in (("user", User), ("account", Account), ("place", Territory))
    )
    return {(kind, pk): name for kind, pk, name in people.union(*others, all=True)} if any(wanted.values()) else {}


def _subject(body: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> str:
    """What an added thing is called; blank for a change of something."""
    if before:
        return str(body.get("name") or "")
    return str(body.get("name") or next((after[name] for name in SUBJECTS if after.get(name)), ""))


def _tells(value: Any, about: str) -> bool:
    """Whether a value of something new is worth a word: blanks, noes and its own name are not."""
    return value not in (None, "", False, [], about)


def _kind(field: str) -> str:
    return "user" if field in PEOPLE else "account" if field in ACCOUNTS else "place" if field in PLACES else ""


@dataclass(frozen=True)
class Words:
    """How fields and values are told: ``names`` are those of ids, ``roles`` and ``rules`` the handbook's titles by key."""

    names: dict[tuple[str, int], str]
    roles: dict[str, str]
    rules: dict[str, str]

    def line(self, row: Event, body: dict[str, Any]) -> Line:
        """One event in words."""
        before, after = _sides(body)
        fields = [*before, *(field for field in after if field not in before)]
        noun = row.verb.partition(".")[0]
        about = self.label(str(body["rule"])) if body.get("rule") and noun != "cta" else _subject(body, before, after)
        changes = [
            Change(self.label(field), self.value(field, before.get(field), noun), self.value(field, after.get(field), noun))
            for field in fields
            if history_words.shown(noun, field) and before.get(field) != after.get(field) and not field.endswith(OURS)
            and (before or _tells(after.get(field), about))
        ]  # fmt: skip
        icon = history_words.ICONS.get(noun, "history")
        return Line(row, history_words.title(row.verb), about, icon, changes, str(body.get("reason", "") or ""))

    def label(self, field: str) -> str:
        """A field's name in words: ``potential_users`` -> ``potential users``; a rule by its title."""
        if field in self.rules:
            return self.rules[field]
        word = field.removesuffix("_id").removesuffix("_minor").removeprefix("is_").replace("_", " ")
        return history_words.LABELS.get(word, word)

    def value(self, field: str, value: Any, noun: str = "") -> str:
        """A value as a person reads it; blank is an en dash. ``noun`` is what the event is about."""
        if value is None or value == "" or value == []:
            return "–"
        if (said := history_words.said(noun, field, value)) is not None:
            return said
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int):
            return self._number(field, value)
        if isinstance(value, list):
            return ", ".join(str(item) for item in value)
        if isinstance(value, dict):
            return ", ".join(f"{self.label(key)} {self.value(key, item)}" for key, item in value.items())
        return self._text(field, str(value))

    def _number(self, field: str, value: int) -> str:
        if kind := _kind(field):
            return self.names.get((kind, value), f"No. {value}")
        return f"{value / 100:,.2f}".removesuffix(".00") if field.endswith("_minor") else f"{value:,}"

    def _text(self, field: str, text: str) -> str:
        if field == "stage":
            return text.replace("_", " ").capitalize()
        return text if field in PLAIN else self.roles.get(text, text)
