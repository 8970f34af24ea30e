"""Facts of the work with a customer as of a day: who looks after it, what was held when, how it feels, how far playbooks are."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from tenure.models import Assignment, CallToAction
from tenure.queries import clock, columns, money
from tenure.queries.columns import Columns, Read, Scope
from tenure.queries.facts_base import HELD
from tenure.queries.words import Problems
from tenure.rules.packs import Pack

ACCOUNT = "account"
ROLES = {"tam": "tam_assigned_on", "account_manager": "am_assigned_on"}
# Kinds of entries and texts of timeline.yaml, reasons of ctas.yaml: whose entry, answer or playbook moves the fact.
REVIEWS, RISK_UPDATE, INTRODUCTION = ("ebr", "qbr"), "at_risk", "introduction"
ONBOARDING, PLAN, NAMING = "Onboarding", "Success plan", "TAM assignment"
BY_RULE = ("schedule", "rule")  # origins that don't make an account at risk: a schedule would feed itself
RED = "red"
WORDS = {"red": "Red", "amber": "Amber", "yellow": "Yellow", "green": "Green"}
# Moments leave the database as text in UTC: SQLite keeps them so.
MOMENT, FORMAT = 19, "%Y-%m-%d %H:%M:%S"
HELD_MOMENTS = ("engaged", "contacted", "reviewed", "updated", "introduced", "answered", "felt", "red_since")


def reads(scope: Scope, as_of: date, pack: Pack, known_at: datetime | None = None) -> dict[str, Read]:
    """What ``of`` needs."""
    return {
        "holders": _holders(scope, as_of, known_at), "waited": _waited(scope, as_of, known_at), "parents": _parents(scope, as_of, known_at),
        "entries": _entries(scope, as_of, pack, known_at), "feelings": _feelings(scope, as_of, known_at),
        "risks": _risks(scope, as_of, pack, known_at), "uses": _uses(scope, as_of, pack, known_at), "ranked": _ranked(as_of, pack, known_at),
        "onboardings": _onboardings(scope, as_of, known_at), "worked_in": _projects(scope, as_of, known_at),
        "stages": _stages(scope, as_of, known_at),
    }  # fmt: skip


# The facts that are named otherwise where they come from, or follow from several.
_TOLD = {
    "has_account_manager": pl.col("am_assigned_on").is_not_null(),
    "managed": pl.when(pl.col("tam_assigned_on").is_not_null()).then(True).when("led").then(False),
    "onboarding": pl.coalesce("onboarded", "onboarding"), "onboarding_since": pl.when(pl.col("onboarded").is_not_null()).then("begun_on").otherwise("use_start"),
    "last_engaged": pl.col("engaged"), "last_contact": pl.col("contacted"), "last_review": pl.col("reviewed"), "last_risk_update": pl.col("updated"),
    "introduced_on": pl.when((pl.col("answered") > pl.col("introduced")).fill_null(False)).then(None).otherwise("introduced"),
    "sentiment": pl.col("sentiment").replace_strict(WORDS, default=None, return_dtype=pl.String), "sentiment_on": pl.col("felt"),
    "at_risk_since": pl.min_horizontal(pl.when(pl.col("sentiment") == RED).then("red_since"), "opened"),
}  # fmt: skip


def of(found: Mapping[str, pl.DataFrame], as_of: date, rates: money.Rates, pack: Pack) -> pl.LazyFrame:
    """One row per account of which anything is known, with facts of the catalogue as columns."""
    parts = [
        _roles(found["holders"].lazy()), _days(found["entries"], HELD_MOMENTS[:6]), _days(found["feelings"], HELD_MOMENTS[6:], "sentiment"),
        _days(found["risks"], ("opened",)), found["waited"].lazy(), found["parents"].lazy().select(ACCOUNT, led=True).unique(),
        found["worked_in"].lazy().select(ACCOUNT, has_project=True), _churning(found["stages"].lazy(), as_of, pack),
        *_playbooks(found["uses"], as_of, pack), _onboarded(found["onboardings"], as_of, pack),
    ]  # fmt: skip
    rows = columns.side_by_side(parts, ACCOUNT)
    rows = rows.join(_places(found["ranked"], rates), on=ACCOUNT, how="left")
    return rows.select(
        ACCOUNT, *ROLES.values(), "waited_for_tam", "success_plan", "arr_rank", "has_project", "will_churn", **_TOLD
    )


def complete(rows: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """What follows for every account, also for one of which nothing is known."""
    bought = pl.coalesce("purchased", "customer_since")
    rows = rows.with_columns(
        has_tam=pl.col("tam_assigned_on").is_not_null(), waited_for_tam=pl.col("waited_for_tam").fill_null(False), has_account_manager=pl.col("has_account_manager").fill_null(False),
        has_project=pl.col("has_project").fill_null(False), will_churn=pl.col("will_churn").fill_null(False), at_risk=pl.col("at_risk_since").is_not_null(), purchase_date=pl.when(bought <= as_of).then(bought),
    )  # fmt: skip
    return with_days(rows, as_of)


def with_days(rows: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """``days_since_purchase``, once the purchase date is known."""
    return rows.with_columns(days_since_purchase=(pl.lit(as_of) - pl.col("purchase_date")).dt.total_days())


def _days(rows: pl.DataFrame, names: Sequence[str], *others: str) -> pl.LazyFrame:
    """Moments as text of the database as local days, and other columns."""
    if not rows.height:
        return rows.lazy().select(ACCOUNT, *others, *(pl.col(name).cast(pl.Date) for name in names))
    zone = clock.zone_name()
    moments = {name: pl.col(name).str.head(MOMENT).str.to_datetime(FORMAT, time_zone="UTC") for name in names}
    days = (moment.dt.convert_time_zone(zone).dt.date().alias(name) for name, moment in moments.items())
    return rows.lazy().select(ACCOUNT, *others, *days)


def _known(known_at: datetime | None, column: str) -> tuple[str, list[Any]]:
    return ("", []) if known_at is None else (f" and {column} <= %s", [columns.moment(known_at)])


# --- people


def _projects(scope: Scope, as_of: date, known_at: datetime | None) -> Read:
    """Accounts with a customer project that was there on the day and is worked in: of one that is archived nobody knows since when."""
    known, params = _known(known_at, "created_at")
    end = columns.end_of(as_of)
    later = " or deleted_at > %s" if params else ""
    live = f"state = 'opened' and created_at < %s{known} and (deleted_at is null or deleted_at >= %s{later})"
    source = f"tenure_project where {scope.where('account_id')} and {live} group by account_id"
    return Read({ACCOUNT: ("account_id", "int")}, source, [end, *params, end, *params])


def _stages(scope: Scope, as_of: date, known_at: datetime | None) -> Read:
    """What was said of the stages of customers' lives that had begun by the day, without what was taken back."""
    known, params = _known(known_at, "recorded_at")
    back = "(taken_back_at is null or taken_back_at > %s)" if params else "taken_back_at is null"
    source = f"tenure_engagementstage where {scope.where('account_id')} and since <= %s{known} and {back}"
    return Read(
        {ACCOUNT: ("account_id", "int"), "stage": ("stage", "text"), "nth": ("id", "int")},
        source,
        [as_of.isoformat(), *params, *params],
    )


