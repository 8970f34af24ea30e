"""Hand-overs: from sales to the TAM, from TAM to TAM, on an upgrade, and when a TAM leaves a customer to others."""

from django.db import models

from tenure.models.accounts import Account
from tenure.models.opportunities import Opportunity
from tenure.models.playbooks import PlaybookUse
from tenure.models.users import User


class HandOver(models.Model):
    """One hand-over. What it needs is the handbook's (``journey.yaml``) of the day ``edition``; ``moved`` keeps what changed hands when it was accepted,
    for undoing it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="handovers", db_index=False)
    kind = models.CharField(max_length=20)  # sale | upgrade | tam | disengagement
    natural_key = models.CharField(max_length=160, null=True, blank=True, unique=True)
    edition = models.DateField()
    plan = models.CharField(max_length=60, blank=True)  # engagement plan of the day on which it began
    opportunity = models.ForeignKey(Opportunity, null=True, blank=True, on_delete=models.SET_NULL, related_name="handovers")
    state = models.CharField(max_length=12, default="preparing")  # preparing | offered | returned | accepted | cancelled
    is_open = models.BooleanField(default=True)  # what the state says
    giver = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    taker = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    started_on = models.DateField()
    due_on = models.DateField()
    offered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    missing = models.PositiveSmallIntegerField(
        default=0
    )  # needed things that are open or sent back: kept by the actions, for lists
    reason = models.CharField(max_length=500, blank=True)  # why it was returned or called off
    note = models.TextField(blank=True)  # Markdown
    because = models.JSONField(default=dict, blank=True)  # what the rule saw
    moved = models.JSONField(default=dict, blank=True)
    playbook_use = models.ForeignKey(PlaybookUse, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "-id"], name="handover_account"),
            models.Index(fields=["is_open", "due_on", "id"], name="handover_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.account}"


class HandOverItem(models.Model):
    """What people said of one thing that a hand-over needs: done, not needed, or sent back with a reason."""

    handover = models.ForeignKey(HandOver, on_delete=models.CASCADE, related_name="items")
    key = models.CharField(max_length=60)
    state = models.CharField(max_length=10)  # done | waived | returned
    on = models.DateField()
    note = models.CharField(max_length=500, blank=True)
    link = models.CharField(max_length=500, blank=True)
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["handover", "key"], name="handover_item_once")]
