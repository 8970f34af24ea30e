"""What happened with an account: the timeline, and what the CRM and the help desk tell."""

from django.db import models

from tenure.models.accounts import Account
from tenure.models.contacts import Contact
from tenure.models.users import User


class Activity(models.Model):
    """One entry of the timeline. Only calls and meetings move "last engaged"; entries of the CRM are shown and never count.

    ``kind`` is a word of the handbook's ``timeline.yaml``: call, meeting, email, update, workshop, at_risk, ebr, note; "task" comes from
    a CRM only. A draft is its author's alone.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="activities")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")  # its author
    kind = models.CharField(max_length=40, default="task")
    subject = models.CharField(max_length=500, blank=True)
    body = models.TextField(blank=True)  # Markdown
    happened_at = models.DateTimeField(null=True, blank=True)
    minutes = models.PositiveIntegerField(null=True, blank=True)
    planned = models.BooleanField(default=False)  # in the calendar, not held yet
    outcome = models.CharField(max_length=300, blank=True)
    sentiment = models.CharField(max_length=20, blank=True)  # green | yellow | red; blank = not said
    next_steps = models.JSONField(default=list, blank=True)  # [{title, owner, due, task}]: `task` once one was made of it
    template = models.CharField(max_length=80, blank=True)  # of timeline.yaml
    participants = models.ManyToManyField(User, blank=True, related_name="activities")
    attendees = models.ManyToManyField(Contact, blank=True, related_name="activities")
    mentioned = models.ManyToManyField(User, blank=True, related_name="+")
    cta = models.ForeignKey("CallToAction", null=True, blank=True, on_delete=models.SET_NULL, related_name="activities")
    due_date = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=60, blank=True)  # of a CRM's task
    source = models.CharField(max_length=20, default="crm")  # crm | tenure
    draft = models.BooleanField(default=False)
    series = models.CharField(max_length=64, blank=True)  # UID of a calendar invitation
    sequence = models.PositiveIntegerField(default=0)  # of that invitation: grows with each change
    custom = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "activities"
        indexes = [
            models.Index(fields=["account", "-happened_at", "-id"], name="activity_account"),
            models.Index(fields=["owner", "-happened_at"], name="activity_owner"),
            models.Index(fields=["-happened_at", "-id"], name="activity_moment"),
        ]


class Ticket(models.Model):
    """A support ticket of the help desk."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tickets")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    subject = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=40, blank=True)
    priority = models.CharField(max_length=40, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()


class Feedback(models.Model):
    """What a customer said about the product or the service, kept as soon as it is heard (Account Management, Follow-up)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="feedback")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    activity = models.ForeignKey(Activity, null=True, blank=True, on_delete=models.SET_NULL, related_name="feedback")
    kind = models.CharField(
        max_length=40, default="product"
    )  # word of timeline.yaml: product, feature request, support, service ...
    text = models.TextField()
    status = models.CharField(max_length=20, default="open")  # open | passed_on | answered
    labels = models.JSONField(default=list, blank=True)  # customer, customer+
    issue_url = models.CharField(max_length=500, blank=True)
    given_on = models.DateField()
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "feedback"
        indexes = [
            models.Index(fields=["account", "-given_on"], name="feedback_account"),
            models.Index(fields=["status", "-given_on"], name="feedback_status"),
        ]
