"""The lists of `catalogues`: from the parsed files to the pack, with what they refer to."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tenure.rules import journeybuilding, onboardingbuilding, profilesbuilding, projects, projectsbuilding, ranking
from tenure.rules.building import Builder
from tenure.rules.catalogues import LISTS, SINGLES, Catalogues, Effort, Service, made
from tenure.rules.errors import Finding, suggestion
from tenure.rules.parts import Place
from tenure.rules.schema import Dated, validated
from tenure.rules.work import DONE, ScheduleEdition
from tenure.rules.workbuilding import Work
from tenure.rules.yamls import Lines, Path, dotted, line_of


def build(builder: Builder, work: Work) -> Catalogues:
    """The catalogues; problems go to the builder's findings."""
    lists: dict[str, list[Any]] = defaultdict(list)
    singles: dict[str, Any] = {}
    places: dict[tuple[str, int], Place] = {}
    for part, section, file, lines in builder.work:
        if part in LISTS:
            for i, item in _items(builder, part, section, file, lines):
                places[part, len(lists[part])] = Place(file, dotted((part, i)), line_of(lines, (part, i)))
                lists[part].append(item)
        elif part in SINGLES:
            shape, wrong = validated(SINGLES[part], section, file, lines, (part,))
            builder.findings += wrong
            singles[part] = shape
    _check(builder, work, lists, places)
    profilesbuilding.check(builder, lists["profiles"], singles.get(profilesbuilding.TERMS), places)
    for part, i, code, message in projectsbuilding.wrong(lists, singles.get(projects.TERMS), profilesbuilding.roles(builder)):
        builder.wrong(message, places[part, i], code)
    return made(lists, singles)


def _items(builder: Builder, part: str, section: Any, file: str, lines: Lines) -> list[tuple[int, Any]]:
    """The things of a list that have the right shape, with their numbers."""
    if not isinstance(section, list):
        builder.wrong(f"'{part}' is a list", Place(file, part, line_of(lines, (part,))))
        return []
    found: list[tuple[int, Any]] = []
    seen: set[str] = set()
    for i, data in enumerate(section):
        path: Path = (part, i)
        shape, wrong = validated(LISTS[part], data, file, lines, path)
        builder.findings += wrong
        key = f"{getattr(shape, 'key', i)}" + (f" from {shape.start}" if isinstance(shape, Dated) else "")
        if shape is not None and key in seen:
            builder.wrong(f"'{key}' stands twice in {part}", Place(file, dotted(path), line_of(lines, path)), rule=key)
        elif shape is not None:
            found.append((i, shape))
        seen.add(key)
    return found


def _check(builder: Builder, work: Work, lists: dict[str, list[Any]], places: dict[tuple[str, int], Place]) -> None:
    """What the lists, the playbooks and each other refer to."""
    kinds = {item.key for item in lists["activity_kinds"]}
    templates = {item.key for item in lists["activity_templates"]}
    for i, item in enumerate(lists["activity_templates"]):
        _known(builder, "HB024", "kind of entry", item.kind, kinds, places["activity_templates", i], item.key)
    for i, item in enumerate(lists["efforts"]):
        _effort(builder, work, item, places["efforts", i])
    for i, item in enumerate(lists["services"]):
        for name, words in item.only.items():
            _words(builder, name, words, places["services", i], item.key)
        _delivered_by(builder, work, item, places["services", i], kinds, templates)
    for name, check in (("ranking", ranking.wrong), ("ranking_examples", ranking.wrong_example)):
        for i, item in enumerate(lists[name]):
            if message := check(item, builder.digits):
                builder.wrong(message, places[name, i])
    for part, i, code, message in onboardingbuilding.wrong(lists, set(work.playbooks), builder.facts):
        builder.wrong(message, places[part, i], code)
    for part, i, code, message in journeybuilding.wrong(lists, _journey(builder, work, lists)):
        builder.wrong(message, places[part, i], code)
    _work(builder, work, kinds, templates)


