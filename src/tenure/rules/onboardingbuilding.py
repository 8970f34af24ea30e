"""What the lists of onboarding.yaml refer to: playbooks, gemstones, milestones; and spans of time that clash."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tenure.rules.errors import suggestion
from tenure.rules.facts import Fact
from tenure.rules.onboarding import LISTS

Wrong = tuple[str, int, str, str]  # list, number in it, code, message


def wrong(lists: Mapping[str, list[Any]], playbooks: Collection[str], facts: Mapping[str, Fact]) -> Iterator[Wrong]:
    """Everything that cannot be."""
    milestones = {item.key for item in lists.get("onboarding_milestones", ())}
    for i, item in enumerate(lists.get("onboarding_tracks", ())):
        yield from _unknown("onboarding_tracks", i, "playbook", item.playbook, playbooks)
    for i, item in enumerate(lists.get("onboarding_metrics", ())):
        yield from _unknown("onboarding_metrics", i, "milestone", item.milestone, milestones)
    for i, item in enumerate(lists.get("onboarding_plays", ())):
        if gem_unknown(item.gem, facts):
            yield "onboarding_plays", i, "HB014", f"'{item.gem}' is not a gemstone: {', '.join(facts['gemstone'].words)}"
    for i, item in enumerate(lists.get("onboarding_editions", ())):
        strange = [gem for cause in item.created for gem in cause.gems if gem_unknown(gem, facts)]
        if strange:
            yield "onboarding_editions", i, "HB014", f"'{strange[0]}' is not a gemstone: {', '.join(facts['gemstone'].words)}"
    yield from _spans(lists)


def gem_unknown(name: str, facts: Mapping[str, Fact]) -> bool:
    """Whether the handbook has gemstones, and none of this name."""
    gem = facts.get("gemstone")
    return bool(gem and gem.words and gem.word(name) is None)


def _unknown(part: str, i: int, kind: str, name: str | None, known: Collection[str]) -> Iterator[Wrong]:
    if name and name not in known:
        yield part, i, "HB024", f"there is no {kind} '{name}'.{suggestion(name, known)}"


def _spans(lists: Mapping[str, list[Any]]) -> Iterator[Wrong]:
    for part in LISTS:
        for i, item in enumerate(lists.get(part, ())):
            if item.alternative:
                yield part, i, "HB001", "an onboarding has no alternatives: give the day from which another edition holds"
            elif item.ended and item.ended < item.start:
                yield part, i, "HB004", f"it ends on {item.ended}, before it begins"
