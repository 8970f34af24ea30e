"""What each link says about its objects: the shape that all ``map.py`` share."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tenure.links.files.mapping import FileMapping, Take

_SUFFIX = re.compile(r"(__c|_c)$")
_DATE = re.compile(r"[\d]{2,}|\(\d+\)")
_NOISE = ("export", "extract", "report", "data", "tmp", "stg", "raw", "src", "csv", "all")


@dataclass(frozen=True)
class ObjectMap:
    """One object of a source: the files that hold it, the columns by which it is known, and where our fields come from.

    ``columns``: our field -> the source's names, the most usual first. They match whatever their capitals, underscores and ``__c``.
    """

    name: str
    noun: str
    files: tuple[str, ...]
    columns: Mapping[str, Take]
    marks: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    never: tuple[str, ...] = ()  # columns that another object has and this one hasn't


def plain(name: str) -> str:
    """A column's name without capitals, separators and the marks of custom fields."""
    return re.sub(r"[^a-z0-9]", "", _SUFFIX.sub("", name.strip().lower()))


def stem(name: str, prefixes: tuple[str, ...] = ()) -> str:
    """The object that a file's name speaks of: ``sf_account_data.csv`` and ``Accounts (2).csv`` are ``account``."""
    inner = re.search(r"\[([^\]]+)\]$", name)
    base = name.rsplit("/", 1)[-1].rsplit(".", 1)[0] if not inner else inner.group(1)
    words = [word for word in re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", _DATE.sub("", base)).lower()) if word]
    words = [word for word in words if word not in _NOISE and word not in prefixes and not word.isdigit()]
    return singular("".join(words))


def singular(word: str) -> str:
    """``companies`` is ``company``, ``accounts`` is ``account``."""
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def score(item: ObjectMap, name: str, header: list[str], prefixes: tuple[str, ...] = ()) -> float:
    """How well a table fits an object: 0 = not at all. The name of the file counts most, then the columns that only this object has."""
    there = {plain(column) for column in header}
    marks = [mark for mark in item.marks if plain(mark) in there]
    if any(plain(column) in there for column in item.never):
        return 0.0
    named = stem(name, prefixes) in {singular(plain(file)) for file in item.files}
    fields = sum(any(plain(column) in there for column in (*take.column, *take.parts)) for take in item.columns.values())
    if fields < 2 or (not named and (len(marks) < len(item.marks) or fields < 3)):
        return 0.0
    return 100.0 * named + 10.0 * len(marks) / max(1, len(item.marks)) + min(fields, 20) / 4


def fit(item: ObjectMap, name: str, header: list[str], keep_unknown: bool = False, currency: str = "") -> FileMapping:
    """The mapping of this very table: each field with those of its usual columns that are there."""
    by_plain: dict[str, str] = {}
    for column in header:
        by_plain.setdefault(plain(column), column)
    columns = {}
    for field_name, take in item.columns.items():
        found = tuple(dict.fromkeys(by_plain[plain(column)] for column in take.column if plain(column) in by_plain))
        parts = tuple(by_plain[plain(column)] for column in take.parts if plain(column) in by_plain)
        if found or parts:
            columns[field_name] = take.model_copy(update={"column": found, "parts": parts})
    where = {by_plain[plain(column)]: texts for column, texts in item.where.items() if plain(column) in by_plain}
    return FileMapping(
        match=(name.rsplit("/", 1)[-1],),
        noun=item.noun,
        columns=columns,
        where=where,
        keep_unknown=keep_unknown,
        currency=currency,
    )


def resolve(mapping: FileMapping, header: list[str]) -> FileMapping:
    """A mapping written by hand with the very names of this table: capitals and underscores don't count, the first of several columns
    that is there does, and a field that may be absent is left out. A column that is missing stays, so that it is told."""
    by_plain: dict[str, str] = {}
    for column in header:
        by_plain.setdefault(plain(column), column)
    exact = set(header)

    def named(column: str) -> str:
        return column if column in exact else by_plain.get(plain(column), column)

    columns = {}
    for name, take in mapping.columns.items():
        found = [named(column) for column in (*take.column, *take.parts)]
        there = {column for column in found if column in exact}
        if not there and found and (take.optional or take.default is not None):
            if take.default is not None:
                columns[name] = take.model_copy(update={"column": (), "parts": ()})
            continue
        kept = [tuple(named(c) for c in group if named(c) in exact or not there) for group in (take.column, take.parts)]
        columns[name] = take.model_copy(update={"column": kept[0], "parts": kept[1]})
    where = {named(column): texts for column, texts in mapping.where.items()}
    return mapping.model_copy(update={"columns": columns, "where": where})
