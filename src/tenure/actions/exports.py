"""What left Tenure as a file: an Event for every export."""

from datetime import datetime

from django.db import transaction

from tenure.actions import events
from tenure.actions.refusals import Refused
from tenure.models import User
from tenure.queries import visible


def record(noun: str, rows: int, query: str, form: str, *, actor: User, at: datetime) -> None:
    """Note who exported how many rows of what. Raises Refused without the capability account.export."""
    if not visible.may(actor, "account.export"):
        raise Refused("Exporting needs a right that you don't have.", "not_allowed")
    with transaction.atomic():
        events.record(f"{noun}.exported", noun, None, at=at, actor=actor, after={"rows": rows, "query": query, "form": form})
