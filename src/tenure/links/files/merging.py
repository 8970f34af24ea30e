"""Several files that speak of the same rows: what they say is put together, so that it is compared and written once.

The last file has the last word on every field that it states; a blank cell is a statement too. Where it differs from what an earlier
file says, that is a conflict: it is told, and the outcome is the same however often the files come.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import polars as pl

from tenure.actions.imports_checks import Problem
from tenure.actions.imports_specs import Spec
from tenure.queries.money import digits

APART = ("row", "external_id", "custom")
MIXED = "This row's amounts are in {} here and in {} in {}: a row has one currency."
ONE_CURRENCY = "Map the column that holds the currency in each of the files, or give 'currency' in the mapping."
CORRECT = "Correct one of the two files."
NONE = pl.Series("id", [], dtype=pl.UInt64)


@dataclass
class Statement:
    """What one file says of rows that other files speak of too; each id once. ``keys``: its columns that go to custom facts."""

    name: str
    frame: pl.DataFrame
    keys: tuple[str, ...] = ()


@dataclass
class Merged:
    """Rows of which the same files speak (``places`` in the list of statements), put together. ``row`` is that of the last file."""

    places: tuple[int, ...]
    frame: pl.DataFrame
    keys: tuple[str, ...]
    conflicts: list[tuple[int, Problem]] = field(default_factory=list)  # the place of the later file
    refused: list[tuple[int, Problem]] = field(default_factory=list)


def hashes(ids: pl.Series) -> pl.Series:
    """What stands for the ids of a file: 8 bytes each."""
    return ids.drop_nulls().hash().unique()


def in_several(files: Sequence[pl.Series]) -> pl.Series:
    """Those hashes that more than one file has."""
    counted = pl.concat([one.alias("id") for one in files]).value_counts()
    return counted.filter(pl.col("count") > 1)["id"]


def merge(spec: Spec, statements: Sequence[Statement]) -> Iterator[Merged]:
    """The statements put together, in order of the files: one result for each set of files that speak of the same rows."""
    given = [one.frame.select("external_id", pl.lit(str(place)).alias("place")) for place, one in enumerate(statements)]
    if not given:
        return
    sets = pl.concat(given).group_by("external_id", maintain_order=True).agg(pl.col("place").str.join(" "))
    for (key,), ids in sets.group_by("place", maintain_order=True):
        places = tuple(int(place) for place in str(key).split())
        frames = {place: statements[place].frame.join(ids, on="external_id", how="semi").sort("external_id") for place in places}
        yield _Together(spec, statements, frames).result()


class _Together:
    """The same rows of several files, in the same order."""

    def __init__(self, spec: Spec, statements: Sequence[Statement], frames: dict[int, pl.DataFrame]) -> None:
        self.spec, self.statements, self.frames = spec, statements, frames
        self.last = max(frames)
        self.owner: dict[str, int] = {}  # whose word counts
        self.columns: dict[str, pl.Series] = {}
        self.conflicts: list[tuple[int, Problem]] = []

    def result(self) -> Merged:
        """Everything that the files say, the later before the earlier."""
        places = tuple(self.frames)
        for place, frame in self.frames.items():
            for name in frame.columns:
                if name not in APART:
                    self._state(name, place, frame[name])
        keys = tuple(dict.fromkeys(key for place in places for key in self.statements[place].keys))
        if any("custom" in frame.columns for frame in self.frames.values()):
            self.columns["custom"] = self._custom()
        mixed, refused = self._mixed()
        out = {told.external_id for _, told in refused}
        conflicts = [(place, told) for place, told in self.conflicts if told.external_id not in out]
        frame = self.frames[self.last].select("row", "external_id").with_columns(self.columns.values())
        return Merged(places, frame.filter(~mixed), keys, conflicts, refused)

    def _state(self, name: str, place: int, values: pl.Series) -> None:
        before = self.columns.get(name)
        if before is not None and not (name == "stage" and "stage_label" in self.columns):  # told by its label
            for at in before.ne_missing(values).arg_true().to_list():
                if before[at] is not None:
                    self._tell(name, place, self.owner[name], at, self._shown(name, self.owner[name], at, before[at]),
                               self._shown(name, place, at, values[at]))  # fmt: skip
        self.columns[name], self.owner[name] = values.alias(name), place

    def _tell(self, name: str, place: int, earlier: int, at: int, before: str, after: str) -> None:
        row = self.frames[earlier]["row"][at]
        now = f"'{after[:60]}'" if after else "nothing"
        message = (
            f"{self.statements[earlier].name}, row {row}, says '{before[:60]}', this later file says {now}: the later was taken."
        )
        frame = self.frames[place]
        told = Problem(frame["row"][at], frame["external_id"][at], name, after[:500], message, CORRECT, "conflict")
        self.conflicts.append((place, told))

    def _shown(self, name: str, place: int, at: int, value: Any) -> str:
        """A value as people write it: amounts in major units."""
        if value is None:
            return ""
        if name in self.spec.fields and self.spec.fields[name].kind == "money":
            return f"{Decimal(value).scaleb(-digits(self.frames[place]['currency'][at])):f}"
        return str(value)

    def _custom(self) -> pl.Series:
        """Custom facts: each file's columns, the later file's word counting; as JSON text with the keys in order."""
        merged: list[dict[str, str]] = [{} for _ in range(self.frames[self.last].height)]
        owner: dict[str, int] = {}
        for place, frame in self.frames.items():
            keys = self.statements[place].keys
            texts = frame["custom"].to_list() if "custom" in frame.columns else [None] * frame.height
            for at, text in enumerate(texts):
                said, held = json.loads(text or "{}"), merged[at]
                for key in keys:
                    if key in held and held[key] != said.get(key):
                        self._tell(key, place, owner[key], at, held[key], said.get(key, ""))
                        held.pop(key)
                held |= said
            owner |= dict.fromkeys(keys, place)
        texts = [json.dumps(dict(sorted(facts.items())), ensure_ascii=False) if facts else None for facts in merged]
        return pl.Series("custom", texts, dtype=pl.String)

    def _mixed(self) -> tuple[pl.Series, list[tuple[int, Problem]]]:
        """Rows whose amounts come from several files in several currencies, which can't stand in one row."""
        height = self.frames[self.last].height
        mixed, refused = pl.Series("mixed", [False] * height, dtype=pl.Boolean), []
        money = {
            place for name, place in self.owner.items() if name in self.spec.fields and self.spec.fields[name].kind == "money"
        }
        for place in sorted(money - {self.owner.get("currency")}):
            theirs, ours = self.frames[place]["currency"], self.columns["currency"]
            for at in (theirs.ne_missing(ours) & ~mixed).arg_true().to_list():
                frame, name = self.frames[self.last], self.statements[place].name
                message = MIXED.format(ours[at], theirs[at], name)
                told = Problem(frame["row"][at], frame["external_id"][at], "currency", str(ours[at]), message, ONE_CURRENCY)
                refused.append((self.last, told))
            mixed = mixed | theirs.ne_missing(ours)
        return mixed, refused
