"""The lists' rows of another day than today, built once when somebody asks for it."""

from django.db import models

from tenure.models.accounts import WAITING, Account, SummaryFields
from tenure.models.runs import Run
from tenure.models.territories import Territory
from tenure.models.users import User


class BuiltDay(models.Model):
    """The rows of one day as they were recorded at one moment. Shown once ``ready_at`` is set; the newest ready one of a day counts."""

    day = models.DateField()
    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    seen_from = models.DateField()  # today when it was built: a look ahead depends on it
    recorded_at = models.DateTimeField()  # what was recorded until then is in the rows
    event = models.BigIntegerField()  # the newest event at that moment
    digest = models.CharField(max_length=64)  # of the handbook's text
    accounts = models.BigIntegerField(default=0)
    ready_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField()  # the days used last are kept

    class Meta:
        indexes = [models.Index(fields=["day", "-id"], name="built_day")]


class AccountDay(SummaryFields):
    """The row of an account on a built day: what was in force on a day that is past, what is planned for one to come.

    Nothing here is checked by the database: a day is many rows, written at once and dropped as a whole, and nobody else refers to them.
    """

    built = models.ForeignKey(BuiltDay, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    account = models.ForeignKey(Account, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    territory = models.ForeignKey(
        Territory, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    tam = models.ForeignKey(User, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    owner = models.ForeignKey(User, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    assumed = models.IntegerField(default=0)  # subscriptions of which a look ahead assumes that they renewed themselves
    tam_basis = models.CharField(max_length=200, blank=True)  # why the account gets a TAM, in the rule's words

    class Meta:
        constraints = [models.UniqueConstraint(fields=["built", "account"], name="account_day_once")]
        # Fewer than of today's rows: a day is built often and looked at by few.
        indexes = [
            models.Index(fields=["built", "-arr_minor", "account", "users"], name="account_day_arr"),
            models.Index(fields=["built", "name_key", "account"], name="account_day_name"),
            models.Index(fields=["built", "renewal_date", "-arr_minor", "account"], name="account_day_renewal"),
            models.Index(fields=["built", "tam", "-arr_minor", "account"], name="account_day_tam"),
            models.Index(
                fields=["built", "needs_tam_since", "arr_minor", "account"], name="account_day_needs_tam", condition=WAITING
            ),
        ]
