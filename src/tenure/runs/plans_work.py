"""The work of a plan as typed changes: what is raised, changed, settled, woken and handed over, each with its natural key and its reason."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import polars as pl

from tenure.models import CallToAction, User
from tenure.queries import waiting
from tenure.queries.decisions import label
from tenure.queries.work import FOLLOWED, Work
from tenure.rules.packs import Pack


@dataclass(frozen=True)
class CtaWanted:
    """A CTA to raise. ``raise_on``: the day on which it appears; ``projected``: it assumes that what comes before it is done in time, so
    that it is a look ahead only."""

    kind: ClassVar[str] = "cta_wanted"
    account_id: int
    account: str
    rule: str
    type: str
    title: str
    due_date: date
    raise_on: date
    owner_id: int | None
    owner: str
    playbook: str
    edition: date
    projected: bool
    reason: str
    key: str


@dataclass(frozen=True)
class CtaChanged:
    """An open CTA whose schedule says something else now; ``before`` and ``after`` by column."""

    kind: ClassVar[str] = "cta_changed"
    account_id: int
    account: str
    cta_id: int
    rule: str
    title: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str
    key: str


@dataclass(frozen=True)
class CtaSettled:
    """An open CTA whose occasion is over."""

    kind: ClassVar[str] = "cta_settled"
    account_id: int
    account: str
    cta_id: int
    rule: str
    title: str
    after: str
    reason: str
    key: str


@dataclass(frozen=True)
class CtaWakes:
    """A CTA whose snooze ends."""

    kind: ClassVar[str] = "cta_wakes"
    account_id: int
    account: str
    cta_id: int
    title: str
    reason: str
    key: str


@dataclass(frozen=True)
class WorkHandedOver:
    """An open task or CTA (``noun``) that passes to whoever took over its person's role; both are ids of people."""

    kind: ClassVar[str] = "work_handed_over"
    account_id: int
    account: str
    noun: str
    object_id: int
    title: str
    before: int
    after: int
    reason: str
    key: str


WorkChange = CtaWanted | CtaChanged | CtaSettled | CtaWakes | WorkHandedOver


def accounts(found: Work) -> set[int]:
    """The ids of the accounts that the changes are about."""
    frames = (found.wanted, found.changed, found.settled, found.tasks)
    return {account for frame in frames for account in frame["account"].to_list()}


def people(wanted: pl.DataFrame) -> dict[int, str]:
    """Id -> name of those who get what is raised."""
    ids = wanted["wanted_owner"].drop_nulls().unique().to_list()
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "name"))


def coming(rows: pl.DataFrame, pack: Pack) -> Iterator[CtaWanted]:
    """Work of days to come one by one."""
    names, owners = waiting.names(rows["account"].unique().to_list()), people(rows)
    return (wanted(row, names, owners, pack) for row in rows.iter_rows(named=True))


def typed(found: Work, names: Mapping[int, str], owners: Mapping[int, str], pack: Pack, as_of: date) -> Iterator[WorkChange]:
    """The changes one by one, in the order in which they are made. ``names``: of accounts; ``owners``: of people."""
    for row in found.settled.iter_rows(named=True):
        account = row["account"]
        yield CtaSettled(
            account, names[account], row["id"], row["schedule"], row["title"], row["status"], row["because"], f"settled:{row['natural_key']}"
        )  # fmt: skip
    for row in found.changed.iter_rows(named=True):
        yield _changed(row, names, as_of)
    for row in found.tasks.iter_rows(named=True):
        key = f"handed_over:{row['noun']}:{row['id']}:{row['wanted_owner']}"
        reason = "Another person has taken over the role"
        yield WorkHandedOver(
            row["account"], names[row["account"]], row["noun"], row["id"], row["title"], row["owner_id"], row["wanted_owner"], reason, key
        )  # fmt: skip
    for row in found.wanted.iter_rows(named=True):
        yield wanted(row, names, owners, pack)


def wanted(row: Mapping[str, Any], names: Mapping[int, str], owners: Mapping[int, str], pack: Pack) -> CtaWanted:
    """A row of ``schedules.due`` with ``wanted_owner``."""
    account, owner = row["account"], row["wanted_owner"]
    return CtaWanted(
        account, names[account], row["schedule"], row["type"], row["title"], row["due_date"], row["raise_on"], owner, owners.get(owner, ""),
        row["playbook"], row["edition"], row["projected"], reason(row, pack), row["natural_key"],
    )  # fmt: skip


def reason(row: Mapping[str, Any], pack: Pack) -> str:
    """Why it is due then, in words: ``2 weeks after last engaged, 6 November 2026``."""
    day = row["anchor_day"]
    said = f"{day.day} {day:%B %Y}"
    if not row["anchor"]:
        return f"On {said}" if row["start"] == day and not row["fixed"] else f"The conditions hold since {said}"
    offset = row["offset"]
    after = f"{offset.removeprefix('-')} {'before' if offset.startswith('-') else 'after'} "
    return f"{'' if offset.startswith('0 ') else after}{label(row['anchor'], pack)}, {said}"


def _changed(row: Mapping[str, Any], names: Mapping[int, str], as_of: date) -> CtaChanged:
    fields = [name for name in FOLLOWED if row[f"{name}:differs"]]
    before, after = ({name: row[name + side] for name in fields} for side in (":was", ""))
    moved = bool({"anchor_day", "natural_key"} & set(fields))
    why = (
        "The day that it counts from has moved"
        if moved
        else "Another person holds the role"
        if fields == ["owner_id"]
        else "Its schedule says so now"
    )
    account = row["account"]
    key = f"changed:{row['natural_key:was']}:{as_of}"
    return CtaChanged(account, names[account], row["id"], row["schedule"], row["title:was"], before, after, why, key)


def waking(as_of: date, account_ids: tuple[int, ...] | None) -> list[CallToAction]:
    """The CTAs whose snooze is over."""
    rows = CallToAction.objects.filter(is_open=True, snoozed_until__lte=as_of).select_related("account").order_by("pk")
    return list(rows if account_ids is None else rows.filter(account__in=account_ids))


def wakes(row: CallToAction) -> CtaWakes:
    """A CTA of ``waking`` as a change."""
    said = f"Snoozed until {row.snoozed_until}: {row.snooze_reason}"
    return CtaWakes(row.account_id, row.account.name, row.pk, row.title, said, f"wakes:{row.pk}:{row.snoozed_until}")
