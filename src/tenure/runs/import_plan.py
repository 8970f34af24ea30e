"""Which file is what: tables of the files given, each with a mapping, in the order in which parents come before children."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import ModuleType

from django.conf import settings

from tenure.actions.imports import ORDER
from tenure.actions.refusals import Refused
from tenure.links import shape
from tenure.links.files import applying, opening
from tenure.links.files.mapping import FileMapping, MappingFile
from tenure.links.files.tables import Table
from tenure.links.generic import map as generic
from tenure.links.salesforce import map as salesforce
from tenure.links.zendesk import map as zendesk
from tenure.links.zuora import map as zuora
from tenure.runs import import_suggest
from tenure.runs.import_suggest import Suggestion

PRESETS: dict[str, ModuleType] = {"salesforce": salesforce, "zuora": zuora, "zendesk": zendesk, "files": generic}
TITLES = {"salesforce": "Salesforce", "zuora": "Zuora", "zendesk": "Zendesk", "files": "Other files"}
UNKNOWN = "Not an object that Tenure imports. Give a mapping if it is one."
LOOKS_LIKE = "Not recognised, but it looks like {}. Map its columns to bring it in."
UNSURE = "Its columns fit {} alike. Name the file after what it holds, or map its columns to bring it in."
TWICE = "{} has the column '{}' twice, and nobody can know which one is meant. Delete or rename one, or map the columns by hand: '{}' is the first."


@dataclass(frozen=True)
class Choice:
    """What the user said about a batch of files. ``tables``: table name -> its mappings ([] = leave it out)."""

    preset: str = ""
    source: str = ""
    mapping: MappingFile | None = None
    keep_unknown: bool = False
    currency: str = ""
    as_of: date | None = None
    tables: Mapping[str, Sequence[FileMapping]] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """One table read as one noun."""

    table: Table
    mapping: FileMapping
    title: str
    problem: str = ""  # why it can't be read so


@dataclass
class Batch:
    """The parts of an import in order, files that are left out (name, why), and files that can't be read."""

    source: str
    preset: str
    parts: list[Part] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    alike: list[str] = field(default_factory=list)  # left out, but their columns say what they could be

    def unused(self, table: Table) -> list[str]:
        """The columns of a table that are read by none of its parts and not kept as custom facts either."""
        mappings = [part.mapping for part in self.parts if part.table is table]
        if any(mapping.keep_unknown for mapping in mappings):
            return []
        used = set().union(*(mapping.used | set(mapping.where) for mapping in mappings))
        return [name for name in table.header if name not in used]

    @property
    def size(self) -> int:
        """Bytes to read."""
        return sum(part.table.size for part in self.parts)


def plan(paths: Sequence[Path], choice: Choice, names: dict[Path, str] | None = None) -> Batch:
    """Open the files and say what each is. Raises Refused for a mapping that doesn't fit the columns."""
    opened = opening.tables(paths, settings.MAX_UPLOAD_BYTES, names)
    preset = choice.preset or ("" if choice.mapping else guess(opened.tables, paths))
    if preset and preset not in PRESETS:
        raise Refused(f"There is no preset '{preset}'. Known are {', '.join(PRESETS)}.", "invalid", "preset")
    source = choice.source or (choice.mapping.source if choice.mapping else "") or preset
    batch = Batch(source, preset, unreadable=opened.unreadable, tables=opened.tables)
    for table in opened.tables:
        parts = parts_of(table, choice, preset)
        batch.parts += parts
        if not parts:
            batch.left_out.append((table.name, "Left out by you." if table.name in choice.tables else _why(table, batch)))
    batch.parts.sort(key=lambda part: (ORDER.index(part.mapping.noun), applying.BEGIN in part.table.header))
    return batch


def _why(table: Table, batch: Batch) -> str:
    """Why a table is left out, and what it looks like."""
    if unsure := unsure_of(table, batch.preset):
        batch.alike.append(table.name)
        return UNSURE.format(" and ".join(item.name for item in unsure))
    found = import_suggest.of(table)
    if found is None or not found.plausible:
        return UNKNOWN
    batch.alike.append(table.name)
    return LOOKS_LIKE.format(found.what)


