"""People's time: hours of a week, absences, and the calendar feed that a phone subscribes to."""

from django.db import models

from tenure.models.users import User


class WorkingTime(models.Model):
    """The hours of a person's week from a day on; without one the handbook's default holds."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="working_times")
    from_date = models.DateField()
    minutes_a_week = models.PositiveIntegerField()
    days = models.CharField(max_length=7, default="12345")  # ISO weekdays on which the person works

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "from_date"], name="working_time_once")]


class Absence(models.Model):
    """Days on which a person doesn't work, both ends included."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences")
    first = models.DateField()
    last = models.DateField()
    kind = models.CharField(max_length=30, default="leave")  # leave | sick | training | other
    note = models.CharField(max_length=200, blank=True)
    deputy = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["user", "last"], name="absence_user")]
        constraints = [models.CheckConstraint(condition=models.Q(last__gte=models.F("first")), name="absence_order")]


class CalendarFeed(models.Model):
    """A secret address under which a calendar program reads somebody's calls, reviews and due CTAs. Only the token's hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="calendar_feeds")
    token_hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)  # its last characters, so that it can be told from another
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_read_at = models.DateTimeField(null=True, blank=True)
