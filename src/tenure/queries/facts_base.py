"""Facts that stand on the account itself, as of a day: today's row, or the version that held then."""

from datetime import date, datetime

import polars as pl

from tenure.models import VERSIONED_FACTS
from tenure.queries import columns
from tenure.queries.columns import Columns, Kind, Scope

_KINDS: dict[str, Kind] = {
    "employees": "int", "potential_users": "int", "iacv_minor": "int", "stated_arr_minor": "int", "stated_users": "int",
    "is_public_sector": "bool", "growth_opportunity": "bool", "partner_owned": "bool", "support_hold": "bool", "community": "bool",
    "customer_since": "date",
}  # fmt: skip
_OTHER: dict[str, Kind] = {
    "parent_id": "int", "territory_id": "int", "name": "text", "country": "text", "custom": "json",
}  # fmt: skip
_DTYPES: dict[str, type[pl.DataType]] = {
    "int": pl.Int64,
    "bool": pl.Boolean,
    "date": pl.Date,
    "text": pl.String,
    "json": pl.String,
}


def kind_of(name: str) -> Kind:
    """How a versioned fact is read."""
    return _KINDS.get(name, "text")


def accounts(scope: Scope, as_of: date, known_at: datetime | None) -> pl.DataFrame:
    """``account`` and what stands on it on ``as_of``; accounts that were not there yet, or no longer, are left out."""
    kinds: dict[str, Kind] = {name: kind_of(name) for name in VERSIONED_FACTS} | _OTHER
    read: dict[str, tuple[str, Kind]] = {"account": ("a.id", "int")}
    read |= {name: (f'a."{name}"', kind) for name, kind in kinds.items()}
    gone = columns.end_of(as_of)
    where = f"{scope.where('a.id')} and (a.deleted_at is null or a.deleted_at >= %s) order by a.id"
    rows = columns.read(read, f"tenure_account a where {where}", [gone])
    return _as_it_was(rows, scope, as_of, known_at)


def _as_it_was(rows: pl.DataFrame, scope: Scope, as_of: date, known_at: datetime | None) -> pl.DataFrame:
    """Replace what changed since by the version that held; drop the accounts that began later."""
    later = _accounts_that_began_later(scope, as_of, known_at)
    rows = rows.join(later, on="account", how="anti", maintain_order="left")
    old = _versions(scope, as_of, known_at)
    if not old.height:
        return rows
    decoded = old["facts"].str.json_decode(pl.Struct({name: _json_type(name) for name in VERSIONED_FACTS})).struct.unnest()
    dates = [pl.col(name).str.to_date("%Y-%m-%d", strict=False) for name in VERSIONED_FACTS if kind_of(name) == "date"]
    texts = [pl.col(name).fill_null("") for name in VERSIONED_FACTS if kind_of(name) == "text"]
    # What isn't versioned (custom facts) is known for today only.
    unknown = pl.lit(None, pl.String).alias("custom")
    then = pl.concat([old.select("account"), decoded], how="horizontal").with_columns(*dates, *texts, unknown)
    kept = rows.select("account", *(name for name in rows.columns if name not in then.columns))
    then = kept.join(then, on="account", how="inner").select(rows.columns)
    return pl.concat([rows.join(then, on="account", how="anti"), then]).sort("account")


def _json_type(name: str) -> type[pl.DataType]:
    kind = kind_of(name)
    return pl.String if kind == "date" else _DTYPES[kind]


def _versions(scope: Scope, as_of: date, known_at: datetime | None) -> pl.DataFrame:
    """The versions that held on ``as_of`` where that isn't what the account's row says: ``account``, ``facts``.

    Of several that begin on one day the last written holds.
    """
    known, params = _known(known_at)
    where = f"{scope.where('account_id')} and from_date <= %s{known}"
    if known_at is None:
        where += " and until_date is not null and until_date > %s"
        params = [as_of.isoformat(), as_of.isoformat()]
    else:
        params = [as_of.isoformat(), *params]
    read: Columns = {"account": ("account_id", "int"), "facts": ("facts", "json")}
    rows = columns.read(read, f"tenure_accountversion where {where} order by account_id, from_date, id", params)
    return rows.unique("account", keep="last", maintain_order=True)


def _accounts_that_began_later(scope: Scope, as_of: date, known_at: datetime | None) -> pl.DataFrame:
    known, params = _known(known_at)
    begun = f"select 1 from tenure_accountversion w where w.account_id = v.account_id and w.from_date <= %s{known}"  # noqa: S608 - our own SQL
    where, params = f"{scope.where('v.account_id')} and not exists ({begun})", [as_of.isoformat(), *params]
    if known_at is None:  # spares the look at every other version
        where, params = f"v.from_date > %s and {where}", [as_of.isoformat(), *params]
    read: Columns = {"account": ("v.account_id", "int")}
    return columns.read(read, f"tenure_accountversion v where {where}", params).unique()


def _known(known_at: datetime | None) -> tuple[str, list[object]]:
    return ("", []) if known_at is None else (" and recorded_at <= %s", [columns.moment(known_at)])


def families(as_of: date, known_at: datetime | None, scope: Scope | None = None) -> pl.DataFrame:
    """``account`` and ``family_employees``, the largest count in the account's family, for accounts that have a family.

    With a ``scope`` none of whose accounts has one, the rest is not looked at.
    """
    if scope is not None and not _links(f" and ({scope.where('id')} or {scope.where('parent_id')})"):
        return pl.DataFrame(schema={"account": pl.Int64, "family_employees": pl.Int64})
    parents = _links("")
    roots: dict[int, int] = {}
    for child in parents:
        roots[child] = _root(child, parents, roots)
    members = roots | {root: root for root in set(roots.values())}
    if not members:
        return pl.DataFrame(schema={"account": pl.Int64, "family_employees": pl.Int64})
    base = accounts(columns.of_ids(members), as_of, known_at).select("account", "employees")
    root = pl.Series("root", [members[account] for account in base["account"].to_list()], dtype=pl.Int64)
    return base.with_columns(root).select("account", pl.col("employees").max().over("root").alias("family_employees"))


def _links(where: str) -> dict[int, int]:
    """Account id -> parent's id."""
    read: Columns = {"account": ("id", "int"), "parent": ("parent_id", "int")}
    return dict(columns.read(read, f"tenure_account where parent_id is not null{where}").iter_rows())


def _root(account: int, parents: dict[int, int], roots: dict[int, int]) -> int:
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
