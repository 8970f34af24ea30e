"""References of imported rows: finding our ids, rows that must wait, parents that would run in a circle, rows that are there already."""

import polars as pl

from tenure.actions.imports_checks import FILL_ACCOUNT, NO_ACCOUNT, Refusals
from tenure.actions.imports_specs import Ref, Spec
from tenure.actions.imports_state import Session
from tenure.models import WaitingRow
from tenure.queries import imports

CIRCLE = "The {} chain leads from '{{}}' back to this row."


def of(spec: Spec, frame: pl.DataFrame) -> list[Ref]:
    """The references that the frame gives."""
    return [ref for ref in spec.refs if ref.name in frame.columns]


def id_column(ref: Ref) -> str:
    """Where the id goes: our column, or ``role:owner`` for an assignment."""
    return ref.column or f"role:{ref.role}"


def look_up(session: Session, ref: Ref, frame: pl.DataFrame) -> pl.Series:
    """Our ids of the frame's references; null where blank or not there."""
    names = frame[ref.name]
    distinct = names.drop_nulls().unique().to_list()
    found = session.ids(ref.noun, distinct) if distinct else {}
    return _ids(names, found).alias(id_column(ref))


def _ids(names: pl.Series, found: dict[str, int]) -> pl.Series:
    if not found:
        return pl.Series(names.name, [None] * len(names), dtype=pl.Int64)
    return names.replace_strict(list(found), list(found.values()), default=None, return_dtype=pl.Int64)


def split(session: Session, spec: Spec, frame: pl.DataFrame, refusals: Refusals) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The frame with ids of what its rows refer to, and apart the rows that wait (with ``parent_noun`` and ``parent_id``).

    The hierarchy of the noun itself is left to ``tree``: a parent may come in the same batch.
    """
    for ref in of(spec, frame):
        if ref.name == spec.tree or ref.missing == "ignore":
            continue
        frame = frame.with_columns(look_up(session, ref, frame))
        if ref.missing == "refuse":
            wrong = pl.col(ref.name).is_not_null() & pl.col(id_column(ref)).is_null()
            remedy = f"Add the {ref.noun} first, or leave the cell empty."
            frame = refusals.take(frame, wrong, ref.name, f"There is no {ref.noun} '{{}}'.", remedy)
    if spec.updates:
        found = session.ids(spec.updates, frame["external_id"].to_list()) if frame.height else {}
        frame = frame.with_columns(_ids(frame["external_id"], found).alias("object_id"))
    noun, name = _parents(spec, frame)
    frame = frame.with_columns(noun.alias("parent_noun"), name.alias("parent_id"))
    waiting = frame.filter(pl.col("parent_id").is_not_null())
    frame = frame.filter(pl.col("parent_id").is_null()).drop("parent_noun", "parent_id")
    return _with_account(session, spec, frame, refusals), waiting


def _parents(spec: Spec, frame: pl.DataFrame) -> tuple[pl.Expr, pl.Expr]:
    """Noun and external id of what a row waits for; null where it needn't wait."""
    tests = []
    via = {column for column, _ in spec.via}
    for ref in of(spec, frame):
        absent = pl.col(ref.name).is_not_null() & pl.col(id_column(ref)).is_null() if ref.name != spec.tree else pl.lit(False)
        if ref.missing == "wait":
            tests.append((absent, ref.noun, pl.col(ref.name)))
        elif ref.column in via and spec.account == "account_id":  # the only way to the account
            alone = pl.col("account_ref").is_null() if "account_ref" in frame.columns else pl.lit(True)
            tests.append((absent & alone, ref.noun, pl.col(ref.name)))
    if spec.updates:
        tests.append((pl.col("object_id").is_null(), spec.updates, pl.col("external_id")))
    noun, name = pl.lit(None, pl.String), pl.lit(None, pl.String)
    for test, word, value in reversed(tests):
        noun, name = pl.when(test).then(pl.lit(word)).otherwise(noun), pl.when(test).then(value).otherwise(name)
    return noun, name


def _with_account(session: Session, spec: Spec, frame: pl.DataFrame, refusals: Refusals) -> pl.DataFrame:
    """``account_id`` also where the row names none but what it belongs to does; refused where there is no way to one."""
    if not spec.via or not frame.height:
        return frame
    if "account_id" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.Int64).alias("account_id"))
    for column, model in spec.via:
        if column not in frame.columns:
            continue
        open_ids = frame.filter(pl.col("account_id").is_null())[column].drop_nulls().unique().to_list()
        found = imports.values_of(model, "account_id", open_ids) if open_ids else {}
        found |= {pk: pk for pk in open_ids if pk < 0}  # a dry run: it would be there
        frame = frame.with_columns(pl.coalesce("account_id", _ids_of(frame[column], found)))
    if spec.account:
        frame = refusals.take(frame, pl.col("account_id").is_null(), "account_ref", NO_ACCOUNT, FILL_ACCOUNT)
    return frame


