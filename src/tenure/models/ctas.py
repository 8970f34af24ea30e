"""Calls to action: what is due for an account, who does it, by when, and how it ended."""

from django.db import models

from tenure.models.accounts import Account, AccountSummary
from tenure.models.playbooks import PlaybookUse
from tenure.models.users import User


class CallToAction(models.Model):
    """One call to action (CTA). Types, statuses and closing outcomes are words of the handbook's ``ctas.yaml``.

    ``natural_key`` (rule:account:occasion) keeps a rule from raising it twice, also after it was snoozed or closed. ``edited`` names the
    fields that a person has set: a run leaves them alone. ``hidden_until`` is what lists and the ranking test for a snooze.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="ctas")
    type = models.CharField(max_length=30)  # risk | expansion | lifecycle | activity | renewal | objective | digital
    reason = models.CharField(max_length=80, blank=True)  # a word of the type: onboarding, cadence call, low licence use ...
    title = models.CharField(max_length=300)
    note = models.TextField(blank=True)  # Markdown
    priority = models.SmallIntegerField(default=2)  # 1 high, 2 medium, 3 low
    important = models.BooleanField(default=False)  # marked by its owner
    status = models.CharField(max_length=40, default="new")  # key of ctas.yaml
    is_open = models.BooleanField(default=True)  # what the status says; kept here so that an index holds the open ones only
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="ctas", db_index=False)
    due_date = models.DateField(null=True, blank=True)
    snoozed_until = models.DateField(null=True, blank=True)
    snooze_reason = models.CharField(max_length=300, blank=True)
    origin = models.CharField(max_length=20, default="person")  # schedule | playbook | activity | follow_up | person
    rule = models.CharField(max_length=80, blank=True)  # schedule or rule that raised it
    edition = models.DateField(null=True, blank=True)
    because = models.JSONField(default=dict, blank=True)  # what the rule saw: anchor, facts, offsets, source
    natural_key = models.CharField(max_length=160, null=True, blank=True, unique=True)
    playbook_use = models.ForeignKey(PlaybookUse, null=True, blank=True, on_delete=models.SET_NULL, related_name="ctas")
    edited = models.JSONField(default=list, blank=True)
    tasks_open = models.PositiveSmallIntegerField(default=0)  # kept by actions.tasks
    tasks_done = models.PositiveSmallIntegerField(default=0)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    outcome_note = models.CharField(max_length=1000, blank=True)
    # Not a column: the account's row of lists, joined without going through the account (the cockpit does it ten thousand times a page).
    summary = models.ForeignObject(
        AccountSummary, on_delete=models.DO_NOTHING, from_fields=["account"], to_fields=["account"], related_name="+"
    )

    class Meta:
        verbose_name = "call to action"
        verbose_name_plural = "calls to action"
        indexes = [
            models.Index(fields=["owner", "due_date", "id"], name="cta_owner_due", condition=models.Q(is_open=True)),
            models.Index(fields=["due_date", "id"], name="cta_due", condition=models.Q(is_open=True)),
            # Ends with what the cockpit counts and ranks by: it goes through a team's work by account and reads no row.
            models.Index(
                fields=[
                    "account",
                    "is_open",
                    "due_date",
                    "owner",
                    "snoozed_until",
                    "priority",
                    "important",
                    "status",
                    "type",
                    "id",
                ],
                name="cta_account",
            ),
            models.Index(fields=["rule", "account"], name="cta_rule"),
            models.Index(fields=["closed_at"], name="cta_closed", condition=models.Q(is_open=False)),
        ]

    def is_snoozed(self, today) -> bool:  # type: ignore[no-untyped-def]
        """Whether it rests on ``today``."""
        return self.is_open and self.snoozed_until is not None and self.snoozed_until > today


class Task(models.Model):
    """One step of a CTA. ``fields`` holds the answers that its playbook asks for before it can be done (see ``asked``)."""

    cta = models.ForeignKey(CallToAction, on_delete=models.CASCADE, related_name="tasks")
    key = models.CharField(max_length=80, blank=True)  # of the playbook's step
    position = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=300)
    note = models.TextField(blank=True)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks")
    due_date = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=20, default="open")  # open | done | skipped
    after = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="before")  # steps that come first
    asked = models.JSONField(default=list, blank=True)  # [{key, label, kind: text|number|date|choice, choices, required}]
    fields = models.JSONField(default=dict, blank=True)
    edited = models.JSONField(default=list, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["position", "id"]
        indexes = [
            models.Index(fields=["cta", "position"], name="task_cta"),
            models.Index(fields=["owner", "due_date"], name="task_owner_due", condition=models.Q(status="open")),
        ]


class CtaLink(models.Model):
    """What a CTA is about: a subscription, an opportunity, a contact, an activity ... or an address outside."""

    cta = models.ForeignKey(CallToAction, on_delete=models.CASCADE, related_name="links")
    noun = models.CharField(max_length=40)  # subscription | opportunity | contact | activity | ticket | url
    object_id = models.BigIntegerField(null=True, blank=True)
    title = models.CharField(max_length=300)
    url = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cta", "noun", "object_id", "url"], name="cta_link_once")]


class Comment(models.Model):
    """A remark on a CTA or an activity; people named in it (@) are told."""

    cta = models.ForeignKey(CallToAction, null=True, blank=True, on_delete=models.CASCADE, related_name="comments")
    activity = models.ForeignKey("Activity", null=True, blank=True, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField()  # Markdown
    mentioned = models.ManyToManyField(User, blank=True, related_name="+")
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(cta__isnull=False, activity__isnull=True) | models.Q(cta__isnull=True, activity__isnull=False),
                name="comment_of_one",
            )
        ]


class Attachment(models.Model):
    """A file kept with a CTA or an activity, under TENURE_HOME; served only through a page that checks the right."""

    cta = models.ForeignKey(CallToAction, null=True, blank=True, on_delete=models.CASCADE, related_name="attachments")
    activity = models.ForeignKey("Activity", null=True, blank=True, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=255)
    stored = models.CharField(max_length=100)  # name of the file in the store: random, never the user's
    type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]


class Cascade(models.Model):
    """Changes that one decision made to several due dates or owners at once, kept so that they can be taken back together."""

    kind = models.CharField(max_length=20)  # due | owner | bulk
    title = models.CharField(max_length=300)
    before = models.JSONField()  # [{noun: cta|task, id, field: old value ...}]
    after = models.JSONField()  # the same with new values: an undo is refused where something else has changed since
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
