"""Parsed YAML files -> the parts of a pack. Every problem is collected, with its place; nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from tenure.rules.catalogues import LISTS, SINGLES
from tenure.rules.cells import CellError, Ref, Test, operand, parse
from tenure.rules.errors import Finding, suggestion
from tenure.rules.facts import CATALOGUE, NUMBERS, WORDS, Fact, FactType
from tenure.rules.parts import DatedValue, DraftRow, Edition, Entry, Output, Place, Rule
from tenure.rules.schema import (
    Cells,
    EditionShape,
    FactShape,
    HandbookShape,
    OutputShape,
    RoleShape,
    RowShape,
    RuleShape,
    ValueShape,
    WordShape,
    validated,
)
from tenure.rules.yamls import Lines, Path, dotted, line_of, read_once

RESERVED = frozenset({"missing", "present", "-"})
ACCESS = "access.yaml"
PARTS = ("facts", "values", "rules")
WORK = ("calendars", "cta_types", "cta_statuses", "schedules", "playbooks")  # read by workbuilding
CATALOGUES = LISTS.keys() | SINGLES.keys()  # read by cataloguebuilding


@dataclass
class Builder:
    """Collects the parts of one pack and the findings about them. `digits`: decimals of the pack's currency."""

    digits: int = 2
    handbook: HandbookShape | None = None
    facts: dict[str, Fact] = field(default_factory=lambda: dict(CATALOGUE))
    values: dict[str, DatedValue] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    sections: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    drafts: dict[str, tuple[RuleShape, str, Lines]] = field(default_factory=dict)
    work: list[tuple[str, Any, str, Lines]] = field(default_factory=list)

    def wrong(self, message: str, place: Place, code: str = "HB001", rule: str = "") -> None:
        """Note an error."""
        self.findings.append(Finding(code, "error", message, place.file, place.path, place.line, rule))

    # --- files

    def read_handbook(self, text: str, file: str) -> None:
        """The file that names the pack: its currency, its words, its choices."""
        data, lines, findings = read_once(text, file)
        shape, wrong = validated(HandbookShape, data, file, lines)
        self.findings += [*findings, *wrong]
        if shape is None:
            return
        self.handbook = shape
        self.sections["handbook"] = dict(shape.model_extra or {})
        for name, words in (("product", shape.products), ("segment", shape.segments), ("region", shape.regions)):
            self.facts[name] = self._worded(CATALOGUE[name], words, Place(file, f"{name}s", line_of(lines, (f"{name}s",))))

    def read_file(self, text: str, file: str) -> None:
        """One of the other files: its facts, values and rules; any other section is kept as it is."""
        data, lines, findings = read_once(text, file)
        self.findings += findings
        if data is None:
            return
        if not isinstance(data, dict):
            self.wrong("a file of a pack is a mapping: facts, values, rules", Place(file, "", 1))
            return
        if file == ACCESS:
            self._access(data, lines)
        for key, section in data.items():
            place = Place(file, key, line_of(lines, (key,)))
            if key in WORK or key in CATALOGUES:
                self.work.append((key, section, file, lines))
            elif key not in PARTS:
                self._section(key, section, place)
            elif not isinstance(section, dict):
                self.wrong(f"'{key}' must be a mapping of names", place)
            else:
                self._part(key, section, file, lines)

    def _access(self, data: dict[str, Any], lines: Lines) -> None:
        """Roles have a shape, and may only what is listed."""
        roles, listed = data.get("roles"), data.get("capabilities")
        if not isinstance(roles, dict) or not isinstance(listed, list):
            self.wrong("who may do what is a list of capabilities and a mapping of roles", Place(ACCESS, "", 1))
            return
        known = [str(item.get("key")) for item in listed if isinstance(item, dict)]
        for name, role in roles.items():
            path: Path = ("roles", name)
            shape, wrong = validated(RoleShape, role, ACCESS, lines, path)
            self.findings += wrong
            for key in shape.may if shape else ():
                if key not in known:
                    message = f"'{key}' is not one of the capabilities.{suggestion(key, known)}"
                    self.wrong(message, Place(ACCESS, dotted(path), line_of(lines, path)))
            for key in shape.engages if shape else ():
                if key not in roles:
                    self.wrong(
                        f"'{key}' is not one of the roles.{suggestion(key, roles)}",
                        Place(ACCESS, dotted(path), line_of(lines, path)),
                    )

    def _section(self, key: str, section: Any, place: Place) -> None:
        """Kept raw, for other readers, unless it looks like a misspelled part."""
        items = section.values() if isinstance(section, dict) else ()
        looks = {"steps": "playbooks", "editions": "rules", "values": "values", "meaning": "facts"}
        part = next((looks[k] for item in items if isinstance(item, dict) for k in looks if k in item), None)
        if part:
            self.wrong(f"'{key}' is not a part of a pack, but looks like {part}. Did you mean '{part}'?", place)
        self.sections.setdefault(place.file.rsplit(".", 1)[0], {})[key] = section

    def _part(self, key: str, section: dict[str, Any], file: str, lines: Lines) -> None:
        for name, data in section.items():
            path: Path = (key, name)
            place = Place(file, dotted(path), line_of(lines, path))
            if name in (self.values if key == "values" else self.drafts if key == "rules" else {}):
                self.wrong(f"'{name}' is already defined in this pack", place, rule=name)
            elif key == "values":
                self._value(name, data, lines, place)
            elif key == "facts":
                self._fact(name, data, lines, place)
            else:
                shape, wrong = validated(RuleShape, data, file, lines, path)
                self.findings += [replace(finding, rule=name) for finding in wrong]
                if shape:
                    self.drafts[name] = (shape, file, lines)

    # --- facts and values

    def _worded(self, fact: Fact, words: list[Any], place: Place) -> Fact:
        taken: dict[str, str] = {}
        shapes: list[WordShape] = words
        for shape in shapes:
            for spelling in {shape.key.casefold(), *(alias.casefold() for alias in shape.aliases)}:
                if spelling in RESERVED or taken.setdefault(spelling, shape.key) != shape.key:
                    self.wrong(f"'{spelling}' cannot be a name for {shape.key}: it has another meaning", place)
        return fact.with_words({shape.key: shape.aliases for shape in shapes})

    def _fact(self, name: str, data: Any, lines: Lines, place: Place) -> None:
        shape, wrong = validated(FactShape, data, place.file, lines, ("facts", name))
        self.findings += wrong
        if shape is None:
            return
        if name in self.facts:
            self.wrong(f"the fact '{name}' is already in the catalogue", place, rule=name)
            return
        fact = Fact(name, shape.type, shape.label or name.replace("_", " "), shape.unit, shape.meaning,
                    aliases=tuple(shape.aliases), minimum=shape.minimum)  # fmt: skip
        fact = replace(fact, missing=shape.missing) if shape.missing else fact
        self.facts[name] = fact.with_words(dict.fromkeys(shape.words, ()))
        if (fact.type in WORDS) != bool(shape.words):
            self.wrong(f"'{name}': a category has words, and nothing else has", place, rule=name)

    def _value(self, name: str, data: Any, lines: Lines, place: Place) -> None:
        shape, wrong = validated(ValueShape, data, place.file, lines, ("values", name))
        self.findings += [replace(finding, rule=name) for finding in wrong]
        if shape is None:
            return
        entries = []
        for i, item in enumerate(shape.values):
            path: Path = ("values", name, "values", i)
            here = Place(place.file, dotted(path), line_of(lines, path))
            entries.append(Entry(item.value, item.start, here, item.ended, item.alternative,
                                 item.note or "", item.source or ""))  # fmt: skip
        ordered = tuple(sorted(entries, key=lambda entry: entry.start))
        self.values[name] = DatedValue(name, shape.title, shape.unit or "", shape.source or "", shape.note or "",
                                       shape.review_by, ordered, place, shape.used_for or "")  # fmt: skip

    # --- rules

    def build_rules(self) -> None:
        """All rules read so far, outputs first, since any rule may read another's outcome."""
        outputs = {name: self._outputs(name, *draft) for name, draft in self.drafts.items()}
        for name, (shape, file, lines) in self.drafts.items():
            place = Place(file, f"rules.{name}", line_of(lines, ("rules", name)))
            self._check_monotone(name, shape, outputs[name], place)
            editions = [self._edition(name, i, item, outputs[name], file, lines) for i, item in enumerate(shape.editions)]
            self.rules[name] = Rule(
                name, shape.title, shape.kind, shape.source or "", shape.note or "", shape.review_by, outputs[name],
                tuple(shape.monotone.items()), tuple(sorted(editions, key=lambda edition: edition.start)), place,
            )  # fmt: skip

    def _outputs(self, name: str, shape: RuleShape, file: str, lines: Lines) -> tuple[Output, ...]:
        found: dict[str, Output] = {}
        for i, item in enumerate(shape.outputs):
            path: Path = ("rules", name, "outputs", i)
            place = Place(file, dotted(path), line_of(lines, path))
            if item.name in found:
                self.wrong(f"the output '{item.name}' stands twice", place, rule=name)
            found[item.name] = Output(item.name, item.type, self._output_fact(name, item, i == 0, place), item.title or "")
        return tuple(found.values())

    def _output_fact(self, rule: str, item: OutputShape, first: bool, place: Place) -> Fact:
        if (item.type == "enum") != bool(item.values) or RESERVED & set(item.values):
            self.wrong(
                "an enum lists its values, and nothing else does; missing, present and - cannot be among them", place, rule=rule
            )
        if len(set(item.values)) != len(item.values):
            self.wrong("a value stands twice in the list", place, rule=rule)
        kind: FactType = "ordered" if item.type == "enum" else item.type
        fact = Fact(item.name, kind, (item.title or item.name).replace("_", " "), rule=rule)
        fact = fact.with_words(dict.fromkeys(item.values, ()))
        if not first:
            return fact
        known = self.facts.get(item.name)
        if known is None:
            self.facts[item.name] = fact
            return fact
        if known.rule:
            self.wrong(f"the outcome '{item.name}' is already that of the rule '{known.rule}'", place, rule=rule)
        elif (known.type, known.words) != (kind, fact.words):
            self.wrong(
                f"the outcome '{item.name}' is also a fact ({known.type}: {', '.join(known.words)}) and must be the same",
                place,
                rule=rule,
            )
        self.facts[item.name] = replace(known, rule=rule)
        return self.facts[item.name]

    def _check_monotone(self, name: str, shape: RuleShape, outputs: tuple[Output, ...], place: Place) -> None:
        for fact_name in shape.monotone:
            fact = self.facts.get(fact_name)
            if fact is None:
                self.wrong(f"monotone: there is no fact '{fact_name}'.{suggestion(fact_name, self.facts)}", place, "HB002", name)
            elif fact.type not in (*NUMBERS, "ordered", "date"):
                self.wrong(f"monotone: '{fact_name}' has no order", place, rule=name)
        if shape.monotone and outputs[0].type not in ("enum", "int", "float", "money", "date"):
            self.wrong("monotone: the outcome has no order", place, rule=name)

    def _edition(
        self, rule: str, index: int, item: EditionShape, outputs: tuple[Output, ...], file: str, lines: Lines
    ) -> Edition:
        path: Path = ("rules", rule, "editions", index)
        rows = tuple(self._row(rule, i, row, outputs, file, lines, (*path, "rows", i)) for i, row in enumerate(item.rows))
        place = Place(file, dotted(path), line_of(lines, path))
        found = Edition(index, item.start, item.hit, rows, place, item.ended, item.alternative, item.note or "", item.source or "",
                        tuple(dict.fromkeys(item.optional)))  # fmt: skip
        for name in found.optional:
            if name not in found.facts:
                self.wrong(f"optional: no row asks for '{name}'.{suggestion(name, found.facts)}", place, rule=rule)
        return found

    def _row(
        self, rule: str, i: int, item: RowShape, outputs: tuple[Output, ...], file: str, lines: Lines, path: Path
    ) -> DraftRow:
        place = Place(file, dotted(path), line_of(lines, path))
        when = self.cells(rule, item.when, file, lines, (*path, "when"))
        groups = tuple(self.cells(rule, group, file, lines, (*path, "any", n)) for n, group in enumerate(item.any))
        then = self._then(rule, item.then, outputs, place)
        return DraftRow(i + 1, when, groups, then, place, item.note or "", item.source or "")

    def cells(self, rule: str, cells: Cells, file: str, lines: Lines, path: Path) -> tuple[tuple[str, Test | Ref], ...]:
        """The cells of one row or group, typed; what can't be read is noted and left out."""
        found: list[tuple[str, Test | Ref]] = []
        for name, raw in cells.items():
            place = Place(file, dotted((*path, name)), line_of(lines, (*path, name)))
            fact = self.facts.get(name)
            if fact is None:
                self.wrong(f"there is no fact '{name}'.{suggestion(name, self.facts)}", place, "HB002", rule)
                continue
            if fact.rule and any(edition.hit == "collect" for edition in self.drafts[fact.rule][0].editions):
                self.wrong(f"'{name}' is a list (hit: collect), which no cell can test", place, rule=rule)
            try:
                test = parse(raw, fact, self.digits)
            except CellError as error:
                self.wrong(str(error), place, error.code, rule)
                continue
            if isinstance(test, Ref):
                self._check_ref(test, fact, rule, place)
            if test is not None:
                found.append((name, test))
        return tuple(found)

    def _check_ref(self, ref: Ref, fact: Fact, rule: str, place: Place) -> None:
        value = self.values.get(ref.name)
        if value is None:
            self.wrong(f"there is no value '{ref.name}'.{suggestion(ref.name, self.values)}", place, "HB017", rule)
            return
        for entry in value.entries:
            try:
                test = parse(entry.value, fact, self.digits)
            except CellError as error:
                self.wrong(f"{error} (used as a test of {fact.name} by the rule '{rule}')", entry.place, error.code, ref.name)
                continue
            if not isinstance(test, Test):
                self.wrong(f"'{entry.value}' is not a test, and the rule '{rule}' uses it as one", entry.place, rule=ref.name)

    def _then(self, rule: str, raw: Any, outputs: tuple[Output, ...], place: Place) -> tuple[Any, ...]:
        given: Mapping[str, Any] = raw if isinstance(raw, dict) else {outputs[0].name: raw}
        names = {output.name for output in outputs}
        if isinstance(raw, dict) == (len(outputs) == 1):
            self.wrong("`then` is one value for a rule with one output, a mapping of output names for several", place, rule=rule)
        for name in given:
            if name not in names:
                self.wrong(f"the rule has no output '{name}'.{suggestion(name, names)}", place, rule=rule)
        if given.get(outputs[0].name) is None:
            self.wrong(f"`then` gives no {outputs[0].name}", place, rule=rule)
        return tuple(self._result(rule, output, given.get(output.name), place) for output in outputs)

    def _result(self, rule: str, output: Output, raw: Any, place: Place) -> Any:
        if raw is None:
            return None
        try:
            return operand(raw, output.fact, self.digits)
        except CellError as error:
            self.wrong(str(error), place, error.code, rule)
            return None


def frozen(mapping: dict[str, Any]) -> Mapping[str, Any]:
    """A read-only view."""
    return MappingProxyType(mapping)
