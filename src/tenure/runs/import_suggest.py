"""A mapping to begin with: what a table that no preset knows looks like, and any mapping as YAML to save, look over and use."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tenure.actions.imports_specs import SPECS
from tenure.actions.refusals import Refused
from tenure.links import shape
from tenure.links.files import casts
from tenure.links.files.applying import Applier
from tenure.links.files.mapping import FileMapping, Take
from tenure.links.files.tables import Chunk, Table
from tenure.links.generic import map as generic
from tenure.links.shape import ObjectMap, plain

SAMPLE = 1_000  # rows looked at
ANY = {"id", "email", "number", "externalid", "sku"}  # ids that say nothing of what the rows are
MONTHLY = ("monthlycharges", "monthlycharge", "mrr", "monthlyrecurringrevenue", "monthlyrevenue", "monthlyfee", "monthlyamount")
CHURNED = ("churn", "churned", "ischurned", "churnflag", "haschurned")
YEARLY = {"account": "stated_arr", "subscription": "arr"}
PLAIN_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_ .()/-]*")
WORDS_OF_YAML = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
ID_FOR_NAME = "no column holds a name: the id stands for it"


@dataclass(frozen=True)
class Suggestion:
    """A mapping that fits a table's columns and first rows. ``plausible``: the columns themselves say what the rows are; ``among``: what
    they may be, where the columns fit several things alike."""

    mapping: FileMapping
    plausible: bool
    notes: Mapping[str, str] = field(default_factory=dict)
    among: str = ""

    @property
    def doubt(self) -> str:
        """Why it is not plausible, for a comment before the mapping."""
        if self.among:
            return f"may be {self.among}: its columns fit them alike. If its rows are {self.what}:"
        if len(self.mapping.columns.keys() - {"external_id", "name"}):
            return f"doesn't say by its columns what its rows are. If they are {self.what}:"
        return f"is like nothing that Tenure keeps. If its rows are one of {', '.join(SPECS)}:"

    @property
    def what(self) -> str:
        """What the rows look like: ``accounts``."""
        return SPECS[self.mapping.noun].title.lower()


def of(table: Table, *, keep_unknown: bool = False, currency: str = "USD") -> Suggestion | None:
    """What a table looks like, by its columns and first rows; None for one without columns or rows."""
    first = table.first(SAMPLE)
    if not first.rows:
        return None
    key = _own_id(table.header, first)
    item = _noun(table.header, key) if key else None
    mapping = shape.fit(item or _accounts(), table.name, table.header, keep_unknown)
    guess = next((name for name in table.header if plain(name) == "id"), table.header[0])
    named = {"external_id": Take(column=(key if item else guess,))}
    notes = {}
    if mapping.noun == "account" and "name" not in mapping.columns:
        named["name"], notes["name"] = named["external_id"], ID_FOR_NAME
    columns = {**named, **mapping.columns, **_more(mapping, table.header, first), **named}
    mapping = mapping.model_copy(update={"columns": columns})
    mapping = mapping.model_copy(update={"columns": _readable(mapping, table, first, currency)})
    if "currency" not in mapping.columns and any(f"{name}_minor" in SPECS[mapping.noun].fields for name in mapping.columns):
        mapping = mapping.model_copy(update={"currency": currency})
    told = [name for name in mapping.columns if name != "external_id" and name not in notes]
    whole = set(SPECS[mapping.noun].required) <= set(mapping.columns)
    return Suggestion(mapping, item is not None and whole and bool(told), notes)


def _own_id(header: list[str], first: Chunk) -> str:
    """The column that names each row: the first that is called an id, when no cell of it is blank or comes twice."""
    for at, name in enumerate(header):
        word = plain(name)
        if word.endswith(("id", "key", "number")) and (word in ANY or len(word) > 2):
            cells = [row[at].strip() for row in first.rows]
            return name if all(cells) and len(set(cells)) == len(cells) else ""
    return ""


def _noun(header: list[str], key: str) -> ObjectMap | None:
    """The noun whose very id this column is called."""
    there = {plain(name) for name in header}
    for item in generic.OBJECTS:
        ids = {plain(name) for name in item.columns["external_id"].column} - ANY
        if plain(key) in ids and not any(plain(name) in there for name in item.never):
            return item
    return None


def _accounts() -> ObjectMap:
    return next(item for item in generic.OBJECTS if item.noun == "account")


def _more(mapping: FileMapping, header: list[str], first: Chunk) -> dict[str, Take]:
    """Fields that need more than a column: monthly revenue a year, and customers who have left."""
    found: dict[str, Take] = {}
    yearly = YEARLY.get(mapping.noun, "")
    monthly = next((name for name in header if plain(name) in MONTHLY), "")
    if yearly and monthly and yearly not in mapping.columns:
        found[yearly] = Take(column=(monthly,), times=12)
    left = next((name for name in header if plain(name) in CHURNED), "")
    if mapping.noun == "account" and left and "kind" not in mapping.columns:
        words = sorted({row[header.index(left)].strip() for row in first.rows} - {""})
        read = {word: "former" if word.lower() in casts.TRUE else "customer" for word in words}
        if all(word.lower() in (*casts.TRUE, *casts.FALSE) for word in words):
            found["kind"] = Take(column=(left,), map={**read})
    return found


def _readable(mapping: FileMapping, table: Table, first: Chunk, currency: str) -> dict[str, Take]:
    """The fields whose cells can be read as such in most of the first rows."""
    columns = dict(mapping.columns)
    try:
        problems = Applier(table, mapping, currency).apply(first).problems
    except Refused:
        return columns
    for name, take in mapping.columns.items():
        wrong = sum(problem.field in take.column for problem in problems)
        filled = sum(any(row[table.header.index(column)].strip() for column in take.column) for row in first.rows)
        if name != "external_id" and wrong * 2 > filled:
            del columns[name]
    return columns


# --- as text


def text(source: str, tables: Iterable[tuple[Table, list[Suggestion]]]) -> str:
    """A mapping file for these tables. One that is not plausible stands there as a comment, to be completed."""
    lines = [
        "# A mapping to look over. Then: tenure import FILES --mapping THIS_FILE (--dry-run writes nothing).",
        f"source: {_quoted(source)}  # the name under which the ids are known",
        "files:",
    ]
    for table, suggestions in tables:
        for suggestion in suggestions:
            block = _block(table, suggestion)
            if not suggestion.plausible:
                lines.append(f"  # {_line(table.name)} {suggestion.doubt}")
                block = [f"  # {line[2:]}" for line in block]
            lines += block
    return "\n".join(lines) + "\n"


def _block(table: Table, suggestion: Suggestion) -> list[str]:
    mapping = suggestion.mapping
    used = mapping.used | set(mapping.where)
    unused = [name for name in table.header if name not in used]
    lines = [f"  - match: {_quoted(mapping.match[0])}", f"    noun: {mapping.noun}"]
    if mapping.where:
        lines.append(f"    where: {_flow({name: list(texts) for name, texts in mapping.where.items()})}")
    if unused:
        word = "true" if mapping.keep_unknown else "false"
        lines.append(f"    keep_unknown: {word}  # true: the columns that are not used become custom facts")
    if mapping.currency:
        lines.append(f"    currency: {mapping.currency}  # of amounts: the file names no currency")
    lines.append("    columns:")
    for name, take in mapping.columns.items():
        lines.append(f"      {name}: {_take(take)}{_comment(table, take, suggestion.notes.get(name, ''))}")
    if unused:
        lines.append(f"    # not used: {_line(', '.join(unused), 400)}")
    return lines


def _take(take: Take) -> str:
    given = {name: _single(value) for name, value in take.model_dump(exclude_defaults=True).items()}
    return _flow(given["column"] if set(given) == {"column"} else given)


def _single(value: object) -> object:
    """One column instead of a list of one."""
    return (value[0] if len(value) == 1 else list(value)) if isinstance(value, tuple) else value


def _flow(value: object) -> str:
    """Plain data as YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_quoted(str(key))}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    return _quoted(str(value))


def _quoted(word: str) -> str:
    """A word as YAML takes it for text."""
    plain_word = PLAIN_WORD.fullmatch(word) and not word.endswith(" ") and word.lower() not in WORDS_OF_YAML
    return word if plain_word else json.dumps(word, ensure_ascii=False)


def _comment(table: Table, take: Take, note: str) -> str:
    if note:
        return f"  # {note}"
    places = [table.header.index(column) for column in (*take.column, *take.parts)]
    found = next((row[at] for at in places for row in table.first(20).rows if row[at].strip()), "")
    return f"  # such as {_line(found)}" if found else ""


def _line(told: str, most: int = 60) -> str:
    """One line of a comment."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", told)[:most].strip()
