"""What the handbook decides on a day against what is stored: the differences, block by block of accounts."""

import json
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

import polars as pl

from tenure.queries import columns, facts, facts_given, handbook
from tenure.queries.columns import Columns, Scope
from tenure.rules import engine
from tenure.rules.packs import Pack

RULES = pl.Enum(list(handbook.ACCOUNT_RULES))
ACCOUNT = "account"
FEW = 2_000  # accounts


@dataclass(frozen=True)
class Changes:
    """The differences of one block.

    ``decided``: account, rule, before (null = nothing stored), outcome ("" = undecided, null = the rule has ended), outputs, missing,
    inputs (JSON), edition, overridden, fingerprint, open_id (the stored row to close; null = none).
    ``skipped``: account, fact, value, message of accounts whose facts can't be read; what hangs on such a fact is left as it is.
    """

    scope: Scope
    as_of: date
    facts: facts.Facts
    decisions: pl.DataFrame
    decided: pl.DataFrame
    skipped: pl.DataFrame
    gems: pl.DataFrame = field(default_factory=pl.DataFrame)  # account, since: the day from which its stored gemstone holds

    def shown(self) -> pl.DataFrame:
        """What the lists show of the decisions, as ``summaries.decided`` reads it from the database once they are stored: for the
        accounts of which this is known without asking it."""
        fresh = self.decided.filter(pl.col("rule") == "tam_eligible").select(ACCOUNT)
        rows = self.decisions.join(fresh, on=ACCOUNT, how="semi").join(self.skipped, on=ACCOUNT, how="anti")
        told = facts_given.overrides(self.scope, self.as_of, None).select(ACCOUNT).unique().with_columns(overridden=pl.lit(True))
        names = [
            pl.col(rule).cast(pl.String).fill_null("").alias(column)
            for rule, column in handbook.ACCOUNT_RULES.items()
            if rule in rows.columns
        ]
        rows = rows.select(ACCOUNT, *names).join(told, on=ACCOUNT, how="left")
        return rows.with_columns(entitled_since=pl.lit(self.as_of)).rename({ACCOUNT: "account_id"})


def of(
    scope: Scope,
    as_of: date,
    pack: Pack,
    families: pl.DataFrame | None = None,
    *,
    today: date | None = None,
    then: bool = False,
) -> Changes:
    """What would change for the accounts of a block on ``as_of``; with ``today`` a later day is a look ahead: see ``queries.renewals``.

    ``then``: against the decisions that held on that day, instead of those that hold now.
    """
    found = facts.build(scope, as_of, pack, families=families, today=today)
    rules = handbook.kept_rules(pack, as_of)
    decisions = engine.decide(found.frame, pack, as_of, rules)
    told = facts_given.overrides(scope, as_of, None)
    wanted = _long(found, decisions, told, rules, as_of, pack)
    stored = _stored(as_of if then else None)
    candidates, gems = _moved(wanted, scope, stored)
    if not candidates.height:
        return Changes(scope, as_of, found, decisions, _none(), found.problems, gems)
    wanted = wanted.join(candidates, on=ACCOUNT, how="semi")
    changed = _against_stored(wanted, candidates, stored)
    changed = _without_broken(changed, found.problems, pack)
    return Changes(
        scope, as_of, found, decisions, _with_inputs(changed, found.frame, decisions, as_of, pack), found.problems, gems
    )


# --- what is decided


def _long(
    found: facts.Facts, decisions: pl.DataFrame, told: pl.DataFrame, rules: list[str], as_of: date, pack: Pack
) -> pl.DataFrame:
    """One row per account and rule: outcome, outputs, missing, overridden, fingerprint. Equal decisions are written out once."""
    parts = []
    for rule in rules:
        names = [rule, *(name for name in decisions.columns if name.startswith(f"{rule}."))]
        rows = decisions.select(ACCOUNT, *names)
        rows = rows.with_columns(_missing(found.frame, rows[rule], pack, as_of, rule), _overridden(rows, told, rule))
        groups = rows.group_by(*names, "missing", "overridden").agg(ACCOUNT)
        parts.append(_written(groups, rule, names).explode(ACCOUNT, empty_as_null=False))
    return pl.concat(parts) if parts else _none().select(ACCOUNT, "rule", *_WRITTEN)


