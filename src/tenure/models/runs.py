"""Runs: everything that Tenure does on its own or over a long time, with steps, counts and failures."""

from django.db import models

from tenure.models.users import User


class Run(models.Model):
    """One execution of ``kind`` (daily, import, demo ...). ``steps`` is a list of {key, title, status, count, ms}."""

    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=300, blank=True)
    as_of = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=20, default="queued")  # queued | running | done | failed | cancelled
    started_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)  # last sign of life
    finished_at = models.DateTimeField(null=True, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    params = models.JSONField(default=dict, blank=True)
    steps = models.JSONField(default=list, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    message = models.TextField(blank=True)
    head = models.CharField(max_length=90, blank=True)  # "SEQ:HASH" of the newest event when the run ended
    natural_key = models.CharField(max_length=120, null=True, blank=True, unique=True)  # "daily:2026-11-22": once a day

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "-id"], name="run_kind")]

    @property
    def percent(self) -> int:
        """Progress in percent, 0 where the total is unknown."""
        return min(100, self.done * 100 // self.total) if self.total else 0


class RunFailure(models.Model):
    """One thing of a run that failed alone: a row of a file, or an account."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="failures")
    account = models.ForeignKey("Account", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    file = models.CharField(max_length=300, blank=True)
    row = models.BigIntegerField(null=True, blank=True)
    column = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=500, blank=True)
    message = models.CharField(max_length=500)
