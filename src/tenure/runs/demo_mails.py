"""The demo company's outbox of the last weeks, written as it would have been: people are reminded, mails go out when they are due (as files),
two can't be sent, one comes back, one person wants no more of them. Where a mail server is set, nothing of this leaves."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Case, When

from tenure.actions import bounces, outbox, past, preferences, reminders
from tenure.models import Notice, NoticePreference, User
from tenure.queries import mails
from tenure.queries.unsubscribe import Stop
from tenure.runs import deliver

SINCE = timedelta(days=21)  # before today: of earlier mails there are no files
LEASE = timedelta(minutes=10)
BY = "demo"
REFUSALS = (
    "The mail server refused it: 552 5.2.2 Mailbox full",
    "The mail server refused it: 554 5.7.1 Message too old for our policy",
)
NO_MAILBOX = "5.1.1 550 No such user here"
MUTED = "overdue"  # what one account manager wants no mail of


def day(today: date, on: date, at: datetime) -> None:
    """After the daily run of a day of these weeks: people are told, and what was due since the day before goes out."""
    if today - on > SINCE:
        return
    if not NoticePreference.objects.exists():
        _begin(at)
    if on != today - timedelta(days=1):  # today reminds of that as well
        reminders.remind(on, at=at)
    go_out(at)


def before(today: date, at: datetime) -> None:
    """Before anything new of a moment is told: what had waited for its hour goes out."""
    if today - at.date() <= SINCE and NoticePreference.objects.exists():
        go_out(at)


def today(on: date, at: datetime) -> None:
    """What is told today; what waits for its hour stays in the outbox. A mail that couldn't be sent, and one that came back."""
    reminders.remind(on, at=at)
    _fail(at)
    go_out(at)
    sent = Notice.objects.filter(kind="invitation", channel="mail", state="delivered", user=None).order_by("pk").first()
    if sent:
        bounces.record(sent.address, sent.message_id, NO_MAILBOX, failed=True, no_mailbox=True, at=at)


def go_out(until: datetime) -> None:
    """Send what is due up to a moment: what was held, each at its own time, then what has just been written. Never to a mail server: then the
    mails are taken back."""
    if settings.MAILS_LEAVE:
        past.tell_nobody(before=until + timedelta(seconds=1))
        return
    last = None
    while (due := _next(until, last)) is not None:
        deliver.deliver(due, by=BY)
        last = due
    deliver.deliver(until, by=BY)


def _next(until: datetime, last: datetime | None) -> datetime | None:
    """The next moment for which mails are held."""
    held = Notice.objects.filter(channel="mail", state="held", next_try_at__lte=until)
    held = held.filter(next_try_at__gt=last) if last else held
    return held.order_by("next_try_at").values_list("next_try_at", flat=True).first()


def _begin(at: datetime) -> None:
    """The past before these weeks is over and told; one account manager has had enough of reminders."""
    past.tell_nobody(before=at)
    people = User.objects.filter(roles__role="account_manager", is_active=True).order_by("-pk")
    if somebody := people.first():
        preferences.stop(Stop(MUTED, somebody), at=at)


def _fail(at: datetime) -> None:
    """Mails that the mail server wouldn't have."""
    waiting = Notice.objects.filter(channel="mail", state__in=("queued", "held"), digest="").exclude(kind="invitation")
    personal = Case(When(kind__in=("mention", "assignment"), then=0), default=1)
    for notice, problem in zip(waiting.order_by(personal, "pk"), REFUSALS, strict=False):
        if outbox.claim(notice, by=BY, at=at, lease=LEASE, message_id=mails.message_id(notice)):
            outbox.give_up(notice, problem)
