"""What refuses a row by itself: fields that must be there, lengths, signs, periods; and twins inside one file."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from tenure.actions.imports_specs import CHOICES, Spec

LARGEST = 2**62
ADDRESS = r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+$"
TOLD, KEPT = 80, 500  # letters of a value in a sentence, and beside it
NO_ACCOUNT = "The row names no account, directly or by what it belongs to."
FILL_ACCOUNT = "Fill the account's id, or leave the row out."


@dataclass(frozen=True)
class Problem:
    """Why a row was refused: what is wrong with one cell, and the remedy. ``row`` is its number in the file, the header being 1.

    A row with several bad cells has several problems. ``outcome`` is "refused", "waiting" for a row that is kept until what it belongs
    to arrives (``value`` is the id of that), or "conflict" for a cell that was taken although another file of the same import says
    something else.
    """

    row: int
    external_id: str
    field: str
    value: str
    message: str
    remedy: str = ""
    outcome: str = "refused"

    @property
    def sentence(self) -> str:
        """What is wrong and what to do."""
        return f"{self.message} {self.remedy}".strip()


def visible(text: str) -> str:
    """A text to tell: a NUL, which neither database nor screen takes, as its sign."""
    return text.replace("\x00", "\N{SYMBOL FOR NULL}")


def rows_of(problems: Sequence[Problem]) -> int:
    """How many rows these problems refuse."""
    return len({problem.row for problem in problems})


@dataclass(frozen=True)
class Check:
    """What a cell must not be. ``{}`` in the message is the value."""

    wrong: pl.Expr
    field: str
    message: str
    remedy: str


@dataclass
class Refusals:
    """Collects what is wrong with refused rows: every bad cell of a row, each cell once.

    ``told`` are cells (row, field) that somebody else has told of already.
    """

    problems: list[Problem] = field(default_factory=list)
    told: set[tuple[int, str]] = field(default_factory=set)

    def sift(self, frame: pl.DataFrame, checks: Sequence[Check], given: Mapping[str, pl.Series] | None = None) -> pl.DataFrame:
        """The frame without the rows that fail a check; those are noted. ``given`` are cells as the file has them, beside the frame."""
        if not checks or not frame.height:
            return frame
        names = [str(number) for number in range(len(checks))]
        tests = [check.wrong.fill_null(False) for check in checks]
        found = frame.select(test.any().alias(name) for name, test in zip(names, tests, strict=True)).row(0)
        failing = [number for number, bad in enumerate(found) if bad]
        if not failing:
            return frame
        masks = frame.with_columns(tests[number].alias(names[number]) for number in failing).select(names[n] for n in failing)
        for number in failing:
            self._tell(frame, masks[names[number]], checks[number], given or {})
        return frame.filter(~masks.select(pl.any_horizontal(pl.all()).alias("bad"))["bad"])

    def take(self, frame: pl.DataFrame, wrong: pl.Expr, name: str, message: str, remedy: str) -> pl.DataFrame:
        """``sift`` by a single check."""
        return self.sift(frame, [Check(wrong, name, message, remedy)])

    def _tell(self, frame: pl.DataFrame, mask: pl.Series, check: Check, given: Mapping[str, pl.Series]) -> None:
        name = check.field
        found = frame.filter(mask)
        cells = given[name].filter(mask) if name in given else found[name] if name in found.columns else None
        values = cells.cast(pl.String).fill_null("").to_list() if cells is not None else [""] * found.height
        for row, key, value in zip(found["row"].to_list(), found["external_id"].to_list(), values, strict=True):
            if (row, name) not in self.told:
                self.told.add((row, name))
                message = check.message.replace("{}", value[:TOLD])
                self.problems.append(Problem(row, key or "", name, value[:KEPT], message, check.remedy))


def unknown(spec: Spec, name: str, there: Collection[str]) -> Check:
    """The check that what a reference names is one of those that are there."""
    ref = spec.ref(name)
    noun = ref.noun if ref else name
    wrong = pl.col(name).is_not_null() & ~pl.col(name).is_in(list(there))
    return Check(wrong, name, f"There is no {noun} '{{}}'.", f"Add the {noun} first, or leave the cell empty.")


def apply(
    spec: Spec, frame: pl.DataFrame, refusals: Refusals, given: Mapping[str, pl.Series] | None = None, more: Sequence[Check] = ()
) -> pl.DataFrame:
    """The frame without the rows that can't be imported; blank text counts as missing. ``given``: see ``Refusals.sift``."""
    if "external_id" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.String).alias("external_id"))
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String and name != "custom"]
    frame = frame.with_columns(pl.when(pl.col(name).str.len_bytes() > 0).then(pl.col(name)).alias(name) for name in texts)
    if spec.noun == "user" and "email" in frame.columns:
        frame = frame.with_columns(pl.col("email").str.to_lowercase())
    checks = [
        *_missing(spec, frame),
        *_words(spec, frame),
        *_lengths(spec, frame),
        *_numbers(spec, frame),
        *_periods(spec, frame),
        *more,
    ]
    return refusals.sift(frame, checks, given)


