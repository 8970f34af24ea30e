"""The examples of ``profiles.yaml``, run: what each gives and how that differs from what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tenure.rules.profiles import ExampleShape, Profiles, ReadingShape
from tenure.rules.profilesmeasures import Completeness, Known, by_role, completeness, questions
from tenure.rules.profilesreading import Unreadable, read

if TYPE_CHECKING:
    from tenure.rules.packs import Pack


@dataclass(frozen=True)
class Result:
    """What came of an example; ``message`` says what differs, blank when nothing does. ``path``: where it stands in the file."""

    name: str
    path: str
    message: str = ""


def examples(pack: Pack) -> Iterator[Result]:
    """Every example of the pack with what came of it."""
    profiles = pack.catalogues.profiles
    for number, example in enumerate(profiles.examples):
        yield Result(example.name, f"profile_examples[{number}]", "; ".join(_differs(profiles, example)))
    for number, reading in enumerate(profiles.readings):
        message = _misread(profiles, reading, pack.handbook.currency, pack.digits)
        yield Result(reading.name, f"profile_readings[{number}]", message)


def _differs(profiles: Profiles, example: ExampleShape) -> Iterator[str]:
    known = {key: Known(one.learnt_on, one.confidence) for key, one in example.given.items()}
    if strange := sorted(known.keys() - profiles.fields.keys()):
        yield f"there is no field {', '.join(strange)}"
        return
    whole = {key: completeness(profiles, known, example.as_of, key) for key in example.profiles}
    yield from _percents(example.profiles, whole)
    yield from _percents(example.roles, by_role(profiles, known, example.as_of, example.stage))
    old = completeness(profiles, known, example.as_of).stale
    if example.stale is not None and set(example.stale) != set(old):
        yield f"stale is {', '.join(old) or 'nothing'}, not {', '.join(example.stale) or 'anything'}"
    asked = questions(profiles, known, example.as_of, example.stage, example.role)[: len(example.questions)]
    got = [(one.field.key, one.points) for one in asked]
    if got != list(example.questions.items()):
        yield f"the first questions are {got}, not {list(example.questions.items())}"


def _percents(wanted: Mapping[str, int], found: Mapping[str, Completeness]) -> Iterator[str]:
    for key, percent in wanted.items():
        got = found[key].percent if key in found else None
        if got != percent:
            yield f"{key} is {got} % known, not {percent} %"


def _misread(profiles: Profiles, reading: ReadingShape, currency: str, digits: int) -> str:
    field = profiles.fields.get(reading.field)
    if field is None:
        return f"there is no field {reading.field}"
    try:
        got: Any = read(field, reading.raw, currency, digits)
    except Unreadable as error:
        return "" if error.sentence == reading.refused else f"it is refused: {error.sentence}"
    if reading.refused:
        return f"it is read as {got!r}, not refused"
    return "" if got == reading.value else f"it is read as {got!r}, not {reading.value!r}"
