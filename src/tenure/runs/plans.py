"""A Plan: what the handbook asks to be changed on a day, block by block of accounts, as typed changes."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, ClassVar

import polars as pl
from django.db.models import Min, Q

from tenure.models import CallToAction, Decision, Override
from tenure.queries import (
    changes,
    columns,
    decisions,
    details,
    facts_base,
    handovers_due,
    leavers,
    onboardings_due,
    onboardings_follow,
    waiting,
    work,
    work_ahead,
)
from tenure.queries.changes import Changes
from tenure.queries.columns import Scope
from tenure.queries.work import Work
from tenure.rules import outlook
from tenure.rules.packs import Pack
from tenure.runs import plans_handovers, plans_onboardings, plans_work
from tenure.runs.plans_handovers import HandOverWanted
from tenure.runs.plans_onboardings import OnboardingChange, OnboardingChanged, OnboardingWanted
from tenure.runs.plans_work import CtaChanged, CtaSettled, CtaWakes, CtaWanted, WorkChange, WorkHandedOver


@dataclass(frozen=True)
class DecisionChanged:
    """A rule decides otherwise than what is stored. ``before`` None = nothing stored, "" = undecided; ``after`` None = the rule ended."""

    kind: ClassVar[str] = "decision_changed"
    account_id: int
    account: str
    rule: str
    before: str | None
    after: str | None
    edition: date | None
    missing: tuple[str, ...]
    reason: str
    key: str


@dataclass(frozen=True)
class AssignmentWanted:
    """An account that the handbook gives a TAM and that has none; ``told`` are the ids of the people who are told."""

    kind: ClassVar[str] = "assignment_wanted"
    account_id: int
    account: str
    role: str
    told: tuple[int, ...]
    reason: str
    key: str


@dataclass(frozen=True)
class AssignmentEnds:
    """A previous owner whose time on the team is over."""

    kind: ClassVar[str] = "assignment_ends"
    account_id: int
    account: str
    assignment_id: int
    reason: str
    key: str


@dataclass(frozen=True)
class OverrideExpires:
    """A person's outcome whose time is over; the author is told."""

    kind: ClassVar[str] = "override_expires"
    account_id: int
    account: str
    override_id: int
    rule: str
    reason: str
    key: str


AHEAD, ONBOARDING_AHEAD = "cta_ahead", "onboarding_ahead"  # how a summary counts what comes after the day
Change = DecisionChanged | AssignmentWanted | AssignmentEnds | OverrideExpires | HandOverWanted | OnboardingChange | WorkChange


@dataclass(frozen=True)
class Block:
    """The changes of some accounts, as frames; ``typed`` gives them one by one."""

    decided: Changes
    wanted: list[int]
    leaving: pl.DataFrame  # assignment, account
    work: Work
    handing: list[handovers_due.Wanted] = field(default_factory=list)
    begins: list[onboardings_due.Wanted] = field(default_factory=list)
    moves: pl.DataFrame = field(default_factory=pl.DataFrame)  # of open onboardings


