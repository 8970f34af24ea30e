"""Reviews that managers hold: what was looked at, what was said of it, and when they signed it off."""

from django.db import models

from tenure.models.accounts import Account
from tenure.models.ctas import Task
from tenure.models.users import User


class ManagerReview(models.Model):
    """One round of a manager through one kind of thing. ``period`` is the first day of the week, month or half month it stands for."""

    kind = models.CharField(max_length=30)  # onboarding | success_plan | health | renewal
    reviewer = models.ForeignKey(User, on_delete=models.CASCADE, related_name="reviews")
    period = models.DateField()
    started_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "reviewer", "period"], name="manager_review_once")]


class ReviewItem(models.Model):
    """What was said of one thing in a review. ``tasks`` are the next steps that came of it."""

    review = models.ForeignKey(ManagerReview, on_delete=models.CASCADE, related_name="items")
    noun = models.CharField(max_length=30)  # onboarding | ...
    object_id = models.BigIntegerField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    notes = models.TextField(blank=True)  # Markdown
    seen_at = models.DateTimeField(null=True, blank=True)
    tasks = models.ManyToManyField(Task, blank=True, related_name="review_items")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "noun", "object_id"], name="review_item_once")]
        indexes = [models.Index(fields=["noun", "object_id"], name="review_item_object")]
