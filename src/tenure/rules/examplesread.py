"""What worked examples of things that are no table have in common: how they are read, compared and told of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, Field

from tenure.rules.errors import Finding
from tenure.rules.examples import Contradiction
from tenure.rules.packs import YAML_ENDS, Pack
from tenure.rules.parts import Place
from tenure.rules.schema import Strict, Text, validated
from tenure.rules.yamls import dotted, line_of, read_once

Model = TypeVar("Model", bound=BaseModel)


class Shown(Strict):
    """What every such example says: its name, what is expected by key, and where that stands."""

    name: Text
    expect: Annotated[dict[str, Any], Field(min_length=1)]
    contradicts: Contradiction | None = None
    source: Text
    note: Text | None = None


Shape = TypeVar("Shape", bound=Shown)


@dataclass(frozen=True)
class Result(Generic[Shape]):
    """What came of an example; ``message`` says what differs, blank when nothing does."""

    example: Shape
    place: Place
    got: dict[str, Any]
    message: str = ""


def read(
    pack: Pack, shape: Callable[[Mapping[str, Any]], type[Model] | None]
) -> tuple[tuple[tuple[Model, Place], ...], tuple[Finding, ...]]:
    """The examples (in ``examples/``) for which there is a shape, each with its place, and findings (HB001) about those that cannot be read."""
    found: list[tuple[Model, Place]] = []
    findings: list[Finding] = []
    for file, text in pack.texts.items():
        if not (file.startswith("examples/") and file.endswith(YAML_ENDS)):
            continue
        data, lines, _ = read_once(text, file)
        items = data.get("examples") if isinstance(data, dict) else None
        for i, item in enumerate(items if isinstance(items, list) else ()):
            kind = shape(item) if isinstance(item, dict) else None
            if kind is not None:
                path = ("examples", i)
                one, wrong = validated(kind, item, file, lines, path)
                findings += wrong
                found += [(one, Place(file, dotted(path), line_of(lines, path)))] if one else []
    return tuple(found), tuple(findings)


def compared(example: Shape, place: Place, got: dict[str, Any]) -> Result[Shape]:
    """What came of an example, and what of it is not what it expects."""
    differs = [
        f"{key} is {got.get(key)}, not {value}" for key, value in example.expect.items() if key not in got or got[key] != value
    ]
    return Result(example, place, got, "; ".join(differs))


def told(results: Iterable[Result[Any]], rule: str) -> Iterator[Finding]:
    """HB010 for what contradicts its source, HB011 for what doesn't give what it expects."""
    for result in results:
        example, place = result.example, result.place
        where = (place.file, place.path, place.line, rule)
        if example.contradicts:
            message = f"'{example.name}': the source says {example.contradicts.source_says}"
            found = Finding("HB010", "warning", message, *where)
            yield replace(found, acknowledged=True, reason=example.contradicts.reason)
        if result.message:
            yield Finding("HB011", "error", f"'{example.name}': {result.message}", *where)
