"""What ``profiles.yaml`` refers to must be there: roles, stages, facts; a field's key is one among all profiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tenure.rules.building import Builder
from tenure.rules.errors import Finding, suggestion
from tenure.rules.parts import Place
from tenure.rules.profiles import CaptureShape, FieldShape, ProfileShape, TermsShape

TERMS = "profile_terms"
FEEDS = {"number": ("int", "float"), "money": ("money",), "date": ("date",), "bool": ("bool",)}  # types of fields and of facts


def check(
    builder: Builder, profiles: list[ProfileShape], terms: TermsShape | None, places: Mapping[tuple[str, int], Place]
) -> None:
    """Problems go to the builder's findings."""
    if profiles and terms is None:
        builder.wrong(f"'{TERMS}' is missing: the stages, and how much a value counts", places["profiles", 0])
    stages = set(terms.stages) if terms else set()
    for stage in sorted(stages - {name.removeprefix("stage_") for name in builder.values if name.startswith("stage_")}):
        builder.wrong(f"there is no value 'stage_{stage}' that names this stage", replace(places["profiles", 0], path=TERMS))
    known_roles = roles(builder)
    seen: set[str] = set()
    for number, profile in enumerate(profiles):
        place = places["profiles", number]
        _capture(builder, profile.captured_by, known_roles, stages, place)
        _known(builder, "role", profile.kept_by, known_roles, place)
        for i, group in enumerate(profile.groups):
            for j, field in enumerate(group.fields):
                here = replace(place, path=f"{place.path}.groups[{i}].fields[{j}]")
                _field(builder, field, known_roles, stages, here)
                if field.key in seen:
                    builder.wrong(f"the field '{field.key}' stands twice", here, rule=field.key)
                seen.add(field.key)


def _field(builder: Builder, field: FieldShape, roles: set[str], stages: set[str], place: Place) -> None:
    if field.captured_by:
        _capture(builder, field.captured_by, roles, stages, place)
    if field.kept_by:
        _known(builder, "role", field.kept_by, roles, place)
    if field.feeds:
        _known(builder, "fact", field.feeds, set(builder.facts), place, "HB002")
        fact = builder.facts.get(field.feeds)
        if fact and fact.type not in FEEDS.get(field.type, ()):
            builder.wrong(f"a {field.type} can't feed the fact '{fact.name}', which is {fact.type}", place, "HB014", field.key)


def _capture(builder: Builder, capture: CaptureShape, roles: set[str], stages: set[str], place: Place) -> None:
    for role in capture.roles:
        _known(builder, "role", role, roles, place)
    if stages:
        _known(builder, "stage", capture.stage, stages, place)


def roles(builder: Builder) -> set[str]:
    """The keys of ``team_roles``; empty where a pack names none."""
    rows: Any = builder.sections.get("handbook", {}).get("team_roles") or ()
    return {str(row["key"]) for row in rows if isinstance(row, dict) and "key" in row}


def _known(builder: Builder, kind: str, name: str, known: set[str], place: Place, code: str = "HB001") -> None:
    if name not in known and (known or kind != "role"):
        message = f"there is no {kind} '{name}'.{suggestion(name, known)}"
        builder.findings.append(Finding(code, "error", message, place.file, place.path, place.line))
