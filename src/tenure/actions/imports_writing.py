"""Writing imported rows: new ones at once, of changed ones only what differs; an Event and a version of the facts for each."""

import json
from collections.abc import Iterable, Mapping, Sequence

import polars as pl
from django.contrib.auth.hashers import make_password

from tenure.actions import bulk, events, imports_frames
from tenure.actions.imports_refs import of
from tenure.actions.imports_specs import MOMENT, SPECS, Spec
from tenure.actions.imports_state import Session
from tenure.models import VERSIONED_FACTS, Account, AccountVersion, ExternalId, User
from tenure.queries import imports


def columns_of(spec: Spec, frame: pl.DataFrame) -> list[str]:
    """The database columns that the frame gives: fields and references."""
    given = [name for name in spec.fields if name in frame.columns]
    given += [ref.column for ref in of(spec, frame) if ref.column]
    if spec.via and spec.account and "account_id" in frame.columns and "account_id" not in given:
        given.append("account_id")
    return given


def insert(session: Session, spec: Spec, frame: pl.DataFrame) -> None:
    """Insert new rows; ``object_id`` is their id. The columns that the frame lacks get their defaults."""
    if not frame.height:
        return
    rows, same = full(session, spec, frame)
    bulk.insert_frame(spec.model, rows, **same)
    if spec.model is Account:
        texts = facts_text(rows, same)
        bulk.insert_frame(
            AccountVersion,
            rows.select(account_id="id", facts=texts),
            from_date=session.as_of,
            until_date=None,
            recorded_at=session.at,
        )
    tail = f',"source":{json.dumps(session.source)}}}'
    told = frame.select(
        pl.lit(f"{spec.noun}.created").alias("verb"),
        pl.lit(spec.noun).alias("noun"),
        "object_id",
        account_of(spec, frame).alias("account_id"),
        pl.concat_str(pl.lit('{"after":'), "text", pl.lit(tail)).alias("body"),
    )
    events.record_frame(told, at=session.at, actor=session.actor, run_id=session.run_id)


def account_of(spec: Spec, frame: pl.DataFrame) -> pl.Series:
    """Whose History shows each row."""
    name = "object_id" if spec.account == "id" else "account_id"
    return frame[name] if name in frame.columns else pl.Series(name, [None] * frame.height, dtype=pl.Int64)


def full(session: Session, spec: Spec, frame: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, object]]:
    """Every column of the table for new rows: those that differ by row, and those that are the same in all."""
    given = set(columns_of(spec, frame))
    made: list[pl.Expr] = [pl.col("object_id").alias("id")]
    same: dict[str, object] = {}
    for column in spec.model._meta.concrete_fields:
        name = str(column.column)
        known = spec.fields.get(name)
        blank = known.blank if known else None
        if name in given:
            made.append(pl.col(name) if blank is None else pl.col(name).fill_null(blank))
        elif (special := _special(session, frame, name)) is not None:
            made.append(special.alias(name))
        elif name != "id":
            same[name] = session.at if name in spec.created else True if name == "is_active" else spec.constants.get(name, blank)
    if spec.model is User:  # nobody can log in with it
        made.append(pl.lit(pl.Series("password", [make_password(None) for _ in range(frame.height)])))
        same.pop("password", None)
    if "custom" in {column.column for column in spec.model._meta.concrete_fields} and "custom" not in frame.columns:
        same["custom"] = "{}"
    return frame.select(made), same


def _special(session: Session, frame: pl.DataFrame, name: str) -> pl.Expr | None:
    """Columns that follow from others: custom facts, and what the deleted flag means."""
    if name == "custom" and "custom" in frame.columns:
        return pl.col("custom").fill_null("{}")
    if name == "deleted_at" and "deleted" in frame.columns:
        return pl.when(pl.col("deleted")).then(pl.lit(session.at, MOMENT))
    if name == "is_active" and "deleted" in frame.columns:
        return ~pl.col("deleted").fill_null(False)
    return None


def remember(session: Session, spec: Spec, frame: pl.DataFrame, known: bool) -> None:
    """Keep under which external id a row came, and its digest; ``known`` rows have one already."""
    if not frame.height:
        return
    if known:
        bulk.update_frame(ExternalId, frame.select(id="link", digest="digest"))
        return
    rows = frame.select("external_id", "object_id", "digest")
    bulk.insert_frame(ExternalId, rows, source=session.source, noun=spec.noun)


