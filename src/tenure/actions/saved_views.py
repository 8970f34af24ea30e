"""Saving a list's state under a name, changing it, deleting it and taking that back."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from tenure.actions import events
from tenure.actions.refusals import Refused
from tenure.models import SavedView, User
from tenure.queries import visible

PAGES = ("accounts", "cockpit", "feedback", "services", "entitlements", "playbooks", "projects", "handovers", "onboardings")
NAME, QUERY = SavedView._meta.get_field("name").max_length or 0, SavedView._meta.get_field("query").max_length or 0
MOST = 200  # views of one person on one page


@dataclass(frozen=True)
class Given:
    """What a person says about a view. ``query`` is the list's state as in the URL."""

    name: str
    query: str
    shared: bool = False
    pinned: bool = False
    is_default: bool = False


@transaction.atomic
def create(page: str, given: Given, *, actor: User, at: datetime) -> SavedView:
    """Make a view of one's own. Sharing needs the capability view.share. Raises Refused."""
    if page not in PAGES:
        raise Refused("There is no such list.", "invalid", "page")
    given = _checked(given, actor)
    mine = SavedView.objects.filter(page=page, owner=actor)
    if mine.filter(name=given.name).exists():
        raise Refused(
            f"You have a view called {given.name} already. Update that one, or choose another name.", "conflict", "name"
        )
    if mine.count() >= MOST:
        raise Refused(f"You have {MOST} views of this list. Delete one first.", "invalid", "name")
    _one_default(page, given, actor)
    row = SavedView.objects.create(page=page, owner=actor, updated_at=at, **asdict(given))
    events.record("saved_view.created", "saved_view", row.pk, at=at, actor=actor, after={"page": page, **asdict(given)})
    return row


@transaction.atomic
def change(view: SavedView, given: Given, *, actor: User, at: datetime) -> SavedView:
    """Change a view of one's own: its name, what it shows, with whom it is shared. Raises Refused."""
    row = SavedView.objects.select_for_update(of=("self",)).get(pk=view.pk)
    if row.owner_id != actor.pk:
        raise Refused("Only its owner can change this view. Save it under a name of your own.", "not_allowed")
    before = content(row)
    given = _checked(given, actor, was_shared=row.shared)
    if SavedView.objects.filter(page=row.page, owner=actor, name=given.name).exclude(pk=row.pk).exists():
        raise Refused(f"You have a view called {given.name} already.", "conflict", "name")
    after = asdict(given)
    if before != after:
        _one_default(row.page, given, actor)
        for name, value in after.items():
            setattr(row, name, value)
        row.updated_at = at
        row.save()
        changed = [name for name in after if before[name] != after[name]]
        events.record(
            "saved_view.changed", "saved_view", row.pk, at=at, actor=actor, before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )  # fmt: skip
    return row


@transaction.atomic
def delete(view: SavedView, *, actor: User, at: datetime) -> None:
    """Remove a view of one's own; a shared one also by whoever may share. Raises Refused."""
    if view.owner_id != actor.pk and not (view.shared and visible.may(actor, "view.share")):
        raise Refused("Only its owner can delete this view.", "not_allowed")
    events.record("saved_view.deleted", "saved_view", view.pk, at=at, actor=actor, before={"page": view.page, **content(view)})
    view.delete()


@transaction.atomic
def restore(page: str, kept: dict[str, Any], owner_id: int, *, actor: User, at: datetime) -> SavedView:
    """Bring a deleted view back to its owner. Raises Refused where the name is taken again, or sharing isn't allowed any more."""
    owner = User.objects.filter(pk=owner_id, is_active=True).first()
    if owner is None or (owner.pk != actor.pk and not visible.may(actor, "view.share")):
        raise Refused("Only its owner can bring this view back.", "not_allowed")
    given = _checked(Given(**kept), actor)
    if SavedView.objects.filter(page=page, owner=owner, name=given.name).exists():
        raise Refused(f"There is a view called {given.name} again.", "conflict", "name")
    _one_default(page, given, owner)
    row = SavedView.objects.create(page=page, owner=owner, updated_at=at, **asdict(given))
    events.record("saved_view.restored", "saved_view", row.pk, at=at, actor=actor, after={"page": page, **asdict(given)})
    return row


def content(view: SavedView) -> dict[str, Any]:
    """What a view says, by the names of ``Given``."""
    return {name: getattr(view, name) for name in ("name", "query", "shared", "pinned", "is_default")}


def _checked(given: Given, actor: User, was_shared: bool = False) -> Given:
    name = " ".join(given.name.replace("\x00", "").split())
    if not name or len(name) > NAME:
        raise Refused(f"A view needs a name of at most {NAME} characters.", "invalid", "name")
    if len(given.query) > QUERY or "\x00" in given.query:
        raise Refused("This view has too many filters to be saved. Remove some.", "invalid", "name")
    if given.shared and not was_shared and not visible.may(actor, "view.share"):
        raise Refused("Sharing a view needs a right that you don't have.", "not_allowed", "shared")
    return Given(name, given.query, given.shared, given.pinned, given.is_default)


def _one_default(page: str, given: Given, owner: User) -> None:
    """A person opens a list with one view at most."""
    if given.is_default:
        SavedView.objects.filter(page=page, owner=owner, is_default=True).update(is_default=False)
