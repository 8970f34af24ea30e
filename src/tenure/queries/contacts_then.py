"""Contacts as they were: what the log tells of them since is taken back, newest first."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from tenure.models import Contact
from tenure.queries import columns

FIELDS = (
    "account_id", "name", "salutation", "title", "role", "email", "phone", "is_champion", "is_decision_maker", "is_licence_contact",
    "is_billing_contact",
)  # fmt: skip

# One row per contact and thing that was told of it since, newest first.
SINCE = """
select c.*, e.verb as verb, e.body as body from tenure_contact c
left join tenure_event e on e.noun = 'contact' and e.object_id = c.id and e.at >= %s
where c.account_id = %s and c.created_at < %s order by c.id, e.id desc
"""


@dataclass
class Then:
    """A contact as it was; ``untold``: the fields of which nobody recorded what they had been."""

    row: Contact
    untold: set[str] = field(default_factory=set)


def of(account_id: int, until: datetime) -> list[Then]:
    """The contacts that the account had at a moment, by name. One query. A contact that was moved is with its account of today."""
    moment = columns.moment(until)
    rows = Contact.objects.raw(SINCE, [moment, account_id, moment])
    found = [_then(list(told), until) for _, told in groupby(rows, key=lambda row: row.pk)]
    alive = [one for one in found if one.row.deleted_at is None or one.row.deleted_at > until]
    return sorted((one for one in alive if one.row.account_id == account_id), key=lambda one: (one.row.name, one.row.pk))


def _then(told: Iterable[Any], until: datetime) -> Then:
    """``told``: the same contact with each thing that was told of it since."""
    first, *others = told
    then = Then(first)
    for one in (first, *others):
        if one.verb:
            _take_back(then, one.verb.rpartition(".")[2], json.loads(one.body), until)
    return then


def _take_back(then: Then, verb: str, body: dict[str, Any], until: datetime) -> None:
    before, after = body.get("before") or {}, body.get("after") or {}
    for name in FIELDS:
        if name in before:
            setattr(then.row, name, before[name] if before[name] is not None or name == "account_id" else "")
            then.untold.discard(name)
        elif name in after and verb != "created":
            then.untold.add(name)
    if verb == "deleted":
        then.row.deleted_at = None
    elif verb == "restored":
        then.row.deleted_at = until
