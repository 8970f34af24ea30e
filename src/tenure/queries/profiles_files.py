"""The profiles of accounts as rows of a file, and which rows a person may take away."""

from collections.abc import Iterable, Iterator
from typing import Any

from tenure.models import Account, ProfileValue
from tenure.queries import handbook, profiles_page

HEADER = ("Account", "Account id", "Field", "Title", "Value", "Source", "Confidence", "Learnt on", "Note", "Author")
NEEDED = ("field", "value")


def rows(accounts: Iterable[Account]) -> Iterator[tuple[Any, ...]]:
    """Every value that holds, in the order of the handbook; see ``HEADER``. One query for a thousand accounts."""
    pack = handbook.pack()
    order = {key: place for place, key in enumerate(pack.profiles.fields)}
    known = {account.pk: account for account in accounts}
    ids = list(known)
    for start in range(0, len(ids), 1000):
        some = ids[start : start + 1000]
        found = ProfileValue.objects.filter(account__in=some, replaced_at=None, value__isnull=False).select_related("author")
        for row in sorted(found, key=lambda row: (known[row.account_id].name, row.account_id, order.get(row.field, len(order)))):
            if row.field in pack.profiles.fields:
                yield _row(known[row.account_id], row)


def _row(account: Account, row: ProfileValue) -> tuple[Any, ...]:
    one = handbook.pack().profiles.fields[row.field]
    return (
        account.name, account.pk, row.field, one.title, profiles_page.words(one, row.value), row.source, row.confidence,
        row.learnt_on.isoformat(), row.source_note, row.author.name if row.author else "",
    )  # fmt: skip
