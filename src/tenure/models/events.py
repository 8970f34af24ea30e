"""The event log: every write, append-only and hash-chained."""

from django.db import models

from tenure.models.users import User


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
