"""What a responsibility matrix asks of accounts and their opportunities, read for all of them in one statement."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import polars as pl

from tenure.queries import clock, columns
from tenure.queries.columns import Columns, Read, Some
from tenure.rules.journey import ConditionShape
from tenure.rules.packs import Pack

FEW = 500  # accounts that are read in one statement
MOMENT = 19  # characters of a moment as text, up to its second
PLAN = "engagement_plan"
AFTER_SALE = "post_sales"
NEW_BUSINESS = ("new_account", "new_subscription", "add_on")  # deals that have a journey: a renewal has none


@dataclass(frozen=True)
class Among:
    """Those that a query finds; it has no parameters."""

    query: str

    def where(self, column: str) -> str:
        """The condition on an id column."""
        return f"{column} in ({self.query})"


def deals(scope: Some, day: date, only: str = "", known_at: datetime | None = None) -> dict[str, Read]:
    """The new business of accounts that was there on a day, and the stages that it had passed; ``only``: a further condition on it."""
    end = _until(day, known_at)
    where = f"{of_new_business(scope, only)} and o.created_at < %s"
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
        "journeys": Read(read, f"tenure_opportunity o where {where}", [end]),
        "journey_stages": Read(passed, f"{joined} where {where} and s.from_at < %s", [end, end]),
    }


def of_new_business(scope: Some, only: str = "") -> str:
    """The condition on opportunities ``o``: of these accounts, of a kind that has a journey; ``only``: a further one."""
    kinds = ", ".join(f"'{kind}'" for kind in NEW_BUSINESS)
    where = f"{scope.where('o.account_id')} and o.deleted_at is null and o.kind in ({kinds})"
    return f"{where} and {only}" if only else where


def reads(accounts: Some, opportunities: Some, day: date, pack: Pack, known_at: datetime | None = None) -> dict[str, Read]:
    """What was known of these accounts on a day (with ``known_at``, at that moment), and of these opportunities."""
    return {
        "plans": _plans(accounts, day, known_at), "people": _people(accounts, day, known_at), "decided": _decided(accounts, day),
        "values": _values(accounts, day, known_at), "begun": _onboardings(accounts, day, known_at), "taken": _taken(opportunities, day, known_at),
        "held": _entries(accounts, day, pack, known_at), "ticked": _ticked(opportunities, day, known_at), "projects": _projects(accounts, day, known_at),
        "steps": _steps(accounts, day, pack, known_at),
    }  # fmt: skip


def read(account_ids: Collection[int], opportunity_ids: Collection[int], day: date, pack: Pack) -> Mapping[str, pl.DataFrame]:
    """The same, read."""
    scope, deals = columns.of_ids(account_ids), columns.of_ids(opportunity_ids)
    return columns.read_all(reads(scope, deals, day, pack), together=len(scope.ids or ()) <= FEW)


def day_of(moment: str) -> date:
    """The company's day of a moment as the database writes it."""
    return clock.day_of(datetime.fromisoformat(moment[:MOMENT]).replace(tzinfo=UTC))


@lru_cache(maxsize=8)
def asked_entries(pack: Pack) -> frozenset[str]:
    """The texts and kinds of entries that complete a step or an item of a hand-over."""
    return frozenset(name for one in _conditions(pack) for name in one.entries)


@lru_cache(maxsize=8)
def asked_steps(pack: Pack) -> frozenset[str]:
    """The steps of playbooks (``playbook.step``) that do."""
    named = {step for kind in pack.journey.handovers for step in kind.steps}
    return frozenset(named | {name for one in _conditions(pack) for name in one.steps})


def _conditions(pack: Pack) -> list[ConditionShape]:
    found = [step.done_when for matrix in pack.journey.matrices for step in matrix.steps]
    found += [item.done_when for kind in pack.journey.handovers for item in kind.items]
    return [one for one in found if one]


def _until(day: date, known_at: datetime | None) -> Any:
    """The first moment that counts no more."""
    end = clock.end_of(day)
    return columns.moment(end if known_at is None else min(end, known_at + timedelta(microseconds=1)))


def _known(known_at: datetime | None, column: str) -> tuple[str, list[Any]]:
    return ("", []) if known_at is None else (f" and {column} <= %s", [columns.moment(known_at)])


def _holds(day: date, known_at: datetime | None, recorded: str) -> tuple[str, list[Any]]:
    known, params = _known(known_at, recorded)
    return f"from_date <= %s and (until_date is null or until_date > %s){known}", [day.isoformat(), day.isoformat(), *params]


def _plans(accounts: Some, day: date, known_at: datetime | None) -> Read:
    held, params = _holds(day, known_at, "decided_at")
    source = f"tenure_decision where {accounts.where('account_id')} and rule = '{PLAN}' and {held}"
    return Read({"account": ("account_id", "int"), "plan": ("outcome", "text")}, source, params)


