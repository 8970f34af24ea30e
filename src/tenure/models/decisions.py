"""Decisions of rules about accounts, and what people decided instead."""

from django.db import models
from django.db.models import Q

from tenure.models.accounts import Account
from tenure.models.users import User


class Decision(models.Model):
    """The outcome of a rule for an account from ``from_date`` on; stored only when it changes.

    ``outcome`` blank = undecided, then ``missing`` names the facts. ``inputs`` are the facts that the rule read.
    """

    # Not checked by the database: hundreds of thousands are written at once, by ids read in the same transaction, and the check takes
    # PostgreSQL longer than the writing. The index is decision_account.
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="decisions", db_index=False, db_constraint=False)
    rule = models.CharField(max_length=60)
    edition = models.DateField(null=True)
    outcome = models.CharField(max_length=120, blank=True)
    outputs = models.JSONField(default=dict)
    missing = models.JSONField(default=list)
    inputs = models.JSONField(default=dict)
    overridden = models.BooleanField(default=False)
    from_date = models.DateField()
    until_date = models.DateField(null=True, blank=True)
    digest = models.CharField(max_length=64)  # of the handbook's text
    fingerprint = models.BigIntegerField(
        default=0
    )  # 40 bits of what was decided: an account's sum tells a run that nothing changed
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["rule", "-from_date", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "rule"], condition=Q(until_date=None), name="decision_one_open")
        ]
        indexes = [models.Index(fields=["account", "until_date", "fingerprint"], name="decision_account")]


class Override(models.Model):
    """A person's outcome in place of a rule's, with a reason and an end; never changed by a run."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="overrides")
    rule = models.CharField(max_length=60)
    outcome = models.CharField(max_length=120)
    reason = models.CharField(max_length=1000)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    from_date = models.DateField()
    expires_on = models.DateField()  # first day on which it no longer holds
    ended_on = models.DateField(null=True, blank=True)  # taken back early
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-from_date", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "rule"], condition=Q(ended_on=None), name="override_one_open"),
            models.CheckConstraint(condition=Q(expires_on__gt=models.F("from_date")), name="override_expires_later"),
        ]
