"""The form that applies a playbook: what is typed, what there is to choose from, the plan that is shown before anything is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict

from tenure.models import Account, User
from tenure.queries import handbook, people, playbooks
from tenure.queries.playbooks import Preview
from tenure.queries.playbooks_one import role_words
from tenure.rules.packs import Pack
from tenure.rules.work import Playbook
from tenure.views.activityform import number
from tenure.views.drawers import day

CHANGED = "The plan is another one than you saw. Look at it again."
EDIT = "cta.edit"


@dataclass(frozen=True)
class Form:
    """What is filled in. ``people`` are those whom the playbook asks for; ``seen`` names the plan that was shown."""

    key: str
    start: date | None
    owner: User | None
    people: Mapping[str, User]
    seen: str = ""
    reason: str = ""
    outcome: str = ""

    @property
    def book(self) -> Playbook | None:
        """The playbook that was chosen."""
        return handbook.pack().playbooks.get(self.key)


def read(given: QueryDict, today: date, key: str = "") -> Form:
    """The form as it was filled in; a plain one starts today."""
    chosen = given.get("playbook", key)
    book = handbook.pack().playbooks.get(chosen)
    persons = (book.people or {}) if book else {}
    wanted = {person: number(given.get(f"person_{person}", "")) for person in persons}
    asked = {pk for pk in (*wanted.values(), number(given.get("owner", ""))) if pk}
    there = User.objects.in_bulk(asked) if asked else {}
    named = {person: there[pk] for person, pk in wanted.items() if pk in there}
    start = day(given.get("start")) if "start" in given else today
    return Form(
        chosen if book else "", start, there.get(number(given.get("owner", "")) or 0), named, given.get("seen", ""), given.get("reason", ""),
        given.get("outcome", ""),
    )  # fmt: skip


def shown(form: Form, account: Account, today: date, user: User) -> Preview | None:
    """The plan of a form; None until it says which playbook and when."""
    if not form.key or form.start is None:
        return None
    try:
        return playbooks.preview(
            account, form.key, start=form.start, today=today, user=user, people=form.people, owner=form.owner
        )
    except (OverflowError, ValueError):
        return None


def context(form: Form, account: Account, today: date, user: User) -> dict[str, Any]:
    """What the form shows."""
    plan, pack = shown(form, account, today, user), handbook.pack()
    asked = [(key, title, form.people.get(key)) for key, title in (form.book.people or {}).items()] if form.book else []
    return {
        "form": form, "plan": plan, "playbooks": playbooks.usable(today), "asked": asked, "staff": people.seeing(account, EDIT),
        "role": _role(form.book, pack) if form.book else "", "unnamed": [title for _, title, person in asked if person is None],
    }  # fmt: skip


def _role(book: Playbook, pack: Pack) -> str:
    """Whose the CTA is, in words: a role, or a person whom the playbook asks for."""
    return (book.people or {}).get(book.owner_role) or role_words(book.owner_role, pack)
