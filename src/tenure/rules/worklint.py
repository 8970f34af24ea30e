"""What is wrong, doubtful or left open about calendars, calls to action, schedules and playbooks of a loaded pack."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from tenure.rules import journeyexamples, onboardingexamples, profilesexamples, projectsexamples, ranking, tables, workexamples
from tenure.rules.errors import Finding, Severity
from tenure.rules.packs import Pack
from tenure.rules.parts import Place
from tenure.rules.tablechecks import overlaps, unreachable
from tenure.rules.work import Playbook, Schedule

LISTS: dict[str, tuple[str, Callable[[Pack], Iterable[Any]]]] = {  # lists that need a source, as a whole or each thing in them
    "calendars": ("calendars", lambda pack: pack.calendars.values()),
    "cta_types": ("ctas", lambda pack: pack.cta_types.values()),
    "cta_statuses": ("ctas", lambda pack: pack.cta_statuses.values()),
    "activity_kinds": ("timeline", lambda pack: pack.timeline.kinds.values()),
    "activity_templates": ("timeline", lambda pack: pack.timeline.templates.values()),
    "feedback_kinds": ("timeline", lambda pack: pack.timeline.feedback_kinds.values()),
    "feedback_labels": ("timeline", lambda pack: pack.timeline.feedback_labels.values()),
    "sentiments": ("timeline", lambda pack: pack.timeline.sentiments.values()),
    "services": ("services", lambda pack: pack.services.values()),
    "notice_kinds": ("notices", lambda pack: pack.notices.kinds.values()),
    "mail_templates": ("notices", lambda pack: pack.notices.mails.values()),
    "releases": ("releases", lambda pack: pack.catalogues.releases),
    "efforts": ("capacity", lambda pack: pack.catalogues.efforts),
    "fixed_efforts": ("capacity", lambda pack: pack.catalogues.fixed),
    "ranking": ("ranking", lambda pack: pack.catalogues.ranking),
    "onboarding_editions": ("onboarding", lambda pack: pack.onboarding.editions),
    "onboarding_metrics": ("onboarding", lambda pack: pack.onboarding.metrics),
    "onboarding_milestones": ("onboarding", lambda pack: pack.onboarding.milestones),
    "onboarding_tracks": ("onboarding", lambda pack: pack.onboarding.tracks),
    "onboarding_plays": ("onboarding", lambda pack: pack.onboarding.plays),
    "onboarding_customers": ("onboarding", lambda pack: pack.onboarding.customers),
    "onboarding_reviews": ("onboarding", lambda pack: pack.onboarding.reviews),
    "journey_matrices": ("journey", lambda pack: pack.journey.matrices),
    "journey_handovers": ("journey", lambda pack: pack.journey.handovers),
    "journey_stages": ("journey", lambda pack: pack.journey.stages),
}


def check(pack: Pack) -> Iterator[Finding]:
    """Every finding."""
    for part in (
        _unsourced,
        _lifespans,
        _unreachable,
        _alternatives,
        _unraised,
        _examples,
        _ranking,
        _profiles,
        onboardingexamples.check,
        journeyexamples.check,
        projectsexamples.check,
    ):
        yield from part(pack)


def overdue(pack: Pack, as_of: date) -> Iterator[Finding]:
    """HB009: what was to be reviewed by now."""
    for thing in things(pack):
        if thing.review_by and thing.review_by < as_of:
            yield _at("HB009", "warning", f"'{thing.key}' was to be reviewed by {thing.review_by}", thing.place, thing.key)


def things(pack: Pack) -> list[Schedule | Playbook]:
    """Schedules and playbooks."""
    return [*pack.schedules.values(), *pack.playbooks.values()]


def kind(thing: Schedule | Playbook) -> str:
    """`schedule` or `playbook`."""
    return "schedule" if isinstance(thing, Schedule) else "playbook"


def _at(code: str, severity: Severity, message: str, place: Place, rule: str = "") -> Finding:
    return Finding(code, severity, message, place.file, place.path, place.line, rule)


def _unsourced(pack: Pack) -> Iterator[Finding]:
    for thing in things(pack):
        if not thing.source and not all(edition.source for edition in thing.editions):
            yield _at("HB003", "error", f"the {kind(thing)} '{thing.key}' has no source", thing.place, thing.key)
    for name, (file, items) in LISTS.items():
        given = any(isinstance(section, dict) and section.get(f"{name}_source") for section in pack.sections.values())
        if not given and any(not item.source for item in items(pack)):
            yield _at("HB003", "error", f"'{name}' has no {name}_source", Place(f"{file}.yaml", name, 0), name)


def _lifespans(pack: Pack) -> Iterator[Finding]:
    for thing in things(pack):
        spans: list[Any] = [(e.start, e.ended, e.alternative, e.place) for e in thing.editions]
        yield from overlaps(spans, thing.key)


def _unreachable(pack: Pack) -> Iterator[Finding]:
    """HB005: rows of a schedule that never are the first to hold."""
    for schedule in pack.schedules.values():
        for edition in schedule.editions:
            chosen = pack.choosing(**{schedule.key: edition.alternative}) if edition.alternative else pack
            running = chosen.schedule_on(schedule.key, edition.start)
            if running.edition is edition:
                yield from unreachable(tables.compile_table(running.rows, pack.facts), pack)


def _alternatives(pack: Pack) -> Iterator[Finding]:
    for thing in things(pack):
        for edition in thing.editions:
            if edition.alternative:
                used = "chosen here" if pack.choose.get(thing.key) == edition.alternative else "not chosen here"
                message = f"'{thing.key}' has the alternative '{edition.alternative}' from {edition.start} ({used})"
                yield _at("HB013", "info", message, edition.place, thing.key)


def _unraised(pack: Pack) -> Iterator[Finding]:
    """HB026: a playbook that is said to be automatic and that no schedule raises."""
    raised = {row.cta.playbook for schedule in pack.schedules.values() for e in schedule.editions for row in e.rows if row.cta}
    for playbook in pack.playbooks.values():
        if playbook.applied == "automatic" and playbook.key not in raised:
            yield _at(
                "HB026", "warning", f"no schedule raises '{playbook.key}', which is automatic", playbook.place, playbook.key
            )


def _examples(pack: Pack) -> Iterator[Finding]:
    yield from workexamples.load(pack)[1]
    for result in workexamples.results(pack):
        example, shape = result.example, result.example.shape
        if shape.contradicts:
            says = f"'{shape.name}': the source says {shape.contradicts.source_says}"
            finding = _at("HB010", "warning", says, example.place, example.subject)
            yield replace(finding, acknowledged=True, reason=shape.contradicts.reason)
        if not result.passed:
            yield _at("HB011", "error", f"'{shape.name}': {result.message}", example.place, example.subject)
    shown = set(workexamples.editions_shown(pack))
    for thing in things(pack):
        for edition in thing.editions:
            if (thing.key, edition.start, edition.alternative) not in shown:
                message = f"the {kind(thing)} '{thing.key}' has no example for its edition from {edition.start}"
                yield _at("HB019", "warning", message, edition.place, thing.key)


def _ranking(pack: Pack) -> Iterator[Finding]:
    """HB011: examples of the ranking that fail."""
    for number, result in enumerate(ranking.examples(pack)):
        if result.message:
            place = Place("ranking.yaml", f"ranking_examples[{number}]", 0)
            yield _at("HB011", "error", f"'{result.example.name}': {result.message}", place, "ranking")


def _profiles(pack: Pack) -> Iterator[Finding]:
    """HB011: examples of the profiles that fail."""
    for result in profilesexamples.examples(pack):
        if result.message:
            yield _at("HB011", "error", f"'{result.name}': {result.message}", Place("profiles.yaml", result.path, 0), "profiles")
