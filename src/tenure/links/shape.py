"""What each link says about its objects: the shape that all ``map.py`` share."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tenure.links.files.mapping import FileMapping, Take

_SUFFIX = re.compile(r"(__c|_c)$")
_DATE = re.compile(r"[\d]{2,}|\(\d+\)")
_NOISE = ("export", "extract", "report", "data", "tmp", "stg", "raw", "src", "csv", "all")
# What columns must say for an object that no name tells, by how much more than for any other, and what outweighs a file's name.
ENOUGH, AHEAD, CONTRADICTED = 0.8, 0.5, 1.0
# What a name adds among the objects of one source, and between sources; what a table counts for that two objects fit alike.
NAMED, HINT, DOUBT = 100.0, 5.0, 0.5


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


@dataclass(frozen=True)
class Fits:
    """How a table fits the objects of a source: those that it can be with their scores, in the source's order; ``unsure`` are objects
    that its columns fit alike, best first, when nothing else tells them apart."""

    scored: tuple[tuple[float, ObjectMap], ...]
    unsure: tuple[ObjectMap, ...] = ()

    @property
    def best(self) -> float:
        """The best score, 0 = it is none of them."""
        return max((score for score, _ in self.scored), default=0.0)

    @property
    def weight(self) -> float:
        """The best score to compare sources by: any source may have an object of the file's name, so that counts little."""
        if not self.scored:
            return DOUBT if self.unsure else 0.0
        return self.best - NAMED + HINT if self.best >= NAMED else self.best


def fits(
    objects: Sequence[ObjectMap],
    known: Mapping[str, frozenset[str]],
    name: str,
    header: Sequence[str],
    prefixes: tuple[str, ...] = (),
) -> Fits:
    """What a table can be: by the columns that only this object has, by all the columns that are ``known`` of each object (ours and
    others), and by its name, which is one hint: columns that speak for another object are stronger."""
    there, called = {plain(column) for column in header}, stem(name, prefixes)
    evidence = _evidence(known, there)
    scored, close = [], []
    for item in objects:
        found = sum(any(plain(column) in there for column in (*take.column, *take.parts)) for take in item.columns.values())
        if found < 2 or any(plain(column) in there for column in item.never):
            continue
        marks = sum(plain(mark) in there for mark in item.marks)
        ahead = _ahead(evidence, item.name)
        named = called in {singular(plain(file)) for file in item.files} and ahead > -CONTRADICTED
        told = found >= 3 and evidence.get(item.name, 0.0) >= ENOUGH and _has_id(item, there)
        if named or (marks == len(item.marks) and found >= 3) or (told and ahead >= AHEAD):
            share = max(marks / max(1, len(item.marks)), min(1.0, max(0.0, ahead)))
            scored.append((NAMED * named + 10.0 * share + min(found, 20) / 4, item))
        elif told and ahead > -AHEAD:
            close.append((ahead, item))
    close.sort(key=lambda pair: -pair[0])
    return Fits(tuple(scored), () if scored else tuple(item for _, item in close))


def _evidence(known: Mapping[str, frozenset[str]], there: set[str]) -> dict[str, float]:
    """What the columns say for each object: one that few objects have says most, for those that have it and against the others."""
    plains = {name: {plain(column) for column in columns} for name, columns in known.items()}
    found = dict.fromkeys(plains, 0.0)
    for column in there:
        having = {name for name, columns in plains.items() if column in columns}
        for name in found if having else ():
            found[name] += 1 / len(having) if name in having else -1 / len(having)
    return found


def _ahead(evidence: Mapping[str, float], name: str) -> float:
    """By how much the columns speak more for this object than for the next (or the best); 0 where nothing is known of it."""
    others = [value for other, value in evidence.items() if other != name]
    return evidence[name] - max(others) if name in evidence and others else 0.0


def _has_id(item: ObjectMap, there: set[str]) -> bool:
    take = item.columns.get("external_id")
    return take is not None and any(plain(column) in there for column in take.column)


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
