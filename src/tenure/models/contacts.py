"""Contacts: the people at an account."""

from django.db import models

from tenure.models.accounts import Account


class Contact(models.Model):
    """A person at an account; the handbook asks for title, role, e-mail and phone, and in APAC for the salutation."""

    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=300)
    salutation = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=300, blank=True)
    role = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=320, blank=True)
    phone = models.CharField(max_length=80, blank=True)
    is_champion = models.BooleanField(default=False)
    is_decision_maker = models.BooleanField(default=False)
    is_licence_contact = models.BooleanField(default=False)
    is_billing_contact = models.BooleanField(default=False)
    custom = models.JSONField(default=dict, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    def missing_fields(self, region: str) -> list[str]:
        """Which of the fields that the handbook asks for are blank (seed: Account Management, Customer Engagement)."""
        asked = ["title", "role", "email", "phone"] + (["salutation"] if region == "APAC" else [])
        return [field for field in asked if not getattr(self, field)]
