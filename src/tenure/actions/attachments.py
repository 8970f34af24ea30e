"""Files kept with a CTA or an activity: checked, stored under a random name, taken away and brought back."""

import hashlib
import os
import re
import secrets
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from tenure.actions import attachments_types as types
from tenure.actions import comments, events
from tenure.actions.refusals import Refused
from tenure.models import Activity, Attachment, CallToAction, User
from tenure.queries import ctas, visible

MOST = 50  # files of one CTA or activity
STORED = re.compile(r"[0-9a-f]{32}")
PART = 256 * 1024
GONE = "That has been done already."


def add(subject: CallToAction | Activity, name: str, stream: BinaryIO, *, actor: User, at: datetime) -> Attachment:
    """Keep a file. Its ending must be allowed and its content must be what the ending says. Raises Refused; then nothing is kept."""
    comments.check_right(subject, actor)
    name = _name(name)
    stored = secrets.token_hex(16)
    path = _place(stored)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        size, digest = _write(stream, path)
        media = types.media_type(name, path)
        if media is None:
            raise Refused(f"{name} isn't what its ending says. Nothing was kept.", "invalid", "file")
        with transaction.atomic():
            return _keep(subject, Attachment(name=name, stored=stored, type=media, size=size, sha256=digest), actor, at)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def delete(attachment: Attachment, *, actor: User, at: datetime) -> None:
    """Take a file away; ``restore`` brings it back. For who added it and who may work on the CTA. Raises Refused."""
    _mark(attachment, at, actor, at, "attachment.deleted")


def restore(attachment: Attachment, *, actor: User, at: datetime) -> None:
    """Bring a file back. Raises Refused."""
    _mark(attachment, None, actor, at, "attachment.restored")


def path_of(attachment: Attachment) -> Path:
    """Where the file lies. Its name there is ours, whatever its own name says. Raises Refused where it is gone."""
    path = _place(attachment.stored)
    if not path.is_file():
        raise Refused("This file is no longer there.", "not_found")
    return path


def limit_mb() -> int:
    """How large a file may be, in megabytes."""
    return int(settings.MAX_ATTACHMENT_BYTES // 1024 // 1024)


def _place(stored: str) -> Path:
    if not STORED.fullmatch(stored):
        raise Refused("This file is no longer there.", "not_found")
    return Path(settings.ATTACHMENTS) / stored[:2] / stored


def _name(name: str) -> str:
    """A name without folders and without characters that hide or turn it. Raises Refused."""
    name = name.replace("\\", "/").rpartition("/")[2]
    name = "".join(char for char in name if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    name = " ".join(name.split()).strip(". ")
    stem, dot, end = name.rpartition(".")
    allowed = [one for one in settings.ATTACHMENT_TYPES if one in types.KNOWN]
    if not stem or end.lower() not in allowed:
        raise Refused(f"Files of these kinds can be kept: {', '.join(allowed)}.", "invalid", "file")
    return f"{stem[: 255 - len(end) - 1]}{dot}{end}"


def _write(stream: BinaryIO, path: Path) -> tuple[int, str]:
    """Copy what comes, up to the limit; size and digest. Raises Refused."""
    size, digest = 0, hashlib.sha256()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        while part := stream.read(PART):
            size += len(part)
            if size > settings.MAX_ATTACHMENT_BYTES:
                raise Refused(f"A file may have up to {limit_mb()} MB.", "invalid", "file")
            digest.update(part)
            out.write(part)
    if not size:
        raise Refused("This file is empty.", "invalid", "file")
    return size, digest.hexdigest()


def _keep(subject: CallToAction | Activity, row: Attachment, actor: User, at: datetime) -> Attachment:
    rows = subject.attachments.filter(deleted_at=None)
    QuerySet(type(subject)).select_for_update(no_key=True).get(pk=subject.pk)  # two at once don't pass the limit
    if rows.count() >= MOST:
        raise Refused(f"At most {MOST} files are kept with one thing.", "invalid", "file")
    row.cta, row.activity = (subject, None) if isinstance(subject, CallToAction) else (None, subject)
    row.added_by, row.added_at = actor, at
    row.save()
    told = {"name": row.name, "bytes": row.size, "sha256": row.sha256}
    events.record("attachment.created", "attachment", row.pk, at=at, actor=actor, account_id=subject.account_id, after=told)
    return row


def _mark(attachment: Attachment, deleted_at: datetime | None, actor: User, at: datetime, verb: str) -> None:
    with transaction.atomic():
        rows = Attachment.objects.select_for_update(of=("self",), no_key=True).select_related("cta__account", "activity__account")
        row = rows.get(pk=attachment.pk)
        subject = row.cta or row.activity
        if subject is None:
            raise Refused("There is no such file.", "not_found")
        _check_own(row, subject, actor)
        if (row.deleted_at is None) == (deleted_at is None):
            raise Refused(GONE, "conflict")
        row.deleted_at = deleted_at
        row.save(update_fields=["deleted_at"])
        events.record(verb, "attachment", row.pk, at=at, actor=actor, account_id=subject.account_id, before={"name": row.name})
    attachment.refresh_from_db()


def _check_own(row: Attachment, subject: CallToAction | Activity, actor: User) -> None:
    comments.check_right(subject, actor)
    works = (
        bool(ctas.editable(actor, [subject]))
        if isinstance(subject, CallToAction)
        else visible.may_on(actor, "activity.log", subject.account)
    )
    if row.added_by_id != actor.pk and not works:
        raise Refused("Only who added a file can take it away.", "not_allowed")
