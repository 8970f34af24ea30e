"""A mapping applied to rows of text: typed columns of one noun, and the rows that can't be typed with the reason."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import polars as pl

from tenure.actions import imports_checks
from tenure.actions.imports_checks import Problem, Refusals, visible
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


EMPTY = ", or leave the cell empty"


@dataclass
class Typed:
    """Typed rows of one chunk. ``read`` counts the rows that the mapping is about, refused ones too."""

    frame: pl.DataFrame
    read: int
    problems: list[Problem] = field(default_factory=list)


@dataclass
class Work:
    """One chunk under way: its cells by column, which rows count (``kept``, None = all) with their numbers, and what was made so far.

    ``given`` are the cells as the file has them, by field; ``bad`` is (what is wrong, remedy) by place and field.
    """

    cells: Cells
    kept: pl.Series | None
    rows: pl.Series
    made: dict[str, pl.Series] = field(default_factory=dict)
    given: dict[str, pl.Series] = field(default_factory=dict)
    bad: dict[tuple[int, str], tuple[str, str]] = field(default_factory=dict)

    def tell(self, name: str, errors: casts.Errors) -> None:
        """Note cells that can't be read; of each the first reason counts."""
        for at, message, remedy in errors:
            self.bad.setdefault((at, name), (message, remedy))


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
        unknown = [name for name in table.header if name not in mapping.used and name.lower().startswith(LOADER) is False]
        self.unknown = tuple(unknown) if mapping.keep_unknown else ()

    def _check_columns(self) -> None:
        """Raises Refused where the mapping names a column that isn't there, or gives no id."""
        missing = sorted(column for column in self.mapping.used | set(self.mapping.where) if column not in self.at)
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
        """Typed rows of a chunk; a row with a cell that can't be read is refused."""
        frame, work = self._read(chunk)
        return self._typed(chunk, frame, frame, work, [])

    def checked(self, chunk: Chunk, words: Mapping[str, Collection[str]] | None = None) -> Typed:
        """Typed rows that also pass the checks of their noun. Every bad cell of a refused row is told, each as the file has it.

        ``words``: field -> what there is, for references that must be there (territories).
        """
        frame, work = self._read(chunk)
        if self.mapping.noun == "charge":  # checked when they are added up
            return self._typed(chunk, frame, frame, work, [])
        refusals = Refusals(told={(work.rows[at], name) for at, name in work.bad})
        more = [imports_checks.unknown(self.spec, name, there) for name, there in (words or {}).items() if name in frame.columns]
        good = imports_checks.apply(self.spec, frame, refusals, work.given, more)
        derived = "external_id" not in self.mapping.columns
        found = [problem for problem in refusals.problems if not (derived and problem.field == "external_id")]
        return self._typed(chunk, frame, good, work, found)

    def ids(self, chunk: Chunk) -> pl.Series:
        """The ids of a chunk's rows, and nothing else of them."""
        take = self.mapping.columns.get("external_id")
        if take is None:
            return self.apply(chunk).frame["external_id"]
        cells: Cells = [()] * len(self.table.header)
        for column in (*take.column, *take.parts, *self.mapping.where):
            at = self.at[column]
            cells[at] = tuple(row[at] for row in chunk.rows)
        kept = self._where(cells)
        numbers = pl.Series("row", chunk.numbers, dtype=pl.Int64)
        work = Work(cells, kept, numbers if kept is None else numbers.filter(kept))
        self._take("external_id", take, work)
        return work.made["external_id"]

    def _read(self, chunk: Chunk) -> tuple[pl.DataFrame, Work]:
        """All rows that the mapping is about as typed columns, cells that can't be read being null."""
        cells: Cells = list(zip(*chunk.rows, strict=True)) if chunk.rows else [()] * len(self.table.header)
        numbers = pl.Series("row", chunk.numbers, dtype=pl.Int64)
        kept = self._where(cells)
        work = Work(cells, kept, numbers if kept is None else numbers.filter(kept))
        self._currency(work)
        for name, take in self.mapping.columns.items():
            if name != "currency":
                self._take(name, take, work)
        if self.has_versions:
            self._versions(work)
        frame = pl.DataFrame([work.rows, *work.made.values()])
        return self._derived(frame, cells, kept), work

    def _typed(self, chunk: Chunk, frame: pl.DataFrame, good: pl.DataFrame, work: Work, found: list[Problem]) -> Typed:
        """The good rows of the frame, and everything that is wrong with the others."""
        read = len(work.rows) + len(chunk.broken)
        if not (work.bad or found):
            return Typed(good, read, chunk.broken)
        place = {row: at for at, row in enumerate(work.rows.to_list())} if found else {}
        told = [self._problem(frame, work, at, name, *said) for (at, name), said in work.bad.items()]
        told += [self._problem(frame, work, place[one.row], one.field, one.message, one.remedy, one.value) for one in found]
        if work.bad:
            good = good.filter(~pl.col("row").is_in(list({work.rows[at] for at, _ in work.bad})))
        return Typed(good, read, sorted(chunk.broken + told, key=lambda problem: (problem.row, self.at.get(problem.field, 0))))

    def _problem(
        self, frame: pl.DataFrame, work: Work, at: int, name: str, message: str, remedy: str, value: str = ""
    ) -> Problem:
        """A problem with the row's id, the file's own column and the cell as it stands there."""
        if name == "external_id" or name in self.spec.required:
            remedy = remedy.replace(EMPTY, "")
        given = visible(work.given[name][at] or "" if name in work.given else value)
        key = visible(frame["external_id"][at] or "")[:TOLD_VALUE]
        return Problem(work.rows[at], key, self._column_told(name, work, at), given[:TOLD_VALUE], visible(message), remedy)

    def _column_told(self, name: str, work: Work, at: int) -> str:
        """The very column that gave a cell: of several the first that isn't blank in the row."""
        take = self._take_of(name)
        if take is None:
            return {"from_at": BEGIN, "until_at": END}.get(name, name) if self.has_versions else name
        place = at if work.kept is None else work.kept.arg_true()[at]
        filled = [column for column in take.column if work.cells[self.at[column]][place].strip()]
        return filled[0] if filled else ", ".join((*take.column, *take.parts)) or name

    def _take_of(self, name: str) -> Take | None:
        return self.mapping.columns.get(name) or self.mapping.columns.get(name.removesuffix("_minor"))

    def column_of(self, name: str) -> str:
        """The column of the file that gives a field, for telling what is wrong with it."""
        take = self._take_of(name)
        return ", ".join((*take.column, *take.parts)) if take else name

    # --- one field

    def _column(self, name: str, cells: Cells, kept: pl.Series | None) -> pl.Series:
        found = pl.Series(name, cells[self.at[name]], dtype=pl.String)
        return found if kept is None else found.filter(kept)

    def _where(self, cells: Cells) -> pl.Series | None:
        """Which rows the mapping is about; None = all."""
        mask: pl.Series | None = None
        for name, texts in self.mapping.where.items():
            wanted = [text.strip().lower() for text in texts]
            fits = self._column(name, cells, None).str.strip_chars().str.to_lowercase().is_in(wanted)
            mask = fits if mask is None else mask & fits
        return mask

    def _texts(self, take: Take, work: Work) -> pl.Series:
        """The text that a take finds in each row."""
        found = pl.Series("c", [None] * len(work.rows), dtype=pl.String)
        for column in take.column:
            text = casts.blanked(self._column(column, work.cells, work.kept))
            if take.only:
                text = casts.each(text, pl.when(casts.C.str.contains(take.only)).then(casts.C))
            found = text.alias("c") if column == take.column[0] else _or(found, text)
        if take.parts:
            parts = pl.DataFrame([casts.blanked(self._column(column, work.cells, work.kept)) for column in take.parts])
            joined = parts.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True).alias("c"))["c"]
            found = _or(found, casts.blanked(joined))
        return found

    def _take(self, name: str, take: Take, work: Work) -> None:
        texts = self._texts(take, work)
        target = name if name in self.spec.fields or f"{name}_minor" not in self.spec.fields else f"{name}_minor"
        work.given[target] = texts
        if take.map is not None:
            texts, errors = _mapped(texts, take.map)
            work.tell(target, errors)
        if take.default is not None:
            texts = texts.fill_null(_word(take.default) or "")
        values, errors = self._cast(target, take, texts, work.made)
        work.made[target] = values.alias(target)
        work.tell(target, errors)

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

    def _currency(self, work: Work) -> None:
        """The currency of each row, first: amounts are read by it. Blank is the file's currency."""
        has_money = any(f"{name}_minor" in self.spec.fields for name in self.mapping.columns)
        take = self.mapping.columns.get("currency")
        if take is None and not has_money:
            return
        texts = self._texts(take, work) if take else pl.Series("c", [None] * len(work.rows), dtype=pl.String)
        work.given["currency"] = texts
        work.made["currency"] = texts.str.to_uppercase().fill_null(self.currency).alias("currency")

    # --- what follows from several columns

    def _versions(self, work: Work) -> None:
        """``active``, and where given ``from_at`` and ``until_at`` of the version."""
        active, _ = casts.flag(self._column(ACTIVE, work.cells, work.kept))
        work.made["active"] = active.fill_null(True).alias("active")
        for name, column in (("from_at", BEGIN), ("until_at", END)):
            if column in self.at:
                work.given[name] = self._column(column, work.cells, work.kept)
                values, errors = casts.moment(work.given[name], open_end=True)
                work.made[name] = values.alias(name)
                work.tell(name, errors)

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
        remedy = "Add it to the mapping, or add '*' for all others."
        errors = [(number, f"'{texts[number][:40]}' is not in the mapping ({said[:120]}).", remedy) for number in at]
    if not known:
        return pl.Series(texts.name, [None] * len(texts), dtype=pl.String), errors
    return texts.replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.String), errors
