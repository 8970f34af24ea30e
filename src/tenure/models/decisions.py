"""Decisions of rules about accounts, and what people decided instead."""

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Case, F, Q, Value, When

from tenure.models.accounts import Account
from tenure.models.users import User


class PlainJSON(models.JSONField):
    """JSON that is read whole and never searched: text on both databases, which costs PostgreSQL a third of what ``jsonb`` does."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        """The column's type."""
        return "text"


_OPEN_OR_ID = Case(
    When(until_date=None, then=Value(0, models.BigIntegerField())), default=F("id"), output_field=models.BigIntegerField()
)


class Decision(models.Model):
    """The outcome of a rule for an account from ``from_date`` on; stored only when it changes.

    ``outcome`` blank = undecided, then ``missing`` names the facts. ``inputs`` are the facts that the rule read.
    """

    # Not checked by the database: hundreds of thousands are written at once, by ids read in the same transaction, and the check takes
    # PostgreSQL longer than the writing. The index is decision_one_open.
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="decisions", db_index=False, db_constraint=False)
    rule = models.CharField(max_length=60)
    edition = models.DateField(null=True)
    outcome = models.CharField(max_length=120, blank=True)
    outputs = PlainJSON(default=dict)
    missing = PlainJSON(default=list)
    inputs = PlainJSON(default=dict)
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
        # One open row of an account and a rule, any number of closed ones. The only index beside the key: it finds an account's rows too.
        constraints = [models.UniqueConstraint("account", "rule", _OPEN_OR_ID, name="decision_one_open")]


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
