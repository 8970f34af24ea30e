"""What the import wizard shows: the files of a batch as they were described when they came, what each is read as, and its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File

from tenure.actions import imports_files
from tenure.actions.imports_specs import SPECS
from tenure.actions.refusals import Refused
from tenure.links import shape
from tenure.links.files import opening
from tenure.links.files.applying import Applier
from tenure.links.files.mapping import FileMapping, Take, field_names, parse
from tenure.links.files.tables import Chunk, Table, human
from tenure.models import Upload, User
from tenure.queries import handbook
from tenure.runs import import_plan, import_suggest, importing
from tenure.runs.import_plan import PRESETS, Choice

SAMPLE = 20
KEPT_CELL = 120
WORDS = {
    "external_id": "Id in the source", "account_ref": "Account (id)", "parent_ref": "Parent (id)", "owner_ref": "Owner (id or e-mail)",
    "tam_ref": "TAM (id or e-mail)", "contact_ref": "Contact (id)", "subscription_ref": "Subscription (id)", "manager_ref": "Manager (id or e-mail)",
    "opportunity_ref": "Opportunity (id)", "same_as_ref": "Same account in another source (id)", "deleted": "Deleted in the source",
    "iacv": "iACV", "arr": "ARR", "stated_arr": "Stated ARR", "email": "E-mail", "stage_label": "Stage", "stage": "Stage (handbook key)",
}  # fmt: skip
FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%b-%Y", "%Y%m%d")


@dataclass
class Shown:
    """One table of the batch on the page."""

    upload: Upload
    table: Table
    number: int
    parts: list[import_plan.Part]
    left_out: bool
    problem: str = ""
    looks: str = ""

    def unused(self, mapping: FileMapping) -> list[str]:
        """The columns that neither this mapping nor the table's other parts read."""
        used = set().union(mapping.used, *(part.mapping.used for part in self.parts[1:]))
        return [name for name in self.table.header if name not in used]

    @property
    def first(self) -> tuple[list[str], list[tuple[int, list[str]]]]:
        """The first rows with their numbers; columns that are used come first."""
        used = [column for part in self.parts for take in part.mapping.columns.values() for column in (*take.column, *take.parts)]
        place = {column: at for at, column in reversed(list(enumerate(used)))}
        order = sorted(range(len(self.table.header)), key=lambda at: (place.get(self.table.header[at], len(used)), at))
        chunk = self.table.first(SAMPLE)
        rows = [(number, [row[at] for at in order]) for number, row in zip(chunk.numbers, chunk.rows, strict=True)]
        return [self.table.header[at] for at in order], rows

    @property
    def titles(self) -> str:
        """What the table is read as."""
        return " and ".join(SPECS[part.mapping.noun].title.lower() for part in self.parts).capitalize()

    @property
    def size(self) -> str:
        """The size in words."""
        return human(self.table.size)

    @property
    def reading(self) -> str:
        """How the file was read: ``CSV, utf-8, semicolon``."""
        marks = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
        return ", ".join(
            part for part in (self.table.form, self.table.encoding, marks.get(self.table.delimiter, self.table.delimiter)) if part
        )

    @property
    def mapped(self) -> int:
        """How many columns are read."""
        return len(set().union(*(part.mapping.used for part in self.parts)))


def looks(row: Shown) -> FileMapping | None:
    """What a table looked like when it came, by its columns and first rows."""
    kept = next((one.get("looks") for one in row.upload.settings["described"] if one["name"] == row.table.name), None)
    return parse({"source": "x", "files": [kept]}, row.table.name).files[0] if kept else None


@dataclass
class FieldRow:
    """One field of the mapping form."""

    name: str
    title: str
    required: bool
    column: str
    more: tuple[str, ...]
    is_day: bool
    format: str
    example: str


def upload(files: Sequence[File[bytes]], *, actor: User, at: Any) -> str:
    """Keep uploaded files and describe their tables; the batch's name. Raises Refused when none of them can be read."""
    batch = imports_files.upload(files, actor=actor, at=at)
    rows = list(Upload.objects.filter(owner=actor, settings__batch=batch).order_by("id"))
    readable = 0
    for row in rows:
        path = Path(settings.UPLOADS) / row.path
        opened = opening.tables([path], settings.MAX_UPLOAD_BYTES, {path: row.name})
        imports_files.describe(
            row, [_described(table) for table in opened.tables], [sentence for _, sentence in opened.unreadable]
        )
        readable += len(opened.tables)
    if not readable:
        sentences = [sentence for row in rows for sentence in row.settings["unreadable"]]
        imports_files.discard(rows, actor=actor, at=at)
        raise Refused(" ".join(sentences), "unreadable", "files")
    return batch


def _described(table: Table) -> dict[str, Any]:
    first = table.first(SAMPLE)
    cells = [[cell[:KEPT_CELL].replace("\x00", "") for cell in row] for row in first.rows]
    found = import_suggest.of(table)
    looks = found.mapping.model_dump(mode="json", exclude_defaults=True) if found and found.plausible else None
    return {
        "looks": looks,
        "name": table.name, "header": table.header, "form": table.form, "encoding": table.encoding, "delimiter": table.delimiter,
        "size": table.size, "notes": table.notes, "rows": cells, "numbers": first.numbers,
    }  # fmt: skip


def _table(kept: Mapping[str, Any]) -> Table:
    chunk = Chunk(kept["rows"], kept["numbers"])
    return Table(
        kept["name"],
        kept["header"],
        lambda _: iter([chunk]),
        kept["form"],
        kept["encoding"],
        kept["delimiter"],
        kept["size"],
        kept["notes"],
    )


