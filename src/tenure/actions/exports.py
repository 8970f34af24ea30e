"""What left Tenure as a file: an Event for every export."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from tenure.actions import events
from tenure.actions.refusals import Refused
from tenure.models import User
from tenure.queries import visible


def record(noun: str, what: Mapping[str, Any], *, actor: User, at: datetime) -> None:
    """Note who exported what: ``what`` names rows, query, form, columns. Raises Refused without the capability account.export."""
    if not visible.may(actor, "account.export"):
        raise Refused("Exporting needs a right that you don't have.", "not_allowed")
    with transaction.atomic():
        events.record(f"{noun}.exported", noun, None, at=at, actor=actor, after=dict(what))
