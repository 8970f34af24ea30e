"""Onboardings: from the sale to the day on which the customer works with what they bought, and the times that it took."""

from django.db import models

from tenure.models.accounts import Account, AccountSummary
from tenure.models.opportunities import Opportunity
from tenure.models.playbooks import PlaybookUse
from tenure.models.users import User

THERE = models.Q(deleted_at=None)


class Onboarding(models.Model):
    """One onboarding of a customer. Statuses, required fields and the times are words of the handbook's ``onboarding.yaml``, by edition.

    ``team`` is who was on the account when it began: copied, never followed. The days are calendar days by the edition's definition; null =
    not known yet, or left out by the edition.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="onboardings")
    name = models.CharField(max_length=300)
    cause = models.CharField(max_length=20)  # closed_won | gem_change | upgrade | tam_filled | person | import
    because = models.JSONField(default=dict, blank=True)  # what the rule saw, further causes included
    natural_key = models.CharField(max_length=160, null=True, blank=True, unique=True)
    edition = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=30, default="not_started")
    is_open = models.BooleanField(default=True)  # what the status says
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="onboardings", db_index=False)
    opportunity = models.ForeignKey(Opportunity, null=True, blank=True, on_delete=models.SET_NULL, related_name="onboardings")
    gemstone = models.CharField(max_length=40, blank=True)  # of the day on which it began; can be changed
    purchase_date = models.DateField(null=True, blank=True)
    contract_date = models.DateField(null=True, blank=True)  # original contract date
    start_date = models.DateField(null=True, blank=True)
    first_reach_out = models.DateField(null=True, blank=True)
    infrastructure_ready = models.DateField(null=True, blank=True)
    first_value = models.DateField(null=True, blank=True)
    first_value_by = models.CharField(max_length=20, blank=True)  # person | licences
    outcome_achieved = models.DateField(null=True, blank=True)
    finish_date = models.DateField(null=True, blank=True)
    greenfield = models.BooleanField(null=True, blank=True)
    challenges = models.TextField(blank=True)  # Markdown: challenges and highlights
    notes = models.TextField(blank=True)
    takeaways = models.TextField(blank=True)
    success_plan_url = models.CharField(max_length=500, blank=True)
    survey_sent = models.BooleanField(null=True, blank=True)
    survey_received = models.BooleanField(null=True, blank=True)
    survey_score = models.PositiveSmallIntegerField(null=True, blank=True)  # 1..5
    team = models.JSONField(default=dict, blank=True)  # role -> {"id", "name"}
    playbook_use = models.ForeignKey(PlaybookUse, null=True, blank=True, on_delete=models.SET_NULL, related_name="onboardings")
    days_to_engage = models.IntegerField(null=True, blank=True)
    days_to_value = models.IntegerField(null=True, blank=True)
    days_to_onboard = models.IntegerField(null=True, blank=True)
    track = models.CharField(max_length=20, blank=True)  # on_track | behind | stuck; blank once it is over
    reviewed_on = models.DateField(null=True, blank=True)
    edited = models.JSONField(default=list, blank=True)  # fields that a person has set: a run leaves them alone
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    # Not a column: the account's row of lists, joined without going through the account.
    summary = models.ForeignObject(
        AccountSummary, on_delete=models.DO_NOTHING, from_fields=["account"], to_fields=["account"], related_name="+"
    )

    class Meta:
        indexes = [
            # Lists walk along these, and count and measure by them alone: each ends with what tells whether the account is there.
            models.Index(fields=["start_date", "id", "account", "deleted_at"], name="onboarding_start", condition=THERE),
            models.Index(
                fields=["finish_date", "id", "account", "is_open", "deleted_at"], name="onboarding_finish", condition=THERE
            ),
            models.Index(fields=["track", "start_date", "id", "account", "deleted_at"], name="onboarding_track", condition=THERE),
            models.Index(
                fields=["status", "start_date", "id", "account", "is_open", "deleted_at"],
                name="onboarding_board",
                condition=THERE,
            ),
            models.Index(
                fields=["account", "is_open", "track", "owner", "status", "finish_date", "id", "deleted_at"],
                name="onboarding_counted",
                condition=THERE,
            ),
            models.Index(
                fields=[
                    "owner",
                    "gemstone",
                    "start_date",
                    "purchase_date",
                    "contract_date",
                    "days_to_engage",
                    "days_to_value",
                    "days_to_onboard",
                    "account",
                    "is_open",
                    "deleted_at",
                ],
                name="onboarding_times",
                condition=THERE,
            ),
            models.Index(fields=["owner", "is_open", "id"], name="onboarding_owner"),
            models.Index(fields=["is_open", "status", "id"], name="onboarding_status"),
            models.Index(fields=["account", "-id"], name="onboarding_account"),
        ]

    def __str__(self) -> str:
        return self.name


class OnboardingMilestone(models.Model):
    """A milestone of use that the customer has reached (``licences_10`` ...): may lie before the contract, when value came in a trial."""

    onboarding = models.ForeignKey(Onboarding, on_delete=models.CASCADE, related_name="milestones")
    key = models.CharField(max_length=40)
    reached_on = models.DateField()
    source = models.CharField(max_length=20, default="person")  # person | licences | import
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["onboarding", "key"], name="onboarding_milestone_once")]
