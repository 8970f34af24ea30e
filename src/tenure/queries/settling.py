"""What one thing that a person did settles at once: the account's open work whose schedules read a fact that has just changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import polars as pl
from django.db.models import Q

from tenure.models import CallToAction
from tenure.queries import facts, handbook, work, work_rows
from tenure.queries.columns import Scope, of_ids
from tenure.queries.facts_work import INTRODUCTION, REVIEWS, RISK_UPDATE
from tenure.queries.journeys import ROLES
from tenure.queries.onboardings_follow import PLANNED
from tenure.queries.work_rows import SCHEDULE
from tenure.rules import schedules
from tenure.rules.packs import Pack
from tenure.rules.schedules import Running

# The facts of the catalogue that a change of a role's holder moves.
STEPS = frozenset({"journey_missing", *(f"journey_asks_{role}" for role in ROLES)})  # the steps of the responsibility matrix
BY_ROLE = {
    "tam": frozenset({"has_tam", "tam_assigned_on", "managed", "waited_for_tam"}) | STEPS,
    "account_manager": frozenset({"has_account_manager", "am_assigned_on", "coverage"}),
    "account_executive": STEPS,
    "solutions_architect": STEPS,
    "professional_services": STEPS,
}
FELT = frozenset({"sentiment", "sentiment_on", "at_risk", "at_risk_since"})


@dataclass(frozen=True)
class Settling:
    """``over``: (id, outcome, why) of open CTAs; ``back``: ids of CTAs that Tenure closed as done and that were not done after all."""

    over: list[tuple[int, str, str]]
    back: list[int]


NOTHING = Settling([], [])


def of_entry(kind: str, sentiment: str = "", template: str = "", pack: Pack | None = None) -> frozenset[str]:
    """The facts that an entry of the timeline moves, once it is held."""
    book = (pack or handbook.pack()).timeline
    found = FELT if sentiment else frozenset()
    if kind in book.engaging:
        found |= {"last_engaged"}
    if kind in book.contacting:
        found |= {"last_contact", "introduced_on"}
    if kind in REVIEWS:
        found |= {"last_review"}
    if kind == RISK_UPDATE:
        found |= {"last_risk_update"}
    if {kind, template} & steps_by(pack or handbook.pack()):
        found |= STEPS
    return found | {"introduced_on"} if template == INTRODUCTION else found


@lru_cache(maxsize=8)
def steps_by(pack: Pack) -> frozenset[str]:
    """The texts and kinds of entries that complete a step of the matrix."""
    steps = (step for matrix in pack.journey.matrices for step in matrix.steps if step.done_when)
    return frozenset(name for step in steps if step.done_when for name in step.done_when.entries)


def of_plan(kind: str, sentiment: str = "", template: str = "") -> frozenset[str]:
    """The same of one that is planned: no fact of the catalogue."""
    return frozenset({PLANNED}) if kind in handbook.pack().timeline.engaging else frozenset()


def reading(item: Running) -> frozenset[str]:
    """The facts by which work of a schedule is settled: what its closers ask, what its `every` rows count from, and, where it stops
    with its conditions, what those ask."""
    moved = {row.timing.anchors[0] for row in item.edition.rows if row.timing and row.timing.kind == "every"}
    closers = {closer.after for closer in item.edition.closers if closer.after} | set(item.closing.facts)
    return frozenset(moved | closers | (set(item.rows.facts) if item.edition.stops_as else set()))


def closes_by(row: CallToAction | None, as_of: date, kind: str) -> bool:
    """Whether a CTA closes when an entry of this kind is logged; not so one that rests."""
    if row is None or not row.is_open or row.is_snoozed(as_of) or row.origin != SCHEDULE:
        return False
    return done_by(row.rule, as_of, kind)


def done_by(rule: str, as_of: date, kind: str) -> bool:
    """Whether logging an entry of this kind is what a schedule's work asks for, so that it closes with it."""
    pack = handbook.pack()
    item = pack.running(as_of).get(rule)
    if item is None:
        return False
    asked = {row.timing.anchors[0] for row in item.edition.rows if row.timing and row.timing.kind == "every"}
    asked |= {closer.after for closer in item.edition.closers if closer.after}
    return bool(asked & of_entry(kind, pack=pack))


def concerned(account_ids: Iterable[int], changed: frozenset[str], as_of: date, closed: bool = False) -> list[str]:
    """The schedules that read one of these facts and of which these accounts have open work (``closed``: or had some that Tenure
    closed). Cheap: no facts are built."""
    names = [key for key, item in handbook.pack().running(as_of).items() if changed & reading(item)]
    rows = CallToAction.objects.filter(account__in=list(account_ids), origin=SCHEDULE, rule__in=names)
    rows = rows.filter(Q(is_open=True) | Q(closed_by=None)) if closed else rows.filter(is_open=True)
    there = set(rows.order_by().values_list("rule", flat=True).distinct()) if names else set()
    return [name for name in names if name in there]


def of(account_ids: Iterable[int], changed: frozenset[str], as_of: date, since: datetime | None) -> Settling:
    """What is over on these accounts now that the facts ``changed`` have moved; with ``since`` also what Tenure closed from that moment
    on and what is wanted again. Facts are built for these accounts only, and only where such work is there."""
    pack, scope = handbook.pack(), of_ids(account_ids)
    asked = concerned(scope.ids or (), changed, as_of, since is not None)
    if not asked:
        return NOTHING
    found = facts.build(scope, as_of, pack)
    ready = schedules.prepare(found.frame, pack, as_of, asked)
    held = work_rows.open_work(scope, as_of)
    free = held.filter(~pl.col("rests") & pl.col("schedule").is_in(asked))
    over = schedules.settled_of(ready, free.select("natural_key", *work_rows.PAIR, "anchor_day", "raise_on"))
    ended = work.closable(over, held, pack).select("id", "status", "because")
    return Settling(list(ended.iter_rows()), _back(ready, held, scope, asked, since) if since is not None else [])


def _back(ready: schedules.Ready, held: pl.DataFrame, scope: Scope, names: list[str], since: datetime) -> list[int]:
    """What Tenure closed as done since then, and whose very occasion the handbook wants on the day all the same; not where another
    of its schedule is open and there is to be one at a time."""
    closed = CallToAction.objects.filter(
        account__in=scope.ids or (), origin=SCHEDULE, rule__in=names, is_open=False, closed_by=None, closed_at__gte=since,
        status=schedules.DONE,
    )  # fmt: skip
    keys = dict(closed.order_by("pk").values_list("natural_key", "pk"))
    if not keys:
        return []
    due = schedules.due_of(ready, project=False).filter(pl.col("natural_key").is_in(list(keys)))
    single = due.filter("one_open").join(held.select(work_rows.PAIR), on=work_rows.PAIR, how="anti")
    single = single.unique(work_rows.PAIR, keep="first", maintain_order=True)
    return [keys[key] for part in (due.filter(~pl.col("one_open")), single) for key in part["natural_key"].to_list()]
