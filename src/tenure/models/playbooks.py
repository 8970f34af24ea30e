"""Playbooks in use. Their text is the handbook's; what is kept here is the text as it was when it was applied."""

from django.db import models

from tenure.models.accounts import Account
from tenure.models.users import User


class PlaybookVersion(models.Model):
    """A playbook's text at the time of its first use in this wording: work in flight keeps it when the handbook moves on."""

    key = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)  # of the text
    title = models.CharField(max_length=200)
    edition = models.DateField(null=True, blank=True)
    text = models.JSONField()  # the playbook as data: steps, roles, offsets, asked fields, source
    first_used_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "digest"], name="playbook_version_once")]


class PlaybookUse(models.Model):
    """A playbook at work on an account. ``replaced_by`` tells which use took its place."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="playbook_uses")
    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT, related_name="uses")
    start = models.DateField()  # day 0 of its offsets
    status = models.CharField(
        max_length=20, default="active"
    )  # active | done | ended (closed without having been worked through) | replaced | cancelled
    reason = models.CharField(max_length=300, blank=True)
    replaced_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaces")
    applied_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    applied_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    natural_key = models.CharField(max_length=160, null=True, blank=True, unique=True)

    class Meta:
        indexes = [models.Index(fields=["account", "status"], name="playbook_use_account")]
