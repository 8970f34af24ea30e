"""The hand-overs of a plan as typed changes: what is begun, and what gets a further cause, each with its reason."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from tenure.queries.handovers_due import Wanted
from tenure.rules.packs import Pack


@dataclass(frozen=True)
class HandOverWanted:
    """A hand-over to begin; ``handover_id``: the open one on which a further cause is noted instead."""

    kind: ClassVar[str] = "handover_wanted"
    account_id: int
    account: str
    rule: str
    handover_id: int | None
    day: date
    opportunity_id: int | None
    edition: date
    source: str
    reason: str
    key: str


def accounts(wanted: list[Wanted]) -> set[int]:
    """The ids of the accounts that the changes are about."""
    return {one.account for one in wanted}


def typed(wanted: list[Wanted], names: Mapping[int, str], pack: Pack, as_of: date) -> Iterator[HandOverWanted]:
    """The changes one by one."""
    for one in wanted:
        shape = pack.journey.handover(one.first.kind, as_of)
        if shape is None:
            continue
        for event in one.events if one.held else one.events[:1]:
            reason = f"{event.said}, {event.day.day} {event.day:%B %Y}"
            yield HandOverWanted(
                one.account,
                names[one.account],
                event.kind,
                one.held,
                event.day,
                event.opportunity,
                shape.start,
                shape.source or "",
                reason,
                event.key,
            )
