"""Deciding all table rules for a million accounts in memory, against hand-written blocked numpy; and explaining one account.

    python -m bench.decide [ROWS]        POLARS_MAX_THREADS=1 python -m bench.decide

Both sides start from typed columns (2 % missing each) and must give the same outcomes, which is checked row by row first.
"""

from datetime import date
from typing import Any

import numpy as np
import polars as pl

from bench import common, numpy_rules
from bench.numpy_rules import NONE, WORDS
from tenure.rules import engine, explain, packs

AS_OF = date(2026, 11, 16)
MISSING = 0.02
FLAGS = (
    "has_account_manager", "partner_owned", "is_public_sector", "account_is_new", "subscription_is_new", "at_renewal", "support_hold",
    "expired", "community", "has_support_addon", "hosted", "growth_opportunity",
)  # fmt: skip
# rule -> the array of numpy_rules that holds its outcome
SAME = {name: name for name in ("deal_size", "gemstone", "opportunity_type", "segment", "service_tier", "coverage", "engagement_plan")} | {
    "support_level": "support", "upgrade_project": "upgrade_project", "lost_deal_notice": "lost_deal_notice",
    "tam_eligible": "tam_eligible", "tam_assigner": "tam_assigner", "gem_service": "gemstone", "opportunity_inactivity": "inactivity",
}  # fmt: skip


def arrays(rows: int) -> dict[str, Any]:
    """Facts of ``rows`` accounts as numpy arrays with sentinels and masks."""
    chance = np.random.default_rng(7)
    facts: dict[str, Any] = {}
    scales = {
        "arr": (30_000_00, 1.6),
        "iacv": (25_000_00, 1.6),
        "deal_iacv": (9_000_00, 1.5),
        "users": (300, 1.5),
        "employees": (700, 1.8),
    }
    for name, (middle, spread) in scales.items():
        known = chance.random(rows) >= MISSING
        facts[name] = np.where(known, np.exp(chance.normal(np.log(middle), spread, rows)).astype(np.int64), NONE)
        facts[f"{name}_known"] = known
    for name in FLAGS:
        facts[name] = np.where(chance.random(rows) < MISSING, -1, chance.random(rows) < 0.2).astype(np.int8)
    facts["product"] = np.where(chance.random(rows) < MISSING, -1, chance.integers(0, 4, rows)).astype(np.int8)
    facts["legacy_package"] = chance.random(rows) < 0.01
    return facts


def frame(facts: dict[str, Any], pack: packs.Pack) -> pl.DataFrame:
    """The same facts as the fact frame that the engine reads."""
    columns: dict[str, Any] = {}
    for name in ("arr", "iacv", "deal_iacv", "users", "employees"):
        columns[name] = pl.select(
            pl.when(pl.lit(pl.Series(facts[f"{name}_known"]))).then(pl.lit(pl.Series(facts[name])))
        ).to_series()
    for name in FLAGS:
        raw = pl.Series(facts[name])
        columns[name] = pl.select(pl.when(raw >= 0).then(raw == 1)).to_series()
    words = pl.Series(list(pack.facts["product"].words))
    product = pl.Series(facts["product"])
    picked = pl.select(pl.when(product >= 0).then(product)).to_series()
    columns["product"] = words.gather(picked.cast(pl.UInt32)).cast(pl.Enum(words))
    some = pl.Series(facts["legacy_package"])
    columns["legacy_package"] = pl.select(pl.when(some).then(pl.lit("Standard"))).to_series()
    made = engine.conform(pl.DataFrame(columns), pack)
    return made.rechunk()


def differing(decided: pl.DataFrame, codes: dict[str, Any]) -> dict[str, int]:
    """How many rows differ, per rule."""
    found = {}
    for rule, array in SAME.items():
        words = WORDS[rule]
        by_hand = pl.Series([*words, None]).gather(pl.Series(codes[array].astype(np.int64) % (len(words) + 1)))
        found[rule] = int(decided[rule].cast(pl.String).ne_missing(by_hand.cast(pl.String)).sum())
    return {rule: count for rule, count in found.items() if count}


def main() -> None:
    """Print both times, the ratio and the time of one explanation."""
    rows, n = common.rows_from_arguments(1_000_000), 7
    pack = packs.load(None)
    rules = list(engine.program(pack, AS_OF).tables)
    common.header(
        f"decide: {rows:,} rows x {len(rules)} rules",
        f"Polars {pl.__version__} on {pl.thread_pool_size()} threads, numpy {np.__version__} on 1",
    )
    facts = arrays(rows)
    table = frame(facts, pack)
    wrong = differing(engine.decide(table, pack, AS_OF), numpy_rules.decide(facts))
    print(f"   outcomes that differ from hand-written numpy: {wrong or 'none'}")
    hand = common.median(lambda: numpy_rules.decide(facts), n)
    ours = common.median(lambda: engine.decide(table, pack, AS_OF), n)
    common.row("hand-written numpy, blocked", hand, n)
    common.row("tenure.rules.engine.decide", ours, n, f"{rows / ours / 1e6:.1f} M rows/s")
    common.verdict("decide against numpy", ours / hand, 1.5)
    one = {name: table[name][0] for name in table.columns}
    taken = common.median(lambda: explain.explain(one, pack, AS_OF), 51, warm=5)
    common.row(f"explain one account, {len(rules)} rules, warm", taken, 51)
    common.verdict("explain one account", taken * 1000, 5, "ms")


if __name__ == "__main__":
    main()
