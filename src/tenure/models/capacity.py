"""The hours that planned work asks of people, built for a window of weeks when somebody needs it."""

from django.db import models

from tenure.models.accounts import Account
from tenure.models.ctas import CallToAction
from tenure.models.runs import Run
from tenure.models.users import User


class CapacityPlan(models.Model):
    """A window of weeks as it was planned at one moment. Shown once ``ready_at`` is set; the newest ready one of a window counts."""

    first = models.DateField()  # the Monday of its first week
    weeks = models.PositiveSmallIntegerField()
    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    as_of = models.DateField()  # the day from which it looks ahead
    recorded_at = models.DateTimeField()  # what was recorded until then is in it
    event = models.BigIntegerField()  # the newest event at that moment
    digest = models.CharField(max_length=64)  # of the handbook's text
    lines = models.BigIntegerField(default=0)
    ready_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField()  # the windows used last are kept

    class Meta:
        indexes = [models.Index(fields=["first", "-id"], name="capacity_plan_first")]


class CapacityWeek(models.Model):
    """The sum of a person's lines of one kind in one week. ``user`` None: work that nobody has yet."""

    plan = models.ForeignKey(CapacityPlan, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    user = models.ForeignKey(User, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    week = models.DateField()  # its Monday
    kind = models.CharField(max_length=120)  # Cadence call, Onboarding, Webinar ...
    minutes = models.PositiveIntegerField()
    pieces = models.PositiveIntegerField()
    late = models.PositiveIntegerField(default=0)  # minutes of it that were due before the day from which the plan looks

    class Meta:
        indexes = [models.Index(fields=["plan", "user", "week", "minutes"], name="capacity_week_user")]


class CapacityLine(models.Model):
    """One piece of planned work in one week, with the words for its minutes.

    Nothing here is checked by the database: a window is many rows, written at once and dropped as a whole, and nobody else refers to them.
    """

    plan = models.ForeignKey(CapacityPlan, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    user = models.ForeignKey(User, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    week = models.DateField()
    account = models.ForeignKey(
        Account, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    cta = models.ForeignKey(
        CallToAction, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )  # None: not there yet
    schedule = models.CharField(max_length=80, blank=True)  # that raises it, or raised it
    kind = models.CharField(max_length=120)
    title = models.CharField(max_length=300)
    due_date = models.DateField(null=True)
    minutes = models.PositiveIntegerField()
    why = models.CharField(max_length=200)  # how the minutes come about

    class Meta:
        indexes = [
            models.Index(fields=["plan", "user", "week"], name="capacity_line_user"),
            models.Index(fields=["plan", "account"], name="capacity_line_account"),
        ]
