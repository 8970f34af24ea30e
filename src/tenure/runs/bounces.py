"""Taking in mails that came back."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from email.message import EmailMessage

from tenure.actions import bounces as actions
from tenure.links.mail import bounces


def take(messages: Iterable[EmailMessage], *, at: datetime) -> Counter[str]:
    """Record what each message says; counts of ``actions.bounces.Told``, and ``other`` for mails that are no bounce. A repeat is ``known``."""
    counts: Counter[str] = Counter()
    for message in messages:
        found = [one for one in bounces.parse(message) if one.action in ("failed", "delayed")]
        for one in found:
            said = " ".join(part for part in (one.status, one.said) if part) or one.action
            counts[actions.record(one.address, one.message_id, said, failed=one.failed, no_mailbox=one.no_mailbox, at=at)] += 1
        counts["other"] += not found
    return counts
