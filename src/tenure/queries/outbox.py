"""The outbox: what waits for delivery, and what an operator's page shows of it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from tenure.models import MailBlock, Notice, User
from tenure.queries import visible
from tenure.queries.preferences import DIGEST

PAGE = 50
LINK = "profile_sheet"  # a mail whose link is a customer's right to answer: nobody of ours reads it, and it is kept only until the mail has gone
# What the page calls the states, and which it puts under one head.
STATES: dict[str, tuple[str, ...]] = {
    "": (), "waits": ("queued", "held", "sending", "gathered"), "sent": ("delivered",), "failed": ("failed", "bounced"), "unsent": ("muted", "cancelled"),
}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What the list is asked for: words of title or reader, a key of ``STATES``, a kind, and the id before which it goes on."""

    text: str = ""
    state: str = ""
    kind: str = ""
    before: int | None = None


def due(at: datetime) -> QuerySet[Notice]:
    """Mails that may go out at this moment, oldest first; also those whose deliverer died on the way. Digest items go in their digest."""
    single = Q(digest="") | Q(kind=DIGEST)
    ready = Q(state="queued") | Q(single, state="held") | Q(state="sending", claimed_until__lte=at)
    rows = Notice.objects.filter(ready, Q(next_try_at=None) | Q(next_try_at__lte=at), channel="mail")
    return rows.select_related("user", "account").order_by("id")


def mails(user: User) -> QuerySet[Notice]:
    """Every mail, without those about accounts that the user doesn't see."""
    rows = Notice.objects.filter(channel="mail").select_related("user", "account")
    return rows.filter(Q(account=None) | Exists(visible.summaries(user).filter(pk=OuterRef("account_id"))))


def listed(user: User, wanted: Wanted) -> list[Notice]:
    """One page and one row more, newest first."""
    return list(_fitting(user, wanted).order_by("-id")[: PAGE + 1])


def _fitting(user: User, wanted: Wanted) -> QuerySet[Notice]:
    rows = mails(user)
    if wanted.state in STATES and wanted.state:
        rows = rows.filter(state__in=STATES[wanted.state])
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    for word in wanted.text.split():
        rows = rows.filter(
            Q(title__icontains=word) | Q(user__name__icontains=word) | Q(user__email__icontains=word) | Q(address__icontains=word)
        )
    if wanted.before:
        rows = rows.filter(pk__lt=wanted.before)
    return rows


def counts(user: User) -> dict[str, int]:
    """How many wait and how many failed: those that somebody may have to look after."""
    wanted = {key: Count("pk", filter=Q(state__in=STATES[key])) for key in ("waits", "failed")}
    states = [*STATES["waits"], *STATES["failed"]]
    return mails(user).filter(state__in=states).order_by().aggregate(**wanted)


def is_spent(notice: Notice) -> bool:
    """Whether the link that a mail was for isn't kept any more: it can't go again."""
    return notice.kind == LINK and not notice.url


def blocks() -> QuerySet[MailBlock]:
    """The addresses to which nothing goes, newest first."""
    return MailBlock.objects.order_by("-id")


def sent_as(message_id: str) -> Notice | None:
    """The mail that went out under this id."""
    return Notice.objects.filter(message_id=message_id).exclude(message_id="").select_related("user").order_by("-id").first()


def failed_ids(user: User, wanted: Wanted, most: int) -> list[int]:
    """The ids of the failed mails that fit, oldest first."""
    fitting = _fitting(user, Wanted(wanted.text, "failed", wanted.kind))
    return list(fitting.order_by("id").values_list("pk", flat=True)[:most])