def suggested(batch: Batch, choice: Choice, currency: str) -> list[tuple[Table, list[Suggestion]]]:
    """A mapping for each table of the batch: as it is read, else as it looks."""
    made: list[tuple[Table, list[Suggestion]]] = []
    for table in batch.tables:
        known = [Suggestion(part.mapping, True) for part in batch.parts if part.table is table]
        if not known:
            known = _either(table, batch.preset, choice.keep_unknown)
        found = None if known else import_suggest.of(table, keep_unknown=choice.keep_unknown, currency=currency)
        made.append((table, known or ([found] if found else [])))
    return made


def _either(table: Table, preset: str, keep_unknown: bool) -> list[Suggestion]:
    """A mapping for each object that the table's columns fit alike."""
    unsure = unsure_of(table, preset)
    among = " or ".join(item.name for item in unsure)
    return [Suggestion(shape.fit(item, table.name, table.header, keep_unknown), False, among=among) for item in unsure]


def parts_of(table: Table, choice: Choice, preset: str) -> list[Part]:
    """A table's parts: as chosen, as the mapping file says, else as the preset recognises it."""
    if table.name in choice.tables:
        return [Part(table, mapping, mapping.noun) for mapping in choice.tables[table.name]]
    if choice.mapping:
        files = [mapping for mapping in choice.mapping.files if mapping.takes(table.name)]
        return [Part(table, shape.resolve(_with(mapping, choice), table.header), mapping.noun) for mapping in files]
    return recognise(table, preset, choice)


def recognise(table: Table, preset: str, choice: Choice) -> list[Part]:
    """What the preset sees in a table: the object that fits best, or two that share a file by a column (agents and end users)."""
    found = fits(table, preset)
    chosen = [item for score, item in found.scored if score == found.best]
    if not all(item.where for item in chosen):
        chosen = chosen[:1]
    if len(chosen) == 1 and chosen[0].where:
        chosen = [item for _, item in found.scored if item.where and item.marks == chosen[0].marks]
    fitted = [(item, shape.fit(item, table.name, table.header, choice.keep_unknown, choice.currency)) for item in chosen]
    return [Part(table, mapping, item.name, _twice(table, mapping)) for item, mapping in fitted]


def fits(table: Table, preset: str) -> shape.Fits:
    """What the preset makes of a table."""
    module = PRESETS[preset]
    return shape.fits(module.OBJECTS, getattr(module, "KNOWN", {}), table.name, table.header, module.PREFIXES)


def unsure_of(table: Table, preset: str) -> tuple[shape.ObjectMap, ...]:
    """The objects of the preset that the table's columns fit alike."""
    return fits(table, preset).unsure if preset else ()


def _twice(table: Table, mapping: FileMapping) -> str:
    """The sentence about a column that is read and stands twice in the file; later ones of a name carry a number."""
    name = next((column for column in sorted(mapping.used) if f"{column} (2)" in table.header), "")
    return TWICE.format(table.name, name, name) if name else ""


def guess(tables: Sequence[Table], paths: Sequence[Path]) -> str:
    """The preset that knows most of the tables, names of files and folders helping; "files" where none does.

    Raises Refused where the names speak of several systems: an id means another thing in each.
    """
    hints = {key for key, module in PRESETS.items() for table in tables if _speaks_of(table.name, key, module.PREFIXES)}
    if len(hints) > 1:
        named = ", ".join(sorted(hints))
        raise Refused(
            f"The files come from several systems ({named}). Import them one after another, each with its preset.",
            "invalid",
            "preset",
        )
    if hints:
        return hints.pop()
    totals = {}
    for key in PRESETS:
        totals[key] = sum(fits(table, key).weight for table in tables) * (1 + sum(key in path.name.lower() for path in paths))
    specific = max((key for key in totals if key != "files"), key=lambda key: totals[key])
    return specific if totals[specific] > totals["files"] else "files"


def _speaks_of(name: str, key: str, prefixes: tuple[str, ...]) -> bool:
    words = re.split(r"[^a-z0-9]+", name.lower())
    return any(word in (key, *prefixes) for word in words) and bool(prefixes)


def _with(mapping: FileMapping, choice: Choice) -> FileMapping:
    changes = {"keep_unknown": mapping.keep_unknown or choice.keep_unknown, "currency": mapping.currency or choice.currency}
    return mapping.model_copy(update=changes)
