"""How hand-overs stand on a day: the facts of each, what people said of its items, and what is still missing. Many at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from tenure.models import HandOver, HandOverItem
from tenure.queries import journeys, upgrades
from tenure.queries.journeys import Deal
from tenure.rules import handovers as rules
from tenure.rules.handovers import ItemState, Said
from tenure.rules.journey import HandOverShape
from tenure.rules.packs import Pack


def shape(row: HandOver, pack: Pack) -> HandOverShape | None:
    """What the handbook of the day on which it began says of such a hand-over; None where it says nothing any more."""
    return pack.journey.handover(row.kind, row.edition)


def of(rows: Sequence[HandOver], day: date, pack: Pack) -> dict[int, list[ItemState]]:
    """Hand-over -> its items. A fixed number of queries; of upgrades one more."""
    said: dict[int, dict[str, Said]] = defaultdict(dict)
    for item in HandOverItem.objects.filter(handover__in=[row.pk for row in rows], on__lte=day):
        said[item.handover_id][item.key] = Said(item.state, item.note)
    deals = _deals(rows, day)
    cases = journeys.cases(list({deal.pk: deal for deal in deals.values()}.values()), day, pack)
    upgraded = {row.account_id for row in rows if row.kind == "upgrade"}
    projects = upgrades.projects(upgraded, day, pack) if upgraded else {}
    found = {}
    for row in rows:
        known, case = shape(row, pack), cases[deals[row.pk].pk]
        case = replace(case, facts={**case.facts, upgrades.RULE: projects.get(row.account_id)})
        found[row.pk] = rules.states(known, row.plan, case, said[row.pk]) if known else []
    return found


def one(row: HandOver, day: date, pack: Pack) -> list[ItemState]:
    """The items of one hand-over."""
    return of([row], day, pack)[row.pk]


def missing(rows: Sequence[HandOver], day: date, pack: Pack) -> dict[int, int]:
    """Hand-over -> how many things stand between it and its acceptance."""
    return {pk: len(rules.missing(found)) for pk, found in of(rows, day, pack).items()} if rows else {}


def _deals(rows: Sequence[HandOver], day: date) -> dict[int, Deal]:
    """Hand-over -> the deal that it is about; without one what has happened since it began counts."""
    sold = {row.account_id for row in rows if row.opportunity_id}
    known = {deal.pk: deal for deal in journeys.deals(sold, day)} if sold else {}
    return {row.pk: known.get(row.opportunity_id or 0) or _since(row) for row in rows}


def _since(row: HandOver) -> Deal:
    return Deal(-row.pk, row.account_id, "", "", "", None, False, False, row.started_on, False)
