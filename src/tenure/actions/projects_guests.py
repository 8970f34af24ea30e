"""Guests of a project: people of the customer who come by a link of their own, see one project and nothing else."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tenure.actions import events, projects_comments, projects_issues
from tenure.actions.projects_writing import held
from tenure.actions.refusals import Refused
from tenure.models import Contact, Project, ProjectComment, ProjectGuest, ProjectIssue, User
from tenure.queries import projects as queries
from tenure.rules.profilesreading import ADDRESS

MOST_DAYS = 366
GONE = "This link doesn't work any more. Ask for a new one."


def invite(
    project: Project, *, actor: User, at: datetime, contact: Contact | None = None, name: str = "", address: str = "", days: int | None = None,
    may_comment: bool = True, may_tick: bool = True,
) -> tuple[ProjectGuest, str]:  # fmt: skip
    """Invite a contact, or somebody by name and address; returns the guest with the token of the link, which is shown once. It works for ``days`` (None: as
    long as the handbook says). Raises Refused."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        row = held(project, actor, "invite")
        if contact is not None and (contact.account_id != row.account_id or contact.deleted_at is not None):
            raise Refused(f"{contact} is not a contact of {row.account.name}.", "invalid", "contact")
        name, address = name.strip(), address.strip()
        if contact is not None:
            _same(contact, {"name": (name, contact.name), "address": (address, contact.email)})
            name, address = contact.name, contact.email
        if not name or len(name) > 200 or "\x00" in name:
            raise Refused("Say who is invited.", "invalid", "name")
        if address and (len(address) > 254 or not ADDRESS.fullmatch(address)):
            raise Refused(f"'{address}' is no mail address. Write it like ann@example.com.", "invalid", "address")
        guest = ProjectGuest.objects.create(
            project=row, contact=contact, name=name, address=address, token_digest=queries.digest(token), may_comment=may_comment, may_tick=may_tick,
            invited_by=actor, created_at=at, expires_at=at + timedelta(days=_days(days)),
        )  # fmt: skip
        _tell(
            "project_guest.invited",
            guest,
            actor,
            at,
            after={"to": address, "until": guest.expires_at, "comments": may_comment, "ticks": may_tick},
        )
    return guest, token


def revoke(project: Project, pk: int, *, actor: User, at: datetime) -> None:
    """End a guest's link at once. Raises Refused."""
    with transaction.atomic():
        row = held(project, actor, "move")
        guest = ProjectGuest.objects.filter(project=row, pk=pk, revoked_at=None).first()
        if guest is None:
            raise Refused("That link has ended already.", "conflict")
        guest.revoked_at = at
        guest.save(update_fields=["revoked_at"])
        _tell("project_guest.revoked", guest, actor, at)


def mark_seen(guest: ProjectGuest, *, at: datetime) -> None:
    """Note when a guest came first; nothing where they have been here."""
    with transaction.atomic():
        if ProjectGuest.objects.filter(pk=guest.pk, seen_at=None, revoked_at=None).update(seen_at=at):
            _tell("project_guest.came", guest, None, at)


def comment(token: str, iid: int, text: str, *, at: datetime) -> ProjectComment:
    """A guest says something about an issue. Raises Refused."""
    with transaction.atomic():
        guest = _guest(token, at)
        if not guest.may_comment:
            raise Refused("You may read this, not comment on it.", "not_allowed")
        return projects_comments.add(guest.project, _issue(guest, iid).pk, text, actor=None, at=at, guest=guest)


def tick(token: str, iid: int, box: int, words: str, done: bool, *, at: datetime) -> None:
    """A guest ticks a box. Raises Refused."""
    with transaction.atomic():
        guest = _guest(token, at)
        if not guest.may_tick:
            raise Refused("You may read this, not tick it.", "not_allowed")
        projects_issues.tick(guest.project, _issue(guest, iid).pk, box, words, done, actor=None, at=at, guest=guest.name)


def _guest(token: str, at: datetime) -> ProjectGuest:
    """The guest of a link, locked so that a revocation that comes first counts. Raises Refused."""
    found = queries.guest_of(queries.digest(token), at)
    locked = (
        ProjectGuest.objects.select_for_update(of=("self",), no_key=True).filter(pk=found.pk, revoked_at=None).exists()
        if found
        else False
    )
    if found is None or not locked:
        raise Refused(GONE, "not_found")
    return found


def _issue(guest: ProjectGuest, iid: int) -> ProjectIssue:
    row = queries.issues(guest.project, hidden=False).filter(iid=iid).first()
    if row is None:
        raise Refused("There is no such issue.", "not_found")
    return row


def _same(contact: Contact, typed: Mapping[str, tuple[str, str]]) -> None:
    """Raises Refused where somebody else is written beside the contact that is chosen: nobody means both."""
    for field, (text, known) in typed.items():
        if text and text.casefold() != known.casefold():
            raise Refused(
                f"{contact.name} is chosen as contact. Empty this, or choose “Somebody else” as contact.", "invalid", field
            )


def _days(days: int | None) -> int:
    terms = queries.book().terms
    found = days if days is not None else terms.guest_days if terms else 30
    if not 1 <= found <= MOST_DAYS:
        raise Refused(f"A link works for 1 to {MOST_DAYS} days.", "invalid", "days")
    return found


def _tell(verb: str, row: ProjectGuest, actor: User | None, at: datetime, **sides: Any) -> None:
    events.record(
        verb,
        "project_guest",
        row.pk,
        at=at,
        actor=actor,
        account_id=row.project.account_id,
        name=row.name,
        project=row.project_id,
        **sides,
    )
