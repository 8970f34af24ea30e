"""Services of technical account management: what was delivered to an account, and paid hours with their balance."""

from django.db import models

from tenure.models.accounts import Account
from tenure.models.activities import Activity
from tenure.models.users import User


class ServiceDelivery(models.Model):
    """One service of the handbook's catalogue, delivered (or planned) for an account."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="deliveries")
    service = models.CharField(max_length=80)  # key of services.yaml
    status = models.CharField(max_length=20, default="delivered")  # planned | delivered | cancelled
    delivered_on = models.DateField()
    delivered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="deliveries")
    minutes = models.PositiveIntegerField(default=0)
    paid = models.BooleanField(default=False)  # taken from the paid hours
    note = models.CharField(max_length=1000, blank=True)
    activity = models.ForeignKey(Activity, null=True, blank=True, on_delete=models.SET_NULL, related_name="deliveries")
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "service deliveries"
        indexes = [models.Index(fields=["account", "service", "-delivered_on"], name="delivery_account")]


class PaidHours(models.Model):
    """Hours of "white glove" service that a customer bought; deliveries marked as paid use them up, oldest first."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="paid_hours")
    minutes = models.PositiveIntegerField()
    bought_on = models.DateField()
    expires_on = models.DateField(null=True, blank=True)
    reference = models.CharField(max_length=200, blank=True)  # order, opportunity
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "paid hours"
        indexes = [models.Index(fields=["account", "bought_on"], name="paid_hours_account")]
