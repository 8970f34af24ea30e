"""Opportunities of one account with the history of their stages."""

from dataclasses import dataclass
from datetime import date, datetime

from tenure.models import Opportunity, OpportunityStage
from tenure.queries import clock
from tenure.rules.errors import Ended, NotYetInForce, UnknownName
from tenure.rules.packs import Pack

KINDS = {"new_account": "New account", "new_subscription": "New subscription", "add_on": "Add-on", "renewal": "Renewal"}


@dataclass(frozen=True)
class Deal:
    """An opportunity on a day: the stage of that day in words, and the stages before it, oldest first."""

    row: Opportunity
    stage: str
    kind: str
    history: list[tuple[date, str]]


def of_account(account_id: int, day: date, until: datetime, pack: Pack) -> list[Deal]:
    """The opportunities known on a day (``until`` is the first moment after it), open ones first, then by close date. Two queries."""
    rows = Opportunity.objects.filter(account_id=account_id, deleted_at=None, created_at__lt=until)
    ordered = rows.select_related("owner").prefetch_related("stages").order_by("is_closed", "-close_date", "-id")
    return [_deal(row, day, until, pack) for row in ordered]


def any_won(account_id: int, day: date) -> bool:
    """Whether business of an account was won by a day. One query."""
    rows = Opportunity.objects.filter(account_id=account_id, deleted_at=None, is_won=True)
    return rows.exclude(close_date__gt=day).exists()


def _deal(row: Opportunity, day: date, until: datetime, pack: Pack) -> Deal:
    passed = [stage for stage in row.stages.all() if stage.from_at < until]
    history = [(clock.day_of(stage.from_at), stage_title(stage, pack, day)) for stage in passed]
    current = history[-1][1] if history else stage_title(row, pack, day)
    return Deal(row, current, KINDS.get(row.kind, row.kind.replace("_", " ").capitalize()), history)


def stage_title(row: Opportunity | OpportunityStage, pack: Pack, day: date) -> str:
    """The stage's name in the edition of the day; the source's own words where the handbook has no such stage."""
    return title_of(row.stage, pack, day, row.stage_label)


def title_of(stage: str, pack: Pack, day: date, label: str = "") -> str:
    """The name of a stage in the edition of the day; ``label``, else the key in words, where the handbook has no such stage."""
    if stage:
        try:
            return str(pack.number(f"stage_{stage}", day))
        except (UnknownName, NotYetInForce, Ended):
            pass
    return label or stage.replace("_", " ").capitalize()
