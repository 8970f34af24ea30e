"""The work of days to come as minutes per person and week: what is open already and what the schedules will raise. Only for run processes, and
for one account."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from tenure.models import User
from tenure.queries import columns, facts, facts_base, facts_work, owners
from tenure.queries.columns import Columns, Scope
from tenure.rules import efforts, outlook
from tenure.rules.engine import ACCOUNT
from tenure.rules.packs import Pack

_CTA: Columns = {
    "cta": ("c.id", "int"), "account": ("c.account_id", "int"), "schedule": ("c.rule", "text"), "title": ("c.title", "text"),
    "type": ("c.type", "text"), "reason": ("c.reason", "text"), "owner": ("c.owner_id", "int"), "due": ("c.due_date", "date"),
    "snoozed": ("c.snoozed_until", "date"), "begins": ("date(c.created_at)", "date"),
}  # fmt: skip
_TASK: Columns = {
    "cta": ("t.cta_id", "int"), "task": ("t.id", "int"), "position": ("t.position", "int"), "step": ("t.title", "text"),
    "user": ("t.owner_id", "int"), "step_due": ("t.due_date", "date"), "status": ("t.status", "text"),
}  # fmt: skip
_THERE: Columns = {
    "natural_key": ("natural_key", "text"),
    "account": ("account_id", "int"),
    "schedule": ("rule", "text"),
    "open": ("is_open", "bool"),
}
TAM = "tam"
NEW = -1  # the id of a TAM who is only thought of
Frames = Mapping[date, pl.DataFrame]


@dataclass(frozen=True)
class Window:
    """The weeks that are planned: ``count`` of them from the Monday ``first`` on, looked at on ``as_of``."""

    as_of: date
    first: date
    count: int

    @property
    def last(self) -> date:
        """Its last day."""
        return self.first + timedelta(days=7 * self.count - 1)

    @property
    def days(self) -> list[date]:
        """The days whose facts are asked for."""
        return [day for day, _ in outlook.looks(self.as_of, self.last)]


def families(window: Window) -> dict[date, pl.DataFrame]:
    """Read once for all blocks of accounts."""
    return {day: facts_base.families(day, None) for day in window.days}


def lines(scope: Scope, window: Window, pack: Pack, families: Frames | None = None) -> pl.DataFrame:
    """The minutes of some accounts' work in a window: columns ``efforts.LINES``."""
    frames = {day: _facts(scope, day, window.as_of, pack, families) for day in window.days}
    work = pl.concat([_open(scope), _planned(scope, frames, window, pack)])
    return _lines(_manned(work), scope, window, pack)


def _lines(work: pl.DataFrame, scope: Scope, window: Window, pack: Pack) -> pl.DataFrame:
    segments = columns.read({"account": ("account_id", "int"), "segment": ("segment", "text")}, _summaries(scope))
    work = work.drop("segment").join(segments, on=ACCOUNT, how="inner", maintain_order="left").select(list(efforts.WORK))
    return efforts.lines(work, pack, window.as_of, window.first, window.count)


def _facts(scope: Scope, day: date, today: date, pack: Pack, families: Frames | None) -> pl.DataFrame:
    return facts.build(scope, day, pack, families=families[day] if families else None, today=today).frame


def _summaries(scope: Scope) -> str:
    return f"tenure_accountsummary where not deleted and {scope.where('account_id')}"


# --- what is there


def _open(scope: Scope) -> pl.DataFrame:
    """Open CTAs, cut into their tasks: the open ones count, the others are done."""
    where = f"c.is_open and {scope.where('c.account_id')}"
    ctas = columns.read(_CTA, f"tenure_calltoaction c where {where} order by c.id")
    tasks = columns.read(
        _TASK, f"tenure_task t join tenure_calltoaction c on c.id = t.cta_id where {where} order by t.cta_id, t.position, t.id"
    )
    number = pl.int_range(1, pl.len() + 1).over("cta")
    tasks = tasks.with_columns(part=number, parts=pl.len().over("cta").cast(pl.Int64))
    found = ctas.join(tasks.drop("task", "position"), on="cta", how="left", maintain_order="left")
    found = found.filter(pl.col("status").is_null() | (pl.col("status") == "open"))
    due = pl.max_horizontal("due", "snoozed")
    user = pl.when(pl.col("status").is_null()).then("owner").otherwise("user")
    return found.with_columns(
        pl.format("cta:{}", "cta").alias("key"), pl.lit("").alias("segment"), user.alias("user"), due.alias("due"), pl.coalesce("step", "title").alias("step"),
        pl.max_horizontal(pl.coalesce("step_due", "due"), "snoozed").alias("step_due"), pl.col("part").fill_null(1), pl.col("parts").fill_null(1),
    ).select(pl.col(name).cast(dtype) for name, dtype in efforts.WORK.items())  # fmt: skip