def _journey(builder: Builder, work: Work, lists: dict[str, list[Any]]) -> journeybuilding.Known:
    """What journey.yaml may name."""
    stages = {name.removeprefix("stage_") for name in builder.values if name.startswith("stage_")}
    entries = {item.key for part in ("activity_kinds", "activity_templates") for item in lists[part]}
    fields = {field.key for profile in lists["profiles"] for group in profile.groups for field in group.fields}
    steps = {f"{one.key}.{step.key}" for one in work.playbooks.values() for edition in one.editions for step in edition.steps}
    return journeybuilding.Known(
        profilesbuilding.roles(builder), stages, entries, fields, set(work.playbooks), steps, builder.rules
    )


def _work(builder: Builder, work: Work, kinds: set[str], templates: set[str]) -> None:
    """What playbooks, types of calls to action and schedules say of the timeline, and how schedules end their work."""
    for playbook in work.playbooks.values():
        for step in (step for edition in playbook.editions for step in edition.steps if step.template):
            _known(builder, "HB024", "template", step.template, templates, step.place, playbook.key)
    for kind in work.cta_types.values():
        for logs in kind.logs.values():
            _known(builder, "HB024", "kind of entry", logs, kinds, Place("ctas.yaml", "cta_types", 0), kind.key)
    for schedule in work.schedules.values():
        for edition in schedule.editions:
            for row in edition.rows:
                if row.cta and row.cta.logs:
                    _known(builder, "HB024", "kind of entry", row.cta.logs, kinds, row.place, schedule.key)
            _endings(builder, work, schedule.key, edition)


def _endings(builder: Builder, work: Work, key: str, edition: ScheduleEdition) -> None:
    """The work of an edition must be able to have the statuses that close it; otherwise it would never be closed."""
    found = {closer.status for closer in edition.closers} | {edition.stops_as}
    wanted = found & work.cta_statuses.keys()  # one that does not exist is told already
    if any(row.timing and row.timing.kind == "every" for row in edition.rows):
        wanted.add(DONE)
    types = {row.cta.type for row in edition.rows if row.cta}
    for name in sorted(types & work.cta_types.keys()):
        for status in sorted(wanted):
            _known(builder, "HB021", f"status of {name}", status, set(work.cta_types[name].statuses), edition.place, key)


def _delivered_by(builder: Builder, work: Work, item: Service, place: Place, kinds: set[str], templates: set[str]) -> None:
    """What a service says of schedules and of the timeline."""
    if item.schedule is not None:
        _known(builder, "HB021", "schedule", item.schedule, set(work.schedules), place, item.key)
    for kind in item.kinds:
        _known(builder, "HB024", "kind of entry", kind, kinds, place, item.key)
    for template in item.templates:
        _known(builder, "HB024", "template", template, templates, place, item.key)


def _effort(builder: Builder, work: Work, item: Effort, place: Place) -> None:
    if _known(builder, "HB021", "type of call to action", item.type, set(work.cta_types), place) and item.reason:
        _known(builder, "HB021", f"reason of {item.type}", item.reason, set(work.cta_types[item.type].reasons), place)
    for key in item.schedules:
        _known(builder, "HB021", "schedule", key, set(work.schedules), place)


def _words(builder: Builder, name: str, words: list[str], place: Place, rule: str) -> None:
    if not _known(builder, "HB002", "fact", name, set(builder.facts), place, rule):
        return
    fact = builder.facts[name]
    for word in words:
        if fact.words and fact.word(word) is None:
            builder.wrong(f"'{word}' is not a {name}: {', '.join(fact.words)}", place, "HB014", rule)


def _known(builder: Builder, code: str, kind: str, name: str, known: set[str], place: Place, rule: str = "") -> bool:
    if name in known:
        return True
    message = f"there is no {kind} '{name}'.{suggestion(name, known)}"
    builder.findings.append(Finding(code, "error", message, place.file, place.path, place.line, rule))
    return False