def _churning(stages: pl.LazyFrame, as_of: date, pack: Pack) -> pl.LazyFrame:
    """Accounts that are in a stage of life that is left out of reports; the stage that was said last counts."""
    apart = [key for key, one in pack.journey.lifecycle(as_of).items() if not one.reporting]
    last = stages.group_by(ACCOUNT).agg(pl.col("stage").sort_by("nth").last())
    return last.filter(pl.col("stage").is_in(apart)).select(ACCOUNT, will_churn=True)


def _holders(scope: Scope, as_of: date, known_at: datetime | None) -> Read:
    """Who holds one of ``ROLES`` on the day."""
    known, params = _known(known_at, "recorded_at")
    names = ", ".join(f"'{role}'" for role in ROLES)
    held = f"role in ({names}) and from_date <= %s and (until_date is null or until_date > %s)"
    read: Columns = {ACCOUNT: ("account_id", "int"), "role": ("role", "text"), "since": ("from_date", "date")}
    source = f"tenure_assignment where {scope.where('account_id')} and {held}{known}"
    return Read(read, source, [as_of.isoformat(), as_of.isoformat(), *params])


def _roles(holders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per account, with since when the present holder of each role has it (the first, where there are several)."""
    since = (pl.col("since").filter(pl.col("role") == role).min().alias(name) for role, name in ROLES.items())
    return holders.group_by(ACCOUNT).agg(since)


def _waited(scope: Scope, as_of: date, known_at: datetime | None) -> Read:
    """Accounts whose TAM of the day is their first and was asked for before: see the fact ``waited_for_tam``."""
    known, params = _known(known_at, "s.recorded_at")
    day = as_of.isoformat()
    earlier = (
        "select 1 from tenure_assignment b where b.account_id = s.account_id and b.role = 'tam' and b.from_date < s.from_date"
    )
    asked = f"select 1 from tenure_calltoaction c where c.account_id = s.account_id and {in_words('c.reason', (NAMING,))} and c.created_at <= s.recorded_at"  # noqa: S608 - our own SQL
    held = "s.role = 'tam' and s.from_date <= %s and (s.until_date is null or s.until_date > %s)"
    source = (
        f"tenure_assignment s where {scope.where('s.account_id')} and {held}{known} and not exists({earlier}) and exists({asked})"
    )
    return Read(
        {ACCOUNT: ("s.account_id", "int"), "waited_for_tam": ("max(1)", "bool")},
        f"{source} group by s.account_id",
        [day, day, *params],
    )


def waits_for_tam(account_id: int) -> bool:
    """Whether a TAM who comes now would be one for whom the account has waited: see the fact ``waited_for_tam``."""
    had = Assignment.objects.filter(account=account_id, role="tam")
    return CallToAction.objects.filter(account=account_id, reason=NAMING).exists() and not had.exists()


def _parents(scope: Scope, as_of: date, known_at: datetime | None) -> Read:
    """Accounts whose parent of the day has a TAM."""
    known, params = _known(known_at, "s.recorded_at")
    day = as_of.isoformat()
    join = f"join tenure_assignment s on s.account_id = v.parent_ref and s.role = 'tam' and s.from_date <= %s and (s.until_date is null or s.until_date > %s){known}"
    source = f"tenure_accountversion v {join} where v.parent_ref is not null and {scope.where('v.account_id')} and {HELD}"
    return Read({ACCOUNT: ("v.account_id", "int")}, source, [day, day, *params, day, day])


def _ranked(as_of: date, pack: Pack, known_at: datetime | None) -> Read:
    """The ARR of every account that has a TAM, with the TAM's manager: of all of them, and only where a rule of the day asks for the place."""
    known, params = _known(known_at, "b.recorded_at")
    day = as_of.isoformat()
    asked = any("arr_rank" in rule.facts for rule in pack.in_force(as_of).values())
    held = "s.role = 'tam' and s.from_date <= %s and (s.until_date is null or s.until_date > %s)"
    no = "0" if columns.is_sqlite() else "false"
    active = f"b.deleted_at is null and b.status = 'active' and b.is_trial = {no} and b.start_date <= %s and (b.end_date is null or b.end_date > %s)"
    active += " and (b.cancelled_on is null or b.cancelled_on > %s)"
    joined = (
        "tenure_assignment s join tenure_user u on u.id = s.user_id join tenure_subscription b on b.account_id = s.account_id"
    )
    read: Columns = {
        ACCOUNT: ("s.account_id", "int"), "team": ("coalesce(u.manager_id, 0)", "int"), "arr": ("b.arr_minor", "int"),
        "currency": ("b.currency", "text"),
    }  # fmt: skip
    where = f"{'1 = 1' if asked else '1 = 0'} and {held} and {active}{known}"
    return Read(read, f"{joined} where {where}", [day] * 5 + params)


def _places(ranked: pl.DataFrame, rates: money.Rates) -> pl.LazyFrame:
    """``arr_rank``: the place of an account among those of its TAM's team, 1 = highest ARR; accounts with the same ARR share it."""
    if not ranked.height:
        return pl.LazyFrame(schema={ACCOUNT: pl.Int64, "arr_rank": pl.Int64})
    worth = money.sums(ranked, "arr", "worth", rates, Problems()).drop_nulls("worth")
    both = worth.join(ranked.lazy().select(ACCOUNT, "team").unique(), on=ACCOUNT, how="inner")
    place = pl.col("worth").rank("min", descending=True).over("team").cast(pl.Int64)
    return both.select(ACCOUNT, arr_rank=place)


# --- the timeline


def _counting(scope: Scope, as_of: date, known_at: datetime | None) -> tuple[str, list[Any]]:
    """The condition of entries that count: logged in Tenure and held by the day."""
    gone, recorded, params = "deleted_at is null", "", []
    if known_at is not None:
        gone, recorded = "(deleted_at is null or deleted_at > %s)", " and recorded_at <= %s"
        params = [columns.moment(known_at)] * 2
    no = "0" if columns.is_sqlite() else "false"
    where = f"{scope.where('account_id')} and source = 'tenure' and planned = {no} and draft = {no} and {gone}{recorded}"
    return f"{where} and happened_at < %s", [*params, columns.end_of(as_of)]


def _entries(scope: Scope, as_of: date, pack: Pack, known_at: datetime | None) -> Read:
    """The last moments of each sort, by account."""
    where, params = _counting(scope, as_of, known_at)
    book = pack.timeline
    sorts = {
        "engaged": in_words("kind", book.engaging), "contacted": in_words("kind", book.contacting), "reviewed": in_words("kind", REVIEWS),
        "updated": in_words("kind", (RISK_UPDATE,)), "introduced": in_words("template", (INTRODUCTION,)),
        "answered": f"{in_words('kind', book.contacting)} and not (kind = 'email' and template <> '')",
    }  # fmt: skip
    last: Columns = {name: (f"cast(max(case when {case} then happened_at end) as text)", "text") for name, case in sorts.items()}
    return Read({ACCOUNT: ("account_id", "int"), **last}, f"tenure_activity where {where} group by account_id", params)


def in_words(column: str, words: Sequence[str]) -> str:
    """A condition on words of the handbook."""
    quoted = ", ".join("'{}'".format(word.replace("'", "''").replace("%", "%%")) for word in words)
    return f"{column} in ({quoted})" if quoted else "1 = 0"


def _feelings(scope: Scope, as_of: date, known_at: datetime | None) -> Read:
    """How a customer felt last, when that was said, and since when it has been red without a break."""
    where, params = _counting(scope, as_of, known_at)
    other = f"max(case when sentiment <> '{RED}' then happened_at end) over (partition by account_id)"
    last = "max(happened_at) over (partition by account_id)"
    said = f"select account_id, happened_at, sentiment, {other} as other, {last} as last from tenure_activity where {where} and sentiment <> ''"  # noqa: S608 - our own SQL
    red = f"sentiment = '{RED}' and (other is null or happened_at > other)"
    read: Columns = {
        ACCOUNT: ("account_id", "int"), "sentiment": ("max(case when happened_at = last then sentiment end)", "text"),
        "felt": ("cast(max(last) as text)", "text"), "red_since": (f"cast(min(case when {red} then happened_at end) as text)", "text"),
    }  # fmt: skip
    return Read(read, f"({said}) said group by account_id", params)


# --- work


def _risks(scope: Scope, as_of: date, pack: Pack, known_at: datetime | None) -> Read:
    """Since when work that a person opened is open on the day, of a type and reason that say that the account is at risk. What a
    schedule raised doesn't count."""
    known, params = _known(known_at, "created_at")
    end = columns.end_of(as_of)
    declared = [
        f"({in_words('type', (key,))} and {in_words('reason', kind.at_risk)})"
        for key, kind in pack.cta_types.items()
        if kind.at_risk
    ]
    where = f"{scope.where('account_id')} and ({' or '.join(declared) or '1 = 0'}) and not {in_words('origin', BY_RULE)}"
    where += f" and created_at < %s and (closed_at is null or closed_at >= %s){known}"
    read: Columns = {ACCOUNT: ("account_id", "int"), "opened": ("cast(min(created_at) as text)", "text")}
    return Read(read, f"tenure_calltoaction where {where} group by account_id", [end, end, *params])


def _uses(scope: Scope, as_of: date, pack: Pack, known_at: datetime | None) -> Read:
    """The uses of the playbooks that tell how far onboarding and success plan are."""
    known, params = _known(known_at, "u.applied_at")
    end = columns.end_of(as_of)
    begun = "select 1 from tenure_task t where t.cta_id = c.id and t.status = 'done' and t.done_at < %s"
    over = "case when u.ended_at < %s then 1 else 0 end"
    read: Columns = {
        "use": ("u.id", "int"), ACCOUNT: ("u.account_id", "int"), "playbook": ("v.key", "text"), "start": ("u.start", "date"),
        "over": (over, "bool"), "status": ("u.status", "text"), "cta_status": ("c.status", "text"),
        "begun": (f"case when exists({begun}) then 1 else 0 end", "bool"), "rests": ("c.snoozed_until", "date"),
    }  # fmt: skip
    keys = [key for reason in (ONBOARDING, PLAN) for key in books(pack, reason)]
    joined = "tenure_playbookuse u join tenure_playbookversion v on v.id = u.version_id join tenure_calltoaction c on c.playbook_use_id = u.id"
    where = f"{scope.where('u.account_id')} and {in_words('v.key', keys)} and u.applied_at < %s{known}"
    return Read(read, f"{joined} where {where}", [end, end, end, *params])


def books(pack: Pack, reason: str) -> list[str]:
    """The TAM's playbooks of this reason."""
    return [key for key, book in pack.playbooks.items() if book.reason == reason and book.owner_role == "tam"]


def _playbooks(uses: pl.DataFrame, as_of: date, pack: Pack) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """``onboarding``, and ``success_plan``, by the latest use that was not called off."""
    if not uses.height:
        none = uses.lazy().select(ACCOUNT)
        return none.with_columns(onboarding=pl.lit(""), use_start=pl.lit(None, pl.Date)), none.with_columns(
            success_plan=pl.lit("")
        )
    uses = uses.filter(~(pl.col("over") & pl.col("status").is_in(["cancelled", "replaced"]))).sort("use")
    latest = pl.col("playbook").is_in
    first = uses.lazy().filter(latest(books(pack, ONBOARDING))).group_by(ACCOUNT).last()
    plans = uses.lazy().filter(latest(books(pack, PLAN))).group_by(ACCOUNT).last()
    won = [key for key, status in pack.cta_statuses.items() if status.outcome == "won"]
    worked = pl.col("begun") | (pl.col("cta_status") == "in_progress")
    state = (
        pl.when("over").then(pl.lit("Completed")).when(pl.col("start") > as_of).then(pl.lit("Scheduled"))
        .when(pl.col("rests") > as_of).then(pl.lit("On Hold")).when(worked).then(pl.lit("In Progress")).otherwise(pl.lit("Not started"))
    )  # fmt: skip
    plan = (
        pl.when(pl.col("over") & pl.col("cta_status").is_in(won))
        .then(pl.lit("Active"))
        .when(~pl.col("over"))
        .then(pl.lit("Draft"))
    )
    return first.select(ACCOUNT, onboarding=state, use_start="start"), plans.select(ACCOUNT, success_plan=plan)


def _onboardings(scope: Scope, as_of: date, known_at: datetime | None) -> Read:
    """The onboardings that were there on the day."""
    known, params = _known(known_at, "created_at")
    end = columns.end_of(as_of)
    talked = "case when first_reach_out <= %s then 1 else 0 end"
    # What the log says of a later change of status, where there may have been one: its ``before`` is the status of the day.
    later = "select e.body from tenure_event e where e.account_id = o.account_id and e.noun = 'onboarding' and e.object_id = o.id and e.at >= %s"
    was = f'case when o.updated_at >= %s then ({later} and e.body like \'%%"before":%%"status":%%\' order by e.id limit 1) end'
    read: Columns = {
        "onboarding": ("o.id", "int"), ACCOUNT: ("o.account_id", "int"), "status": ("o.status", "text"), "open": ("o.is_open", "bool"),
        "over": ("case when o.closed_at < %s then 1 else 0 end", "bool"), "talked": (talked, "bool"), "since": ("o.start_date", "date"),
        "was": (was, "json"),
    }  # fmt: skip
    where = f"{scope.where('o.account_id')} and o.deleted_at is null and o.created_at < %s{known}"
    return Read(read, f"tenure_onboarding o where {where}", [end, as_of.isoformat(), end, end, end, *params])


def _onboarded(rows: pl.DataFrame, as_of: date, pack: Pack) -> pl.LazyFrame:
    """``onboarded`` and ``begun_on``: the state of the day and the start of the latest onboarding. A status that has changed since is told by the log; where
    that is silent, one that has been closed since was in progress from its first talk on."""
    if not rows.height:
        return rows.lazy().select(ACCOUNT, onboarded=pl.lit(""), begun_on="since")
    fact = pack.fact("onboarding")
    titles = {one.key: one.title for edition in pack.onboarding.editions for one in edition.statuses}
    words = {key: fact.word(title) or fact.word(key) for key, title in titles.items()}
    status = pl.coalesce(pl.col("was").str.json_path_match("$.before.status"), "status")
    now = status.replace_strict(words, default=None, return_dtype=pl.String)
    guessed = pl.when("talked").then(pl.lit("In Progress")).otherwise(pl.lit("Not started"))
    then = pl.when(pl.col("was").is_not_null()).then(now).otherwise(guessed)
    state = pl.when("over").then(pl.lit("Completed")).when("open").then(now).otherwise(then)
    latest = rows.lazy().sort("onboarding").group_by(ACCOUNT).last()
    return latest.select(ACCOUNT, onboarded=state, begun_on="since")
