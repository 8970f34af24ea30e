"""Notices: what a person is told, in the application or by mail."""

from django.db import models

from tenure.models.accounts import Account
from tenure.models.users import User


class Notice(models.Model):
    """One message to one person by one channel; ``natural_key`` keeps it from being sent twice.

    ``user`` is a person of ours; a mail to a contact of a customer (an invitation) has ``address`` instead. ``state`` of the outbox:
    queued -> sending (``claimed_by`` until ``claimed_until``) -> delivered | failed | bounced; held (digest, quiet hours) until
    ``next_try_at``; gathered: stands in the mail of its digest, which is a notice of its own (kind digest) and takes it along;
    muted: its reader doesn't want it by this channel, kept so that the page can say so; cancelled: what it asked for was done before it went
    (``problem`` says what), or, in the application, before it was read.
    """

    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="notices")
    address = models.CharField(max_length=254, blank=True)
    kind = models.CharField(max_length=40)  # key of notices.yaml: assignment, needs_tam, mention, due, overdue, import_done ...
    channel = models.CharField(max_length=20, default="app")  # app | mail
    title = models.CharField(max_length=300)
    body = models.CharField(max_length=1000, blank=True)
    html = models.TextField(blank=True)  # of a mail; blank = made from the text
    invitation = models.TextField(blank=True)  # the meeting as JSON, of which links.calendar makes iCalendar
    url = models.CharField(max_length=300, blank=True)
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    natural_key = models.CharField(max_length=200, unique=True)
    digest = models.CharField(max_length=40, blank=True)  # "daily:2026-11-23": sent together with others of this key
    state = models.CharField(max_length=20, default="queued")
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)  # why the last attempt failed, in words
    claimed_by = models.CharField(max_length=64, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=200, blank=True)  # of the mail that was sent, to know a bounce by
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user", "read_at", "-id"], name="notice_user"),
            models.Index(fields=["state", "next_try_at"], name="notice_outbox"),
            models.Index(fields=["message_id"], name="notice_message", condition=~models.Q(message_id="")),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(user__isnull=False) | ~models.Q(address=""), name="notice_has_reader")
        ]


class NoticePreference(models.Model):
    """How a person wants one kind of notice by mail: at once, once a day, once a week, never. Without a row the handbook's default holds."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notice_preferences")
    kind = models.CharField(max_length=40)
    mail = models.CharField(max_length=10, default="now")  # now | daily | weekly | never
    app = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="notice_preference_once")]


class MailBlock(models.Model):
    """An address that mails can't reach (it bounced) or that asked for none; nothing is sent there until it is lifted."""

    address = models.CharField(max_length=254)  # lower case
    reason = models.CharField(max_length=20)  # bounced | unsubscribed
    kind = models.CharField(max_length=40, blank=True)  # blank = every kind
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address", "kind"], name="mail_block_once")]
