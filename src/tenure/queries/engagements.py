"""The journey of one account as a page shows it: plan, phase and owner, the stage of the customer's life, and the responsibility matrix."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from tenure.models import Account, Decision, Engagement, Event, JourneyStep
from tenure.queries import clock, journeys, opportunities, roles, upgrades
from tenure.queries.account import Member
from tenure.queries.journeys import Deal
from tenure.rules.journey import TEAM, LifecycleShape, MatrixShape, StepState, missing
from tenure.rules.journeyasked import asked
from tenure.rules.packs import Pack

PHASES = {"pre_sales": "Before the sale", "post_sales": "After the sale"}
WORDS = {"done": "Done", "waived": "Not needed", "due": "Due", "missing": "Missing", "ahead": "Later"}
DATES = ("stage_since", "wants_project_on")
RULES = ("engagement_plan", *upgrades.READS)
REQUIRED = "required"


@dataclass(frozen=True)
class Who:
    """A role and who has it on the account; ``names`` is empty where nobody does."""

    role: str
    title: str
    names: Sequence[str]


@dataclass(frozen=True)
class Line:
    """A step of the matrix for one opportunity; ``tick`` is what a person said of it, ``stage`` the stage that the page prints;
    ``engages`` the role in which the step names somebody, where nobody has it yet."""

    found: StepState
    who: Sequence[Who]
    stage: str
    tick: JourneyStep | None
    engages: str = ""

    @property
    def word(self) -> str:
        """The state in words."""
        return WORDS[self.found.state]

    @property
    def verb(self) -> str:
        """What the button says: facts that complete it leave nothing to tick, but a note can be added."""
        return "Change" if self.tick else "Add note" if self.found.state == "done" else "Tick"


@dataclass(frozen=True)
class Group:
    """The steps of one stage of the opportunity; ``reached``: before | now | later."""

    title: str
    reached: str
    lines: Sequence[Line]

    @property
    def numbered(self) -> Sequence[Line]:
        """The steps of the page."""
        return [line for line in self.lines if line.found.step.number is not None]

    @property
    def done(self) -> int:
        """How many of them need nothing any more."""
        return sum(line.found.state in ("done", "waived") for line in self.numbered)


@dataclass(frozen=True)
class Board:
    """What the section Journey shows. ``deals`` are the opportunities to choose from, ``deal`` the chosen one; ``matrix`` None: the handbook of
    the day has none."""

    deals: Sequence[Deal]
    deal: Deal | None
    matrix: MatrixShape | None
    groups: Sequence[Group]
    phase: str
    plan: str
    owner: Who | None
    helper: Who | None
    welcome: Who | None
    project: str
    project_by: Who | None
    stage_title: str
    engagement: Engagement | None
    lifecycle: Mapping[str, LifecycleShape]
    upgrade: str

    @property
    def decidable(self) -> bool:
        """Whether somebody may say that a project is wanted or not: not where the handbook requires one, unless somebody has said so already."""
        return self.project != REQUIRED or (self.engagement is not None and self.engagement.wants_project is not None)

    @property
    def counts(self) -> dict[str, int]:
        """How many steps of the page, those with a number, there are in each state."""
        states: list[str] = [line.found.state for group in self.groups for line in group.numbered]
        return {key: states.count(key) for key in WORDS}

    @property
    def steps(self) -> int:
        """How many steps the page has."""
        return sum(len(group.numbered) for group in self.groups)

    @property
    def apart(self) -> Sequence[Line]:
        """What another page asks for between two of them: not counted among them."""
        return [line for group in self.groups for line in group.lines if line.found.step.number is None]

    @property
    def missing(self) -> Sequence[Line]:
        """The steps that should have been done at an earlier stage."""
        return [line for group in self.groups for line in group.lines if line.found.state == "missing"]

    @property
    def stage(self) -> LifecycleShape | None:
        """The stage of the customer's life, as somebody said."""
        return self.lifecycle.get(self.engagement.stage) if self.engagement else None


