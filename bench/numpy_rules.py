"""The table rules in force in November 2026, written by hand in numpy for one purpose: to be as quick as a person would make it.

Same meaning as the engine: rows are tried in order, the first true one decides, and an unknown row before that leaves it undecided (-1),
unless both would give the same outputs.
Facts are arrays; a missing number is ``NONE`` (so that every ``>`` on it is false) with a mask of the known ones; yes/no facts and words are
int8 with -1 for missing. Outputs are int8 codes: the position of the word among the rule's words, in the order they are listed here.
"""

from typing import Any

import numpy as np

NONE = np.int64(-(2**62))
BLOCK = 65_536
Mask = Any
CORE, STARTER, PREMIUM, ULTIMATE = range(4)
SMB, MID, LARGE, STRATEGIC = range(4)
QUARTZ, RUBY, SAPPHIRE, PEARL, DIAMOND = range(5)

# rule.output -> words by code
WORDS: dict[str, list[Any]] = {
    "deal_size": ["Small", "Medium", "Big", "Jumbo"],
    "gemstone": ["Quartz", "Ruby", "Sapphire", "Pearl", "Diamond"],
    "opportunity_type": ["new_account", "new_subscription", "renewal", "add_on"],
    "opportunity_type.new_business": [False, True],
    "segment": ["SMB", "Mid-Market", "Large", "Strategic"],
    "segment.segment_basis": ["employees", "employees unknown"],
    "service_tier": ["Tier 4", "Tier 3", "Tier 2", "Tier 1"],
    "support_level": [
        "Hold", "Expired", "Community", "Custom", "Gold", "Silver", "Bronze", "Premium", "Premium", "Basic", "No level",
    ],
    "support_level.support_answered": [False, True],
    "tam_assignment_trigger": ["negotiating"],
    "coverage": ["account_manager", "partner", "account_executive", "account_executive", "tam", "sales_admin"],
    "engagement_plan": ["Enterprise", "Commercial"],
    "upgrade_project": ["required", "not required", "optional"],
    "gem_service": ["none", "monthly to weekly", "every 2 to 3 weeks", "weekly", "weekly"],
    "gem_service.onboarding_days": [30, 90, 90, 180, 180],
    "lost_deal_notice": ["No", "Yes"],
    "opportunity_inactivity": [90, 90, 45, 15],
    "tam_eligible": ["No", "Yes"],
    "tam_assigner": ["nobody", "tam_manager"],
}  # fmt: skip


def first(size: int, rows: list[tuple[int, Mask, Mask | None]], otherwise: int = -1) -> Any:
    """Code of the first true row; -1 where an unknown one comes before. Rows are (code, true, unknown)."""
    out = np.full(size, otherwise, np.int8)
    for code, true, unknown in reversed(rows):
        if unknown is not None:
            np.copyto(out, np.int8(-1), where=unknown)
        np.copyto(out, np.int8(code), where=true)
    return out


def taken(codes: Any, table: list[int]) -> Any:
    """Another output by the row that decided; -1 stays -1."""
    return np.asarray([*table, -1], np.int16)[codes]


def decide_block(f: dict[str, Any]) -> dict[str, Any]:
    """All sixteen rules for one block of facts; every output of every rule as an array of codes."""
    size = f["arr"].size
    out: dict[str, Any] = {}
    numbers(f, out)
    out["gemstone"] = gemstone(f, size)
    out["support"] = support(f, size)
    by_segment(f, out, size)
    out["tam_eligible"] = tam(f, out["segment"], size)
    out["tam_assigner"] = first(size, [(1, out["tam_eligible"] == 1, out["tam_eligible"] < 0)], 0)
    texts(out)
    return out


def numbers(f: dict[str, Any], out: dict[str, Any]) -> None:
    """Tables over one number: the sum of the comparisons is the code."""
    arr, staff, known = f["arr"], f["employees"], f["employees_known"]
    deal = np.where(f["deal_iacv_known"], f["deal_iacv"], f["iacv"])
    out["deal_size"] = (deal >= 500_000).astype(np.int8) + (deal >= 2_500_000) + (deal >= 10_000_000)
    out["deal_size"][~(f["deal_iacv_known"] | f["iacv_known"])] = -1
    out["service_tier"] = (arr >= 10_000_000).astype(np.int8) + (arr >= 25_000_000) + (arr >= 50_000_000)
    out["service_tier"][~f["arr_known"]] = -1
    out["segment"] = (staff >= 101).astype(np.int8) + (staff >= 2001)
    out["segment_basis"] = np.where(known & (staff >= 0), np.int8(0), np.int8(1))


def gemstone(f: dict[str, Any], size: int) -> Any:
    """Four rows of three alternatives each."""
    users, iacv, ultimate = f["users"], f["iacv"], f["product"] == ULTIMATE
    blank, either = f["product"] < 0, ~(f["users_known"] & f["iacv_known"])
    rows = []
    for code, most, least, worth in ((DIAMOND, 5000, 2000, 50_000_000), (PEARL, 2500, 1000, 25_000_000)):
        over = users > least
        true = (users > most) | (iacv > worth) | (ultimate & over)
        rows.append((code, true, ~true & (either | (blank & over))))
    for code, most, worth in ((SAPPHIRE, 1000, 10_000_000), (RUBY, 500, 5_000_000)):
        true = (users > most) | (iacv > worth)
        rows.append((code, true, ~true & either))
    return first(size, rows, QUARTZ)


