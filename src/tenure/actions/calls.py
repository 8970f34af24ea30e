"""A call written up with what came of it: what the customer said, and the service that it delivered."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.actions import activities, feedback, services
from tenure.actions.refusals import Refused
from tenure.models import Account, Activity, User
from tenure.queries import clock


def log(
    account: Account, fields: Mapping[str, Any], *, today: date, actor: User, at: datetime, said: Mapping[str, Any] | None = None, service: str = ""
) -> Activity:  # fmt: skip
    """``activities.log``, with feedback (``said``: kind, text) and as the delivery of a service (its key; what was planned up to today is fulfilled),
    all or nothing. Raises Refused."""
    moment: dict[str, Any] = {"today": today, "actor": actor, "at": at}
    with transaction.atomic():
        row = feedback.log_with(account, fields, said, **moment) if said else activities.log(account, fields, **moment)
        if service:
            _deliver(row, account, service, today, moment)
    return row


def hold(
    activity: Activity, fields: Mapping[str, Any], *, today: date, actor: User, at: datetime, service: str = ""
) -> bool:  # fmt: skip
    """``activities.hold``, also as the delivery of a service (its key; what was planned up to the day of the plan is fulfilled), all or nothing.
    Raises Refused."""
    moment: dict[str, Any] = {"today": today, "actor": actor, "at": at}
    until = clock.day_of(activity.happened_at) if activity.happened_at else today  # the day for which it was planned
    with transaction.atomic():
        changed = activities.hold(activity, fields, **moment)
        if service:
            _deliver(activity, activity.account, service, until, moment)
    return changed


def _deliver(row: Activity, account: Account, service: str, until: date, moment: Mapping[str, Any]) -> None:
    row.account = account
    try:
        services.deliver_with(row, service, until=until, **moment)
    except Refused as refusal:
        raise Refused(refusal.sentence, refusal.code, refusal.field if refusal.field == "minutes" else "service") from refusal
