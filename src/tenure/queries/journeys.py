"""The customer's journey on a day: opportunities with the stage that they had, and what is known of each for the responsibility matrix.

Everything is read for many opportunities at once, in a fixed number of queries, by one page as well as by the run.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Literal, TypeVar

import polars as pl
from django.db.models import Q

from tenure.models import Account, Decision, JourneyStep, Opportunity
from tenure.queries import columns, journeys_reads
from tenure.rules import journey, profilesmeasures
from tenure.rules.journey import Case, MatrixShape, StepState
from tenure.rules.journeyasked import WON
from tenure.rules.packs import Pack

PROFILES = ("business", "technical")
ROLES = ("account_executive", "solutions_architect", "professional_services", "tam")


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity on a day: its stage then and since when, whether it was closed or won by then, whether its CRM fields are filled."""

    pk: int
    account: int
    name: str
    kind: str
    stage: str
    reached_on: date | None
    closed: bool
    won: bool
    since: date
    complete: bool


T = TypeVar("T")


def deals(account_ids: Collection[int], day: date) -> list[Deal]:
    """The new business of these accounts that was there on a day, oldest first. One query."""
    scope = columns.of_ids(account_ids)
    found = columns.read_all(journeys_reads.deals(scope, day), together=len(scope.ids or ()) <= journeys_reads.FEW)
    return deals_of(found, day)


def deals_of(found: Mapping[str, pl.DataFrame], day: date) -> list[Deal]:
    """The same of what ``journeys_reads.deals`` read."""
    passed: dict[int, list[tuple[str, date]]] = defaultdict(list)
    for deal, stage, moment in found["journey_stages"].sort("moment", "row").select("deal", "stage", "moment").iter_rows():
        passed[deal].append((stage, journeys_reads.day_of(moment)))
    return [_deal(row, passed[row["deal"]], day) for row in found["journeys"].sort("deal").iter_rows(named=True)]


def _deal(row: Mapping[str, Any], passed: Sequence[tuple[str, date]], day: date) -> Deal:
    over, began = row["close"] is None or row["close"] <= day, journeys_reads.day_of(row["began"])
    won, closed = row["won"] and over, row["closed"] and over
    stage, reached = _stage(passed) if passed else (row["stage"], began)
    if won:
        stage, reached = WON, row["close"] or reached
    complete = bool(row["stage"] and row["close"] and row["amount"] is not None and row["owner"])
    since = passed[0][1] if passed else began
    return Deal(row["deal"], row["account"], row["name"], row["kind"], stage, reached, closed, won, since, complete)


def _stage(passed: Sequence[tuple[str, date]]) -> tuple[str, date]:
    """The stage of the day, and the day on which it was reached: entries that change nothing but the amount don't begin it again."""
    stage, reached = passed[-1]
    for earlier, on in reversed(passed[:-1]):
        if earlier != stage:
            break
        reached = on
    return stage, reached


def current(found: Iterable[Deal], pack: Pack, day: date) -> dict[int, Deal]:
    """Account -> the deal that its journey is about: the furthest open one, else the latest won one."""
    matrix = pack.journey.matrix(day)
    best: dict[int, tuple[Any, Deal]] = {}
    for deal in found:
        if deal.closed and not deal.won:
            continue
        rank = matrix.rank(deal.stage) if matrix else -1
        place = (not deal.won and rank >= 0, deal.reached_on or date.min if deal.won else date.min, rank, deal.pk)
        if deal.account not in best or place > best[deal.account][0]:
            best[deal.account] = (place, deal)
    return {account: deal for account, (_, deal) in best.items()}


def under_way(deal: Deal, day: date, matrix: MatrixShape) -> bool:
    """Whether the steps of a deal are asked for on a day: it is open at a stage of the matrix, or was won not long ago."""
    if matrix.rank(deal.stage) < 0 or (deal.closed and not deal.won):
        return False
    return not deal.won or (deal.reached_on is not None and deal.reached_on >= day - timedelta(days=matrix.asked_for))


def worst(found: Iterable[tuple[Deal, int, T]]) -> dict[int, tuple[Deal, int, T]]:
    """Account -> the deal that lacks most steps, of (deal, how many it lacks, anything else), the latest of several: its work must not close
    with another's."""
    chosen: dict[int, tuple[Deal, int, T]] = {}
    for one in found:
        deal, lacks = one[:2]
        before = chosen.get(deal.account)
        if before is None or (lacks, deal.pk) > (before[1], before[0].pk):
            chosen[deal.account] = one
    return chosen


# --- what is known


def plans(account_ids: Collection[int], day: date) -> dict[int, str]:
    """Account -> its engagement plan on a day, as decided. One query."""
    rows = Decision.objects.filter(account__in=account_ids, rule=journeys_reads.PLAN, from_date__lte=day)
    rows = rows.filter(Q(until_date=None) | Q(until_date__gt=day)).order_by("from_date", "pk")
    return dict(rows.values_list("account_id", "outcome"))


def cases(found: Sequence[Deal], day: date, pack: Pack) -> dict[int, Case]:
    """Opportunity -> what is known of it on a day. One query for a page, a fixed number for many."""
    if not found:
        return {}
    read = journeys_reads.read({deal.account for deal in found}, {deal.pk for deal in found}, day, pack)
    return {deal.pk: case for deal, case in cases_of(found, read, day, pack)}


