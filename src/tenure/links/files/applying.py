"""A mapping applied to rows of text: typed columns of one noun, and the rows that can't be typed with the reason."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from tenure.actions.imports_checks import Problem
from tenure.actions.imports_specs import SPECS
from tenure.actions.refusals import Refused
from tenure.links.files import casts
from tenure.links.files.mapping import OTHERS, FileMapping, Take
from tenure.links.files.tables import Chunk, Table
from tenure.queries import imports

# Columns that loaders add and that say nothing about the row itself.
LOADER = "_fivetran_"
ACTIVE, BEGIN, END = "_fivetran_active", "_fivetran_start", "_fivetran_end"
OPEN_ENDS = ("end_date", "until_at", "service_until", "cancelled_on")
TOLD_VALUE = 200
Cells = list[tuple[str, ...]]  # by column


@dataclass
class Typed:
    """Typed rows of one chunk. ``read`` counts the rows that the mapping is about, refused ones too."""

    frame: pl.DataFrame
    read: int
    problems: list[Problem] = field(default_factory=list)


class Applier:
    """One mapping for one table. Remembers what the first rows told of the order of days and months."""

    def __init__(self, table: Table, mapping: FileMapping, currency: str, stages: Mapping[str, str] | None = None) -> None:
        self.table, self.mapping = table, mapping
        self.currency = mapping.currency or currency
        self.stages = stages or {}
        self.orders: dict[str, str] = {}
        self.spec = SPECS[mapping.noun]
        self.at = {name: number for number, name in enumerate(table.header)}
        self._check_columns()
        used = {column for take in mapping.columns.values() for column in (*take.column, *take.parts)}
        unknown = [name for name in table.header if name not in used and name.lower().startswith(LOADER) is False]
        self.unknown = tuple(unknown) if mapping.keep_unknown else ()

    def _check_columns(self) -> None:
        """Raises Refused where the mapping names a column that isn't there, or gives no id."""
        named = {column for take in self.mapping.columns.values() for column in (*take.column, *take.parts)}
        missing = sorted(column for column in named | set(self.mapping.where) if column not in self.at)
        if missing:
            raise Refused(f"{self.table.name} has no column {', '.join(missing)}. Correct the mapping.", "invalid", "mapping")
        if "external_id" not in self.mapping.columns and self.mapping.noun not in ("charge", "opportunity_stage"):
            raise Refused(
                f"{self.table.name}: no column gives the id. Map the column that holds it to external_id.", "invalid", "mapping"
            )

    @property
    def has_versions(self) -> bool:
        """Whether the file keeps every version of a row (begin, end, active)."""
        return ACTIVE in self.at and self.mapping.noun != "opportunity_stage"

    @property
    def has_history(self) -> bool:
        """Whether the versions come with their begin: the file is a history, not the rows as they are."""
        return self.has_versions and BEGIN in self.at

    def apply(self, chunk: Chunk) -> Typed:
        """Typed rows of a chunk."""
        cells: Cells = list(zip(*chunk.rows, strict=True)) if chunk.rows else [()] * len(self.table.header)
        numbers = pl.Series("row", chunk.numbers, dtype=pl.Int64)
        kept = self._where(cells, len(chunk.rows))
        made: dict[str, pl.Series] = {}
        problems: dict[int, Problem] = {}
        self._currency(cells, kept, made, problems, numbers)
        for name, take in self.mapping.columns.items():
            if name != "currency":
                self._take(name, take, cells, kept, made, problems, numbers)
        if self.has_versions:
            self._versions(cells, kept, made, problems, numbers)
        numbers = numbers if kept is None else numbers.filter(kept)
        frame = pl.DataFrame([numbers, *made.values()])
        frame = self._derived(frame, cells, kept)
        bad = sorted(problems)
        told = [self._with_id(problems[at], frame, at) for at in bad]
        if bad:
            frame = frame.filter(~pl.int_range(pl.len()).is_in(bad))
        return Typed(frame, len(numbers) + len(chunk.broken), sorted(chunk.broken + told, key=lambda problem: problem.row))

    def column_of(self, name: str) -> str:
        """The column of the file that gives a field, for telling what is wrong with it."""
        take = self.mapping.columns.get(name) or self.mapping.columns.get(name.removesuffix("_minor"))
        return ", ".join((*take.column, *take.parts)) if take else name

    # --- one field

    def _column(self, name: str, cells: Cells, kept: pl.Series | None) -> pl.Series:
        found = pl.Series(name, cells[self.at[name]], dtype=pl.String)
        return found if kept is None else found.filter(kept)

    def _where(self, cells: Cells, height: int) -> pl.Series | None:
        """Which rows the mapping is about; None = all."""
        mask: pl.Series | None = None
        for name, texts in self.mapping.where.items():
            wanted = [text.strip().lower() for text in texts]
            fits = self._column(name, cells, None).str.strip_chars().str.to_lowercase().is_in(wanted)
            mask = fits if mask is None else mask & fits
        return mask

    def _texts(self, take: Take, cells: Cells, kept: pl.Series | None, height: int) -> pl.Series:
        """The text that a take finds in each row."""
        found = pl.Series("c", [None] * height, dtype=pl.String)
        for column in take.column:
            text = casts.blanked(self._column(column, cells, kept))
            if take.only:
                text = casts.each(text, pl.when(casts.C.str.contains(take.only)).then(casts.C))
            found = text.alias("c") if column == take.column[0] else _or(found, text)
        if take.parts:
            parts = pl.DataFrame([casts.blanked(self._column(column, cells, kept)) for column in take.parts])
            found = _or(
                found, casts.blanked(parts.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True).alias("c"))["c"])
            )
        return found

    def _take(
        self, name: str, take: Take, cells: Cells, kept: pl.Series | None, made: dict[str, pl.Series],
        problems: dict[int, Problem], numbers: pl.Series,
    ) -> None:  # fmt: skip
        height = len(numbers) if kept is None else int(kept.sum() or 0)
        texts = self._texts(take, cells, kept, height)
        given = texts
        errors: casts.Errors = []
        if take.map is not None:
            texts, errors = _mapped(texts, take.map)
        if take.default is not None:
            texts = texts.fill_null(_word(take.default) or "")
        target = name if name in self.spec.fields or f"{name}_minor" not in self.spec.fields else f"{name}_minor"
        values, more = self._cast(target, take, texts, made)
        made[target] = values.alias(target)
        rows = numbers if kept is None else numbers.filter(kept)
        for at, message in errors + more:
            problems.setdefault(
                at, Problem(rows[at], "", ", ".join(take.column or take.parts), (given[at] or "")[:TOLD_VALUE], message)
            )

    def _cast(self, target: str, take: Take, texts: pl.Series, made: dict[str, pl.Series]) -> tuple[pl.Series, casts.Errors]:
        known = self.spec.fields.get(target)
        kind = "flag" if target == "deleted" else "text" if known is None else known.kind
        order = self._order(target, texts) if kind in ("day", "moment") and not take.format else ""
        if kind == "money":
            return casts.money(texts, made["currency"], take.times)
        if kind == "whole":
            return casts.whole(texts)
        if kind == "flag":
            return casts.flag(texts)
        if kind == "day":
            return casts.day(texts, take.format, order, target in OPEN_ENDS)
        if kind == "moment":
            return casts.moment(texts, take.format, order, target in OPEN_ENDS)
        return casts.text(texts)

    def _order(self, target: str, texts: pl.Series) -> str:
        if not self.orders.get(target):
            self.orders[target] = casts.slash_order(texts)
        return self.orders[target]

    def _currency(
        self, cells: Cells, kept: pl.Series | None, made: dict[str, pl.Series], problems: dict[int, Problem], numbers: pl.Series
    ) -> None:
        """The currency of each row, first: amounts are read by it. Blank is the file's currency."""
        has_money = any(f"{name}_minor" in self.spec.fields for name in self.mapping.columns)
        if "currency" not in self.spec.fields and not has_money:
            return
        take = self.mapping.columns.get("currency")
        if take is None and not has_money:
            return
        height = len(numbers) if kept is None else int(kept.sum() or 0)
        texts = self._texts(take, cells, kept, height) if take else pl.Series("c", [None] * height, dtype=pl.String)
        made["currency"] = texts.str.to_uppercase().fill_null(self.currency).alias("currency")

    # --- what follows from several columns

    def _versions(
        self, cells: Cells, kept: pl.Series | None, made: dict[str, pl.Series], problems: dict[int, Problem], numbers: pl.Series
    ) -> None:
        """``active``, and where given ``from_at`` and ``until_at`` of the version."""
        active, _ = casts.flag(self._column(ACTIVE, cells, kept))
        made["active"] = active.fill_null(True).alias("active")
        for name, column in (("from_at", BEGIN), ("until_at", END)):
            if column in self.at:
                values, errors = casts.moment(self._column(column, cells, kept), open_end=True)
                made[name] = values.alias(name)
                rows = numbers if kept is None else numbers.filter(kept)
                for at, message in errors:
                    problems.setdefault(at, Problem(rows[at], "", column, "", message))

    def _derived(self, frame: pl.DataFrame, cells: Cells, kept: pl.Series | None) -> pl.DataFrame:
        if "stage_label" in frame.columns and "stage" not in frame.columns:
            labels = frame["stage_label"]
            words = {text: self.stages.get(imports.stage_word(text), "") for text in labels.drop_nulls().unique().to_list()}
            keys = (
                labels.replace_strict(list(words), list(words.values()), default=None, return_dtype=pl.String)
                if words
                else labels
            )
            frame = frame.with_columns(keys.alias("stage"))
        if self.mapping.noun == "opportunity_stage" and "external_id" not in frame.columns and "from_at" in frame.columns:
            moment = pl.col("from_at").dt.strftime("%Y-%m-%dT%H:%M:%S")
            frame = frame.with_columns((pl.col("opportunity_ref") + pl.lit("@") + moment).alias("external_id"))
        if self.unknown:
            frame = frame.with_columns(self._custom(cells, kept))
        return frame if "external_id" in frame.columns else frame.with_columns(pl.lit(None, pl.String).alias("external_id"))

    def _custom(self, cells: Cells, kept: pl.Series | None) -> pl.Series:
        """The cells of unknown columns that aren't blank, as JSON text."""
        columns = [casts.blanked(self._column(name, cells, kept)).to_list() for name in self.unknown]
        names = sorted(range(len(self.unknown)), key=lambda at: self.unknown[at])
        texts = []
        for values in zip(*columns, strict=True):
            kept_cells = {self.unknown[at]: values[at].replace("\x00", "") for at in names if values[at] is not None}
            texts.append(json.dumps(kept_cells, ensure_ascii=False) if kept_cells else None)
        return pl.Series("custom", texts, dtype=pl.String)

    def _with_id(self, problem: Problem, frame: pl.DataFrame, at: int) -> Problem:
        key = frame["external_id"][at] or ""
        return Problem(problem.row, key[:TOLD_VALUE], problem.field, problem.value, problem.message)


