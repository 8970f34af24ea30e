"""Notices: what a person is told, in the application, by mail or by webhook."""

from django.db import models

from tenure.models.accounts import Account
from tenure.models.users import User


class Notice(models.Model):
    """One message to one person by one channel; ``natural_key`` keeps it from being sent twice."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=40)  # assignment, needs_tam, import_done, run_failed ...
    channel = models.CharField(max_length=20, default="app")  # app | mail | webhook
    title = models.CharField(max_length=300)
    body = models.CharField(max_length=1000, blank=True)
    url = models.CharField(max_length=300, blank=True)
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    natural_key = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=20, default="queued")  # queued | sending | delivered | failed
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user", "read_at", "-id"], name="notice_user"),
            models.Index(fields=["state", "next_try_at"], name="notice_outbox"),
        ]
