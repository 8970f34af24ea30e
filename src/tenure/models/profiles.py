"""The customer meta-record: the business and the technical profile of an account, value by value, each with where it comes from."""

from django.db import models

from tenure.models.accounts import Account
from tenure.models.contacts import Contact
from tenure.models.users import User


class ProfileValue(models.Model):
    """What is known of one field of a profile from ``recorded_at`` until ``replaced_at`` (null = still). Fields are the handbook's
    ``profiles.yaml``; ``value`` is JSON in the shape of the field's type, null = taken back."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="profile_values", db_index=False)
    field = models.CharField(max_length=60)
    value = models.JSONField(null=True, blank=True)
    source = models.CharField(max_length=20, default="person")  # call | customer | crm | tool | import | person
    source_note = models.CharField(max_length=300, blank=True)
    confidence = models.CharField(max_length=10, default="high")  # low | medium | high
    learnt_on = models.DateField()
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "field"], name="profile_value_now", condition=models.Q(replaced_at=None))
        ]
        indexes = [models.Index(fields=["account", "field", "-recorded_at"], name="profile_value_history")]


class ProfileSheet(models.Model):
    """A questionnaire that was sent out: by link, or as a file. Only a digest of the link's token is kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="profile_sheets")
    title = models.CharField(max_length=200)
    fields = models.JSONField()  # keys, in order
    draft = models.JSONField(default=dict, blank=True)  # what was filled in and not sent yet, as it was written, by key
    token_digest = models.CharField(max_length=64, null=True, blank=True, unique=True)
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    address = models.CharField(max_length=254, blank=True)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)


class ProfileProposal(models.Model):
    """A value that somebody from outside gave: it counts once the owner of the profile has accepted it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="profile_proposals")
    sheet = models.ForeignKey(ProfileSheet, null=True, blank=True, on_delete=models.CASCADE, related_name="proposals")
    field = models.CharField(max_length=60)
    value = models.JSONField()
    from_name = models.CharField(max_length=200, blank=True)
    from_address = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=10, default="pending")  # pending | accepted | declined
    reason = models.CharField(max_length=300, blank=True)
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "state", "id"], name="profile_proposal_account")]
