"""What an import must know of what is there: external ids, current values, hierarchies, rows that wait, earlier imports."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl
from django.db import connection, models
from django.db.models import Q, QuerySet

from tenure.models import Assignment, ImportMapping, Product, Run, Territory, Upload, User, UserRole, WaitingRow
from tenure.rules.packs import Pack

# Kinds of columns as ``current`` reads them: SQL on SQLite, SQL on PostgreSQL, type as fetched.
_READ: dict[str, tuple[tuple[str, str], pl.DataType]] = {
    "text": (("{}", "{}"), pl.String()),
    "ref": (("{}", "{}"), pl.Int64()),
    "whole": (("{}", "{}"), pl.Int64()),
    "money": (("{}", "{}"), pl.Int64()),
    "flag": (("{}", "cast({} as integer)"), pl.Int64()),
    "day": (("cast({} as text)", "cast({} as text)"), pl.String()),
    "moment": (("cast({} as text)", "to_char({} at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS.US')"), pl.String()),
    "json": (("cast({} as text)", "cast({} as text)"), pl.String()),
    "is_set": (("({} is not null)", "cast(({} is not null) as integer)"), pl.Int64()),
}


def _is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def among(column: str, values: Iterable[Any], kind: str = "text") -> tuple[str, list[Any]]:
    """The condition that a column holds one of many values, as one parameter, and that parameter."""
    if _is_sqlite():
        return f"{column} in (select value from json_each(%s))", [json.dumps(list(values))]  # noqa: S608 - a column of ours
    return f"{column} = any(%s::{'bigint' if kind == 'int' else 'text'}[])", [list(values)]


def rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All rows of a query with ``%s`` placeholders."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        return list(cursor.fetchall())


def known(source: str, noun: str, names: Sequence[str]) -> pl.DataFrame:
    """``external_id``, ``object_id``, ``old`` (the digest at the last import) and ``link`` (the row that says so) of those names that
    the source has given before."""
    condition, params = among("external_id", names)
    sql = f"select external_id, object_id, digest, id from tenure_externalid where source = %s and noun = %s and {condition}"  # noqa: S608
    found = rows(sql, [source, noun, *params])
    texts, object_ids, digests, links = zip(*found, strict=True) if found else ((), (), (), ())
    schema = {"external_id": pl.String, "object_id": pl.Int64, "old": pl.Binary, "link": pl.Int64}
    return pl.DataFrame([texts, object_ids, [bytes(digest) for digest in digests], links], schema=schema)


def ids(source: str, noun: str, names: Iterable[str]) -> dict[str, int]:
    """Our ids by external id. People are also found by e-mail address, territories by key or name."""
    wanted = sorted(set(names))
    if not wanted:
        return {}
    if noun == "territory":
        return {name: pk for pk, key, title in Territory.objects.values_list("pk", "key", "name") for name in (title, key)}
    condition, params = among("external_id", wanted)
    found = rows(f"select external_id, object_id from tenure_externalid where source = %s and noun = %s and {condition}",  # noqa: S608
                 [source, noun, *params])  # fmt: skip
    result: dict[str, int] = dict(found)
    addresses = [name for name in wanted if "@" in name and name not in result] if noun == "user" else []
    if addresses:
        by_address = natural(User, "email", addresses)
        result |= {name: by_address[name.lower()] for name in addresses if name.lower() in by_address}
    return result


def territory_words() -> frozenset[str]:
    """Every key and name by which a file may name a territory."""
    return frozenset(word for pair in Territory.objects.values_list("key", "name") for word in pair)


def ids_of_any_source(noun: str, names: Iterable[str], besides: str) -> dict[str, int]:
    """Our ids by the external ids of other sources, the one known longest where several have the same."""
    condition, params = among("external_id", sorted(set(names)))
    found = rows(f"select external_id, object_id from tenure_externalid where noun = %s and source <> %s and {condition} order by id desc",  # noqa: S608
                 [noun, besides, *params])  # fmt: skip
    return dict(found)


def natural(model: type[models.Model], field: str, values: Iterable[str]) -> dict[str, int]:
    """Ids by a field in lower case; the oldest row where several have it."""
    condition, params = among(f'lower("{field}")', sorted({value.lower() for value in values}))
    found = rows(f'select lower("{field}"), id from "{model._meta.db_table}" where {condition} order by id desc', params)  # noqa: S608
    return dict(found)


def current(model: type[models.Model], kinds: Mapping[str, str], object_ids: Sequence[int]) -> pl.DataFrame:
    """``object_id`` and the columns of ``kinds`` (column -> kind) as they are now."""
    names = {name: ("deleted_at" if kind == "is_set" else name) for name, kind in kinds.items()}
    at = 0 if _is_sqlite() else 1
    parts = ["id as object_id"] + [
        _READ[kinds[name]][0][at].format(f'"{column}"') + f' as "{name}"' for name, column in names.items()
    ]
    condition, params = among("id", object_ids, "int")
    found = rows(f'select {", ".join(parts)} from "{model._meta.db_table}" where {condition}', params)  # noqa: S608
    values: Iterable[Sequence[Any]] = zip(*found, strict=True) if found else [()] * (len(kinds) + 1)
    types = {"object_id": pl.Int64(), **{name: _READ[kind][1] for name, kind in kinds.items()}}
    frame = pl.DataFrame(
        [pl.Series(name, column, dtype=dtype) for (name, dtype), column in zip(types.items(), values, strict=True)]
    )
    return frame.with_columns(_typed(name, kind) for name, kind in kinds.items() if kind in ("flag", "is_set", "day", "moment"))


def _typed(name: str, kind: str) -> pl.Expr:
    column = pl.col(name)
    if kind == "day":
        return column.str.to_date("%Y-%m-%d")
    if kind == "moment":
        return column.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us").dt.replace_time_zone("UTC")
    return column.cast(pl.Boolean)


def open_versions(account_ids: Sequence[int]) -> pl.DataFrame:
    """``object_id`` (the account), ``version`` and ``begun`` of the versions of facts that still hold."""
    condition, params = among("account_id", account_ids, "int")
    sql = f"select account_id, id, cast(from_date as text) from tenure_accountversion where until_date is null and {condition}"  # noqa: S608
    found = rows(sql, params)
    columns: Iterable[Sequence[Any]] = zip(*found, strict=True) if found else [()] * 3
    types = {"object_id": pl.Int64, "version": pl.Int64, "begun": pl.String}
    frame = pl.DataFrame(
        [pl.Series(name, values, dtype=dtype) for (name, dtype), values in zip(types.items(), columns, strict=True)]
    )
    return frame.with_columns(pl.col("begun").str.to_date("%Y-%m-%d"))


def ancestors(model: type[models.Model], column: str, object_ids: Sequence[int]) -> dict[int, int]:
    """Child id -> parent id for these rows and everything above them."""
    table = model._meta.db_table
    condition, params = among("id", object_ids, "int")
    return dict(
        rows(
            f'with recursive up(id, above) as (select id, "{column}" from "{table}" where {condition} '  # noqa: S608
            f'union select t.id, t."{column}" from "{table}" t join up on t.id = up.above) select id, above from up where above is not null',
            params,
        )
    )


def values_of(model: type[models.Model], column: str, object_ids: Iterable[int]) -> dict[int, int]:
    """Id -> the value of one column, where it isn't null."""
    condition, params = among("id", sorted(set(object_ids)), "int")
    found = rows(f'select id, "{column}" from "{model._meta.db_table}" where {condition} and "{column}" is not null', params)  # noqa: S608
    return dict(found)