@dataclass(frozen=True)
class Plan:
    """What is to be changed on ``as_of`` by ``pack``, for all accounts or some: against what is stored now; for a day before ``today``
    against what held on that day.

    A plan is a question and not a photograph: blocks are worked out when they are read, so that applying one never writes what is
    no longer true.
    """

    as_of: date
    pack: Pack
    account_ids: tuple[int, ...] | None = None
    today: date | None = None  # from which a later ``as_of`` looks ahead, and an earlier one back
    until: date | None = None  # up to which the work of the days after ``as_of`` is shown; never applied

    @property
    def is_past(self) -> bool:
        """Whether it looks back."""
        return self.today is not None and self.as_of < self.today

    @cached_property
    def stored_since(self) -> date | None:
        """The first day for which a decision is stored."""
        first: date | None = Decision.objects.aggregate(first=Min("from_date"))["first"]
        return first

    @cached_property
    def scopes(self) -> list[Scope]:
        """The blocks of accounts, by id."""
        return list(columns.blocks(self.account_ids))

    @cached_property
    def families(self) -> pl.DataFrame:
        """Read once for all blocks."""
        return facts_base.families(self.as_of, None, pack=self.pack)

    @cached_property
    def managers(self) -> waiting.Managers:
        """Who is told of accounts that need a TAM."""
        return waiting.managers()

    @cached_property
    def handing(self) -> handovers_due.Due:
        """The hand-overs to begin: asked once for all blocks; of a past day none."""
        return handovers_due.Due() if self.is_past else handovers_due.of(self.as_of, self.pack, self.account_ids)

    @cached_property
    def later(self) -> dict[date, pl.DataFrame]:
        """``families`` of the days on which the look ahead asks again."""
        days = [day for day, _ in outlook.looks(self.as_of, self.until or self.as_of)]
        return {day: self.families if day == self.as_of else facts_base.families(day, None, pack=self.pack) for day in days}

    def ahead(self, scope: Scope, block: Block) -> pl.DataFrame:
        """The work of the days after ``as_of``: see ``queries.work_ahead``; nothing without ``until``."""
        if self.until is None or self.until <= self.as_of:
            return block.work.wanted.clear()
        return work_ahead.of(
            scope, block.decided.facts, block.work, self.as_of, self.until, self.pack, today=self.today or self.as_of,
            families=self.later, managers=self.managers,
        )  # fmt: skip

    def block(self, scope: Scope) -> Block:
        """The changes of one block, as of now."""
        then = self.is_past
        found = changes.of(scope, self.as_of, self.pack, self.families, today=self.today, then=then)
        newly = waiting.newly(scope, found.decisions, self.as_of, then=then)["account"].to_list()
        begins = [] if then else onboardings_due.of(scope, found, self.as_of, self.pack)
        known = replace(found.facts, frame=onboardings_due.begun(found.facts.frame, begins, self.pack, self.as_of))
        due = work.of(scope, known, self.as_of, self.pack, self.managers)
        leaving = leavers.due(scope, found, self.pack, then=then)
        if then:
            return Block(found, newly, leaving, due.nothing())  # what work lay open on a past day is not compared
        handing = self.handing.of(scope, found.facts.frame, found.decisions)
        return Block(found, newly, leaving, due, handing, begins, self.moves(scope, found.facts.frame))

    def moves(self, scope: Scope, frame: pl.DataFrame) -> pl.DataFrame:
        """What the open onboardings of a block say otherwise than what has happened."""
        return onboardings_follow.of(scope, self.as_of, self.pack, frame.select("account", "licence_use"))

    def late(self, scope: Scope) -> pl.DataFrame:
        """The onboardings that will stand otherwise by ``until``, if nothing happens."""
        if self.until is None or self.until <= self.as_of:
            return pl.DataFrame()
        return onboardings_follow.ahead(scope, self.as_of, self.until, self.pack)

    def expiring(self) -> list[Override]:
        """The overrides whose time is over."""
        held = Q(ended_on=None) | Q(ended_on__gt=self.as_of) if self.is_past else Q(ended_on=None)
        rows = Override.objects.filter(held, expires_on__lte=self.as_of).select_related("account").order_by("pk")
        return list(rows if self.account_ids is None else rows.filter(account__in=self.account_ids))

    def waking(self) -> list[CallToAction]:
        """The CTAs whose snooze is over."""
        return plans_work.waking(self.as_of, self.account_ids)

    def changes(self) -> Iterator[Change]:
        """Every change, in the order in which ``apply`` makes them."""
        for row in self.expiring():
            reason = f"{row.outcome} was set until {row.expires_on}"
            yield OverrideExpires(row.account_id, row.account.name, row.pk, row.rule, reason, f"override:{row.pk}:expires")
        yield from map(plans_work.wakes, self.waking())
        for scope in self.scopes:
            block = self.block(scope)
            yield from typed(self, block)
            yield from plans_work.coming(self.ahead(scope, block), self.pack)
            if self.until and (late := self.late(scope)).height:
                yield from plans_onboardings.coming(late, self.until)


