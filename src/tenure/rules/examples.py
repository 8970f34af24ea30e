"""The pack's own worked examples, run through the engine: they are tests, and people read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from tenure.rules.cells import CellError, operand
from tenure.rules.errors import Finding, PackError, RuleError
from tenure.rules.explain import Explanation, explain, plain
from tenure.rules.frames import typed
from tenure.rules.packs import YAML_ENDS, Pack
from tenure.rules.parts import Output, Place
from tenure.rules.schema import Text, validated
from tenure.rules.yamls import Lines, dotted, line_of, read_once

SPECIAL = frozenset({"undecided", "error", "not_in_force"})
OTHERS = frozenset({"onboarding", "journey", "project"})  # onboardingexamples, journeyexamples


class Contradiction(BaseModel):
    """Where the source's own example does not follow the source's own rule."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source_says: Any
    reason: Text


class ExampleShape(BaseModel):
    """One example as written. `expect`: an outcome, a mapping of outputs, or {undecided: [facts]}, {error: code},
    {not_in_force: true}. `choose` runs it with a named alternative."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    rule: str
    as_of: date
    facts: dict[str, Any] = {}
    expect: Any
    contradicts: Contradiction | None = None
    choose: dict[str, Text] = {}
    source: Text | None = None
    note: Text | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    examples: Annotated[list[Any], Field(min_length=1)]


@dataclass(frozen=True)
class Example:
    """An example and where it stands."""

    shape: ExampleShape
    place: Place


@dataclass(frozen=True)
class Result:
    """What came of an example. `got` is the outcome or what happened instead, in the terms of `expect`; `message`
    says what differs (empty when it passed)."""

    example: Example
    passed: bool
    got: Any
    message: str = ""


@lru_cache(maxsize=8)
def load(pack: Pack) -> tuple[tuple[Example, ...], tuple[Finding, ...]]:
    """The examples of a pack (`examples/*.yaml`), and findings (HB001) about those that cannot be read."""
    examples: list[Example] = []
    findings: list[Finding] = []
    for file, text in pack.texts.items():
        if not (file.startswith("examples/") and file.endswith(YAML_ENDS)):
            continue
        data, lines, wrong = read_once(text, file)
        findings += wrong
        whole, wrong = validated(_File, data, file, lines)
        findings += wrong
        for i, item in enumerate(whole.examples if whole else ()):
            if not is_work(item) and not is_other(item):  # those are read by workexamples and by the modules of OTHERS
                findings += _add(examples, i, item, file, lines)
    return tuple(examples), tuple(findings)


def is_work(item: Any) -> bool:
    """Whether a raw example is about a schedule or a playbook."""
    return isinstance(item, dict) and bool(item.keys() & {"schedule", "playbook"})


def is_other(item: Any) -> bool:
    """Whether a raw example is about something that is no table: another module reads it."""
    return isinstance(item, dict) and bool(item.keys() & OTHERS)


def run(pack: Pack, rule: str | None = None) -> list[Result]:
    """Run every example (of one rule, if named). Raises PackError when an example file cannot be read."""
    _, findings = load(pack)
    if findings:
        raise PackError(findings)
    return [result for result in results(pack) if rule in (None, result.example.shape.rule)]


@lru_cache(maxsize=8)
def results(pack: Pack) -> tuple[Result, ...]:
    """What came of every example that can be read; run once per pack."""
    return tuple(run_one(example, pack) for example in load(pack)[0])


def run_one(example: Example, pack: Pack) -> Result:
    """Run one example."""
    shape = example.shape
    try:
        chosen = pack.choosing(**shape.choose) if shape.choose else pack
        _, errors = typed([shape.facts], chosen)
        explanation = explain(shape.facts, chosen, shape.as_of, [shape.rule])[shape.rule]
    except (RuleError, PackError) as error:
        return Result(example, False, None, str(error))
    unknown = [name for name in shape.facts if name not in pack.facts]
    if unknown:
        return Result(example, False, None, f"there is no fact '{unknown[0]}'")
    got = _got(explanation, [error.code for error in errors])
    message = _difference(shape.expect, got, explanation, chosen)
    return Result(example, not message, got, message)


def _add(examples: list[Example], i: int, item: Any, file: str, lines: Lines) -> Iterator[Finding]:
    path = ("examples", i)
    shape, wrong = validated(ExampleShape, item, file, lines, path)
    yield from wrong
    if shape:
        examples.append(Example(shape, Place(file, dotted(path), line_of(lines, path))))


def _got(explanation: Explanation, codes: list[str]) -> Any:
    """The decision in the terms of `expect`."""
    if explanation.status == "not_in_force":
        return {"not_in_force": True}
    if explanation.status == "error":
        return {"error": codes[0] if codes else "error"}
    if explanation.status == "undecided":
        return {"undecided": list(explanation.missing)}
    return {name: plain(value) for name, value in explanation.outputs.items()}


def _difference(expect: Any, got: Mapping[str, Any], explanation: Explanation, pack: Pack) -> str:
    said = f"expected {_short(expect)}, got {_short(got)}: {explanation.sentence()}"
    if isinstance(expect, dict) and expect.keys() & SPECIAL:
        wanted = {key: sorted(value) if isinstance(value, list) else value for key, value in expect.items()}
        found = {key: sorted(value) if isinstance(value, list) else value for key, value in got.items()}
        return "" if wanted == found else said
    outputs = {output.name: output for output in pack.rule(explanation.rule).outputs}
    first = next(iter(outputs))
    wanted = expect if isinstance(expect, dict) else {first: expect}
    for name, value in wanted.items():
        if name not in outputs:
            return f"the rule has no output '{name}'"
        if name not in got or not _same(value, got[name], outputs[name], pack):
            return said
    return ""


def _same(wanted: Any, got: Any, output: Output, pack: Pack) -> bool:
    if wanted is None or got is None:
        return wanted is got
    if isinstance(got, list):
        pairs = zip(wanted, got, strict=True) if isinstance(wanted, list) and len(wanted) == len(got) else None
        return pairs is not None and all(_same(w, g, output, pack) for w, g in pairs)
    try:
        return operand(wanted, output.fact, pack.digits) == operand(got, output.fact, pack.digits)
    except CellError:
        return False


def _short(got: Any) -> Any:
    return next(iter(got.values())) if isinstance(got, dict) and len(got) == 1 and not got.keys() & SPECIAL else got
