"""The lists' rows of a day that isn't today: what was true on it, decided by the editions in force on it. Only for run processes."""

from datetime import date

import polars as pl

from tenure.models import AccountDay
from tenure.queries import columns, facts, facts_given, handbook, profiles_summary, summaries
from tenure.queries.columns import Columns, Scope
from tenure.rules import engine
from tenure.rules.packs import Pack

KEY = "account_id"
OWN = ("id", "built_id")  # columns that whoever stores the rows fills
BASIS = "tam_eligible.tam_basis"
LONGEST = 200  # characters of it


def rows(scope: Scope, day: date, pack: Pack, *, today: date, families: pl.DataFrame | None = None) -> pl.DataFrame:
    """One row per account that was there on the day, in the columns of ``AccountDay`` but ``OWN``, ordered by account.

    A day after ``today`` is a look ahead: see ``queries.renewals``."""
    found = facts.build(scope, day, pack, families=families, today=today)
    given = decided(found, scope, day, pack)
    waiting = given.select(
        KEY, waiting=pl.lit(None, pl.Date)
    )  # since when is told by what was decided: no row of that day is there
    assumed = pl.DataFrame(list(found.assumed.items()), {KEY: pl.Int64, "assumed": pl.Int64}, orient="row")
    known = profiles_summary.of(scope, day, pack, then=True)
    made = summaries.joined(found, scope, day, pack, (given, summaries.contacts(scope, day), known, waiting, assumed))
    made = made.with_columns(pl.col("assumed").fill_null(0))
    kinds = {str(field.column): summaries.kind_of(field) for field in AccountDay._meta.concrete_fields if field.column not in OWN}
    return made.select(pl.col(name).cast(columns.TYPES[kind]) for name, kind in kinds.items())


def decided(found: facts.Facts, scope: Scope, day: date, pack: Pack) -> pl.DataFrame:
    """What the rules in force on the day decide, one column per rule (null = undecided, or no such rule on that day); ``overridden`` if
    a person's outcome is among them; ``entitled_since``; ``tam_basis``."""
    rules = handbook.kept_rules(pack, day)
    outcomes = engine.decide(found.frame, pack, day, rules).rename({"account": KEY})
    names = [_text(outcomes, rule).alias(column) for rule, column in handbook.ACCOUNT_RULES.items()]
    rows = outcomes.select(KEY, *names, _text(outcomes, BASIS).str.head(LONGEST).fill_null("").alias("tam_basis"))
    for part in (_overridden(outcomes, scope, day, rules), _entitled(scope, day)):
        rows = rows.join(part, on=KEY, how="left", maintain_order="left")
    return rows.with_columns(pl.col("entitled_since").fill_null(day))  # nothing is recorded: that day at the latest


def _text(outcomes: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String) if name in outcomes.columns else pl.lit(None, pl.String)


def _overridden(outcomes: pl.DataFrame, scope: Scope, day: date, rules: list[str]) -> pl.DataFrame:
    """The accounts of which a person set an outcome that holds on the day."""
    told = facts_given.overrides(scope, day, None).rename({"account": KEY})
    parts = [
        outcomes.filter(pl.col(rule).is_not_null()).select(KEY).join(told.filter(pl.col("rule") == rule), on=KEY, how="semi")
        for rule in rules
    ]
    return pl.concat([told.select(KEY).clear(), *parts]).unique().with_columns(overridden=pl.lit(True))


def _entitled(scope: Scope, day: date) -> pl.DataFrame:
    """Since when, by what is recorded, the account gets a TAM without a break up to the day."""
    read: Columns = {KEY: ("account_id", "int"), "outcome": ("outcome", "text"), "begun": ("from_date", "date")}
    lasted = "(until_date is null or until_date > from_date)"  # a decision that was replaced on its own day never counted
    where = f"rule = 'tam_eligible' and from_date <= %s and {lasted} and {scope.where('account_id')}"
    held = columns.read(read, f"tenure_decision where {where}", [day.isoformat()])
    yes = pl.col("outcome") == summaries.ENTITLED
    last_no = held.filter(~yes).group_by(KEY).agg(no=pl.col("begun").max())
    since = held.filter(yes).join(last_no, on=KEY, how="left").filter(pl.col("no").is_null() | (pl.col("begun") > pl.col("no")))
    return since.group_by(KEY).agg(entitled_since=pl.col("begun").min())
