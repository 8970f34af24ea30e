"""Remarks on a CTA or an activity. People named in them, and the owner, are told."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from tenure.actions import events, notices
from tenure.actions.notices import Letter
from tenure.actions.refusals import Refused
from tenure.models import Account, Activity, CallToAction, Comment, User
from tenure.queries import mentions, visible

LONGEST = 5000  # characters
SHOWN = 300  # of the text in a letter
GONE = "That has been done already."


def add(subject: CallToAction | Activity, text: str, *, actor: User, at: datetime) -> Comment:
    """Say something about a CTA or an activity. Raises Refused."""
    text = checked(text)
    check_right(subject, actor)
    with transaction.atomic():
        row = Comment(author=actor, text=text, created_at=at)
        row.cta, row.activity = (subject, None) if isinstance(subject, CallToAction) else (None, subject)
        row.save()
        people = mentions.named(text, subject.account)
        row.mentioned.set(people)
        events.record(
            "comment.created",
            "comment",
            row.pk,
            at=at,
            actor=actor,
            account_id=subject.account_id,
            after={"text": text[:SHOWN]},
            name=_name(subject),
        )
        _tell(row, subject, people, actor, at, owner=True)
    return row


def change(comment: Comment, text: str, *, actor: User, at: datetime) -> bool:
    """Change one's own remark; False when nothing differs. Who is named newly is told. Raises Refused."""
    text = checked(text)
    with transaction.atomic():
        row, subject = _own(comment, actor)
        if row.text == text:
            return False
        before, row.text, row.edited_at = row.text, text, at
        row.save(update_fields=["text", "edited_at"])
        people = mentions.named(text, subject.account)
        known = set(row.mentioned.values_list("pk", flat=True))
        row.mentioned.set(people)
        events.record(
            "comment.updated", "comment", row.pk, at=at, actor=actor, account_id=subject.account_id, before={"text": before[:SHOWN]},
            after={"text": text[:SHOWN]}, name=_name(subject),
        )  # fmt: skip
        _tell(row, subject, [one for one in people if one.pk not in known], actor, at, owner=False)
    comment.refresh_from_db()
    return True


def delete(comment: Comment, *, actor: User, at: datetime) -> None:
    """Take back one's own remark; its place stays. Raises Refused."""
    _mark(comment, at, actor, at, "comment.deleted")


def restore(comment: Comment, *, actor: User, at: datetime) -> None:
    """Bring a remark of one's own back. Raises Refused."""
    _mark(comment, None, actor, at, "comment.restored")


def check_right(subject: CallToAction | Activity, actor: User) -> None:
    """Whoever sees it and works on something may speak; who only looks may not. Raises Refused."""
    capability = "cta.edit" if isinstance(subject, CallToAction) else "activity.log"
    seen = visible.accounts(actor).filter(pk=subject.account_id).exists()
    if isinstance(subject, Activity) and subject.draft and subject.owner_id != actor.pk:
        seen = False
    if not seen:
        raise Refused("There is no such thing.", "not_found")
    if not visible.may(actor, capability):
        raise Refused("You may read this, not comment on it.", "not_allowed")


def subject_of(comment: Comment) -> CallToAction | Activity:
    """What a remark is about."""
    found = comment.cta or comment.activity
    if found is None:  # the constraint keeps one of the two
        raise Refused("There is no such comment.", "not_found")
    return found


def _mark(comment: Comment, deleted_at: datetime | None, actor: User, at: datetime, verb: str) -> None:
    with transaction.atomic():
        row, subject = _own(comment, actor, deleted=deleted_at is None)
        row.deleted_at = deleted_at
        row.save(update_fields=["deleted_at"])
        events.record(
            verb,
            "comment",
            row.pk,
            at=at,
            actor=actor,
            account_id=subject.account_id,
            before={"text": row.text[:SHOWN]},
            name=_name(subject),
        )
    comment.refresh_from_db()


def _own(comment: Comment, actor: User, deleted: bool = False) -> tuple[Comment, CallToAction | Activity]:
    """The locked remark, if it is the actor's."""
    row = (
        Comment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("cta__account", "activity__account")
        .get(pk=comment.pk)
    )
    subject = subject_of(row)
    check_right(subject, actor)
    if row.author_id != actor.pk:
        raise Refused("Only its author can change a comment.", "not_allowed")
    if (row.deleted_at is not None) != deleted:
        raise Refused(GONE, "conflict")
    return row, subject


def checked(text: str) -> str:
    """A remark as it is kept. Raises Refused."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Refused("Write something first.", "invalid", "text")
    if len(text) > LONGEST or "\x00" in text:
        raise Refused(f"A comment has at most {LONGEST:,} characters.", "invalid", "text")
    return text


def _name(subject: CallToAction | Activity) -> str:
    return subject.title if isinstance(subject, CallToAction) else subject.subject


def _tell(
    row: Comment, subject: CallToAction | Activity, people: Iterable[User], actor: User, at: datetime, *, owner: bool
) -> None:
    """Who is named gets a mention; the owner a word that there is a comment. Nobody is told of their own."""
    account: Account = subject.account
    url = f"/ctas/{subject.pk}/?tab=comments" if isinstance(subject, CallToAction) else f"/activities/{subject.pk}/"
    text, name = mentions.MENTION.sub(r"\1", row.text)[:SHOWN], _name(subject)
    named = [one.pk for one in people if one.pk != actor.pk]
    letters = [
        Letter(pk, "mention", f"{actor} mentioned you: {name}", f"comment.mention:{row.pk}", text, url, account.pk)
        for pk in named
    ]
    if owner and subject.owner_id and subject.owner_id not in (actor.pk, *named):
        letters.append(Letter(subject.owner_id, "comment", f"{actor} on {name}", f"comment:{row.pk}", text, url, account.pk))
    notices.queue(letters, at=at)
