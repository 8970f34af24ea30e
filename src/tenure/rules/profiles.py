"""The two profiles of a customer's meta-record: their fields as ``profiles.yaml`` has them, and who captures and keeps each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from tenure.rules.schema import Name, Strict, Text

FieldType = Literal["text", "longtext", "number", "money", "date", "choice", "choices", "contact", "bool"]
Percent = Annotated[int, Field(ge=0, le=100)]


class ChoiceShape(Strict):
    """One of the words of a field."""

    key: Name
    title: Text


class CaptureShape(Strict):
    """Who captures a field, the first of ``roles`` answers for it, and by the end of which stage."""

    roles: Annotated[tuple[Name, ...], Field(min_length=1)]
    stage: Name


class FieldShape(Strict):
    """One data point. ``half_life``: days after which what was learnt counts half (none = it doesn't age); ``weight``: how much it matters;
    ``feeds``: the fact of the rules that it tells; ``internal``: a data sheet asks the customer only where somebody chose so. What it leaves out is
    its profile's."""

    key: Name
    title: Text
    question: Text
    type: FieldType
    choices: tuple[ChoiceShape, ...] = ()
    unit: str = ""
    start: date | None = Field(default=None, alias="from")
    ended: date | None = None
    captured_by: CaptureShape | None = None
    kept_by: Name | None = None
    half_life: Annotated[int, Field(ge=1, le=3650)] | None = None
    weight: Annotated[int, Field(ge=1, le=5)] = 1
    feeds: Name | None = None
    internal: bool = False
    note: str = ""
    source: Text

    @model_validator(mode="after")
    def _worded(self) -> FieldShape:
        if (self.type in ("choice", "choices")) != bool(self.choices):
            raise ValueError("'choices' belong to the types choice and choices, and these need them")
        spellings = [word for one in self.choices for word in {one.key.casefold(), one.title.casefold()}]
        if len(spellings) != len(set(spellings)):
            raise ValueError("two choices have the same key or title")
        if any(";" in one.title for one in self.choices):
            raise ValueError("a choice's title has no semicolon: it stands between choices")
        return self


class GroupShape(Strict):
    """Fields that belong together."""

    key: Name
    title: Text
    fields: Annotated[tuple[FieldShape, ...], Field(min_length=1)]


class ProfileShape(Strict):
    """A profile, from a day on, and what holds for its fields unless they say otherwise."""

    key: Name
    title: Text
    start: date = Field(alias="from")
    captured_by: CaptureShape
    kept_by: Name
    groups: Annotated[tuple[GroupShape, ...], Field(min_length=1)]
    note: str = ""
    source: Text


class SourceShape(Strict):
    """Where a value can come from."""

    key: Name
    title: Text


class TermsShape(Strict):
    """``stages`` in their order; from ``kept_from`` on the keeper answers for a field; a value of which less than ``stale_percent`` counts is
    stale; ``trust``: how much a value counts on its day, by confidence; ``sheet_days``: how long the link of a data sheet works."""

    stages: Annotated[tuple[Name, ...], Field(min_length=1)]
    kept_from: Name
    stale_percent: Annotated[int, Field(ge=1, le=99)]
    trust: Annotated[dict[Name, Annotated[int, Field(ge=1, le=100)]], Field(min_length=1)]
    sources: Annotated[tuple[SourceShape, ...], Field(min_length=1)]
    sheet_days: Annotated[int, Field(ge=1, le=366)]
    note: str = ""
    source: Text

    @model_validator(mode="after")
    def _stage(self) -> TermsShape:
        if self.kept_from not in self.stages:
            raise ValueError(f"'{self.kept_from}' is not one of the stages")
        return self


class GivenShape(Strict):
    """A value of an example."""

    value: Any = True
    learnt_on: date
    confidence: Name = "high"


class ExampleShape(Strict):
    """What is known on a day at a stage, and what follows: percent by profile, and by role at that stage; stale fields; the first of the
    questions to ask (of ``role``, if named) and their points."""

    name: Text
    as_of: date
    stage: Name
    given: dict[Name, GivenShape] = {}
    role: Name | None = None
    profiles: dict[Name, Percent] = {}
    roles: dict[Name, Percent] = {}
    stale: tuple[Name, ...] | None = None
    questions: dict[Name, int] = {}
    note: str = ""


class ReadingShape(Strict):
    """A text as somebody writes it, and the value that it is, or the sentence that refuses it."""

    name: Text
    field: Name
    raw: Any
    value: Any = None
    refused: Text | None = None


@dataclass(frozen=True)
class ProfileField:
    """A field with what its profile says filled in."""

    key: str
    title: str
    question: str
    type: FieldType
    profile: str
    group: str
    start: date
    captured_by: tuple[str, ...]
    stage: str
    kept_by: str
    ended: date | None = None
    choices: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    half_life: int | None = None
    weight: int = 1
    feeds: str | None = None
    note: str = ""
    source: str = ""
    internal: bool = False

    def on(self, day: date) -> bool:
        """Whether the handbook of that day has it."""
        return self.start <= day and (self.ended is None or day <= self.ended)


@dataclass(frozen=True)
class Profiles:
    """profiles.yaml."""

    shapes: Mapping[str, ProfileShape] = field(default_factory=dict)
    fields: Mapping[str, ProfileField] = field(default_factory=dict)
    terms: TermsShape | None = None
    examples: tuple[ExampleShape, ...] = ()
    readings: tuple[ReadingShape, ...] = ()

    def on(self, day: date, profile: str | None = None) -> list[ProfileField]:
        """The fields (of one profile) that the handbook of a day has, in its order."""
        return [one for one in self.fields.values() if one.on(day) and profile in (None, one.profile)]

    def of(self, keys: Iterable[str], day: date | None = None) -> list[ProfileField]:
        """The fields of these keys, in their order; a key that the handbook (of a day) doesn't have is left out."""
        found = (self.fields[key] for key in keys if key in self.fields)
        return [one for one in found if day is None or one.on(day)]

    def title(self, key: str) -> str:
        """What a field is called; its key where the handbook doesn't have it any more."""
        return self.fields[key].title if key in self.fields else key

    def source(self, key: str) -> str:
        """What a source of values is called; its key where the handbook doesn't have it any more."""
        return next((one.title for one in (self.terms.sources if self.terms else ()) if one.key == key), key)

    def rank(self, stage: str) -> int:
        """The place of a stage in their order; -1 for one before them, or one that isn't known."""
        stages = self.terms.stages if self.terms else ()
        return stages.index(stage) if stage in stages else -1

    def kept(self, stage: str) -> bool:
        """Whether the keepers answer for the profiles at a stage."""
        return self.terms is not None and self.rank(stage) >= self.rank(self.terms.kept_from)

    def responsible(self, one: ProfileField, stage: str) -> tuple[str, ...]:
        """The roles that answer for a field at a stage: those who capture it, after the sale who keeps it."""
        return (one.kept_by,) if self.kept(stage) else one.captured_by

    def expected(self, one: ProfileField, stage: str) -> bool:
        """Whether a field is to be known at a stage."""
        return self.rank(stage) >= self.rank(one.stage)


def made(lists: Mapping[str, list[Any]], terms: TermsShape | None) -> Profiles:
    """The profiles of what was read."""
    shapes: dict[str, ProfileShape] = {one.key: one for one in lists.get("profiles", ())}
    fields = {one.key: one for shape in shapes.values() for one in _fields(shape)}
    return Profiles(shapes, fields, terms, tuple(lists.get("profile_examples", ())), tuple(lists.get("profile_readings", ())))


def _fields(shape: ProfileShape) -> Iterable[ProfileField]:
    for group in shape.groups:
        for one in group.fields:
            capture = one.captured_by or shape.captured_by
            yield ProfileField(
                one.key, one.title, one.question, one.type, shape.key, group.key, one.start or shape.start, capture.roles, capture.stage,
                one.kept_by or shape.kept_by, one.ended, tuple((word.key, word.title) for word in one.choices), one.unit, one.half_life,
                one.weight, one.feeds, one.note, one.source, one.internal,
            )  # fmt: skip


__all__ = ["ExampleShape", "FieldType", "ProfileField", "ProfileShape", "Profiles", "ReadingShape", "TermsShape", "made"]
