"""What the lists' row of each account should say, as of a day: facts, decisions, people, contacts in one frame."""

from collections.abc import Iterable
from datetime import date

import polars as pl
from django.db import models

from tenure.models import AccountSummary
from tenure.queries import columns, facts, handbook, profiles_summary
from tenure.queries.assignments import OWNER_ROLES
from tenure.queries.columns import Columns, Kind, Scope
from tenure.rules.packs import Pack

ENTITLED = "Yes"  # outcome of the rule tam_eligible
COLUMNS = tuple(field.column for field in AccountSummary._meta.concrete_fields)


def current(scope: Scope) -> pl.DataFrame:
    """The rows as they are."""
    read: Columns = {str(field.column): (f'"{field.column}"', kind_of(field)) for field in AccountSummary._meta.concrete_fields}
    return columns.read(read, f"tenure_accountsummary where {scope.where('account_id')} order by account_id")


def stale(found: facts.Facts, scope: Scope, today: date) -> list[int]:
    """The accounts whose row no longer says what holds on ``today``: a subscription began or ended, somebody took over, nobody refreshed it."""
    return [*_outdated(found, scope), *_moved(scope, today), *profiles_summary.stale(scope, today, handbook.pack())]


def _moved(scope: Scope, today: date) -> list[int]:
    """The accounts whose row names another TAM or owner than ``_people`` would."""
    places = " ".join(f"when a.role = '{role}' then {number}" for number, role in enumerate(OWNER_ROLES, 1))
    owner = _holder(OWNER_ROLES, f"case when a.role = s.coverage then 0 {places} end")
    moved = f"coalesce(s.tam_id, 0) <> coalesce({_holder(('tam',))}, 0) or coalesce(s.owner_id, 0) <> coalesce({owner}, 0)"
    rows = f"tenure_accountsummary s where {scope.where('s.account_id')} and not s.deleted and ({moved})"
    return columns.read({"account": ("s.account_id", "int")}, rows, [today] * 4)["account"].to_list()


def _holder(roles: Iterable[str], place: str = "0") -> str:
    """SQL for who holds one of these roles on the account of ``s``, on a day that is given twice; ``place`` tells which comes first."""
    among = ", ".join(f"'{role}'" for role in roles)
    held = f"a.account_id = s.account_id and a.role in ({among}) and a.from_date <= %s and (a.until_date is null or a.until_date > %s)"
    # SQLite sees no column of the outer query in an "order by", hence the inner one.
    found = f"select a.user_id, a.from_date, a.id, {place} as place from tenure_assignment a where {held}"  # noqa: S608
    return f"(select h.user_id from ({found}) h order by h.place, h.from_date desc, h.id desc limit 1)"  # noqa: S608


# What the facts and the rows both hold: column of the facts -> column of the row
SAME = {
    "arr": "arr_minor", "iacv": "iacv_minor", "users": "users", "employees": "employees", "customer_since": "customer_since",
    "subscriptions": "subscriptions", "renewal_date": "renewal_date", "name": "name", "kind": "kind", "territory_id": "territory_id",
}  # fmt: skip


def _outdated(found: facts.Facts, scope: Scope) -> list[int]:
    """The accounts whose row shows other facts, or that have none."""
    kinds = {str(field.column): kind_of(field) for field in AccountSummary._meta.concrete_fields}
    read: Columns = {f"{fact}:old": (column, kinds[column]) for fact, column in SAME.items()}
    read = {"account": ("account_id", "int"), "deleted:old": ("deleted", "bool"), **read}
    rows = columns.read(read, f"tenure_accountsummary where {scope.where('account_id')}")
    frame = found.frame.select(
        "account", *(name for name in SAME if name in found.frame.columns and name not in found.more.columns)
    )
    both = found.more.join(frame, on="account").join(rows, on="account", how="full", coalesce=True)
    gone = pl.col("name").is_null() & pl.col("deleted:old")  # deleted, and the row says so
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}:old")) for name in SAME)
    return both.filter(differs & ~gone.fill_null(False))["account"].to_list()


