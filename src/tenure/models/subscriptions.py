"""Products, subscriptions and what was invoiced."""

from django.db import models
from django.db.models import F, Q

from tenure.models.accounts import Account


class Product(models.Model):
    """Something sold. ``handbook_key`` links it to the handbook's ranked products; blank = not ranked (services)."""

    name = models.CharField(max_length=300)
    sku = models.CharField(max_length=120, blank=True)
    handbook_key = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return self.name


class Subscription(models.Model):
    """Seats of a product over a term [``start_date``, ``end_date``); ``arr_minor`` in minor units of ``currency``.

    ``end_date`` null = evergreen. ``cancelled_on`` ends it early. Active on day d: start <= d and (no end or end > d), not cancelled by d.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="subscriptions")
    number = models.CharField(max_length=120, blank=True)
    product = models.CharField(max_length=120, blank=True)  # as the source names it
    hosted = models.BooleanField(null=True, blank=True)
    start_date = models.DateField(null=True, blank=True)
    end_date = models.DateField(null=True, blank=True)
    seats = models.BigIntegerField(null=True, blank=True)
    unit_price_minor = models.BigIntegerField(null=True, blank=True)
    arr_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    auto_renew = models.BooleanField(null=True, blank=True)
    is_trial = models.BooleanField(default=False)
    status = models.CharField(max_length=20, default="active")  # draft | active | cancelled | expired
    cancelled_on = models.DateField(null=True, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-start_date", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date=None) | Q(start_date=None) | Q(end_date__gte=F("start_date")), name="subscription_term"
            )
        ]


class InvoiceItem(models.Model):
    """One line of an invoice: what was charged for which service period."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="invoice_items")
    subscription = models.ForeignKey(Subscription, null=True, blank=True, on_delete=models.SET_NULL, related_name="invoice_items")
    name = models.CharField(max_length=300, blank=True)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, default="USD")
    quantity = models.BigIntegerField(null=True, blank=True)
    service_from = models.DateField(null=True, blank=True)
    service_until = models.DateField(null=True, blank=True)
    charged_on = models.DateField(null=True, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()


class CurrencyRate(models.Model):
    """How much one unit of ``currency`` is worth in the handbook's currency, from a day on."""

    currency = models.CharField(max_length=3)
    from_date = models.DateField()
    rate = models.DecimalField(max_digits=20, decimal_places=10)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["currency", "from_date"], name="currency_rate_day")]