def kept_by_others(noun: str, source: str, object_ids: Sequence[int]) -> set[int]:
    """Rows that this source only completes: accounts that another source brought first, people with a role, ranked products."""
    condition, params = among("object_id", object_ids, "int")
    if noun == "account":
        found = rows(
            f"select e.object_id from tenure_externalid e join (select object_id, min(id) as first from tenure_externalid "  # noqa: S608
            f"where noun = 'account' and {condition} group by object_id) f on f.first = e.id where e.source <> %s",
            [*params, source],
        )
        return {row[0] for row in found}
    if noun == "user":
        return set(UserRole.objects.filter(user__in=object_ids).values_list("user_id", flat=True))
    if noun == "product":
        return set(Product.objects.filter(pk__in=object_ids).exclude(handbook_key="").values_list("pk", flat=True))
    return set()


def open_assignments(account_ids: Iterable[int], roles: Sequence[str]) -> list[Assignment]:
    """The open assignments in these roles, with their people."""
    found: list[Assignment] = []
    wanted = sorted(set(account_ids))
    for start in range(0, len(wanted), 5000):
        part = Assignment.objects.filter(account__in=wanted[start : start + 5000], role__in=roles, until_date=None)
        found += part.select_related("user").order_by("account", "id")
    return found


def last_named(account_ids: Iterable[int], roles: Sequence[str], reason: str) -> dict[int, int]:
    """Account -> the person whom the source named last in one of these roles (its assignments carry ``reason``)."""
    found: dict[int, int] = {}
    wanted = sorted(set(account_ids))
    for start in range(0, len(wanted), 5000):
        part = Assignment.objects.filter(account__in=wanted[start : start + 5000], role__in=roles, reason=reason)
        found |= dict(part.order_by("id").values_list("account_id", "user_id"))
    return found