def kind_of(field: models.Field) -> Kind:  # type: ignore[type-arg]
    """How a column of the rows is read and written."""
    if isinstance(field, models.CharField):
        return "text"
    return "date" if isinstance(field, models.DateField) else "bool" if isinstance(field, models.BooleanField) else "int"


def wanted(
    found: facts.Facts, before: pl.DataFrame, scope: Scope, today: date, pack: Pack, shown: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The rows as they should be, in the columns of ``before`` (the rows as they are). ``shown``: see ``decided``."""
    since = before.select("account_id", pl.col("needs_tam_since").alias("waiting"))
    parts = (decided(scope, found, shown), contacts(scope), profiles_summary.of(scope, today, pack), since)
    rows = joined(found, scope, today, pack, parts)
    return rows.select(pl.col(name).cast(dtype) for name, dtype in before.schema.items())


def joined(found: facts.Facts, scope: Scope, day: date, pack: Pack, parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The facts of a day, what is decided of it and the people of that day as rows of lists. ``parts`` are frames by account_id:
    decisions (see ``decided``), contacts (see ``contacts``), profiles (see ``profiles_summary.of``), and ``waiting``, since when the account waits for a TAM as is known."""
    rows = found.more.rename({"account": "account_id"})
    known = found.frame.rename({"account": "account_id"})
    names = ("account_id", "arr", "iacv", "users", "employees", "customer_since", "product", "region", "segment")
    texts = [pl.col(name).cast(pl.String).alias(f"fact_{name}") for name in ("product", "region", "segment")]
    rows = rows.join(
        known.select(names).with_columns(texts).drop("product", "region", "segment"),
        on="account_id",
        how="left",
        maintain_order="left",
    )
    rows = rows.rename({"arr": "arr_minor", "iacv": "iacv_minor"})
    for part in parts:
        rows = rows.join(part, on="account_id", how="left", maintain_order="left")
    rows = rows.join(_people(rows, scope, day), on="account_id", how="left", maintain_order="left")
    return _finished(rows.with_columns(**profiles_summary.filled(pack, day)), pack)


def _finished(rows: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    rows = rows.with_columns(
        name_key=pl.col("name").str.to_lowercase(),
        product=pl.coalesce("fact_product", "product_text").fill_null(""),
        region=pl.coalesce("fact_region", "region_text").fill_null(""),
        segment=pl.coalesce("segment", "fact_segment"),
        deleted=pl.lit(False),
        contacts=pl.col("contacts").fill_null(0),
        overridden=pl.col("overridden").fill_null(False),
        contact_completeness=pl.when(pl.col("contacts") > 0).then(
            100 * (pl.col("filled") + pl.when(pl.col("fact_region") == "APAC").then("salutations").otherwise(0))
            // (pl.col("contacts") * pl.when(pl.col("fact_region") == "APAC").then(5).otherwise(4))
        ),
    ).with_columns(pl.col(name).fill_null("") for name in (*handbook.ACCOUNT_RULES.values(), "tam_name", "owner_name"))  # fmt: skip
    ranks = [_rank(rows[name], pack.fact(name).words) for name in (*handbook.RANKED, "product")]
    waits = (pl.col("tam_eligible") == ENTITLED) & pl.col("tam_id").is_null()
    since = pl.coalesce("waiting", pl.max_horizontal("entitled_since", "last_tam_until"))
    return rows.with_columns(*ranks, needs_tam_since=pl.when(waits).then(since))


def _rank(words: pl.Series, order: tuple[str, ...]) -> pl.Series:
    return words.replace_strict(list(order), range(len(order)), default=-1, return_dtype=pl.Int64).alias(f"{words.name}_rank")


def decided(scope: Scope, found: facts.Facts, shown: pl.DataFrame | None) -> pl.DataFrame:
    """The open decisions, one column per rule; ``overridden`` if any is; ``entitled_since``. ``shown`` holds those that are at hand."""
    if shown is None or not shown.height:
        return _decided(scope)
    rest = found.frame.select(account_id="account").join(shown, on="account_id", how="anti")["account_id"].to_list()
    return pl.concat([shown, _decided(columns.of_ids(rest))], how="diagonal") if rest else shown


def _decided(scope: Scope) -> pl.DataFrame:
    """From the database, turned in SQL: one row per account."""
    turned: Columns = {
        column: (f"max(case when rule = '{rule}' then outcome end)", "text") for rule, column in handbook.ACCOUNT_RULES.items()
    }
    read: Columns = {
        "account_id": ("account_id", "int"), **turned, "overridden": ("max(case when overridden then 1 else 0 end)", "bool"),
        "entitled_since": ("max(case when rule = 'tam_eligible' then from_date end)", "date"),
    }  # fmt: skip
    return columns.read(read, f"tenure_decision where until_date is null and {scope.where('account_id')} group by account_id")


def contacts(scope: Scope, day: date | None = None) -> pl.DataFrame:
    """How many contacts, and how many of the fields that the handbook asks for are filled (models.Contact.missing_fields).

    With a ``day`` those that were there then, as they are filled today: how they were filled is not kept.
    """
    filled = " + ".join(f"sum(case when {field} <> '' then 1 else 0 end)" for field in ("title", "role", "email", "phone"))
    read: Columns = {
        "account_id": ("account_id", "int"), "contacts": ("count(*)", "int"), "filled": (f"({filled})", "int"),
        "salutations": ("sum(case when salutation <> '' then 1 else 0 end)", "int"),
    }  # fmt: skip
    end = [] if day is None else [columns.end_of(day)] * 2
    there = "deleted_at is null" if day is None else "created_at < %s and (deleted_at is null or deleted_at >= %s)"
    return columns.read(read, f"tenure_contact where {there} and {scope.where('account_id')} group by account_id", end)


def _people(rows: pl.DataFrame, scope: Scope, today: date) -> pl.DataFrame:
    """The TAM, the owner (the role that the rule `coverage` names, else the first of OWNER_ROLES), and when the last TAM left."""
    read: Columns = {
        "account_id": ("a.account_id", "int"), "role": ("a.role", "text"), "user": ("a.user_id", "int"), "name": ("u.name", "text"),
        "until": ("a.until_date", "date"), "begun": ("a.from_date", "date"),
    }  # fmt: skip
    roles = ", ".join(f"'{role}'" for role in ("tam", *OWNER_ROLES))
    where = f"{scope.where('a.account_id')} and a.role in ({roles}) order by a.account_id, a.from_date desc, a.id desc"
    held = columns.read(read, f"tenure_assignment a join tenure_user u on u.id = a.user_id where {where}")
    active = held.filter((pl.col("begun") <= today) & (pl.col("until").is_null() | (pl.col("until") > today)))
    tam = active.filter(pl.col("role") == "tam").unique("account_id", keep="first", maintain_order=True)
    over = (pl.col("until") <= today) & (pl.col("until") > pl.col("begun"))  # one that was taken back at once never was
    left = held.filter((pl.col("role") == "tam") & over).group_by("account_id").agg(last_tam_until=pl.col("until").max())
    owners = active.filter(pl.col("role").is_in(OWNER_ROLES)).join(
        rows.select("account_id", "coverage"), on="account_id", how="left"
    )
    order = owners["role"].replace_strict(OWNER_ROLES, range(1, len(OWNER_ROLES) + 1), return_dtype=pl.Int64)
    owners = owners.with_columns(place=pl.when(pl.col("role") == pl.col("coverage")).then(0).otherwise(order))
    owner = owners.sort("place", maintain_order=True).unique("account_id", keep="first", maintain_order=True)
    found = tam.select("account_id", tam_id="user", tam_name="name")
    found = found.join(owner.select("account_id", owner_id="user", owner_name="name"), on="account_id", how="full", coalesce=True)
    return found.join(left, on="account_id", how="full", coalesce=True)
