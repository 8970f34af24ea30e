"""The work that the handbook wants on a day against the work that is there: what is to be raised, changed, settled and handed over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from tenure.queries import columns, cta_types, waiting, work_rows
from tenure.queries.columns import Columns, Scope
from tenure.queries.facts import Facts
from tenure.queries.work_rows import PAIR, Holders
from tenure.rules import schedules
from tenure.rules.packs import Pack
from tenure.rules.schedules import Ready

# Fields of a CTA that follow its schedule, unless a person has set them: column -> what the schedule says.
FOLLOWED = {
    "title": "title", "reason": "reason", "note": "note", "priority": "priority", "due_date": "due_date", "owner_id": "wanted_owner",
    "edition": "edition", "anchor_day": "anchor_day", "natural_key": "new_key",
}  # fmt: skip
MOVES = ("at", "every")  # kinds of rows whose day hangs on a fact
AHEAD = 800  # days in which an occasion that moved away is looked for
GONE = "closed_not_relevant"
_SETTLED = ("natural_key", "account", "schedule", "status", "because")


@dataclass(frozen=True)
class Work:
    """The differences of some accounts.

    ``wanted``: columns of ``schedules.due`` and ``wanted_owner``. ``changed``: see ``_compared``. ``settled``: id, natural_key, account,
    schedule, type, title, status, because. ``tasks``: see ``handed_over``.
    """

    wanted: pl.DataFrame
    changed: pl.DataFrame
    settled: pl.DataFrame
    tasks: pl.DataFrame

    @property
    def size(self) -> int:
        """How many differences."""
        return self.wanted.height + self.changed.height + self.settled.height + self.tasks.height

    def nothing(self) -> "Work":
        """The same without any."""
        return Work(self.wanted.clear(), self.changed.clear(), self.settled.clear(), self.tasks.clear())


def of(scope: Scope, found: Facts, as_of: date, pack: Pack, managers: waiting.Managers) -> Work:
    """The differences for the accounts of a block, by their facts of the day."""
    ready = schedules.prepare(found.frame, pack, as_of)
    held = work_rows.open_work(scope, as_of).join(found.frame.select("account"), on="account", how="semi", maintain_order="left")
    free = held.filter(~pl.col("rests"))
    over = schedules.settled_of(ready, free.select("natural_key", *PAIR, "anchor_day", "raise_on"))
    settled = closable(over, held, pack)
    asked = _asked(ready, found.frame)
    due = asked.join(work_rows.known(asked["natural_key"].to_list()), on="natural_key", how="left", maintain_order="left")
    left = held.join(settled, on="natural_key", how="anti", maintain_order="left")
    moved, gone = _moved(ready, due, left)
    settled = pl.concat([settled, closable(gone, held, pack)])
    left = left.join(settled, on="natural_key", how="anti", maintain_order="left")
    fresh = due.filter(pl.col("open").is_null())
    new = fresh.join(moved, left_on="natural_key", right_on="new_key", how="anti", maintain_order="left")
    wanted = _one_open(new, left.select(PAIR))
    holders = Holders({*wanted["account"], *free["account"]}, as_of, found, managers)
    books = {key: book.owner_role for key, book in pack.playbooks.items()}
    changed = _compared(left.filter(~pl.col("rests")), due, moved, holders, books)
    return Work(work_rows.owned(wanted.drop("open"), holders, books), changed, settled, handed_over(scope, as_of))


def _set(name: str) -> pl.Expr:
    """Whether a person has set this field."""
    return pl.col("fields").list.contains(name)


# --- what is wanted


def _kinds(ready: Ready) -> pl.DataFrame:
    """``schedule``, ``row``, ``kind`` and ``per`` of the rows in force."""
    rows = [
        (item.schedule.key, row.number, row.timing.kind, row.timing.per)
        for item in ready.running
        for row in item.edition.rows
        if row.timing
    ]
    return pl.DataFrame(rows, {"schedule": pl.String, "row": pl.Int16, "kind": pl.String, "per": pl.String}, orient="row")


def _asked(ready: Ready, frame: pl.DataFrame) -> pl.DataFrame:
    """What is due by the day, with ``kind`` and ``per``. What was closed without being done (``every``) counts from its closing."""
    kinds = _kinds(ready)
    due = schedules.due_of(ready).join(kinds, on=["schedule", "row"], how="left", maintain_order="left")
    every = due.filter(pl.col("kind") == "every")
    over = work_rows.known(every["natural_key"].to_list()).filter(~pl.col("open"))
    stuck = every.join(over, on="natural_key", how="semi")
    if not stuck.height:
        return due
    days = work_rows.closed(stuck)
    some = frame.filter(pl.col("account").is_in(stuck["account"].unique().to_list()))
    names = stuck["schedule"].unique().to_list()
    again = schedules.due_of(schedules.prepare(some, ready.pack, ready.as_of, names), closed=days)
    again = again.join(stuck, on=PAIR, how="semi").join(kinds, on=["schedule", "row"], how="left", maintain_order="left")
    return pl.concat([due.join(stuck, on="natural_key", how="anti", maintain_order="left"), again])


def _one_open(new: pl.DataFrame, there: pl.DataFrame) -> pl.DataFrame:
    """Without what has to wait while another of its schedule is open; of several new ones the first."""
    single = new.filter("one_open").join(there, on=PAIR, how="anti", maintain_order="left")
    return pl.concat([new.filter(~pl.col("one_open")), single.unique(PAIR, keep="first", maintain_order=True)])


# --- what has moved


def _moved(ready: Ready, due: pl.DataFrame, left: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Open work whose day was corrected: a day to come that is another now, or one that is earlier now.

    First ``natural_key`` and ``new_key`` of what moves to an occasion that is due now; then, as ``settled``, what moved so far ahead that it
    comes again in its time, and on which nobody has worked.
    """
    lost = left.join(due, on="natural_key", how="anti", maintain_order="left").filter(pl.col("anchor_day").is_not_null())
    none = lost.clear().select(*PAIR, "natural_key", new_key=pl.col("natural_key"))
    nothing = pl.DataFrame(schema=dict.fromkeys(_SETTLED, pl.String) | {"account": pl.Int64})  # as ``schedules.settled`` gives it
    lost = _corrected(ready, lost)
    if not lost.height:
        return none, nothing
    ahead = _ahead(ready, lost)
    both = lost.with_columns(_part()).unique([*PAIR, "part"], keep="first", maintain_order=True)
    both = both.join(ahead, on=[*PAIR, "part"], how="inner", maintain_order="left")
    fresh = both.join(work_rows.known(both["new_key"].to_list()).rename({"natural_key": "new_key"}), on="new_key", how="anti", maintain_order="left")  # fmt: skip
    moved = fresh.filter(pl.col("starts") <= ready.as_of).select(*PAIR, "natural_key", "new_key")
    untouched = (pl.col("fields").list.len() == 0) & (pl.col("tasks_done") == 0) & ~pl.col("rests")
    later = fresh.filter((pl.col("starts") > ready.as_of) & untouched)
    because = pl.format("The day has moved to {}: it comes again in its time", pl.col("now").dt.strftime("%-d %B %Y"))
    gone = later.select("natural_key", *PAIR, pl.lit(GONE).alias("status"), because.alias("because")).select(_SETTLED)
    return moved, gone


