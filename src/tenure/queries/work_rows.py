"""The rows of work that a run compares with the handbook: what schedules raised and is open, what became of an occasion, who does it."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import polars as pl

from tenure.queries import clock, columns, owners, waiting
from tenure.queries.columns import Columns, Scope
from tenure.queries.facts import Facts

SCHEDULE = "schedule"  # the origin of what schedules raise
CHUNK = 5_000
PAIR = ("account", "schedule")
_OPEN: Columns = {
    "id": ("id", "int"), "account": ("account_id", "int"), "schedule": ("rule", "text"), "natural_key": ("natural_key", "text"),
    "type": ("type", "text"), "title": ("title", "text"), "note": ("note", "text"), "reason": ("reason", "text"),
    "priority": ("priority", "int"), "owner_id": ("owner_id", "int"), "due_date": ("due_date", "date"), "edition": ("edition", "date"),
    "snoozed_until": ("snoozed_until", "date"), "tasks_done": ("tasks_done", "int"), "edited": ("edited", "json"), "because": ("because", "json"),
}  # fmt: skip
_SEEN = ("anchor_day", "raise_on", "owner_role")  # what ``because`` keeps of it


def open_work(scope: Scope, as_of: date) -> pl.DataFrame:
    """The open CTAs that schedules raised on some accounts: columns of ``_OPEN``, what the schedule saw (``_SEEN``), ``rests`` (snoozed
    on the day), and ``fields``, the names of those that a person has set."""
    yes = "1" if columns.is_sqlite() else "true"
    where = f"{scope.where('account_id')} and is_open = {yes} and origin = '{SCHEDULE}'"
    rows = columns.read(_OPEN, f"tenure_calltoaction where {where}").sort("id")
    said = pl.col("because").str.json_path_match
    day = {name: said(f"$.{name}").str.to_date("%Y-%m-%d", strict=False) for name in ("anchor_day", "raise_on")}
    return rows.with_columns(
        **day, owner_role=said("$.owner_role").fill_null(""), rests=(pl.col("snoozed_until") > as_of).fill_null(False),
        fields=pl.col("edited").str.json_decode(pl.List(pl.String)),
    ).drop("because", "edited", "snoozed_until")  # fmt: skip


def known(keys: Iterable[str]) -> pl.DataFrame:
    """``natural_key`` and ``open`` of those of the occasions that were raised before, whatever became of them."""
    found, keys = [pl.DataFrame(schema={"natural_key": pl.String, "open": pl.Boolean})], list(keys)
    read: Columns = {"natural_key": ("natural_key", "text"), "open": ("is_open", "bool")}
    for start in range(0, len(keys), CHUNK):
        part = keys[start : start + CHUNK]
        marks = ", ".join(["%s"] * len(part))
        found.append(columns.read(read, f"tenure_calltoaction where natural_key in ({marks})", part))
    return pl.concat(found)


def closed(stuck: pl.DataFrame) -> pl.DataFrame:
    """``account``, ``schedule``, ``day``: when work was closed last whose anchor (``anchor_day`` of ``stuck``) has not moved since."""
    read: Columns = {
        "account": ("account_id", "int"), "schedule": ("rule", "text"), "closed_at": ("cast(closed_at as text)", "text"),
        "because": ("because", "json"),
    }  # fmt: skip
    scope = columns.of_ids(stuck["account"].unique().to_list())
    no = "0" if columns.is_sqlite() else "false"
    names = stuck["schedule"].unique().sort().to_list()
    where = (
        f"{scope.where('account_id')} and is_open = {no} and origin = '{SCHEDULE}' and rule in ({', '.join(['%s'] * len(names))})"
    )
    rows = columns.read(read, f"tenure_calltoaction where {where}", names)
    moment = pl.col("closed_at").str.head(19).str.to_datetime("%Y-%m-%d %H:%M:%S", time_zone="UTC")
    was = pl.col("because").str.json_path_match("$.anchor_day").str.to_date("%Y-%m-%d", strict=False)
    rows = rows.with_columns(day=moment.dt.convert_time_zone(clock.zone_name()).dt.date(), was=was)
    both = rows.join(stuck.select(*PAIR, "anchor_day").unique(PAIR), on=PAIR, how="inner")
    return both.filter(pl.col("was") >= pl.col("anchor_day")).group_by(PAIR).agg(pl.col("day").max())


class Holders:
    """Whom the roles of schedules mean on some accounts on a day."""

    def __init__(self, account_ids: Iterable[int], as_of: date, found: Facts, managers: waiting.Managers) -> None:
        """``managers``: who names the TAM; see ``waiting.managers``."""
        self.people, self.managers = owners.of(account_ids, as_of), managers
        regions = found.frame["region"].cast(pl.String).to_list()
        territories = found.more["territory_id"].to_list()
        self.places = dict(zip(found.frame["account"].to_list(), zip(territories, regions, strict=True), strict=True))

    def get(self, account_id: int, role: str, otherwise: str = "") -> int | None:
        """The person, None where nobody holds the role (or the role ``otherwise``). An account without a TAM is its region's manager's."""
        person = self.people.get(account_id, role)
        if person is None and otherwise and otherwise != role:
            return self.get(account_id, otherwise)
        if person is None and role == waiting.MANAGER:
            return next(iter(self._managers(account_id)), None)
        return person

    def _managers(self, account_id: int) -> list[int]:
        territory, region = self.places.get(account_id, (None, None))
        own = self.managers.by_region.get(region or "") if territory is None else self.managers.by_territory.get(territory)
        return own or []


def owned(rows: pl.DataFrame, holders: Holders, books: dict[str, str]) -> pl.DataFrame:
    """``rows`` (``account``, ``owner_role``, ``playbook``) with ``wanted_owner``; ``books``: the role that owns a playbook."""
    pairs: dict[tuple[Any, ...], int | None] = {}
    for row in rows.select("account", "owner_role", "playbook").unique().iter_rows():
        pairs[row] = holders.get(row[0], row[1], books.get(row[2], ""))
    values = [pairs[row] for row in rows.select("account", "owner_role", "playbook").iter_rows()]
    return rows.with_columns(pl.Series("wanted_owner", values, dtype=pl.Int64))