# --- what changed


def changes(session: Session, spec: Spec, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of which something differs from what is there, with ``differs:<column>`` flags and ``old:<column>`` values."""
    kinds = {name: (spec.fields[name].kind if name in spec.fields else "ref") for name in columns_of(spec, frame)}
    kinds = {name: kind for name, kind in kinds.items() if not (spec.noun == "user" and name == "is_active")}
    if spec.deletable and "deleted" in frame.columns:
        kinds["deleted"] = "is_set"
    if "custom" in frame.columns:
        kinds["custom"] = "json"
    now = imports.current(spec.model, kinds, frame["object_id"].unique().to_list())
    now = now.rename({name: f"old:{name}" for name in kinds})
    both = frame.join(now, on="object_id", how="inner", maintain_order="left")
    if "custom" in kinds:
        both = _merge_custom(both, set(session.custom_keys))
    kept = sorted(imports.kept_by_others(spec.noun, session.source, both["object_id"].unique().to_list()))
    both = both.with_columns(pl.col("object_id").is_in(kept).alias("kept"))
    both = both.with_columns(_new_value(spec, both, name) for name in kinds if name != "custom")
    both = both.with_columns(pl.col(name).ne_missing(pl.col(f"old:{name}")).alias(f"differs:{name}") for name in kinds)
    return both.filter(pl.any_horizontal(f"differs:{name}" for name in kinds)) if kinds else both.clear()


def _new_value(spec: Spec, both: pl.DataFrame, name: str) -> pl.Expr:
    """What the column will hold. A blank cell clears a field, but a field with a default keeps what it has; so does a reference that
    is not there yet; and a row that somebody else keeps is only completed."""
    new, old = pl.col(name), pl.col(f"old:{name}")
    known = spec.fields.get(name)
    if known is not None and known.blank is not None:
        new = new.fill_null(known.blank) if known.blank in ("", False) else pl.coalesce(new, old)
    if known is None and name != "deleted":
        ref = next((ref for ref in spec.refs if ref.column == name), None)
        if ref is not None and ref.name in both.columns:
            new = pl.when(pl.col(ref.name).is_not_null() & new.is_null()).then(old).otherwise(new)
    if name == "deleted":
        new = new.fill_null(False)
        return pl.when(pl.col("kept")).then(old).otherwise(new).alias(name)
    empty = old.is_null() | (old == "") if both.schema[f"old:{name}"] == pl.String else old.is_null()
    return pl.when(pl.col("kept") & ~empty).then(old).otherwise(new).alias(name)


def _merge_custom(both: pl.DataFrame, given: set[str]) -> pl.DataFrame:
    """Custom facts that other sources gave stay; those of this file's columns are as the file says."""
    merged, before = [], []
    for new, old in both.select("custom", "old:custom").iter_rows():
        held = json.loads(old or "{}")
        after = {key: value for key, value in held.items() if key not in given} | json.loads(new or "{}")
        before.append(json.dumps(held, sort_keys=True))
        merged.append(json.dumps(after, sort_keys=True))
    return both.with_columns(pl.Series("custom", merged, dtype=pl.String), pl.Series("old:custom", before, dtype=pl.String))


def update(session: Session, spec: Spec, changed: pl.DataFrame) -> None:
    """Write what differs: of each row only its changed columns."""
    if not changed.height:
        return
    names = [name.removeprefix("differs:") for name in changed.columns if name.startswith("differs:")]
    for name in names:
        part = changed.filter(pl.col(f"differs:{name}"))
        if name == "deleted":
            bulk.update_frame(
                spec.model, part.select(id="object_id", deleted_at=pl.when("deleted").then(pl.lit(session.at, MOMENT)))
            )
        else:
            bulk.update_frame(spec.model, part.select(pl.col("object_id").alias("id"), name))
    _stamp(session, spec, changed["object_id"].to_list())
    versioned = [f"differs:{name}" for name in names if name in VERSIONED_FACTS]
    if spec.model is Account and versioned:
        new_versions(session, changed.filter(pl.any_horizontal(versioned))["object_id"].to_list())
    events.record_frame(_updated(session, spec, changed, names), at=session.at, actor=session.actor, run_id=session.run_id)


def _updated(session: Session, spec: Spec, changed: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """An event for each changed row: what was and what is, of the columns that differ."""
    before, after = [], []
    for name in names:
        dtype = changed.schema[name]
        differs = pl.col(f"differs:{name}")
        null = pl.lit(f'"{name}":null')
        before.append(pl.when(differs).then(pl.coalesce(imports_frames.pair(name, dtype, pl.col(f"old:{name}")), null)))
        after.append(pl.when(differs).then(pl.coalesce(imports_frames.pair(name, dtype), null)))
    gone = pl.col("differs:deleted") if "deleted" in names else pl.lit(False)
    verb = pl.when(gone & pl.col("deleted")).then(pl.lit("deleted")).when(gone).then(pl.lit("restored")).otherwise(pl.lit("updated")) \
        if "deleted" in names else pl.lit("updated")  # fmt: skip
    noun = spec.updates or spec.noun
    tail = f',"source":{json.dumps(session.source)}}}'
    was, now = (pl.concat_str(texts, separator=",", ignore_nulls=True) for texts in (before, after))
    return changed.select(
        pl.concat_str(pl.lit(f"{noun}."), verb).alias("verb"), pl.lit(noun).alias("noun"), "object_id",
        account_of(spec, changed).alias("account_id"),
        pl.concat_str(pl.lit('{"before":{'), was, pl.lit('},"after":{'), now, pl.lit("}"), pl.lit(tail)).alias("body"),
    )  # fmt: skip


# --- versions of an account's facts


def facts_text(rows: pl.DataFrame, same: Mapping[str, object] | None = None, *, without: Iterable[str] = ()) -> pl.Series:
    """The facts that a version keeps, as JSON text; ``same`` are those that all rows share, ``without`` those that nobody recorded."""
    shared = [pl.lit(value).alias(name) for name, value in (same or {}).items() if name in VERSIONED_FACTS]
    kept = [name for name in VERSIONED_FACTS if name not in set(without)]
    return rows.with_columns(shared).select(pl.struct(kept).struct.json_encode().alias("facts"))["facts"]


def current_facts(spec: Spec, account_ids: Sequence[int]) -> pl.DataFrame:
    """``object_id`` and the versioned facts as the accounts have them now."""
    refs = {ref.column: "ref" for ref in spec.refs if ref.column}
    kinds = refs | {"custom": "json"} | {name: known.kind for name, known in spec.fields.items()}
    return imports.current(Account, {name: kinds[name] for name in VERSIONED_FACTS}, account_ids)


def new_versions(session: Session, account_ids: list[int]) -> None:
    """The facts as they are now hold from ``as_of``. A version that began that day or later is corrected in place."""
    rows = current_facts(SPECS["account"], account_ids)
    facts = (
        rows.select("object_id")
        .with_columns(facts_text(rows))
        .join(imports.open_versions(account_ids), on="object_id", how="left")
    )
    late = pl.col("begun").is_not_null() & (pl.col("begun") >= session.as_of)
    correcting = facts.filter(late)
    bulk.update_frame(AccountVersion, correcting.select(id="version", facts="facts", recorded_at=pl.lit(session.at, MOMENT)))
    facts = facts.filter(~late.fill_null(False))
    closing = facts.filter(pl.col("version").is_not_null())
    bulk.update_frame(AccountVersion, closing.select(id="version", until_date=pl.lit(session.as_of)))
    fresh = facts.select(account_id="object_id", facts="facts")
    bulk.insert_frame(AccountVersion, fresh, from_date=session.as_of, until_date=None, recorded_at=session.at)


def _stamp(session: Session, spec: Spec, object_ids: list[int]) -> None:
    """Write when the rows were changed last."""
    if spec.touched:
        stamps = [pl.lit(session.at, MOMENT).alias(name) for name in spec.touched]
        bulk.update_frame(spec.model, pl.DataFrame({"id": object_ids}, schema={"id": pl.Int64}).with_columns(stamps))
