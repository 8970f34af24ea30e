"""The portfolio added up: what the words of all accounts' summary rows come to, by combination."""

from django.db import models


class PortfolioCell(models.Model):
    """Accounts whose summary rows hold the same words, counted and summed; derived, kept by ``actions.portfolio``.

    Several cells may stand for one combination: a change appends what it adds and takes away, and the daily run folds them. Fields are
    named as in ``AccountSummary``, so that a test on its words is a test on these. Money is in minor units of the handbook's currency.
    ``*_known`` count the accounts whose value isn't blank.
    """

    kind = models.CharField(max_length=20, blank=True)
    region = models.CharField(max_length=60, blank=True)
    product = models.CharField(max_length=80, blank=True)
    segment = models.CharField(max_length=60, blank=True)
    service_tier = models.CharField(max_length=40, blank=True)
    gemstone = models.CharField(max_length=40, blank=True)
    coverage = models.CharField(max_length=60, blank=True)
    engagement_plan = models.CharField(max_length=60, blank=True)
    support_level = models.CharField(max_length=60, blank=True)
    tam_eligible = models.CharField(max_length=10, blank=True)
    overridden = models.BooleanField(default=False)
    accounts = models.BigIntegerField()
    arr_minor = models.BigIntegerField()
    arr_known = models.BigIntegerField()
    iacv_minor = models.BigIntegerField()
    iacv_known = models.BigIntegerField()
    users = models.BigIntegerField()
    users_known = models.BigIntegerField()


PORTFOLIO_WORDS = (
    "kind", "region", "product", "segment", "service_tier", "gemstone", "coverage", "engagement_plan", "support_level", "tam_eligible",
    "overridden",
)  # fmt: skip
PORTFOLIO_SUMS = {"arr_minor": "arr_known", "iacv_minor": "iacv_known", "users": "users_known"}  # column -> how many are known