def _ids_of(keys: pl.Series, found: dict[int, int]) -> pl.Series:
    if not found:
        return pl.Series(keys.name, [None] * len(keys), dtype=pl.Int64)
    return keys.replace_strict(list(found), list(found.values()), default=None, return_dtype=pl.Int64)


def without_circles(session: Session, spec: Spec, frame: pl.DataFrame, refusals: Refusals) -> pl.DataFrame:
    """The frame without rows whose parent chain leads back to themselves. In order of the file: the row that closes a circle is refused."""
    if not spec.tree or spec.tree not in frame.columns or not frame[spec.tree].is_not_null().any():
        return frame
    names, parents = frame["external_id"].to_list(), frame[spec.tree].to_list()
    ids = session.ids(spec.noun, {name for name in (*names, *parents) if name})
    column = next(ref.column for ref in spec.refs if ref.name == spec.tree)
    up: dict[int | str, int | str] = dict(imports.ancestors(spec.model, column, sorted(set(ids.values()))).items())
    if session.something_waits():
        later = WaitingRow.objects.filter(source=session.source, noun=f"{spec.noun}:{spec.tree}")
        up |= {row["object_id"]: ids.get(parent, parent) for parent, row in later.values_list("parent_id", "row")}
    closing = []
    for name, parent in zip(names, parents, strict=True):
        key = ids.get(name, name)
        closing.append(bool(parent) and _leads_to(key, ids.get(parent, parent), up))
        if parent and not closing[-1]:
            up[key] = ids.get(parent, parent)
    frame = frame.with_columns(pl.Series("closing", closing, dtype=pl.Boolean))
    word = spec.tree.removesuffix("_ref")
    told = CIRCLE.format(word)
    return refusals.take(frame, pl.col("closing"), spec.tree, told, f"Correct the {word} in the source.").drop("closing")


def _leads_to(key: int | str, start: int | str, up: dict[int | str, int | str]) -> bool:
    node: int | str | None = start
    walked: set[int | str] = set()
    while node is not None and node not in walked:
        if node == key:
            return True
        walked.add(node)
        node = up.get(node)
    return False


def already_there(session: Session, spec: Spec, frame: pl.DataFrame) -> pl.DataFrame:
    """``object_id`` also for rows that came by another way: an account of another source, a person by e-mail, a product by name.

    Two new rows of one batch that mean the same person lead to the same id: the later gets ``twin`` = the first one's external id.
    """
    frame = frame.with_columns(pl.lit(None, pl.String).alias("twin"))
    if "same_as_ref" in frame.columns:
        names = frame.filter(pl.col("object_id").is_null())["same_as_ref"].drop_nulls().unique().to_list()
        found = imports.ids_of_any_source(spec.noun, names, session.source) if names else {}
        frame = frame.with_columns(pl.coalesce("object_id", _ids(frame["same_as_ref"], found)))
    if not spec.natural or spec.natural not in frame.columns:
        return frame
    keys = frame[spec.natural].str.to_lowercase()
    open_keys = keys.filter(frame["object_id"].is_null()).drop_nulls().unique().to_list()
    found = imports.natural(spec.model, spec.natural, open_keys) if open_keys else {}
    frame = frame.with_columns(pl.coalesce("object_id", _ids(keys, found)), keys.alias("natural"))
    first = pl.col("external_id").first().over("natural")
    twin = pl.when(pl.col("object_id").is_null() & pl.col("natural").is_not_null() & (first != pl.col("external_id"))).then(first)
    return frame.with_columns(twin.alias("twin")).drop("natural")


def tree(session: Session, spec: Spec, frame: pl.DataFrame) -> pl.DataFrame:
    """The id of each row's parent, also where the parent is new in this batch."""
    if not spec.tree or spec.tree not in frame.columns:
        return frame
    ref = next(ref for ref in spec.refs if ref.name == spec.tree)
    names = frame[ref.name].drop_nulls().unique().to_list()
    found = session.ids(ref.noun, names) if names else {}
    found |= dict(frame.filter(pl.col("external_id").is_in(names)).select("external_id", "object_id").iter_rows())
    return frame.with_columns(_ids(frame[ref.name], found).alias(ref.column))