def _or(first: pl.Series, second: pl.Series) -> pl.Series:
    return pl.DataFrame({"a": first, "b": second}).select(pl.coalesce("a", "b").alias("c"))["c"]


def _word(value: str | bool | int | None) -> str | None:
    return None if value is None else str(value)


def _mapped(texts: pl.Series, words: Mapping[str, str | bool | int | None]) -> tuple[pl.Series, casts.Errors]:
    """Texts as the mapping reads them, whatever their capitals; one that it doesn't name is an error unless it has ``*``."""
    plain = {key.strip().lower(): _word(value) for key, value in words.items()}
    distinct = [text for text in texts.unique().to_list() if text is not None]
    known = {text: plain.get(text.lower(), plain.get(OTHERS)) for text in distinct if text.lower() in plain or OTHERS in plain}
    unknown = [text for text in distinct if text not in known]
    errors: casts.Errors = []
    if unknown:
        said = ", ".join(key for key in words if key != OTHERS)
        at = texts.is_in(unknown).fill_null(False).arg_true().to_list()
        errors = [(number, f"'{texts[number][:40]}' is not in the mapping ({said[:120]}). Add it, or add '*'.") for number in at]
    if not known:
        return pl.Series(texts.name, [None] * len(texts), dtype=pl.String), errors
    return texts.replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.String), errors


