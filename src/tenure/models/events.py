"""The event log: every write, append-only and hash-chained."""

from hashlib import sha256

from django.db import models

from tenure.models.users import User

START = bytes(32)  # what the first event follows


def chained(
    prev: bytes, row_id: int, moment: str, actor_id: int | None, verb: str, noun: str, object_id: int | None,
    account_id: int | None, run_id: int | None, body: str,
) -> bytes:  # fmt: skip
    """The hash of an event: SHA-256 over the previous event's hash and every column. ``moment`` is ``at`` in UTC by ``MOMENT``."""
    head = f"{row_id}|{moment}|{actor_id}|{verb}|{noun}|{object_id}|{account_id}|{run_id}|"
    return sha256(prev + head.encode() + body.encode()).digest()


MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Event(models.Model):
    """Who did what to what, before and after, and why. ``id`` is given by the writer; ``hash`` covers the row and ``prev_hash``."""

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    verb = models.CharField(max_length=60)  # account.created, assignment.started ...
    noun = models.CharField(max_length=40)
    object_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField(null=True)  # whose History shows it
    body = models.TextField()  # JSON: before, after, reason, rule, edition
    run_id = models.BigIntegerField(null=True)
    prev_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "-id"], name="event_account"),
            models.Index(fields=["noun", "object_id", "-id"], name="event_object"),
        ]