def _missing(spec: Spec, frame: pl.DataFrame) -> Iterator[Check]:
    yield Check(
        pl.col("external_id").is_null(),
        "external_id",
        "The row has no id.",
        "Fill the cell, or map the column that holds the id.",
    )
    for name in spec.required:
        wrong = pl.col(name).is_null() if name in frame.columns else pl.lit(True)
        yield Check(wrong, name, f"The row has no {_word(name)}.", "Fill the cell, or map another column.")
    ways = [ref.name for ref in spec.refs if ref.column == "account_id" or ref.column in {column for column, _ in spec.via}]
    if spec.via and spec.account:
        nowhere = [pl.col(name).is_null() for name in ways if name in frame.columns]
        yield Check(pl.all_horizontal(nowhere) if nowhere else pl.lit(True), "account_ref", NO_ACCOUNT, FILL_ACCOUNT)


def _words(spec: Spec, frame: pl.DataFrame) -> Iterator[Check]:
    for (noun, name), words in CHOICES.items():
        if noun == spec.noun and name in frame.columns:
            wrong = pl.col(name).is_not_null() & ~pl.col(name).is_in(words)
            yield Check(
                wrong, name, f"'{{}}' is none of {', '.join(words)}.", "Give one of them, or map the word to one of them."
            )
    if "currency" in frame.columns:
        odd = [code for code in frame["currency"].drop_nulls().unique().to_list() if not _is_code(code)]
        if odd:
            yield Check(
                pl.col("currency").is_in(odd), "currency", "'{}' is not a currency code.", "Give three letters such as USD."
            )
    if spec.noun in ("user", "contact") and "email" in frame.columns:
        wrong = ~pl.col("email").str.contains(ADDRESS)
        yield Check(wrong, "email", "'{}' is not an e-mail address.", "Give an address such as ann@example.com.")


def _is_code(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()


def _lengths(spec: Spec, frame: pl.DataFrame) -> Iterator[Check]:
    limits = (
        {"external_id": 200} | {ref.name: 200 for ref in spec.refs} | {f.name: f.limit for f in spec.fields.values() if f.limit}
    )
    limits = {name: limit for name, limit in limits.items() if name in frame.columns and limit}
    if not limits or not frame.height:
        return
    longest = frame.select(pl.col(name).str.len_bytes().max() for name in limits).row(0, named=True)
    for name, limit in limits.items():
        if (longest[name] or 0) > limit:  # a letter is a byte or more
            message = f"The {_word(name)} has more than {limit} characters: '{{}}…'."
            yield Check(pl.col(name).str.len_chars() > limit, name, message, "Shorten it.")


def _numbers(spec: Spec, frame: pl.DataFrame) -> Iterator[Check]:
    names = [name for name, dtype in frame.schema.items() if dtype == pl.Int64 and name not in ("row", "object_id")]
    for name in names:
        yield Check(pl.col(name).abs() > LARGEST, name, "'{}' is too large.", "Give a smaller number, or leave the cell empty.")
        lowest = -1 if name == "employees" else 0 if name in spec.never_negative else None  # -1: looked for, not found
        if lowest is not None:
            yield Check(pl.col(name) < lowest, name, "'{}' is below zero.", "Give 0 or more, or leave the cell empty.")


def _periods(spec: Spec, frame: pl.DataFrame) -> Iterator[Check]:
    for start, end in spec.periods:
        if start in frame.columns and end in frame.columns:
            message = f"The {_word(end)} {{}} lies before the {_word(start)}."
            yield Check(pl.col(end) < pl.col(start), end, message, f"Correct the {_word(end)} or the {_word(start)}.")


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
            message = f"Row {first[0]} has the same id '{key[:TOLD]}' and says something else."
            remedy = "The first of such rows was taken. Delete one of them, or give it an id of its own."
            refusals.problems.append(Problem(row, key, "external_id", key, message, remedy))
    return (frame if all(keep) else frame.filter(pl.Series(keep, dtype=pl.Boolean))), same