_WRITTEN = ("outcome", "outputs", "missing", "overridden", "fingerprint")


def _written(groups: pl.DataFrame, rule: str, names: list[str]) -> pl.DataFrame:
    outputs, prints = [], []
    for row in groups.select(*names, "missing", "overridden").iter_rows():
        outcome, *others, missing, overridden = row
        text = json.dumps(
            dict(zip((n.split(".", 1)[1] for n in names[1:]), others, strict=True)),
            default=str,
            ensure_ascii=False,
            separators=(",", ":"),
        )
        outputs.append(text)
        digest = sha256(json.dumps([rule, outcome, text, missing, overridden], default=str).encode()).digest()
        prints.append(int.from_bytes(digest[:5]))
    return groups.select(
        ACCOUNT,
        pl.lit(rule, RULES).alias("rule"),
        pl.col(rule).cast(pl.String).fill_null("").alias("outcome"),
        pl.Series("outputs", outputs, dtype=pl.String),
        "missing",
        "overridden",
        pl.Series("fingerprint", prints, dtype=pl.Int64),
    )


def _missing(frame: pl.DataFrame, outcome: pl.Series, pack: Pack, as_of: date, rule: str) -> pl.Series:
    """JSON list of the facts that an undecided row waits for; "[]" where decided."""
    texts = pl.repeat("[]", len(outcome), dtype=pl.String, eager=True).alias("missing")
    if not outcome.null_count():
        return texts
    found = engine.missing(frame, pack, as_of, rule)
    lists = found["missing"].list.join('","')
    values = pl.Series([f'["{text}"]' if text else "[]" for text in lists.to_list()], dtype=pl.String)
    return texts.scatter(found["row"].cast(pl.Int64) - 1, values)


def _overridden(rows: pl.DataFrame, told: pl.DataFrame, rule: str) -> pl.Series:
    """Whether a person's outcome holds (and is the one in the row: one that the handbook no longer knows doesn't)."""
    said = told.filter(pl.col("rule") == rule).select(ACCOUNT, said=pl.col("outcome"))
    joined = rows.select(ACCOUNT, pl.col(rule).cast(pl.String).alias("outcome")).join(
        said, on=ACCOUNT, how="left", maintain_order="left"
    )
    return joined.select((pl.col("said").is_not_null() & pl.col("outcome").is_not_null()).alias("overridden")).to_series()


# --- against what is stored


Stored = tuple[str, list[str]]  # a condition on stored decisions, with its parameters


def _stored(day: date | None) -> Stored:
    """The decisions that hold now, or that held on a day."""
    if day is None:
        return "until_date is null", []
    return "from_date <= %s and (until_date is null or until_date > %s)", [day.isoformat()] * 2


def _moved(wanted: pl.DataFrame, scope: Scope, held: Stored) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The accounts whose stored decisions don't add up to what is decided; and since when the stored gemstone of each holds (``account``, ``since``)."""
    read: Columns = {
        ACCOUNT: ("account_id", "int"),
        "stored": ("cast(sum(fingerprint) as bigint)", "int"),
        "rows": ("count(*)", "int"),
        "since": ("max(case when rule = 'gemstone' then from_date end)", "date"),
    }
    stored = columns.read(read, f"tenure_decision where {held[0]} and {scope.where('account_id')} group by account_id", held[1])
    sums = wanted.group_by(ACCOUNT).agg(pl.col("fingerprint").sum(), pl.len().cast(pl.Int64))
    both = sums.join(stored, on=ACCOUNT, how="full", coalesce=True)
    same = (pl.col("fingerprint") == pl.col("stored")) & (pl.col("len") == pl.col("rows"))
    return both.filter(~same.fill_null(False)).select(ACCOUNT).sort(ACCOUNT), stored.select(ACCOUNT, "since").drop_nulls()