# --- files that keep every version


def current_and_past(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of each row the version that holds, and the others. Where none is active the source has deleted the row: the last one stands for it."""
    order = [pl.col("active")] + ([pl.col("from_at")] if "from_at" in frame.columns else []) + [pl.col("row")]
    ranked = frame.sort(order, descending=True, nulls_last=True).with_columns(
        pl.int_range(pl.len()).over("external_id").alias("rank")
    )
    first = (pl.col("rank") == 0) | pl.col("external_id").is_null()
    current = ranked.filter(first).sort("row")
    gone = ~pl.col("active")
    deleted = (gone | pl.col("deleted").fill_null(False)) if "deleted" in frame.columns else gone
    current = current.with_columns(deleted.alias("deleted")).drop("rank", "active")
    return current, ranked.filter(~first).sort("row").drop("rank", "active")


# --- charges


def fold_charges(frames: Iterable[pl.DataFrame]) -> tuple[pl.DataFrame, list[Problem]]:
    """Charges as one row per subscription: recurring revenue added up, and the seats of the charge group that has most.

    A subscription whose charges are in two currencies is refused.
    """
    parts = [frame for frame in frames if frame.height]
    if not parts:
        return pl.DataFrame(schema={"row": pl.Int64, "external_id": pl.String}), []
    rows = pl.concat(parts, how="diagonal").filter(pl.col("subscription_ref").is_not_null())
    group = "group" if "group" in rows.columns else "subscription_ref"
    measures = [name for name in ("seats", "arr_minor") if name in rows.columns]
    by_group = rows.group_by("subscription_ref", group, "currency", maintain_order=True).agg(
        pl.col("row").min(), *[pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name) for name in measures]
    ) if group != "subscription_ref" else rows  # fmt: skip
    whole = [pl.col("row").min(), pl.col("currency").first(), pl.col("currency").n_unique().alias("currencies")]
    if "seats" in measures:
        whole.append(
            pl.col("seats").max()
            if group != "subscription_ref"
            else pl.when(pl.col("seats").is_not_null().any()).then(pl.col("seats").sum()).alias("seats")
        )
    if "arr_minor" in measures:
        whole.append(pl.when(pl.col("arr_minor").is_not_null().any()).then(pl.col("arr_minor").sum()).alias("arr_minor"))
    if "product" in rows.columns:
        whole.append(pl.col("product").drop_nulls().first())
    folded = by_group.group_by("subscription_ref", maintain_order=True).agg(whole).rename({"subscription_ref": "external_id"})
    mixed = folded.filter(pl.col("currencies") > 1)
    problems = [
        Problem(row, key, "currency", "", "The charges of this subscription are in several currencies, which can't be added up.")
        for row, key in mixed.select("row", "external_id").iter_rows()
    ]
    return folded.filter(pl.col("currencies") == 1).drop("currencies"), problems
