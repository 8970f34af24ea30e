"""Assignments: who works on an account, in which role, from when until when."""

from django.db import models
from django.db.models import F, Q

from tenure.models.accounts import Account
from tenure.models.users import User


class Assignment(models.Model):
    """A user in a role on an account from ``from_date`` until the day before ``until_date`` (null = still)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="assignments")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignments")
    role = models.CharField(max_length=40)  # tam, account_manager, account_executive, previous_owner ...
    from_date = models.DateField()
    until_date = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    assigned_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-from_date", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(role="tam", until_date=None), name="assignment_one_tam"),
            models.UniqueConstraint(fields=["account", "user", "role"], condition=Q(until_date=None), name="assignment_once"),
            models.CheckConstraint(
                condition=Q(until_date=None) | Q(until_date__gte=F("from_date")), name="assignment_ends_after_start"
            ),
        ]
        indexes = [models.Index(fields=["user", "role"], name="assignment_user", condition=Q(until_date=None))]