def _against_stored(wanted: pl.DataFrame, candidates: pl.DataFrame, held: Stored) -> pl.DataFrame:
    read: Columns = {
        "open_id": ("id", "int"), ACCOUNT: ("account_id", "int"), "rule": ("rule", "text"), "before": ("outcome", "text"),
        "stored": ("fingerprint", "int"),
    }  # fmt: skip
    ids = candidates[ACCOUNT].to_list()  # sorted; a few of a block are asked for by name, else all between their ends
    scope = columns.of_ids(ids) if len(ids) < FEW else Scope(ids[0], ids[-1])
    where = f"{held[0]} and {scope.where('account_id')}"
    stored = columns.read(read, f"tenure_decision where {where}", held[1]).join(candidates, on=ACCOUNT, how="semi")
    stored = stored.filter(pl.col("rule").is_in(list(handbook.ACCOUNT_RULES))).with_columns(pl.col("rule").cast(RULES))
    both = wanted.join(stored, on=[ACCOUNT, "rule"], how="full", coalesce=True)
    return both.filter(pl.col("fingerprint").ne_missing(pl.col("stored"))).sort(ACCOUNT, "rule")


def _without_broken(changed: pl.DataFrame, problems: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    """Drop what is undecided only because a fact can't be read: it is told on the run, and the stored decision stays."""
    if not problems.height:
        return changed
    broken = {(account, fact) for account, fact in problems.select("account", "fact").iter_rows()}
    kept = []
    for number, (account, rule, missing) in enumerate(changed.select(ACCOUNT, "rule", "missing").iter_rows()):
        lost = [name for name in json.loads(missing or "[]") if (account, name) in broken]
        if lost:
            broken.add((account, pack.rule(rule).outcome.name))  # and what reads this rule's outcome
        else:
            kept.append(number)
    return changed[kept]


def _with_inputs(changed: pl.DataFrame, frame: pl.DataFrame, decisions: pl.DataFrame, as_of: date, pack: Pack) -> pl.DataFrame:
    """Add ``inputs`` (JSON of the facts that the rule read, money in minor units) and ``edition``."""
    in_force = pack.in_force(as_of)
    parts = []
    outcomes = {pack.rule(rule).outcome.name: rule for rule in decisions.columns if rule in pack.rules}
    for rule, rows in changed.partition_by("rule", as_dict=True, maintain_order=True).items():
        name = str(rule[0])
        if name not in in_force:
            parts.append(rows.with_columns(pl.lit(None, pl.String).alias("inputs"), pl.lit(None, pl.Date).alias("edition")))
            continue
        read = [decisions[outcomes[fact]].alias(fact) if fact in outcomes else frame[fact] for fact in in_force[name].facts
                if fact in outcomes or fact in frame.columns]  # fmt: skip
        inputs = pl.DataFrame([frame[ACCOUNT], *read]).select(ACCOUNT, _json(read))
        edition = pl.lit(in_force[name].edition.start, pl.Date).alias("edition")
        parts.append(rows.join(inputs, on=ACCOUNT, how="left", maintain_order="left").with_columns(edition))
    return pl.concat([_none(), *(part.select(_none().columns) for part in parts)]).sort(ACCOUNT, "rule")


def _json(read: list[pl.Series]) -> pl.Expr:
    if not read:
        return pl.lit("{}").alias("inputs")
    return pl.struct(series.name for series in read).struct.json_encode().alias("inputs")


def _none() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            ACCOUNT: pl.Int64, "rule": RULES, "before": pl.String, "outcome": pl.String, "outputs": pl.String, "missing": pl.String,
            "inputs": pl.String, "edition": pl.Date, "overridden": pl.Boolean, "fingerprint": pl.Int64, "open_id": pl.Int64,
        }
    )  # fmt: skip
