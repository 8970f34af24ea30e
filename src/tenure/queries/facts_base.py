"""What stands on the account itself, as of a day: today's row, or the version that held then; and its family of that day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from tenure.models import VERSIONED_FACTS
from tenure.queries import columns, handbook, profiles_facts
from tenure.queries.columns import Columns, Kind, Read, Scope
from tenure.rules.packs import Pack

_KINDS: dict[str, Kind] = {
    "employees": "int", "potential_users": "int", "iacv_minor": "int", "stated_arr_minor": "int", "stated_users": "int",
    "is_public_sector": "bool", "growth_opportunity": "bool", "partner_owned": "bool", "support_hold": "bool", "community": "bool",
    "customer_since": "date", "parent_id": "int", "territory_id": "int", "custom": "json",
}  # fmt: skip
_DTYPES: dict[str, type[pl.DataType]] = {
    "int": pl.Int64,
    "bool": pl.Boolean,
    "date": pl.String,
    "text": pl.String,
    "json": pl.String,
}
FAMILIES = {"account": pl.Int64, "family_employees": pl.Int64}

# The version that held on a day. Its parent is the account's parent of that day.
HELD = "v.from_date <= %s and (v.until_date is null or v.until_date > %s)"
# Some accounts with all their relatives of a day, upwards and downwards at any depth. Whether a version held is a column and no condition
# of the join: SQLite would read the whole table for a filter of its own.
KIN = """
with recursive up(id, parent) as (
    select a.id, (select min(v.parent_ref) from tenure_accountversion v where v.account_id = a.id and {held}) from tenure_account a
    where {where}
    union select u.parent, (select min(v.parent_ref) from tenure_accountversion v where v.account_id = u.parent and {held}) from up u
    where u.parent is not null
), down(id, held) as (
    select id, 1 from up union select v.account_id, case when {held} then 1 else 0 end
    from down d join tenure_accountversion v on v.parent_ref = d.id where d.held = 1
) select id from down where held = 1
"""


def kind_of(name: str) -> Kind:
    """How a versioned fact is read."""
    return _KINDS.get(name, "text")


def reads(scope: Scope, as_of: date, pack: Pack, known_at: datetime | None = None, *, kin: bool = False) -> dict[str, Read]:
    """What ``accounts`` and ``profiles_facts`` need; with ``kin`` also of the relatives."""
    day = as_of.isoformat()
    one, own, fed, params = scope.where("a.id"), scope.where("v.account_id"), scope.where("p.account_id"), []
    if kin:
        some = KIN.format(held=HELD, where=scope.where("a.id"))
        one, own, fed, params = f"a.id in ({some})", f"v.account_id in ({some})", f"p.account_id in ({some})", [day] * 6
    gone = "case when a.deleted_at < %s then 1 else 0 end"
    kinds: Columns = {"account": ("a.id", "int"), "gone": (gone, "bool")}
    kinds = {**kinds, **{name: (f'a."{name}"', kind_of(name)) for name in VERSIONED_FACTS}}
    rows = Read(kinds, f"tenure_account a where {one}", [columns.end_of(as_of), *params])
    told = profiles_facts.read(fed, params, as_of, known_at, pack)
    return {"accounts": rows, "versions": _versions(own, params, day, known_at), profiles_facts.READ: told}


def _versions(where: str, params: Sequence[Any], day: str, known_at: datetime | None) -> Read:
    """The versions that may say something else than the account's row, and since when anything was known (``first``)."""
    known = "" if known_at is None else " and w.recorded_at <= %s"
    moments = [] if known_at is None else [columns.moment(known_at)]
    first = f"select min(w.from_date) from tenure_accountversion w where w.account_id = v.account_id{known}"  # noqa: S608 - our own SQL
    read: Columns = {
        "id": ("v.id", "int"), "account": ("v.account_id", "int"), "begun": ("v.from_date", "date"), "facts": ("v.facts", "json"),
        "first": (f"({first})", "date"),
        "known": ("1" if known_at is None else "case when v.recorded_at <= %s then 1 else 0 end", "bool"),
    }  # fmt: skip
    source = f"tenure_accountversion v where {where}"
    if known_at is None:  # the open version says what the row says
        return Read(read, f"{source} and (v.from_date > %s or v.until_date > %s)", [*params, day, day])
    return Read(read, source, [*moments, *moments, *params])