def board(account: Account, members: Sequence[Member], day: date, pack: Pack, chosen: int | None = None) -> Board:
    """The journey of an account on a day, for one of its opportunities (None: the one that it is about). A fixed number of queries."""
    found = journeys.deals([account.pk], day)
    deal = next((one for one in found if one.pk == chosen), None) or journeys.current(found, pack, day).get(account.pk)
    case = journeys.cases([deal], day, pack)[deal.pk] if deal else None
    states = journeys.states(deal, case, pack, day) if deal and case else []
    ticks = journeys.by_step(deal.pk, day) if deal else {}
    decided = outputs(account.pk, day)
    plan, reads = decided.get("engagement_plan", {}), [str(decided.get(rule, {}).get(rule) or "") for rule in upgrades.READS]
    phase = journeys.phase(found)
    by = {key: _who(str(plan.get(key) or ""), members, pack) for key in ("presales_owner", "project_owner_after_sale", "presales_helper", "welcome_call_by", "project_decided_by")}  # fmt: skip
    matrix, before = pack.journey.matrix(day), phase == "pre_sales"
    return Board(
        list(reversed(found)), deal, matrix, _groups(matrix, deal, states, ticks, members, pack, day), PHASES[phase],
        str(plan.get("engagement_plan") or ""), by["presales_owner" if before else "project_owner_after_sale"],
        by["presales_helper"] if before else None, by["welcome_call_by"], str(plan.get("project") or ""), by["project_decided_by"],
        opportunities.title_of(deal.stage, pack, day) if deal else "", said(account.pk, day),
        pack.journey.lifecycle(day), upgrades.project(*reads, pack, day),
    )  # fmt: skip


def said(account_id: int, day: date) -> Engagement | None:
    """What people had said of an account by the end of a day: its row, with what was changed since taken back by the log. One query, and one
    more where it was."""
    row = Engagement.objects.filter(account=account_id).select_related("wants_project_by").first()
    until = clock.end_of(day)
    if row is not None and row.updated_at >= until:
        for event in Event.objects.filter(account_id=account_id, noun="engagement", at__gte=until).order_by("-id"):
            for name, value in json.loads(event.body).get("undo", {}).get("before", {}).items():
                setattr(row, name, typed(name, value))
    return row


def typed(name: str, value: Any) -> Any:
    """A value of the row as the log keeps it, by column, as the row has it."""
    return date.fromisoformat(value) if value and name in DATES else value


def outputs(account_id: int, day: date) -> dict[str, dict[str, Any]]:
    """What the rules of the engagement give an account on a day, by rule. One query."""
    rows = Decision.objects.filter(account=account_id, rule__in=RULES, from_date__lte=day)
    rows = rows.filter(Q(until_date=None) | Q(until_date__gt=day)).order_by("from_date", "pk")
    return {row.rule: {row.rule: row.outcome, **(row.outputs or {})} for row in rows}


def gaps(account_id: int, role: str, day: date, pack: Pack) -> tuple[str, list[tuple[str, str]]]:
    """The deal whose missing steps the handbook asks for, as the fact ``journey_missing`` counts them, by its name; and those that are asked of a
    role: what, and whose it is. Blank and empty where no deal is under way. A fixed number of queries."""
    matrix = pack.journey.matrix(day)
    there = [deal for deal in journeys.deals([account_id], day) if matrix and journeys.under_way(deal, day, matrix)]
    cases = journeys.cases(there, day, pack)
    lacking = {deal.pk: missing(journeys.states(deal, cases[deal.pk], pack, day)) for deal in there}
    chosen = journeys.worst((deal, len(lacking[deal.pk]), cases[deal.pk]) for deal in there).get(account_id)
    if chosen is None or matrix is None:
        return "", []
    deal, _, case = chosen
    steps = [step for step in lacking[deal.pk] if role in asked(matrix, step, case)]
    names = {role: "everybody" if role == TEAM else roles.title(role, pack) for step in steps for role in step.by}
    return deal.name, [(step.title, ", ".join(names[role] for role in step.by)) for step in steps]


def _groups(
    matrix: MatrixShape | None, deal: Deal | None, states: Sequence[StepState], ticks: Mapping[str, JourneyStep], members: Sequence[Member],
    pack: Pack, day: date,
) -> list[Group]:  # fmt: skip
    """The steps by the stage at which they are due, in the order of the stages."""
    if matrix is None or deal is None:
        return []
    now, groups, held = matrix.rank(deal.stage), [], {one.row.role for one in members}
    for rank, stage in enumerate(matrix.stages):
        lines = [
            Line(one, [_who(role, members, pack) for role in one.step.by], opportunities.title_of(one.step.stage, pack, day), ticks.get(one.step.key),
                 "" if one.state in ("done", "waived") or one.step.engages in held else one.step.engages or "")
            for one in states
            if one.step.due_at == stage
        ]  # fmt: skip
        if lines:
            reached = "before" if rank < now else "now" if rank == now else "later"
            groups.append(Group(opportunities.title_of(stage, pack, day), reached, lines))
    return groups


def _who(role: str, members: Sequence[Member], pack: Pack) -> Who:
    if role == TEAM:
        return Who(role, "Everybody on the account", [])
    names = [one.row.user.name for one in members if one.row.role == role]
    return Who(role, roles.title(role, pack) if role else "", names)
