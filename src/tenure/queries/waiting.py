"""Accounts that the handbook entitles to a TAM and that have none, and who is told of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from tenure.models import User
from tenure.queries import columns, summaries, visible
from tenure.queries.columns import Columns, Scope

MANAGER, FALLBACK = "tam_manager", "cs_operations"


@dataclass(frozen=True)
class Managers:
    """Who names the TAM of an account: the managers whose territories (or whose team's) it lies in; without a territory those of its
    region; else operations."""

    by_territory: dict[int, list[int]]
    by_region: dict[str, list[int]]
    others: list[int]

    def of(self, territory_id: int | None, region: str | None) -> list[int]:
        """User ids; only people who see the account."""
        found = self.by_region.get(region or "") if territory_id is None else self.by_territory.get(territory_id)
        return found or self.others


def managers() -> Managers:
    """The managers by territory and by region (TAM Manager Handbook, Account Assignment: the manager of the region assigns)."""
    by_territory: dict[int, list[int]] = {}
    by_region: dict[str, list[int]] = {}
    for user in User.objects.filter(is_active=True, roles__role=MANAGER).order_by("pk"):
        territories, regions = visible.covered([user.pk, *visible.team_ids(user)])
        for territory in territories:
            by_territory.setdefault(territory, []).append(user.pk)
        for region in regions:
            by_region.setdefault(region, []).append(user.pk)
    others = User.objects.filter(is_active=True, roles__role=FALLBACK).order_by("pk").values_list("pk", flat=True)
    return Managers(by_territory, by_region, list(others))


def newly(scope: Scope, decisions: pl.DataFrame, as_of: date, *, then: bool = False) -> pl.DataFrame:
    """``account`` of those that the decisions of a day entitle to a TAM, that have none, and that were not known to wait; ``then``: not
    known on that day, because the decision that held then entitled them already."""
    if "tam_eligible" not in decisions.columns:
        return pl.DataFrame(schema={"account": pl.Int64})
    entitled = decisions.filter(pl.col("tam_eligible").cast(pl.String) == summaries.ENTITLED).select("account")
    held = columns.read(
        {"account": ("account_id", "int")},
        f"tenure_assignment where {scope.where('account_id')} and role = 'tam' and from_date <= %s and (until_date is null or until_date > %s)",
        [as_of.isoformat(), as_of.isoformat()],
    )
    told = f"tenure_accountsummary where {scope.where('account_id')} and needs_tam_since is not null"
    if then:
        told = f"tenure_decision where {scope.where('account_id')} and rule = 'tam_eligible' and outcome = '{summaries.ENTITLED}'"
        told += " and from_date <= %s and (until_date is null or until_date > %s)"
    known = columns.read({"account": ("account_id", "int")}, told, [as_of.isoformat()] * 2 if then else [])
    return entitled.join(held, on="account", how="anti").join(known, on="account", how="anti").sort("account")


def names(account_ids: Iterable[int]) -> dict[int, str]:
    """Account id -> name."""
    read: Columns = {"id": ("id", "int"), "name": ("name", "text")}
    scope = columns.of_ids(account_ids)
    return dict(columns.read(read, f"tenure_account where {scope.where('id')}").iter_rows())
