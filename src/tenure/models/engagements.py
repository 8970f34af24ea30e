"""How a customer is engaged: what people said of it that no rule tells, and the steps of the responsibility matrix that they ticked."""

from django.db import models

from tenure.models.accounts import Account
from tenure.models.opportunities import Opportunity
from tenure.models.users import User


class Engagement(models.Model):
    """What people decided for one account: the stage of the customer's life, and whether there is to be a customer project where the handbook
    leaves that open. Plan, phase and owner follow from rules and opportunities."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="engagement")
    stage = models.CharField(max_length=40, blank=True)  # key of journey.yaml; blank = nobody said
    stage_since = models.DateField(null=True, blank=True)
    stage_reason = models.CharField(max_length=500, blank=True)
    confirmations = models.JSONField(default=dict, blank=True)  # of the present stage: key -> {"by", "name", "on", "link"}
    wants_project = models.BooleanField(null=True, blank=True)
    wants_project_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    wants_project_on = models.DateField(null=True, blank=True)
    wants_project_reason = models.CharField(max_length=500, blank=True)
    updated_at = models.DateTimeField()


class EngagementStage(models.Model):
    """From when on a customer is in a stage of its life, each time that somebody said so. On a day it is in the stage that was said last, of those
    that had begun; what was taken back counts no more."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="stages")
    stage = models.CharField(max_length=40, blank=True)  # blank: none any more
    since = models.DateField()
    reason = models.CharField(max_length=500, blank=True)
    confirmations = models.JSONField(default=dict, blank=True)  # as of the engagement
    recorded_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)


class JourneyStep(models.Model):
    """A step of the matrix that somebody ticked for one opportunity: done, or not needed with a reason."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="journey_steps")
    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="journey_steps", db_index=False)
    step = models.CharField(max_length=60)
    state = models.CharField(max_length=10)  # done | waived
    on = models.DateField()
    note = models.CharField(max_length=500, blank=True)
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["opportunity", "step"], name="journey_step_once")]
