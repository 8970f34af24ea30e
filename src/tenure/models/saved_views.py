"""Saved views of lists."""

from django.db import models

from tenure.models.users import User


class SavedView(models.Model):
    """A list's whole state (``query`` as in the URL) under a name."""

    page = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    query = models.CharField(max_length=4000, blank=True)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    shared = models.BooleanField(default=False)
    pinned = models.BooleanField(default=False)
    is_default = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-pinned", "position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["page", "owner", "name"], name="saved_view_name"),
            models.UniqueConstraint(fields=["page", "owner"], condition=models.Q(is_default=True), name="saved_view_one_default"),
        ]