def accounts(found: Mapping[str, pl.DataFrame], as_of: date) -> pl.DataFrame:
    """``account``, ``gone`` (it was deleted by then) and what stood on it on ``as_of``, by id; accounts that were not there yet are left out.

    Text that nobody recorded is blank, anything else null; see ``untold``.
    """
    rows, versions = found["accounts"], found["versions"]
    if not versions.height:
        return rows.sort("account")
    later = versions.filter(pl.col("first").is_null() | (pl.col("first") > as_of)).select("account").unique()
    rows = rows.join(later, on="account", how="anti", maintain_order="left").sort("account")
    old = held(found, as_of)
    if not old.height:
        return rows
    decoded = old["facts"].str.json_decode(pl.Struct({name: _DTYPES[kind_of(name)] for name in VERSIONED_FACTS})).struct.unnest()
    dates = [pl.col(name).str.to_date("%Y-%m-%d", strict=False) for name in VERSIONED_FACTS if kind_of(name) == "date"]
    texts = [pl.col(name).fill_null("") for name in VERSIONED_FACTS if kind_of(name) == "text" and name != "name"]
    then = pl.concat([old.select("account"), decoded], how="horizontal").with_columns(*dates, *texts)
    kept = rows.select("account", "gone", pl.col("name").alias("now"))
    then = kept.join(then, on="account", how="inner").with_columns(pl.coalesce("name", "now").alias("name")).select(rows.columns)
    return pl.concat([rows.join(then, on="account", how="anti"), then]).sort("account")


def held(found: Mapping[str, pl.DataFrame], as_of: date) -> pl.DataFrame:
    """``account`` and ``facts`` (JSON) of the versions that held on the day. Of several that begin on one day the last written holds."""
    versions = found["versions"]
    if not versions.height:
        return versions.select("account", "facts")
    versions = versions.filter((pl.col("begun") <= as_of) & pl.col("known"))
    return versions.sort("account", "begun", "id").unique("account", keep="last", maintain_order=True).select("account", "facts")


# --- families


def families(as_of: date, known_at: datetime | None, scope: Scope | None = None, pack: Pack | None = None) -> pl.DataFrame:
    """``account`` and ``family_employees``, the largest count in the account's family, for all accounts that have one on the day.

    With a ``scope`` only of the families that its accounts belong to. ``pack``: None = the company's handbook.
    """
    pack = pack or handbook.pack()
    if scope is not None and not _links(as_of, f" and ({scope.where('v.account_id')} or {scope.where('v.parent_ref')})"):
        return pl.DataFrame(schema=FAMILIES)
    parents = _links(as_of)
    if scope is not None and scope.ids is not None:
        roots = _roots(parents)
        wanted = {roots.get(account, account) for account in scope.ids}
        parents = {child: parent for child, parent in parents.items() if roots[child] in wanted}
    members = parents.keys() | set(parents.values())
    if not members:
        return pl.DataFrame(schema=FAMILIES)
    found = columns.read_all(reads(columns.of_ids(members), as_of, pack, known_at), together=False)
    told = profiles_facts.told(found, as_of, pack)
    return largest(profiles_facts.applied(accounts(found, as_of), told, pack, early=True), parents)


def _links(as_of: date, where: str = "") -> dict[int, int]:
    """Account id -> parent's id on the day."""
    read: Columns = {"account": ("v.account_id", "int"), "parent": ("v.parent_ref", "int")}
    source = f"tenure_accountversion v where v.parent_ref is not null and {HELD}{where}"
    return dict(columns.read(read, source, [as_of.isoformat()] * 2).iter_rows())


def links(rows: pl.DataFrame) -> dict[int, int]:
    """Account id -> parent's id, of accounts as they were."""
    both = zip(rows["account"].to_list(), rows["parent_id"].to_list(), strict=True)
    return {account: parent for account, parent in both if parent is not None}


def largest(rows: pl.DataFrame, parents: Mapping[int, int]) -> pl.DataFrame:
    """``families`` of accounts as they were."""
    if not parents:
        return pl.DataFrame(schema=FAMILIES)
    roots = _roots(parents)
    members = roots | {root: root for root in set(roots.values())}
    there = rows.filter(~pl.col("gone") & pl.col("account").is_in(list(members))).select("account", "employees")
    root = pl.Series("root", [members[account] for account in there["account"].to_list()], dtype=pl.Int64)
    return there.with_columns(root).select("account", pl.col("employees").max().over("root").alias("family_employees"))


def _roots(parents: Mapping[int, int]) -> dict[int, int]:
    """The topmost parent of each account that has one."""
    roots: dict[int, int] = {}
    for child in parents:
        roots[child] = _root(child, parents, roots)
    return roots


def _root(account: int, parents: Mapping[int, int], roots: dict[int, int]) -> int:
    """The topmost parent. Actions refuse circles; should one be there all the same, the walk ends."""
    seen: set[int] = set()
    while account in parents and account not in seen:
        if account in roots:
            return roots[account]
        seen.add(account)
        account = parents[account]
    return account


def with_family(rows: pl.DataFrame, families: pl.DataFrame) -> pl.DataFrame:
    """``employees`` as the largest count in the family."""
    if not families.height:
        return rows
    joined = rows.join(families, on="account", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("family_employees", "employees").alias("employees")).drop("family_employees")