def _narrow(ready: Ready, rows: pl.DataFrame) -> Ready:
    """Only the accounts and schedules of ``rows``."""
    some, names = ready.wide.filter(pl.col("account").is_in(rows["account"].unique().to_list())), set(rows["schedule"])
    return Ready(some, ready.pack, ready.as_of, tuple(item for item in ready.running if item.schedule.key in names))


def _corrected(ready: Ready, lost: pl.DataFrame) -> pl.DataFrame:
    """Those whose day isn't any more what it was, and that had not come yet, or is earlier now, or from which they only begin to count, or of
    which one at a time is open. Else a later day of something that happened again is another occasion."""
    now = schedules.anchors(_narrow(ready, lost))
    both = lost.join(now, on=PAIR, how="inner", maintain_order="left").filter(pl.col("anchor_day") != pl.col("now"))
    return both.filter((pl.col("anchor_day") > ready.as_of) | (pl.col("anchor_day") > pl.col("now")) | pl.col("waits")).drop(
        "now", "waits"
    )


def _ahead(ready: Ready, lost: pl.DataFrame) -> pl.DataFrame:
    """Of the schedules and accounts of ``lost`` every occasion up to ``AHEAD`` that hangs on a fact: ``new_key``, ``part`` (which of
    several it is), ``now`` (its anchor's day) and ``starts`` (when it appears)."""
    until = date.fromordinal(ready.as_of.toordinal() + AHEAD)
    rows = schedules.due_of(_narrow(ready, lost), until, project=False)
    rows = rows.join(
        _kinds(ready).filter(pl.col("kind").is_in(MOVES)), on=["schedule", "row"], how="inner", maintain_order="left"
    )
    rows = rows.with_columns(_part()).sort("raise_on").unique([*PAIR, "part"], keep="first", maintain_order=True)
    return rows.select(*PAIR, "part", new_key="natural_key", now="anchor_day", starts="raise_on")


def _part() -> pl.Expr:
    """Which of several occasions of one anchor it is: what stands after the day."""
    return pl.col("natural_key").str.extract(r"/(.*)$").fill_null("").alias("part")