def _people(accounts: Some, day: date, known_at: datetime | None) -> Read:
    held, params = _holds(day, known_at, "recorded_at")
    source = f"tenure_assignment where {accounts.where('account_id')} and {held}"
    return Read({"account": ("account_id", "int"), "role": ("role", "text")}, source, params)


def _decided(accounts: Some, day: date) -> Read:
    source = f"tenure_engagement where {accounts.where('account_id')} and wants_project is not null and wants_project_on <= %s"
    return Read({"account": ("account_id", "int"), "wanted": ("wants_project", "bool")}, source, [day.isoformat()])


def _values(accounts: Some, day: date, known_at: datetime | None) -> Read:
    """What the profiles said: of a field the row that was not replaced by the end of the day."""
    end = _until(day, known_at)
    read: Columns = {"account": ("account_id", "int"), "field": ("field", "text")}
    then = "value is not null and learnt_on <= %s and recorded_at < %s and (replaced_at is null or replaced_at >= %s)"
    return Read(read, f"tenure_profilevalue where {accounts.where('account_id')} and {then}", [day.isoformat(), end, end])


def _onboardings(accounts: Some, day: date, known_at: datetime | None) -> Read:
    there = f"{accounts.where('account_id')} and deleted_at is null and created_at < %s"
    read: Columns = {"account": ("account_id", "int"), "plan": ("max(success_plan_url)", "text")}
    return Read(read, f"tenure_onboarding where {there} group by account_id", [_until(day, known_at)])


def _taken(opportunities: Some, day: date, known_at: datetime | None) -> Read:
    source = f"tenure_handover where {opportunities.where('opportunity_id')} and kind = 'sale' and state = 'accepted' and ended_at < %s"
    return Read({"deal": ("opportunity_id", "int"), "moved": ("moved", "json")}, source, [_until(day, known_at)])


def _entries(accounts: Some, day: date, pack: Pack, known_at: datetime | None) -> Read:
    """Of each kind and text that may complete something the last entry that was held."""
    names = ", ".join(f"'{name}'" for name in sorted(asked_entries(pack))) or "''"
    no = "0" if columns.is_sqlite() else "false"
    known, params = _known(known_at, "recorded_at")
    read: Columns = {
        "account": ("account_id", "int"), "moment": ("cast(max(happened_at) as text)", "text"), "kind": ("kind", "text"), "template": ("template", "text"),
    }  # fmt: skip
    counts = f"source = 'tenure' and planned = {no} and draft = {no} and deleted_at is null and (kind in ({names}) or template in ({names}))"
    where = f"{accounts.where('account_id')} and {counts} and happened_at < %s{known}"
    return Read(read, f"tenure_activity where {where} group by account_id, kind, template", [columns.end_of(day), *params])


def _steps(accounts: Some, day: date, pack: Pack, known_at: datetime | None) -> Read:
    """Of each step of a playbook that may complete something the last day on which it was done; not in one that was cancelled."""
    asked = sorted(asked_steps(pack)) or [""]
    marks, books = ", ".join(["%s"] * len(asked)), [one.partition(".")[0] for one in asked]
    read: Columns = {
        "account": ("c.account_id", "int"), "step": ("v.key || '.' || t.key", "text"), "moment": ("cast(max(t.done_at) as text)", "text"),
    }  # fmt: skip
    joined = (
        "tenure_playbookversion v join tenure_playbookuse u on u.version_id = v.id join tenure_calltoaction c on c.playbook_use_id = u.id "
        "join tenure_task t on t.cta_id = c.id"
    )
    counts = f"v.key in ({marks}) and v.key || '.' || t.key in ({marks}) and u.status <> 'cancelled' and t.status = 'done' and t.done_at < %s"
    where = f"{accounts.where('c.account_id')} and {counts} group by c.account_id, v.key, t.key"
    return Read(read, f"{joined} where {where}", [*books, *asked, _until(day, known_at)])


def _ticked(opportunities: Some, day: date, known_at: datetime | None) -> Read:
    known, params = _known(known_at, "recorded_at")
    read: Columns = {"deal": ("opportunity_id", "int"), "step": ("step", "text"), "state": ("state", "text")}
    source = f'tenure_journeystep where {opportunities.where("opportunity_id")} and "on" <= %s{known}'
    return Read(read, source, [day.isoformat(), *params])


def _projects(accounts: Some, day: date, known_at: datetime | None) -> Read:
    """The projects that were there and are worked in: whether one is among those of paying customers, and in how many things the best one differs,
    not counting that it is to be moved: accepting the hand-over does that. Of these two nothing is kept but how it is today."""
    read: Columns = {
        "account": ("account_id", "int"), "after": (f"max(case when phase = '{AFTER_SALE}' then 1 else 0 end)", "bool"),
        "differs": ("min(differs - case when unmoved then 1 else 0 end)", "int"),
    }  # fmt: skip
    live, end = "state = 'opened' and created_at < %s and (deleted_at is null or deleted_at >= %s)", _until(day, known_at)
    return Read(read, f"tenure_project where {accounts.where('account_id')} and {live} group by account_id", [end, end])
