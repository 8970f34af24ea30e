"""Accounts: customers and prospects, their history of facts, and the row that lists read."""

from django.db import models
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, NullIf

from tenure.models.territories import Territory
from tenure.models.users import User


class Account(models.Model):
    """A company. What is known of it changes over time: ``AccountVersion`` keeps it by day.

    ``custom`` keeps columns of imports that Tenure has no field for. Missing is null, never zero.
    """

    name = models.CharField(max_length=300)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children", db_index=False)
    kind = models.CharField(max_length=20, default="customer")  # customer | prospect | former
    region = models.CharField(max_length=60, blank=True)
    territory = models.ForeignKey(
        Territory, null=True, blank=True, on_delete=models.SET_NULL, related_name="accounts", db_index=False
    )
    country = models.CharField(max_length=80, blank=True)
    industry = models.CharField(max_length=200, blank=True)
    website = models.CharField(max_length=300, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    employees = models.BigIntegerField(null=True, blank=True)
    potential_users = models.BigIntegerField(null=True, blank=True)
    is_public_sector = models.BooleanField(null=True, blank=True)
    growth_opportunity = models.BooleanField(null=True, blank=True)
    partner_owned = models.BooleanField(null=True, blank=True)
    support_hold = models.BooleanField(null=True, blank=True)
    community = models.BooleanField(null=True, blank=True)
    given_segment = models.CharField(max_length=60, blank=True)  # a segment that the source states; blank = computed
    iacv_minor = models.BigIntegerField(null=True, blank=True)
    stated_arr_minor = models.BigIntegerField(null=True, blank=True)  # from a CRM field; used where there are no subscriptions
    stated_users = models.BigIntegerField(null=True, blank=True)
    stated_product = models.CharField(max_length=80, blank=True)
    customer_since = models.DateField(null=True, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        # Most accounts have neither: those cost no index entry.
        indexes = [
            models.Index(fields=["parent"], name="account_parent", condition=models.Q(parent__isnull=False)),
            models.Index(fields=["territory"], name="account_territory", condition=models.Q(territory__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def monogram(self) -> str:
        """First letter of the name, and 1..6 for the tint."""
        return (self.name[:1] or "?").upper()

    @property
    def tint(self) -> int:
        """Number of the monogram's tint, steady for one account."""
        return (self.pk or 0) % 6 + 1


class AccountVersion(models.Model):
    """What was known of an account from ``from_date`` until the day before ``until_date`` (null = still).

    A name that ``facts`` lacks was not recorded then. ``recorded_at`` is when Tenure learnt of it, so that a frame can be built as it was
    known on a day.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="versions", db_index=False)  # account_version_day
    from_date = models.DateField()
    until_date = models.DateField(null=True, blank=True)
    facts = models.JSONField(default=dict)  # the VERSIONED_FACTS of the account, by name; custom facts as JSON text
    parent_ref = models.GeneratedField(  # the parent that ``facts`` names, so that the database finds the children of a day
        expression=NullIf(Cast(KT("facts__parent_id"), models.BigIntegerField()), models.Value(0)),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
    )
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "from_date"], name="account_version_day"),
            models.Index(fields=["parent_ref"], name="account_version_parent", condition=models.Q(parent_ref__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=models.Q(until_date=None), name="account_version_one_open"),
        ]


VERSIONED_FACTS = (
    "kind", "region", "currency", "employees", "potential_users", "is_public_sector", "growth_opportunity", "partner_owned",
    "support_hold", "community", "given_segment", "iacv_minor", "stated_arr_minor", "stated_users", "stated_product", "customer_since",
    "name", "country", "industry", "website", "parent_id", "territory_id", "custom",
)  # fmt: skip


WAITING = models.Q(needs_tam_since__isnull=False)


class SummaryFields(models.Model):
    """What lists filter, sort and sum on: one narrow row per account, of today (``AccountSummary``) or of another day (``AccountDay``).

    Money is in minor units of the handbook's currency. ``*_rank`` columns sort words by their order in the handbook. Derived from rows
    that are read in the same transaction, so the database doesn't check whom they name: that would take longer than to write them.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=300)
    name_key = models.CharField(max_length=300)  # lower case, for sorting and searching
    kind = models.CharField(max_length=20, default="customer")
    region = models.CharField(max_length=60, blank=True)
    territory = models.ForeignKey(
        Territory, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False, db_constraint=False
    )
    product = models.CharField(max_length=80, blank=True)
    product_rank = models.SmallIntegerField(default=-1)
    arr_minor = models.BigIntegerField(null=True)
    iacv_minor = models.BigIntegerField(null=True)
    users = models.BigIntegerField(null=True)
    employees = models.BigIntegerField(null=True)
    subscriptions = models.IntegerField(default=0)
    contacts = models.IntegerField(default=0)
    contact_completeness = models.SmallIntegerField(null=True)  # percent
    profile_percent = models.SmallIntegerField(null=True)  # how much of both profiles is known, by weight
    profile_stale = models.IntegerField(default=0)  # fields of which too little still counts
    renewal_date = models.DateField(null=True)
    customer_since = models.DateField(null=True)
    segment = models.CharField(max_length=60, blank=True)
    segment_rank = models.SmallIntegerField(default=-1)
    service_tier = models.CharField(max_length=40, blank=True)
    service_tier_rank = models.SmallIntegerField(default=-1)
    gemstone = models.CharField(max_length=40, blank=True)
    gemstone_rank = models.SmallIntegerField(default=-1)
    coverage = models.CharField(max_length=60, blank=True)
    engagement_plan = models.CharField(max_length=60, blank=True)
    support_level = models.CharField(max_length=60, blank=True)
    tam_eligible = models.CharField(max_length=10, blank=True)  # Yes | No | blank = undecided
    tam = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False, db_constraint=False
    )
    tam_name = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False, db_constraint=False
    )
    owner_name = models.CharField(max_length=200, blank=True)
    needs_tam_since = models.DateField(null=True)  # null = has one, or is not entitled
    overridden = models.BooleanField(default=False)

    class Meta:
        abstract = True


class AccountSummary(SummaryFields):
    """Today's row of an account; derived, kept by ``actions.summaries``."""

    account = models.OneToOneField(
        Account, primary_key=True, on_delete=models.CASCADE, related_name="summary", db_constraint=False
    )
    deleted = models.BooleanField(default=False)

    class Meta:
        # Orders that people keep open, and whose accounts they are; words need no index, for PortfolioCell sums them. Most end with what
        # sums and counts read, so that a list's head is read from the index alone.
        indexes = [
            models.Index(
                fields=["account"], name="summary_gone", condition=models.Q(deleted=True)
            ),  # what lists of other things leave out
            models.Index(fields=["name_key", "account", "arr_minor", "users", "deleted"], name="summary_name"),
            models.Index(fields=["-arr_minor", "account", "users", "deleted"], name="summary_arr"),
            models.Index(fields=["renewal_date", "-arr_minor", "account", "users", "deleted"], name="summary_renewal"),
            models.Index(fields=["-gemstone_rank", "-arr_minor", "account"], name="summary_gemstone"),
            models.Index(fields=["tam", "-arr_minor", "account", "users", "deleted"], name="summary_tam"),
            # With all that the report of profiles adds up, in the order of its groups.
            models.Index(fields=["tam", "deleted", "profile_percent", "profile_stale"], name="summary_tam_known"),
            models.Index(fields=["owner", "deleted", "profile_percent", "profile_stale"], name="summary_owner"),
            models.Index(fields=["territory", "region"], name="summary_territory"),
            models.Index(
                fields=["needs_tam_since", "arr_minor", "account", "users", "deleted"],
                name="summary_needs_tam",
                condition=WAITING,
            ),
        ]
