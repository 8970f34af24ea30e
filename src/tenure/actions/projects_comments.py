"""Remarks on issues of projects, by us and by guests. Who is named in one, and who was given the issue, is told."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F

from tenure.actions import notices
from tenure.actions.comments import checked
from tenure.actions.notices import Letter
from tenure.actions.projects_writing import DONE, held, made, part, tell
from tenure.actions.refusals import Refused
from tenure.models import Project, ProjectComment, ProjectGuest, ProjectIssue, User
from tenure.queries import mentions, visible
from tenure.queries import projects as queries

SHOWN = 300  # of the text in a letter


def add(
    project: Project, pk: int, text: str, *, actor: User | None, at: datetime, guest: ProjectGuest | None = None
) -> ProjectComment:
    """Say something about an issue. Who only sees the project may not; a guest's right is asked by ``actions.projects_guests``. Raises Refused."""
    text = checked(text)
    with transaction.atomic():
        row = _readable(project, actor)
        issue = part(row, ProjectIssue, pk, actor)
        comment = ProjectComment.objects.create(issue=issue, author=actor, guest=guest, text=text, created_at=at)
        people = [] if guest else _named(text, row, issue)
        comment.mentioned.set(people)
        ProjectIssue.objects.filter(pk=issue.pk).update(remarks=F("remarks") + 1, updated_at=at)
        made(row, comment, actor, at, {"text": text[:SHOWN]}, **({"guest": guest.name} if guest else {}))
        _tell(row, issue, comment, people, actor, at, everybody=True)
    return comment


def change(project: Project, pk: int, text: str, *, actor: User, at: datetime) -> bool:
    """Change one's own remark; False when nothing differs. Who is named newly is told. Raises Refused."""
    text = checked(text)
    with transaction.atomic():
        row, comment = _own(project, pk, actor, gone="You took this comment back meanwhile. Bring it back first.")
        if comment.text == text:
            return False
        before, comment.text, comment.edited_at = comment.text, text, at
        comment.save(update_fields=["text", "edited_at"])
        known = set(comment.mentioned.values_list("pk", flat=True))
        people = _named(text, row, comment.issue)
        comment.mentioned.set(people)
        tell(row, comment, "updated", actor, at, before={"text": before[:SHOWN]}, after={"text": text[:SHOWN]})
        _tell(row, comment.issue, comment, [one for one in people if one.pk not in known], actor, at, everybody=False)
    return True


def delete(project: Project, pk: int, *, actor: User, at: datetime) -> None:
    """Take back one's own remark; its place stays. Raises Refused."""
    _mark(project, pk, at, actor, at)


def restore(project: Project, pk: int, *, actor: User, at: datetime) -> None:
    """Bring a remark of one's own back. Raises Refused."""
    _mark(project, pk, None, actor, at)


def may(actor: User, project: Project) -> bool:
    """Members speak, with visibility only too; so does who works on the account."""
    return visible.may(actor, queries.EDIT) and queries.rights(actor, project).hidden and project.state == "opened"


def _readable(project: Project, actor: User | None) -> Project:
    """The locked project, if the actor may speak in it. Raises Refused."""
    if actor is None:
        return held(project, None)
    row = (
        Project.objects.select_for_update(of=("self",), no_key=True)
        .select_related("account")
        .filter(pk=project.pk, deleted_at=None)
        .first()
    )
    if row is None or not queries.seen(actor).filter(pk=row.pk).exists():
        raise Refused("There is no such project.", "not_found")
    if not may(actor, row):
        raise Refused("You may read this, not comment on it.", "not_allowed")
    return row


def _own(project: Project, pk: int, actor: User, deleted: bool = False, gone: str = DONE) -> tuple[Project, ProjectComment]:
    row = _readable(project, actor)
    comment = ProjectComment.objects.select_related("issue").filter(pk=pk, issue__project=row).first()
    if comment is None or (comment.issue.confidential and not queries.rights(actor, row).hidden):
        raise Refused("There is no such comment.", "not_found")
    if comment.author_id != actor.pk:
        raise Refused("Only its author can change a comment.", "not_allowed")
    if (comment.deleted_at is not None) != deleted:
        raise Refused(gone, "conflict")
    return row, comment


def _mark(project: Project, pk: int, deleted_at: datetime | None, actor: User, at: datetime) -> None:
    with transaction.atomic():
        row, comment = _own(project, pk, actor, deleted=deleted_at is None)
        comment.deleted_at = deleted_at
        comment.save(update_fields=["deleted_at"])
        ProjectIssue.objects.filter(pk=comment.issue_id).update(remarks=F("remarks") + (-1 if deleted_at else 1))
        tell(row, comment, "deleted" if deleted_at else "restored", actor, at, before={"text": comment.text[:SHOWN]})


def _named(text: str, project: Project, issue: ProjectIssue) -> list[User]:
    """The people whom a text names and who may read the issue."""
    return [one for one in mentions.named(text, project.account) if queries.reads(one, project, issue)]


def _tell(
    project: Project, issue: ProjectIssue, comment: ProjectComment, people: Iterable[User], actor: User | None, at: datetime, *, everybody: bool
) -> None:  # fmt: skip
    url, text = f"/projects/{project.pk}/issues/{issue.iid}/", mentions.MENTION.sub(r"\1", comment.text)[:SHOWN]
    who = actor.name if actor else comment.guest.name if comment.guest else "Somebody"
    own = actor.pk if actor else None
    named = [one.pk for one in people if one.pk != own]
    letters = [
        Letter(
            pk,
            "mention",
            f"{who} mentioned you: {issue}"[:300],
            f"project_comment.mention:{comment.pk}",
            text,
            url,
            project.account_id,
        )
        for pk in named
    ]
    if everybody:
        heard = set(issue.assignees.values_list("pk", flat=True)) | (
            {project.owner_id} if comment.guest_id and project.owner_id else set()
        )
        heard = queries.readers(project, heard, issue.confidential)
        letters += [
            Letter(pk, "comment", f"{who} on {issue}"[:300], f"project_comment:{comment.pk}", text, url, project.account_id)
            for pk in sorted(heard) if pk != own and pk not in named
        ]  # fmt: skip
    notices.queue(letters, at=at)
