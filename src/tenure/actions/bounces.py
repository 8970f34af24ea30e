"""A mail came back: its notice says so, and nothing more goes to an address that doesn't exist."""

from datetime import datetime
from typing import Literal

from django.db import transaction

from tenure.actions import events, outbox
from tenure.models import Notice
from tenure.queries import outbox as queries

Told = Literal["bounced", "delayed", "known", "unknown"]


def record(address: str, message_id: str, said: str, *, failed: bool, no_mailbox: bool, at: datetime) -> Told:
    """What a mail server said of a mail: ``bounced`` (its notice is marked, and the address blocked when that is at fault), ``delayed`` (only
    the notice's problem is told), ``known`` (was said before), ``unknown`` (we sent no such mail there).

    Only who got the mail, or carried it, knows its id: without one that we sent to this address nobody can close an address.
    """
    notice = queries.sent_as(message_id)
    if notice is None or (notice.user.email if notice.user else notice.address).lower() != address.lower():
        return "unknown"
    if not failed:
        told = Notice.objects.filter(pk=notice.pk, state="delivered", problem="").update(problem=f"Delayed: {said}"[:500])
        return "delayed" if told else "known"
    with transaction.atomic():
        marked = Notice.objects.filter(pk=notice.pk, state="delivered").update(
            state="bounced", problem=f"Came back: {said}"[:500]
        )
        if not marked:
            return "known"
        if no_mailbox:
            outbox.block(address, "bounced", said, at=at)
        events.record(
            "notice.bounced",
            "notice",
            notice.pk,
            at=at,
            actor=None,
            account_id=notice.account_id,
            after={"address": address},
            reason=said,
        )
    return "bounced"
