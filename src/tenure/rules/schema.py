"""The shape of a pack's YAML files, validated by pydantic. What the cells mean is read in `cells`."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from tenure.rules.errors import Finding, suggestion
from tenure.rules.yamls import Lines, dotted, line_of


def _to_text(value: object) -> object:
    """Words may look like numbers (`values: [1, 2, 3]`)."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Word = Annotated[Text, BeforeValidator(_to_text)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
Cells = dict[str, Any]


class Strict(BaseModel):
    """A mapping with no other keys than these."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


Shape = TypeVar("Shape", bound=BaseModel)


class Dated(Strict):
    """What holds from a day on."""

    start: date = Field(alias="from")
    ended: date | None = None
    alternative: Text | None = None
    note: Text | None = None
    source: Text | None = None


class ValueEntryShape(Dated):
    """One dated value."""

    value: Any


class ValueShape(Strict):
    """A named value and its history."""

    title: Text
    unit: Text | None = None
    source: Text | None = None
    note: Text | None = None
    review_by: date | None = None
    used_for: Text | None = None  # what reads it, when no table does
    values: Annotated[list[ValueEntryShape], Field(min_length=1)]


class OutputShape(Strict):
    """One output of a rule."""

    name: Name
    type: Literal["enum", "text", "int", "float", "bool", "money", "date"] = "text"
    values: list[Word] = []
    title: Text | None = None


class RowShape(Strict):
    """One row of a table."""

    when: Cells = {}
    any: list[Cells] = []
    then: Any
    note: Text | None = None
    source: Text | None = None


class EditionShape(Dated):
    """A table that holds from a day on."""

    hit: Literal["first", "unique", "collect"] = "first"
    optional: list[Name] = []
    rows: Annotated[list[RowShape], Field(min_length=1)]


class RuleShape(Strict):
    """A rule and its editions."""

    title: Text
    kind: Literal["table", "routing"] = "table"
    source: Text | None = None
    note: Text | None = None
    review_by: date | None = None
    outputs: Annotated[list[OutputShape], Field(min_length=1)]
    monotone: dict[str, Literal["up", "down"]] = {}
    editions: Annotated[list[EditionShape], Field(min_length=1)]


class FactShape(Strict):
    """A fact of the company's own, beside the catalogue of `facts`."""

    type: Literal["money", "int", "float", "bool", "category", "ordered", "date", "text"]
    meaning: Text
    label: Text | None = None
    unit: str = ""
    missing: Text | None = None
    aliases: list[Text] = []
    words: list[Word] = []
    minimum: int | None = None


class WordShape(Strict):
    """A product or a segment."""

    key: Word
    title: Text | None = None
    aliases: list[Word] = []


class RegionShape(WordShape):
    """A region and its countries or states (ISO 3166)."""

    countries: list[Country] = []


class AcknowledgedShape(Strict):
    """A finding that the company knows and accepts."""

    code: Text
    rule: Text = ""
    reason: Text
    by: Text
    on: date


class RoleShape(Strict):
    """A role of `access.yaml`: what it sees and may, and which roles it may name on the accounts on which it works."""

    title: Text
    sees: Literal["own_and_territory", "team", "all", "cases", "none"]
    may: list[Text] = []
    engages: list[Name] = []
    landing: Text = "home"
    note: Text | None = None


class HandbookShape(Strict):
    """The pack as a whole; further keys are kept for other readers."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)

    name: Text
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = 1
    products: list[WordShape] = []
    segments: list[WordShape] = []
    regions: list[RegionShape] = []
    products_source: Text | None = None
    segments_source: Text | None = None
    regions_source: Text | None = None
    choose: dict[str, Text] = {}
    acknowledged: list[AcknowledgedShape] = []


def validated(
    shape: type[Shape], data: Any, file: str, lines: Lines, path: tuple[str | int, ...] = ()
) -> tuple[Shape | None, list[Finding]]:
    """`data` read as `shape`, or None and one HB001 finding per thing that does not fit."""
    try:
        return shape.model_validate(data), []
    except ValidationError as error:
        return None, [_finding(shape, item, file, lines, path) for item in error.errors()]


def _finding(shape: type[BaseModel], item: Any, file: str, lines: Lines, path: tuple[str | int, ...]) -> Finding:
    here = (*path, *item["loc"])
    message = item["msg"].removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        message = f"'{here[-1]}' is not a key that can stand here.{suggestion(str(here[-1]), _keys(shape))}"
    elif item["type"] == "model_type":
        message = "here stands a mapping of keys to values"
    elif item["type"] == "missing":
        message = f"'{here[-1]}' is missing here"
    elif not isinstance(item["input"], (dict, list)):
        message = f"{message}; found {item['input']!r}"
    return Finding("HB001", "error", message, file, dotted(here), line_of(lines, here))


def _keys(shape: type[BaseModel]) -> set[str]:
    """Every key that can stand somewhere in `shape`: for a spelling suggestion."""
    return {field.alias or name for inner in _shapes(shape) for name, field in inner.model_fields.items()}


@lru_cache
def _shapes(shape: type[BaseModel]) -> frozenset[type[BaseModel]]:
    """`shape` and those within it."""
    found = {shape}
    for field in shape.model_fields.values():
        open_parts: list[Any] = [field.annotation]
        while open_parts:
            part = open_parts.pop()
            if isinstance(part, type) and issubclass(part, BaseModel):
                found |= _shapes(part)
            open_parts += get_args(part)
    return frozenset(found)
