"""Telling managers of accounts that now wait for a TAM."""

from datetime import date, datetime
from typing import Any

import polars as pl

from tenure.actions import notices
from tenure.actions.notices import Letter
from tenure.models import User
from tenure.queries import visible, waiting
from tenure.rules.cells import show
from tenure.rules.packs import Pack

KIND = "needs_tam"
DONE = "Taken back before it went: no TAM is needed any more"
CHUNK = 5_000
ONE_BY_ONE = 5  # up to so many accounts are told one by one, more as a number


def tell(rows: pl.DataFrame, pack: Pack, *, today: date, at: datetime) -> int:
    """``rows`` are summary rows that began to wait; their managers are told, each once. Returns how many notices were new."""
    if not rows.height:
        return 0
    managers = waiting.managers()
    lists: dict[int, list[pl.DataFrame]] = {}
    for (territory, region), part in rows.partition_by("territory_id", "region", as_dict=True, maintain_order=True).items():
        for user_id in managers.of(territory, region):
            lists.setdefault(user_id, []).append(part)
    letters = [letter for user_id, parts in lists.items() for letter in _letters(user_id, pl.concat(parts), pack, today)]
    return notices.queue(letters, at=at)


def settle(account_ids: list[int], *, at: datetime) -> int:
    """These accounts no longer wait: notices of them count as read and their mails are taken back while they wait, and so are those that
    tell a number of accounts to somebody in whose sight none waits now. Returns how many notices that were."""
    if not account_ids:
        return 0
    there, done = notices.pending(KIND), 0
    for start in range(0, len(account_ids), CHUNK):
        done += notices.settle(there.filter(account__in=account_ids[start : start + CHUNK]), DONE, at=at)
    for user in User.objects.filter(notices__in=there.filter(account=None)).distinct():
        if not visible.summaries(user).filter(needs_tam_since__isnull=False).exists():
            done += notices.settle(there.filter(account=None, user=user), DONE, at=at)
    return done


def _letters(user_id: int, told: pl.DataFrame, pack: Pack, today: date) -> list[Letter]:
    if told.height > ONE_BY_ONE:
        key = f"needs_tam:{today}:{told['account_id'][0]}:{told.height}"
        return [
            Letter(
                user_id,
                KIND,
                f"{told.height:,} accounts need a TAM",
                key,
                "They meet the handbook's criteria and have none.",
                "/",
            )
        ]
    return [
        Letter(user_id, KIND, f"{row['name']} needs a TAM", f"needs_tam:{row['account_id']}:{row['needs_tam_since']}",
               _why(row, pack), f"/accounts/{row['account_id']}/", row["account_id"])
        for row in told.iter_rows(named=True)
    ]  # fmt: skip


def _why(row: dict[str, Any], pack: Pack) -> str:
    arr = (
        f"ARR {pack.handbook.currency} {show(row['arr_minor'], pack.fact('arr'), pack.digits)}"
        if row["arr_minor"] is not None
        else ""
    )
    return " · ".join(str(part) for part in (row["segment"], row["product"], arr) if part)
