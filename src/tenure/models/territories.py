"""Territories: the part of the market that a team covers."""

from django.db import models


class Territory(models.Model):
    """A named part of the market; ``region`` and ``segment`` are keys of the handbook, blank segment = all."""

    key = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    region = models.CharField(max_length=60)
    segment = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name_plural = "territories"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