def role_keys(user_ids: Iterable[int]) -> dict[int, list[str]]:
    """The roles of people, main role first."""
    found: dict[int, list[str]] = {}
    for user_id, role in (
        UserRole.objects.filter(user__in=set(user_ids)).order_by("position", "id").values_list("user_id", "role")
    ):
        found.setdefault(user_id, []).append(role)
    return found


def stage_words(pack: Pack) -> dict[str, str]:
    """Every name that an edition of the handbook gives a stage, as ``stage_word`` writes it -> the stage's key."""
    found: dict[str, str] = {}
    for name, value in pack.values.items():
        if name.startswith("stage_"):
            key = name.removeprefix("stage_")
            found |= {stage_word(str(entry.value)): key for entry in value.entries} | {stage_word(key): key}
    return found


def stage_word(label: str) -> str:
    """A stage's name without its number, capitals and separators: numbers move between editions."""
    return re.sub(r"[^a-z]", "", re.sub(r"^\s*\d+\s*[-.:]?\s*", "", label.lower()))


# --- waiting rows


def any_waiting(source: str) -> bool:
    """Whether anything of the source waits."""
    return WaitingRow.objects.filter(source=source).exists()


def waiting_for(source: str, noun: str, names: Sequence[str]) -> list[WaitingRow]:
    """What waits for these rows to arrive, in the order in which it came."""
    condition, params = among("parent_id", names)
    sql = f"select id from tenure_waitingrow where source = %s and parent_noun = %s and {condition}"  # noqa: S608 - marks only
    found = rows(sql, [source, noun, *params])
    pks = [row[0] for row in found]
    parts = [WaitingRow.objects.filter(pk__in=pks[start : start + 5000]) for start in range(0, len(pks), 5000)]
    return sorted((row for part in parts for row in part), key=lambda row: row.pk)


def waiting_rows(source: str, noun: str, names: Sequence[str]) -> dict[str, WaitingRow]:
    """The waiting rows of these external ids."""
    found: dict[str, WaitingRow] = {}
    for start in range(0, len(names), 5000):
        part = WaitingRow.objects.filter(source=source, noun=noun, external_id__in=names[start : start + 5000])
        found |= {row.external_id: row for row in part}
    return found


# --- pages


def mappings() -> QuerySet[ImportMapping]:
    """The saved mappings, by name."""
    return ImportMapping.objects.select_related("owner").order_by("name")


def runs() -> QuerySet[Run]:
    """The imports, newest first."""
    return Run.objects.filter(kind="import").select_related("started_by").order_by("-id")


def uploads(user: User, batch: str) -> list[Upload]:
    """The user's own files of one batch, in the order of upload."""
    return list(Upload.objects.filter(owner=user, settings__batch=batch).select_related("run").order_by("id"))


def open_batches(user: User) -> list[Upload]:
    """One file of each batch that the user began and did not import, newest first."""
    found: dict[str, Upload] = {}
    for row in Upload.objects.filter(owner=user, run=None).order_by("-id")[:200]:
        found.setdefault(row.settings.get("batch", ""), row)
    return list(found.values())


def waiting() -> QuerySet[WaitingRow]:
    """Everything that waits for another row, the latest first."""
    return WaitingRow.objects.select_related("run").order_by("-id")


def waiting_words(row: WaitingRow) -> tuple[str, str, str]:
    """What waits (``contact``), for what (``account``), and which part of the row is all that waits (``owner``, "" = the whole row)."""
    noun, _, part = row.noun.partition(":")
    return noun.replace("_", " "), row.parent_noun.replace("_", " "), part.removesuffix("_ref").replace("_", " ")


def waiting_counts() -> list[dict[str, Any]]:
    """How many rows of what (``what``, a noun in words) wait for what, by source."""
    counted = WaitingRow.objects.filter(~Q(noun__contains=":")).values("source", "noun", "parent_noun")
    found = counted.annotate(rows=models.Count("pk")).order_by("source", "noun")
    return [{**row, "what": row["noun"].replace("_", " "), "for": row["parent_noun"].replace("_", " ")} for row in found]


def unfinished(besides: int) -> bool:
    """Whether an earlier import changed accounts and died before the lists were brought up to date."""
    return Run.objects.filter(kind="import", params__lists="stale").exclude(pk=besides).exists()