def _manned(work: pl.DataFrame) -> pl.DataFrame:
    """What belongs to people who have left belongs to nobody."""
    here = list(User.objects.filter(is_active=True).values_list("pk", flat=True))
    return work.with_columns(pl.when(pl.col(name).is_in(here)).then(pl.col(name)).alias(name) for name in ("owner", "user"))


# --- what will be raised


def _planned(scope: Scope, frames: Frames, window: Window, pack: Pack, new: int | None = None) -> pl.DataFrame:
    """What the schedules raise, step by step. ``new``: the id of a TAM who doesn't have the accounts yet."""
    known = columns.read(_THERE, f"tenure_calltoaction where natural_key is not null and {scope.where('account_id')}")
    found = outlook.planned(frames.__getitem__, pack, window.as_of, window.last, known)
    steps = outlook.with_steps(found, frames[window.as_of], pack, window.as_of)
    people = _people(steps, window.as_of, new)
    for name, role in (("owner", "owner_role"), ("user", "step_role")):
        told = people.rename({"role": role, "person": name})
        steps = steps.join(told, on=[ACCOUNT, role], how="left", maintain_order="left")
    return steps.with_columns(
        pl.col("natural_key").alias("key"), pl.lit(None, pl.Int64).alias("cta"), pl.lit("").alias("segment"), pl.coalesce("user", "owner").alias("user"),
        pl.col("raise_on").alias("begins"), pl.col("due_date").alias("due"),
    ).select(pl.col(name).cast(dtype) for name, dtype in efforts.WORK.items())  # fmt: skip


def _people(steps: pl.DataFrame, on: date, new: int | None) -> pl.DataFrame:
    """``account``, ``role``, ``person`` for every role that is asked for."""
    asked = pl.concat([steps.select(ACCOUNT, role=pl.col(name)) for name in ("owner_role", "step_role")]).unique(
        maintain_order=True
    )
    held = owners.of(asked[ACCOUNT].unique().to_list(), on) if asked.height else owners.Owners({}, {})
    rows = [(account, role, new if new and role == TAM else held.get(account, role)) for account, role in asked.iter_rows()]
    return pl.DataFrame(rows, {ACCOUNT: pl.Int64, "role": pl.String, "person": pl.Int64}, orient="row")


# --- work that hangs on no account


def fixed(window: Window, pack: Pack) -> pl.DataFrame:
    """Webinars and workshops of the TAMs, by the segments of their accounts: columns ``efforts.LINES``."""
    read: Columns = {"tam": ("s.tam_id", "int"), "segment": ("s.segment", "text")}
    rows = columns.read(
        read,
        "tenure_accountsummary s join tenure_user u on u.id = s.tam_id where not s.deleted and u.is_active group by s.tam_id, s.segment",
    )
    books: dict[int, set[str]] = {}
    for tam, segment in rows.iter_rows():
        books.setdefault(tam, set()).add(segment)
    return efforts.fixed(books, pack, window.first, window.count)


# --- one account, were it given a TAM


def with_tam(account_id: int, window: Window, pack: Pack) -> dict[date, int]:
    """The minutes per week that an account asks of a TAM who gets it on the first day. A fixed number of queries."""
    scope = columns.of_ids([account_id])
    waits = facts_work.waits_for_tam(account_id)
    frames = {day: _given(_facts(scope, day, window.as_of, pack, None), window.as_of, waits, pack) for day in window.days}
    now = owners.of([account_id], window.as_of).get(account_id, TAM)
    new = pl.lit(NEW, pl.Int64)
    handed = _open(scope).filter(pl.col("user") == pl.lit(now, pl.Int64)).with_columns(owner=new, user=new)
    found = _lines(pl.concat([handed, _planned(scope, frames, window, pack, NEW)]), scope, window, pack)
    return dict(found.filter(pl.col("user") == NEW).group_by("week").agg(pl.col("minutes").sum()).sort("week").iter_rows())


def _given(frame: pl.DataFrame, day: date, waits: bool, pack: Pack) -> pl.DataFrame:
    """The facts of accounts that get a TAM on a day, for whom they have waited or not; those that have one keep theirs."""
    has = pl.col("has_tam").fill_null(False)
    edition = pack.onboarding.edition(day)
    cause = edition.causes().get("tam_filled") if edition else None
    new = pl.lit(waits) | (pl.col("days_since_purchase") <= (cause.new_within or 0 if cause else 0)).fill_null(False)
    begins = (
        pl.lit(cause is not None) & ~has & new & pl.col("onboarding").is_null()
    )  # with its first TAM a customer's onboarding begins
    begun = pl.lit("Not started").cast(frame.schema["onboarding"])
    return frame.with_columns(
        has_tam=pl.lit(True),
        tam_assigned_on=pl.when(has).then("tam_assigned_on").otherwise(day),
        waited_for_tam=pl.when(has).then("waited_for_tam").otherwise(waits),
        onboarding=pl.when(begins).then(begun).otherwise("onboarding"),
        onboarding_since=pl.when(begins).then(day).otherwise("onboarding_since"),
    )
