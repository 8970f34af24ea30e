"""What a responsibility matrix asks of accounts and their opportunities, read for all of them in one statement."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

import polars as pl

from tenure.queries import clock, columns
from tenure.queries.columns import Columns, Read, Scope
from tenure.rules.packs import Pack

FEW = 500  # accounts that are read in one statement
MOMENT, FORMAT = 19, "%Y-%m-%d %H:%M:%S"
PLAN = "engagement_plan"
AFTER_SALE = "post_sales"
NEW_BUSINESS = ("new_account", "new_subscription", "add_on")  # deals that have a journey: a renewal has none


def deals(scope: Scope, day: date, only: str = "", params: Sequence[Any] = ()) -> dict[str, Read]:
    """The new business of accounts that was there on a day, and the stages that it had passed; ``only``: a further condition on it."""
    kinds = ", ".join(f"'{kind}'" for kind in NEW_BUSINESS)
    end = columns.end_of(day)
    where = f"{scope.where('o.account_id')} and o.deleted_at is null and o.kind in ({kinds}) and o.created_at < %s"
    where += f" and {only}" if only else ""
    read: Columns = {
        "deal": ("o.id", "int"), "account": ("o.account_id", "int"), "name": ("o.name", "text"), "kind": ("o.kind", "text"), "stage": ("o.stage", "text"),
        "close": ("o.close_date", "date"), "closed": ("o.is_closed", "bool"), "won": ("o.is_won", "bool"), "amount": ("o.amount_minor", "int"),
        "owner": ("o.owner_id", "int"), "began": ("cast(o.created_at as text)", "text"),
    }  # fmt: skip
    passed: Columns = {
        "deal": ("s.opportunity_id", "int"), "stage": ("s.stage", "text"), "moment": ("cast(s.from_at as text)", "text"), "row": ("s.id", "int"),
    }  # fmt: skip
    joined = "tenure_opportunity o join tenure_opportunitystage s on s.opportunity_id = o.id"
    return {
        "journeys": Read(read, f"tenure_opportunity o where {where}", [end, *params]),
        "journey_stages": Read(passed, f"{joined} where {where} and s.from_at < %s", [end, *params, end]),
    }


def read(
    account_ids: Collection[int], opportunity_ids: Collection[int], since: date, day: date, pack: Pack
) -> Mapping[str, pl.DataFrame]:
    """What was known of these accounts on a day, and of these opportunities; entries of the timeline from ``since`` on."""
    scope, deals = columns.of_ids(account_ids), columns.of_ids(opportunity_ids)
    reads = {
        "plans": _plans(scope, day), "people": _people(scope, day), "decided": _decided(scope, day), "values": _values(scope, day),
        "onboardings": _onboardings(scope, day), "taken": _taken(deals, day), "entries": _entries(scope, since, day, pack),
        "ticked": _ticked(deals, day), "projects": _projects(scope, day),
    }  # fmt: skip
    return columns.read_all(reads, together=len(scope.ids or ()) <= FEW)


def day_of(moment: str) -> date:
    """The company's day of a moment as the database writes it."""
    return clock.day_of(datetime.strptime(moment[:MOMENT], FORMAT).replace(tzinfo=UTC))


@lru_cache(maxsize=8)
def asked_entries(pack: Pack) -> frozenset[str]:
    """The texts and kinds of entries that complete a step or an item of a hand-over."""
    book = pack.journey
    conditions = [step.done_when for matrix in book.matrices for step in matrix.steps]
    conditions += [item.done_when for kind in book.handovers for item in kind.items]
    return frozenset(name for one in conditions if one for name in one.entries)


def _holds(day: date, start: str = "from_date", end: str = "until_date") -> tuple[str, list[str]]:
    return f"{start} <= %s and ({end} is null or {end} > %s)", [day.isoformat()] * 2


def _plans(scope: Scope, day: date) -> Read:
    held, params = _holds(day)
    source = f"tenure_decision where {scope.where('account_id')} and rule = '{PLAN}' and {held}"
    return Read({"account": ("account_id", "int"), "plan": ("outcome", "text")}, source, params)


def _people(scope: Scope, day: date) -> Read:
    held, params = _holds(day)
    source = f"tenure_assignment where {scope.where('account_id')} and {held}"
    return Read({"account": ("account_id", "int"), "role": ("role", "text")}, source, params)


def _decided(scope: Scope, day: date) -> Read:
    source = f"tenure_engagement where {scope.where('account_id')} and wants_project is not null and wants_project_on <= %s"
    return Read({"account": ("account_id", "int")}, source, [day.isoformat()])


def _values(scope: Scope, day: date) -> Read:
    """What the profiles said: of a field the row that was not replaced by the end of the day."""
    end = columns.end_of(day)
    read: Columns = {
        "account": ("account_id", "int"), "field": ("field", "text"), "learnt_on": ("learnt_on", "date"), "confidence": ("confidence", "text"),
    }  # fmt: skip
    then = "value is not null and learnt_on <= %s and recorded_at < %s and (replaced_at is null or replaced_at >= %s)"
    return Read(read, f"tenure_profilevalue where {scope.where('account_id')} and {then}", [day.isoformat(), end, end])


def _onboardings(scope: Scope, day: date) -> Read:
    source = f"tenure_onboarding where {scope.where('account_id')} and deleted_at is null and created_at < %s group by account_id"
    return Read({"account": ("account_id", "int"), "plan": ("max(success_plan_url)", "text")}, source, [columns.end_of(day)])


def _taken(deals: Scope, day: date) -> Read:
    source = f"tenure_handover where {deals.where('opportunity_id')} and kind = 'sale' and state = 'accepted' and ended_at < %s"
    return Read({"deal": ("opportunity_id", "int"), "moved": ("moved", "json")}, source, [columns.end_of(day)])


def _entries(scope: Scope, since: date, day: date, pack: Pack) -> Read:
    """Entries that were held and may complete something."""
    names = ", ".join(f"'{name}'" for name in sorted(asked_entries(pack))) or "''"
    no = "0" if columns.is_sqlite() else "false"
    read: Columns = {
        "account": ("account_id", "int"), "moment": ("cast(happened_at as text)", "text"), "kind": ("kind", "text"), "template": ("template", "text"),
    }  # fmt: skip
    counts = f"source = 'tenure' and planned = {no} and draft = {no} and deleted_at is null and (kind in ({names}) or template in ({names}))"
    source = f"tenure_activity where {scope.where('account_id')} and {counts} and happened_at >= %s and happened_at < %s"
    return Read(read, source, [columns.moment(clock.midnight(since)), columns.end_of(day)])


def _ticked(deals: Scope, day: date) -> Read:
    read: Columns = {"deal": ("opportunity_id", "int"), "step": ("step", "text"), "state": ("state", "text")}
    return Read(read, f'tenure_journeystep where {deals.where("opportunity_id")} and "on" <= %s', [day.isoformat()])


def _projects(scope: Scope, day: date) -> Read:
    """The projects that are worked in: whether one is among those of paying customers, and in how many things the best one differs."""
    read: Columns = {
        "account": ("account_id", "int"), "after": (f"max(case when phase = '{AFTER_SALE}' then 1 else 0 end)", "bool"),
        "differs": ("min(differs)", "int"),
    }  # fmt: skip
    live = "deleted_at is null and state = 'opened' and created_at < %s"
    return Read(read, f"tenure_project where {scope.where('account_id')} and {live} group by account_id", [columns.end_of(day)])
