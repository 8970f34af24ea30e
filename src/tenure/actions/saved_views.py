"""Saving a list's state under a name."""

from datetime import datetime

from django.db import transaction

from tenure.actions import events
from tenure.actions.refusals import Refused
from tenure.models import SavedView, User
from tenure.queries import visible

NAME = 120
QUERY = 4000


def save(
    page: str, name: str, query: str, *, actor: User, at: datetime, shared: bool = False, pinned: bool = False, is_default: bool = False
) -> SavedView:
    """Make a view, or replace the actor's view of this name. Sharing needs the capability view.share. Raises Refused."""
    name = name.strip()
    if not name or len(name) > NAME:
        raise Refused(f"A view needs a name of at most {NAME} characters.", "invalid", "name")
    if len(query) > QUERY:
        raise Refused("This view has too many filters to be saved. Remove some.", "invalid", "name")
    if shared and not visible.may(actor, "view.share"):
        raise Refused("Sharing a view needs a right that you don't have.", "not_allowed", "shared")
    with transaction.atomic():
        if is_default:
            SavedView.objects.filter(page=page, owner=actor, is_default=True).update(is_default=False)
        values = {"query": query, "shared": shared, "pinned": pinned, "is_default": is_default, "updated_at": at}
        row, made = SavedView.objects.update_or_create(page=page, owner=actor, name=name, defaults=values)
        after = {"name": name, "page": page, "query": query, "shared": shared}
        events.record(f"saved_view.{'created' if made else 'updated'}", "saved_view", row.pk, at=at, actor=actor, after=after)
    return row


def delete(view: SavedView, *, actor: User, at: datetime) -> None:
    """Remove a view of one's own; a shared one also by whoever may share. Raises Refused."""
    if view.owner_id != actor.pk and not (view.shared and visible.may(actor, "view.share")):
        raise Refused("Only its owner can delete this view.", "not_allowed")
    with transaction.atomic():
        before = {"name": view.name, "page": view.page, "query": view.query, "shared": view.shared}
        events.record("saved_view.deleted", "saved_view", view.pk, at=at, actor=actor, before=before)
        view.delete()