def typed(plan: Plan, block: Block) -> Iterator[Change]:
    """The changes of a block one by one, each with its natural key and its reason."""
    found = block.decided
    ids = {
        *found.decided["account"].to_list(),
        *block.wanted,
        *block.leaving["account"].to_list(),
        *plans_work.accounts(block.work),
        *plans_handovers.accounts(block.handing),
        *plans_onboardings.accounts(block.begins, block.moves),
    }
    names, same = waiting.names(ids), details.of(found.decided, plan.pack)
    for row in found.decided.iter_rows(named=True):
        account = row["account"]
        missing = tuple(json.loads(row["missing"] or "[]"))
        reason = _reason(row, missing, plan.pack)
        if row["open_id"] in same:
            reason = "As before but for: {} -> {}. {}".format(*same[row["open_id"]], reason)
        key = f"decision:{account}:{row['rule']}:{plan.as_of}"
        yield DecisionChanged(
            account, names[account], row["rule"], row["before"], row["outcome"], row["edition"], missing, reason, key
        )
    facts = found.facts
    regions = dict(zip(facts.frame["account"], facts.frame["region"].cast(pl.String), strict=True))
    territories = dict(facts.more.select("account", "territory_id").iter_rows())
    for account in block.wanted:
        told = tuple(plan.managers.of(territories[account], regions[account]))
        reason = "Entitled by the handbook, and has no TAM"
        yield AssignmentWanted(account, names[account], "tam", told, reason, f"needs_tam:{account}:{plan.as_of}")
    for assignment, account in block.leaving.iter_rows():
        yield AssignmentEnds(account, names[account], assignment, leavers.REASON, f"assignment:{assignment}:ends")
    yield from plans_work.typed(block.work, names, plans_work.people(block.work.wanted), plan.pack, plan.as_of)
    yield from plans_handovers.typed(block.handing, names, plan.pack, plan.as_of)
    yield from plans_onboardings.typed(block.begins, block.moves, names, plan.pack, plan.as_of)


def _reason(row: dict[str, Any], missing: tuple[str, ...], pack: Pack) -> str:
    if row["outcome"] is None:
        return "The rule is no longer in force"
    if row["overridden"]:
        return "Set by hand"
    if missing:
        return "Missing: " + ", ".join(decisions.label(name, pack) for name in missing)
    return decisions.basis(json.loads(row["inputs"] or "{}"), pack)


def as_dict(change: Change) -> dict[str, Any]:
    """A change as JSON values."""
    return {
        "kind": change.kind,
        **{name: _plain(value) for name, value in asdict(change).items()},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return str(value) if isinstance(value, date) else value


def _word(outcome: str | None, nothing: str) -> str:
    return nothing if outcome is None else outcome or "undecided"


def summary(plan: Plan) -> Counter[tuple[str, str, str, str]]:
    """How many changes of each sort: (kind, rule, before, after), outcomes in words: "–" nothing stored, "undecided", "ended"; with what
    else differs where the outcome stays."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    counts[OverrideExpires.kind, "", "", ""] += len(plan.expiring())
    counts[CtaWakes.kind, "", "", ""] += len(plan.waking())
    for scope in plan.scopes:
        block = plan.block(scope)
        rows = block.decided.decided
        same = details.of(rows, plan.pack)
        for rule, before, after, open_id in rows.select("rule", "before", "outcome", "open_id").iter_rows():
            was, now = (f": {words}" if words else "" for words in same.get(open_id, ("", "")))
            counts[DecisionChanged.kind, rule, _word(before, "–") + was, _word(after, "ended") + now] += 1
        counts[AssignmentWanted.kind, "", "", ""] += len(block.wanted)
        counts[AssignmentEnds.kind, "", "", ""] += block.leaving.height
        for kind, rows in ((CtaWanted.kind, block.work.wanted), (CtaChanged.kind, block.work.changed)):
            for rule, number in rows.group_by("schedule").len().iter_rows():
                counts[kind, rule, "", ""] += number
        for rule, status, number in block.work.settled.group_by("schedule", "status").len().iter_rows():
            counts[CtaSettled.kind, rule, "", status] += number
        counts[WorkHandedOver.kind, "", "", ""] += block.work.tasks.height
        _begun(block, counts)
        for rule, number in plan.ahead(scope, block).group_by("schedule").len().iter_rows():
            counts[AHEAD, rule, "", ""] += number
        if (late := plan.late(scope)).height:
            for before, after in late.select("track:was", "track").iter_rows():
                counts[ONBOARDING_AHEAD, "", before, after] += 1
    return +counts


def _begun(block: Block, counts: Counter[tuple[str, str, str, str]]) -> None:
    """What begins and moves on the way from the sale to value."""
    for handing in block.handing:
        counts[HandOverWanted.kind, handing.first.kind, "", ""] += 1
    for onboarding in block.begins:
        counts[OnboardingWanted.kind, onboarding.first.cause, "", ""] += 1
    counts[OnboardingChanged.kind, "", "", ""] += block.moves.height
