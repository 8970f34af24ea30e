"""Opportunities and the history of their stages."""

from django.db import models

from tenure.models.accounts import Account
from tenure.models.users import User


class Opportunity(models.Model):
    """A deal. ``stage`` is a key of the handbook (its numbers move between editions); blank key = a stage it doesn't know."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="opportunities")
    name = models.CharField(max_length=300)
    stage = models.CharField(max_length=60, blank=True)
    stage_label = models.CharField(max_length=120, blank=True)  # as the source writes it
    kind = models.CharField(max_length=60, blank=True)  # new_account | new_subscription | add_on | renewal
    amount_minor = models.BigIntegerField(null=True, blank=True)
    iacv_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    close_date = models.DateField(null=True, blank=True)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_closed = models.BooleanField(default=False)
    is_won = models.BooleanField(default=False)
    custom = models.JSONField(default=dict, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "opportunities"
        ordering = ["-close_date", "-id"]

    def __str__(self) -> str:
        return self.name


class OpportunityStage(models.Model):
    """The stage and amount of an opportunity from a moment until the next (null = still)."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="stages")
    stage = models.CharField(max_length=60, blank=True)
    stage_label = models.CharField(max_length=120, blank=True)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    close_date = models.DateField(null=True, blank=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["from_at", "id"]
