"""What refuses a row by itself: fields that must be there, lengths, signs, periods; and twins inside one file."""

from dataclasses import dataclass, field

import polars as pl

from tenure.actions.imports_specs import CHOICES, Spec

LARGEST = 2**62
ADDRESS = r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+$"


@dataclass(frozen=True)
class Problem:
    """Why a row was refused. ``row`` is its number in the file, the header being 1."""

    row: int
    external_id: str
    field: str
    value: str
    message: str


@dataclass
class Refusals:
    """Collects refused rows; each row is told once."""

    problems: list[Problem] = field(default_factory=list)

    def take(self, frame: pl.DataFrame, wrong: pl.Expr, name: str, message: str) -> pl.DataFrame:
        """The frame without the rows for which ``wrong`` holds; those are noted. ``{}`` in the message is the value."""
        found = frame.filter(wrong.fill_null(False))
        if not found.height:
            return frame
        values = found[name].cast(pl.String).fill_null("").to_list() if name in found.columns else [""] * found.height
        for row, key, value in zip(found["row"].to_list(), found["external_id"].to_list(), values, strict=True):
            self.problems.append(Problem(row, key or "", name, value[:500], message.format(value[:80])))
        return frame.filter(~wrong.fill_null(False))


def apply(spec: Spec, frame: pl.DataFrame, refusals: Refusals) -> pl.DataFrame:
    """The frame without the rows that can't be imported; blank text counts as missing."""
    if "external_id" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.String).alias("external_id"))
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String and name != "custom"]
    frame = frame.with_columns(pl.when(pl.col(name).str.len_bytes() > 0).then(pl.col(name)).alias(name) for name in texts)
    if spec.noun == "user" and "email" in frame.columns:
        frame = frame.with_columns(pl.col("email").str.to_lowercase())
    frame = refusals.take(
        frame, pl.col("external_id").is_null(), "external_id", "The row has no id. Map the column that holds it."
    )
    for name in spec.required:
        wrong = pl.col(name).is_null() if name in frame.columns else pl.lit(True)
        frame = refusals.take(frame, wrong, name, f"The row has no {_word(name)}. Fill the cell, or map another column.")
    frame = _words(spec, frame, refusals)
    frame = _lengths(spec, frame, refusals)
    frame = _numbers(spec, frame, refusals)
    if spec.noun == "user" and "email" in frame.columns:
        frame = refusals.take(frame, ~pl.col("email").str.contains(ADDRESS), "email", "'{}' is not an e-mail address.")
    for start, end in spec.periods:
        if start in frame.columns and end in frame.columns:
            frame = refusals.take(
                frame, pl.col(end) < pl.col(start), end, f"The {_word(end)} {{}} lies before the {_word(start)}."
            )
    return frame


def _words(spec: Spec, frame: pl.DataFrame, refusals: Refusals) -> pl.DataFrame:
    for (noun, name), words in CHOICES.items():
        if noun == spec.noun and name in frame.columns:
            wrong = pl.col(name).is_not_null() & ~pl.col(name).is_in(words)
            frame = refusals.take(frame, wrong, name, f"'{{}}' is none of {', '.join(words)}. Map it to one of them.")
    if "currency" in frame.columns:
        wrong = ~pl.col("currency").str.contains("^[A-Z]{3}$")
        frame = refusals.take(frame, wrong, "currency", "'{}' is not a currency code like USD.")
    return frame


def _lengths(spec: Spec, frame: pl.DataFrame, refusals: Refusals) -> pl.DataFrame:
    limits = (
        {"external_id": 200} | {ref.name: 200 for ref in spec.refs} | {f.name: f.limit for f in spec.fields.values() if f.limit}
    )
    limits = {name: limit for name, limit in limits.items() if name in frame.columns and limit}
    if not limits or not frame.height:
        return frame
    longest = frame.select(pl.col(name).str.len_chars().max() for name in limits).row(0, named=True)
    for name, limit in limits.items():
        if (longest[name] or 0) > limit:
            message = f"The {_word(name)} has more than {limit} characters: '{{}}…'. Shorten it."
            frame = refusals.take(frame, pl.col(name).str.len_chars() > limit, name, message)
    return frame


def _numbers(spec: Spec, frame: pl.DataFrame, refusals: Refusals) -> pl.DataFrame:
    for name, dtype in frame.schema.items():
        if dtype != pl.Int64 or name in ("row", "object_id"):
            continue
        frame = refusals.take(frame, pl.col(name).abs() > LARGEST, name, f"The {_word(name)} {{}} is too large.")
        lowest = -1 if name == "employees" else 0 if name in spec.never_negative else None  # -1: looked for, not found
        if lowest is not None:
            frame = refusals.take(frame, pl.col(name) < lowest, name, f"The {_word(name)} {{}} is below zero.")
    return frame


def _word(name: str) -> str:
    """A field in words: ``account_ref`` is the account."""
    return name.removesuffix("_minor").removesuffix("_ref").replace("_", " ").replace("external id", "id")


def once(frame: pl.DataFrame, seen: dict[str, tuple[int, bytes]], refusals: Refusals) -> tuple[pl.DataFrame, int]:
    """The frame with the first row of each id, and how many were the same again.

    A later row of the same id that says something else is refused: nobody can know which one is right.
    """
    keys, rows, digests = frame["external_id"].to_list(), frame["row"].to_list(), frame["digest"].to_list()
    if frame["external_id"].n_unique() == frame.height and seen.keys().isdisjoint(keys):
        seen.update(zip(keys, zip(rows, digests, strict=True), strict=True))
        return frame, 0
    keep, same = [], 0
    for key, row, digest in zip(keys, rows, digests, strict=True):
        first = seen.setdefault(key, (row, digest))
        keep.append(first[0] == row)
        if first[0] == row:
            continue
        if first[1] == digest:
            same += 1
        else:
            message = f"Row {first[0]} has the same id '{key[:80]}' and says something else. Row {first[0]} was taken; delete one of them."
            refusals.problems.append(Problem(row, key, "external_id", key, message))
    return (frame if all(keep) else frame.filter(pl.Series(keep, dtype=pl.Boolean))), same