def cases_of(found: Sequence[Deal], read: Mapping[str, pl.DataFrame], day: date, pack: Pack) -> Iterator[tuple[Deal, Case]]:
    """The same of what ``journeys_reads.reads`` asked for, one by one: of many accounts nobody keeps them all."""
    known = _Known(read, day, pack)
    return ((deal, known.case(deal)) for deal in found)


class _Known:
    """What was read, by account and by opportunity."""

    def __init__(self, read: Mapping[str, pl.DataFrame], day: date, pack: Pack) -> None:
        self.pack = pack
        self.asked = {key: {one.key: one.weight for one in pack.profiles.on(day, key)} for key in PROFILES}
        self.plans = dict(read["plans"].iter_rows())
        self.decided = dict(read["decided"].iter_rows())
        self.onboardings = dict(read["begun"].iter_rows())
        self.projects = {account: (after, differs) for account, after, differs in read["projects"].iter_rows()}
        self.taken = {
            deal: set((json.loads(moved) if moved else {}).get("items", ())) for deal, moved in read["taken"].iter_rows()
        }
        self.people: dict[int, set[str]] = defaultdict(set)
        for account, role in read["people"].iter_rows():
            self.people[account].add(role)
        self.fields: dict[int, set[str]] = defaultdict(set)
        for account, field in read["values"].iter_rows():
            self.fields[account].add(field)
        self.ticked: dict[int, dict[str, Literal["done", "waived"]]] = defaultdict(dict)
        for deal, step, state in read["ticked"].iter_rows():
            self.ticked[deal][step] = "waived" if state == "waived" else "done"
        self.entries: dict[int, list[tuple[date, str, str]]] = defaultdict(list)
        for account, moment, kind, template in read["held"].iter_rows():
            self.entries[account].append((journeys_reads.day_of(moment), kind, template))
        self.steps: dict[int, list[tuple[date, str]]] = defaultdict(list)
        for account, step, moment in read["steps"].iter_rows():
            self.steps[account].append((journeys_reads.day_of(moment), step))

    def case(self, deal: Deal) -> Case:
        """What is known of one opportunity."""
        held = {word for on, *words in self.entries[deal.account] if on >= deal.since for word in words if word}
        done = {step for on, step in self.steps[deal.account] if on >= deal.since}
        return Case(
            deal.stage, deal.reached_on, self.plans.get(deal.account, ""), self._facts(deal), frozenset(self.fields[deal.account]),
            frozenset(held), self.ticked[deal.pk], _words(self.pack), frozenset(done),
        )  # fmt: skip

    def _facts(self, deal: Deal) -> dict[str, Any]:
        """The facts of ``rules.journey.FACTS``."""
        account, taken = deal.account, self.taken.get(deal.pk)
        business, technical = (self._percent(account, key) for key in PROFILES)
        after, differs = self.projects.get(account, (False, None))
        return {
            "record": True, "crm_fields": deal.complete, "won": deal.won, **{f"has_{role}": role in self.people[account] for role in ROLES},
            "project": differs is not None, "project_complies": differs == 0, "project_after_sale": bool(after),
            "project_decided": account in self.decided or differs is not None, "project_wanted": self.decided.get(account), "business_profile": business, "technical_profile": technical,
            "handed_over": taken is not None, "business_taken": "business_profile" in (taken or ()),
            "technical_taken": "technical_profile" in (taken or ()), "onboarding": account in self.onboardings,
            "success_plan": bool(self.onboardings.get(account)),
        }  # fmt: skip

    def _percent(self, account: int, profile: str) -> int:
        return profilesmeasures.percent_of(self.asked[profile], self.fields[account]) or 0


@lru_cache(maxsize=8)
def _words(pack: Pack) -> dict[str, str]:
    """What fields of the profiles, texts and kinds of entries, and steps of playbooks are called."""
    named: dict[str, Any] = {**pack.timeline.kinds, **pack.timeline.templates, **pack.profiles.fields}
    return {key: one.title for key, one in named.items()} | step_titles(pack)


@lru_cache(maxsize=8)
def step_titles(pack: Pack) -> dict[str, str]:
    """The titles of the steps of playbooks, by ``playbook.step``, as the last edition has them."""
    editions = [(key, edition) for key, playbook in pack.playbooks.items() for edition in playbook.editions]
    return {f"{key}.{step.key}": step.title for key, edition in editions for step in edition.steps}


def states(deal: Deal, case: Case, pack: Pack, day: date) -> list[StepState]:
    """Every step of the matrix of a day; none where the handbook of that day has no matrix."""
    matrix = pack.journey.matrix(day)
    return journey.states(matrix, case, day) if matrix else []


# --- one account


def phase(found: Iterable[Deal]) -> Literal["pre_sales", "post_sales"]:
    """Whether a customer has bought by the day of these deals."""
    return "post_sales" if any(deal.won for deal in found) else "pre_sales"


def account_of(opportunity_id: int) -> Account | None:
    """The account of an opportunity."""
    row = Opportunity.objects.select_related("account").filter(pk=opportunity_id, deleted_at=None).first()
    return row.account if row else None


def by_step(opportunity_id: int, day: date) -> Mapping[str, JourneyStep]:
    """What people ticked by a day, by step."""
    rows = JourneyStep.objects.filter(opportunity=opportunity_id, on__lte=day).select_related("author")
    return {row.step: row for row in rows}