def support(f: dict[str, Any], size: int) -> Any:
    """Eleven rows over six facts."""
    product, hosted, addon, community = f["product"], f["hosted"], f["has_support_addon"], f["community"]
    blank, saas, maybe = product < 0, hosted == 1, hosted < 0
    rows = [
        (0, f["support_hold"] == 1, None),
        (1, f["expired"] == 1, None),
        (2, (community == 1) & (addon == 0), (community == 1) & (addon < 0)),
        (3, f["legacy_package"], None),
    ]
    for code, rank in ((4, ULTIMATE), (5, PREMIUM), (6, STARTER)):
        same = product == rank
        rows.append((code, saas & same, (maybe & (same | blank)) | (saas & blank)))
    starter = product == STARTER
    rows += [
        (7, product >= PREMIUM, blank),
        (8, starter & (addon == 1), starter & (addon < 0)),
        (9, starter, None),
        (10, product == CORE, None),
    ]
    return first(size, rows)


def by_segment(f: dict[str, Any], out: dict[str, Any], size: int) -> None:
    """What follows from the segment, which is always known under the edition of 2022."""
    segment, gem = out["segment"], out["gemstone"]
    big, middle = segment >= LARGE, segment == MID
    manager, partner, public = f["has_account_manager"], f["partner_owned"], f["is_public_sector"]
    heads = [(0, manager == 1, None), (1, partner == 1, None), (2, public == 1, public < 0)]
    out["coverage"] = first(size, [*heads, (3, big, None), (4, middle, None), (5, segment == SMB, None)])
    out["engagement_plan"] = np.where(big, np.int8(0), np.int8(1))
    out["upgrade_project"] = first(
        size, [(0, big & (gem >= RUBY), big & (gem < 0)), (1, big & (gem == QUARTZ), None), (2, ~big, None)]
    )
    out["inactivity"] = first(
        size, [(0, public == 1, (public < 0) & ~big), (1, big, None), (2, middle, None), (3, segment == SMB, None)]
    )
    new, sub, renewal = f["account_is_new"], f["subscription_is_new"], f["at_renewal"]
    kind = first(size, [(0, new == 1, new < 0), (1, sub == 1, sub < 0), (2, renewal == 1, renewal < 0), (3, renewal == 0, None)])
    out["opportunity_type"] = kind
    deal = f["deal_iacv"] >= 1_200_000
    fresh, unsure = (kind == 0) | (kind == 1), kind < 0
    large = big | deal
    open_ = ~large & ~f["deal_iacv_known"]
    out["lost_deal_notice"] = first(size, [(1, fresh & large, (unsure & (large | open_)) | (fresh & open_))], 0)


def tam(f: dict[str, Any], segment: Any, size: int) -> Any:
    """Who gets a TAM by the edition of September 2020."""
    arr, blank, growth = f["arr"], ~f["arr_known"], f["growth_opportunity"]
    big = segment >= LARGE
    small = ~big
    rows = [
        (1, big & (arr > 5_000_000), big & blank),
        (1, small & (arr > 2_000_000), small & blank),
        (1, small & (arr > 1_000_000) & (growth == 1), small & (growth < 0) & (arr > 1_000_000)),
    ]
    return first(size, rows, 0)


def texts(out: dict[str, Any]) -> None:
    """Further outputs: one look-up each by the row that decided."""
    out["new_business"] = taken(out["opportunity_type"], [1, 1, 0, 0])
    out["support_answered"] = taken(out["support"], [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0])
    for name, table in {
        "owner_stays": [0, 1, 1, 1, 0, 0],
        "previous_owner_stays": [1, 0, 0, 0, 1, 0],
        "coverage_note": [0, 1, 2, 3, 4, 5],
    }.items():
        out[name] = taken(out["coverage"], table)
    for number in range(6):
        out[f"plan_{number}"] = taken(out["engagement_plan"], [0, 1])
    out["upgrade_by"] = taken(out["upgrade_project"], [0, 0, 0])
    out["tam_calls"] = taken(out["gemstone"], [0, 1, 2, 3, 3])
    for number in range(6):
        out[f"gem_{number}"] = taken(out["gemstone"], [0, 1, 2, 3, 4])
    out["onboarding_days"] = taken(out["gemstone"], [30, 90, 90, 180, 180])
    out["warn_after"] = taken(out["inactivity"], [45, 45, 21, 7])
    out["close_after"] = taken(out["inactivity"], [90, 90, 45, 15])
    out["tam_basis"] = taken(out["tam_eligible"], [0, 1])
    for number in range(2):
        out[f"assigner_{number}"] = taken(out["tam_assigner"], [0, 1])
    out["trigger"] = np.zeros(out["segment"].size, np.int8)


def decide(facts: dict[str, Any]) -> dict[str, Any]:
    """All rules for all rows, block by block so that a block stays in the cache."""
    size = facts["arr"].size
    whole: dict[str, Any] = {}
    for start in range(0, size, BLOCK):
        part = decide_block({name: values[start : start + BLOCK] for name, values in facts.items()})
        for name, codes in part.items():
            if name not in whole:
                whole[name] = np.empty(size, codes.dtype)
            whole[name][start : start + BLOCK] = codes
    return whole