def closable(over: pl.DataFrame, held: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    """What is over, with ``id``, ``type`` and ``title``; without what the handbook has no such outcome for. Work to which a person has given a
    status is over only when what it asked for was done: see ``cta_types.done``."""
    known = [(key, status) for key, kind in pack.cta_types.items() for status in kind.statuses]
    outcomes = pl.DataFrame(known, {"type": pl.String, "status": pl.String}, orient="row")
    told = over.join(
        held.select("id", "natural_key", "type", "title", "fields"), on="natural_key", how="left", maintain_order="left"
    )
    done = [key for key, status in pack.cta_statuses.items() if cta_types.done(status)]
    told = told.filter(~_set("status") | pl.col("status").is_in(done)).drop("fields")
    return told.join(outcomes, on=["type", "status"], how="semi", maintain_order="left")


# --- what has changed


def _compared(
    free: pl.DataFrame, due: pl.DataFrame, moved: pl.DataFrame, holders: Holders, books: dict[str, str]
) -> pl.DataFrame:
    """Open work that says something else than its schedule: ``id``, ``account``, ``schedule``, the columns of ``FOLLOWED`` with their
    new values, ``:was`` and ``:differs`` of each, and what else a schedule says."""
    keyed = free.join(moved.select("natural_key", "new_key"), on="natural_key", how="left", maintain_order="left")
    keyed = keyed.with_columns(new_key=pl.coalesce("new_key", "natural_key"))
    said = due.drop(*PAIR, "type", "open").rename({"natural_key": "new_key"})
    rows = keyed.join(said, on="new_key", how="left", suffix=":said", maintain_order="left")
    role = pl.coalesce("owner_role:said", "owner_role")
    rows = work_rows.owned(rows.with_columns(owner_role=role, playbook=pl.col("playbook").fill_null("")), holders, books)
    rows = rows.with_columns(_differs(name, said) for name, said in FOLLOWED.items())
    rows = rows.filter(pl.any_horizontal(pl.selectors.ends_with(":differs")))
    fresh = [
        (pl.coalesce(_said(name, said), name) if name != "owner_id" else pl.col(said)).alias(name)
        for name, said in FOLLOWED.items()
    ]
    return rows.with_columns([pl.col(name).alias(f"{name}:was") for name in FOLLOWED]).with_columns(fresh)


def _said(name: str, said: str) -> str:
    """The column of what the schedule says."""
    return f"{said}:said" if said == name else said


def _differs(name: str, said: str) -> pl.Expr:
    """Whether a field is to change: its rule says otherwise and no person has set it."""
    other = pl.col(_said(name, said)).ne_missing(pl.col(name)) & ~_set(name.removesuffix("_id"))
    known = pl.col("edition:said").is_not_null()  # still due: otherwise only its owner follows, where the role is known
    if name == "owner_id":
        known = pl.col("owner_role") != ""
    elif name in ("due_date", "anchor_day"):
        known = known & ~pl.col("fixed").fill_null(True)
    return (other & known).fill_null(False).alias(f"{name}:differs")


# --- whose tasks have lost their person


def handed_over(scope: Scope, as_of: date) -> pl.DataFrame:
    """Open tasks and open CTAs of playbooks, and those that follow up a closed one, whose person has left the account while another took over the same role: ``id``, ``noun``
    (cta, task), ``account``, ``title``, ``owner_id``, ``wanted_owner``. What a person gave to somebody stays."""
    day = as_of.isoformat()
    yes = "1" if columns.is_sqlite() else "true"
    people = (
        "tenure_assignment was join tenure_assignment now on now.account_id = was.account_id and now.role = was.role and now.user_id <> was.user_id "
        "and now.from_date <= %s and (now.until_date is null or now.until_date > %s) join tenure_user u on u.id = now.user_id"
    )
    here = "s.account_id = was.account_id and s.user_id = was.user_id and s.from_date <= %s and (s.until_date is null or s.until_date > %s)"
    gone = f"was.until_date <= %s and u.is_active = {yes} and {scope.where('was.account_id')}"
    gone += f" and not exists(select 1 from tenure_assignment s where {here})"  # noqa: S608 - our own SQL
    ctas = f"join tenure_calltoaction c on c.account_id = was.account_id and c.is_open = {yes} and (c.snoozed_until is null or c.snoozed_until <= %s)"
    read: Columns = {
        "account": ("was.account_id", "int"), "owner_id": ("was.user_id", "int"), "wanted_owner": ("now.user_id", "int"),
        "role": ("was.role", "text"),
    }  # fmt: skip
    params = [day, day, day, day, day, day]
    task: Columns = {"id": ("t.id", "int"), "title": ("t.title", "text"), "edited": ("t.edited", "json"), **read}
    cta: Columns = {"id": ("c.id", "int"), "title": ("c.title", "text"), "edited": ("c.edited", "json"), **read}
    tasks = (
        f"{people} {ctas} join tenure_task t on t.cta_id = c.id and t.status = 'open' and t.owner_id = was.user_id where {gone}"
    )
    books = f"{people} {ctas} and c.origin in ('playbook', 'follow_up') and c.owner_id = was.user_id where {gone}"
    parts = [
        columns.read(task, tasks, params).with_columns(noun=pl.lit("task")),
        columns.read(cta, books, params).with_columns(noun=pl.lit("cta")),
    ]
    return _only_once(parts)


def _only_once(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Each thing to one person: the TAM's successor before the others."""
    rows = pl.concat(parts)
    free = rows.filter(~rows["edited"].str.contains('"owner"', literal=True))
    order = free.sort(pl.col("role") != "tam", "role", "wanted_owner")
    return order.unique(["noun", "id"], keep="first", maintain_order=True).sort("noun", "id").drop("edited", "role")
