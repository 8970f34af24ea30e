"""The event log: every write, append-only and hash-chained."""

from hashlib import sha256

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from tenure.models.users import User

START = bytes(32)  # what the first event follows


# What a hash covers, in this order.
LINE = ("id", "moment", "actor_id", "verb", "noun", "object_id", "account_id", "run_id", "body")


def chained(
    prev: bytes, row_id: int, moment: str, actor_id: int | None, verb: str, noun: str, object_id: int | None,
    account_id: int | None, run_id: int | None, body: str,
) -> bytes:  # fmt: skip
    """The hash of an event: over the previous event's hash and every column. ``moment`` is ``at`` in UTC by ``MOMENT``."""
    line = f"{row_id}|{moment}|{actor_id}|{verb}|{noun}|{object_id}|{account_id}|{run_id}|{body}"
    return linked(prev, line.encode())


def linked(prev: bytes, line: bytes) -> bytes:
    """SHA-256 over the previous hash and the columns of ``LINE``, joined by ``|``, "None" for null."""
    return sha256(prev + line).digest()


MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"


class GivenId(models.BigIntegerField):  # type: ignore[type-arg]
    """A primary key that the writer gives; on SQLite it is the row's own number, which needs no index beside the table."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        """The column's type."""
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class Event(models.Model):
    """Who did what to what, before and after, and why. ``id`` is given by the writer; ``hash`` covers the row and ``prev_hash``."""

    id = GivenId(primary_key=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    verb = models.CharField(max_length=60)  # account.created, assignment.started ...
    noun = models.CharField(max_length=40)
    object_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField(null=True)  # whose History shows it
    body = models.TextField()  # JSON: before, after, reason, rule, edition
    run_id = models.BigIntegerField(null=True)
    prev_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        # What concerns an account is found by it, the rest by its object: an event is in one index only.
        indexes = [
            models.Index(fields=["account_id", "-id"], name="event_account", condition=models.Q(account_id__isnull=False)),
            models.Index(fields=["noun", "object_id", "-id"], name="event_object", condition=models.Q(account_id__isnull=True)),
        ]
