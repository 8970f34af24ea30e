"""Values of many accounts from rows of a file: each row by itself, through the same action as a page's form."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from tenure.actions import decisions, profiles
from tenure.actions.refusals import Refused
from tenure.models import Account, ProfileValue, User
from tenure.queries import visible

ID, NAME = "account id", "account"


@dataclass(frozen=True)
class Bad:
    """A row that was not taken: its number, its account and field as the file has them, and what to do."""

    row: int
    account: str
    field: str
    sentence: str


@dataclass
class Taken:
    """What came of a file: new values, values confirmed or with a newer origin, rows that say what is known, and the others."""

    new: int = 0
    confirmed: int = 0
    unchanged: int = 0
    bad: list[Bad] = field(default_factory=list)


class _DryRun(Exception):
    pass


def take(
    rows: Iterable[tuple[int, Mapping[str, str]]], *, today: date, actor: User | None, at: datetime, dry_run: bool = False
) -> Taken:
    """Rows of (number, cells by column: account id or account, field, value; where there: learnt on, source, confidence, note). A row that
    says nothing new changes nothing, so a file may come twice. ``dry_run``: nothing is kept, the same is told."""
    found = Taken()
    try:
        with transaction.atomic():
            decisions.lock()
            for number, cells in rows:
                try:
                    with transaction.atomic():
                        _take(cells, found, today, actor, at)
                except Refused as refusal:
                    account = cells.get(ID, "") or cells.get(NAME, "")
                    found.bad.append(Bad(number, account, cells.get("field", ""), refusal.sentence))
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return found


def _take(cells: Mapping[str, str], found: Taken, today: date, actor: User | None, at: datetime) -> None:
    account, key = _account(cells, actor), cells.get("field", "").strip()
    before = ProfileValue.objects.filter(account=account, field=key, replaced_at=None).first()
    learnt = cells.get("learnt on", "").strip()
    try:
        day = date.fromisoformat(learnt) if learnt else today
    except ValueError:
        raise Refused(f"'{learnt}' is no day. Write it as year-month-day, like 2026-03-31.", "invalid", "learnt_on") from None
    row = profiles.set_value(
        account, key, cells.get("value", ""), learnt_on=day, today=today, actor=actor, at=at, source=cells.get("source", "").strip() or "import",
        note=cells.get("note", ""), confidence=cells.get("confidence", "").strip() or "high",
    )  # fmt: skip
    if before is not None and row.pk == before.pk:
        found.unchanged += 1
    elif before is not None and before.value == row.value:
        found.confirmed += 1
    else:
        found.new += 1


def _account(cells: Mapping[str, str], actor: User | None) -> Account:
    """The account that a row names, among those that the actor sees. Raises Refused."""
    number, name = cells.get(ID, "").strip(), cells.get(NAME, "").strip()
    rows = visible.accounts(actor) if actor else Account.objects.filter(deleted_at=None)
    if number:
        found = list(rows.filter(pk=int(number))) if number.isdecimal() and len(number) < 18 else []
    elif name:
        found = list(rows.filter(name__iexact=name)[:2])
    else:
        raise Refused("The row names no account. Fill in 'Account' or 'Account id'.", "invalid", "account")
    if not found:
        raise Refused(f"There is no account '{number or name}'.", "not_found", "account")
    if number and name and found[0].name.casefold() != name.casefold():
        raise Refused(
            f"Account {number} is {found[0].name} here, not {name}. Correct the id, or leave it blank.", "invalid", "account"
        )
    if len(found) > 1:
        raise Refused(f"Two accounts are called '{name}'. Fill in 'Account id'.", "invalid", "account")
    return found[0]