def preset_of(files: Sequence[Upload]) -> str:
    """The preset chosen, else the one that the files look like."""
    chosen = files[0].settings.get("preset") if files else ""
    if chosen:
        return str(chosen)
    tables = [_table(kept) for file in files for kept in file.settings.get("described", [])]
    try:
        return import_plan.guess(tables, [Path(file.name) for file in files])
    except Refused:
        return "files"


def shown(files: Sequence[Upload]) -> list[Shown]:
    """Every table of the batch with what it is read as."""
    choice, preset = importing.choice_of(list(files)), preset_of(files)
    found: list[Shown] = []
    for file in files:
        for kept in file.settings.get("described", []):
            found.append(_shown(file, _table(kept), len(found), choice, preset))
    return found


def _shown(file: Upload, table: Table, number: int, choice: Choice, preset: str) -> Shown:
    parts = import_plan.parts_of(table, choice, preset)
    row = Shown(file, table, number, parts, not parts and table.name in choice.tables)
    row.problem = next((part.problem for part in parts if part.problem), "")
    row.looks = "" if parts or row.left_out else _looks(row, preset)
    try:
        for part in parts:
            Applier(table, part.mapping, "USD")
    except Refused as refusal:
        row.problem = refusal.sentence
    return row


def _looks(row: Shown, preset: str) -> str:
    """What a table that is not recognised looks like: ``accounts``, ``accounts or people``."""
    if unsure := import_plan.unsure_of(row.table, preset):
        return " or ".join(dict.fromkeys(SPECS[item.noun].title.lower() for item in unsure))
    mapping = looks(row)
    return SPECS[mapping.noun].title.lower() if mapping else ""


def unreadable(files: Sequence[Upload]) -> list[str]:
    """Sentences about files that can't be read."""
    return [sentence for file in files for sentence in file.settings.get("unreadable", [])]


def field_rows(row: Shown, mapping: FileMapping) -> list[FieldRow]:
    """The mapping form: every field of the noun, with the column chosen or guessed and an example from the file."""
    spec, required = SPECS[mapping.noun], {"external_id", *SPECS[mapping.noun].required}
    made = []
    for name in field_names(mapping.noun):
        take = mapping.columns.get(name, Take(default=""))
        columns = (*take.column, *take.parts)
        known = spec.fields.get(name)
        is_day = known is not None and known.kind in ("day", "moment")
        example = _example(row.table, columns)
        made.append(
            FieldRow(
                name, title_of(name), name in required, columns[0] if columns else "", columns[1:], is_day, take.format, example
            )
        )
    return sorted(made, key=lambda field: (not field.required, not field.column))


def title_of(name: str) -> str:
    """A field in words."""
    return WORDS.get(name) or name.replace("_", " ").capitalize()


def _example(table: Table, columns: Sequence[str]) -> str:
    places = [table.header.index(column) for column in columns if column in table.header]
    return next((row[place] for place in places for row in table.first(SAMPLE).rows if row[place].strip()), "")


def likely(row: Shown, preset: str) -> FileMapping:
    """The mapping to begin with for a table that is not recognised: the first of what it may be, else accounts."""
    unsure = import_plan.unsure_of(row.table, preset)
    return shape.fit(unsure[0], row.table.name, row.table.header) if unsure else guessed(row, "account", preset)


def guessed(row: Shown, noun: str, preset: str) -> FileMapping:
    """The mapping that the preset, else the usual names, suggest for a table read as this noun."""
    for key in (preset, "files"):
        items = [item for item in PRESETS[key].OBJECTS if item.noun == noun]
        if items:
            scored = {item.name: score for score, item in import_plan.fits(row.table, key).scored}
            best = max(items, key=lambda item: scored.get(item.name, 0.0))
            return shape.fit(best, row.table.name, row.table.header)
    return FileMapping(match=("*",), noun=noun, columns={})


def posted(row: Shown, noun: str, given: Mapping[str, str], before: FileMapping) -> FileMapping:
    """The mapping that the form says: a column that was there before keeps its further settings. Raises Refused."""
    if noun not in SPECS:
        raise Refused("Choose what the rows are.", "invalid", "noun")
    columns: dict[str, Any] = {}
    for name in field_names(noun):
        column, form = given.get(f"column:{name}", "").strip(), given.get(f"format:{name}", "").strip()
        if not column:
            continue
        if column not in row.table.header:
            raise Refused(f"{row.table.name} has no column '{column}'.", "invalid", name)
        old = before.columns.get(name) if before.noun == noun else None
        kept = old if old and (*old.column, *old.parts)[:1] == (column,) else Take(column=(column,))
        columns[name] = kept.model_copy(update={"format": form}).model_dump(exclude_defaults=True)
    where = dict(before.where) if before.noun == noun else {}
    keep = given.get("keep_unknown") == "on"
    data = {
        "match": row.table.name,
        "noun": noun,
        "columns": columns,
        "where": where,
        "keep_unknown": keep,
        "currency": given.get("currency", "").strip().upper(),
    }
    mapping = parse({"source": "x", "files": [data]}, row.table.name).files[0]
    Applier(row.table, mapping, handbook.pack().handbook.currency)
    return mapping


def saved(row: Shown, kept: Mapping[str, Any]) -> FileMapping:
    """A saved mapping for this table: the columns that it has. Raises Refused when it has none of them."""
    mapping = parse({"source": "x", "files": [kept]}, "mapping").files[0]
    columns = {}
    for name, take in mapping.columns.items():
        there = {
            "column": tuple(c for c in take.column if c in row.table.header),
            "parts": tuple(c for c in take.parts if c in row.table.header),
        }
        if any(there.values()):
            columns[name] = take.model_copy(update=there)
    if not columns:
        raise Refused(f"{row.table.name} has none of the columns of this mapping.", "invalid", "saved")
    return mapping.model_copy(update={"columns": columns})
