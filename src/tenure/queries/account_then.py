"""One account as it was on another day, or as it will be if nothing happens until then."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice

import polars as pl

from tenure.models import VERSIONED_FACTS, Account, User
from tenure.queries import columns, facts, handbook, visible
from tenure.queries.account import FAMILY_LIMIT, Family, Relative, in_order
from tenure.queries.facts import Facts
from tenure.rules import engine
from tenure.rules.facts import CATALOGUE
from tenure.rules.packs import Pack

SHOWN = ("gemstone", "segment")  # what the hierarchy shows of each account
# What was not recorded leaves these facts open: field -> facts (custom facts stand for those of the handbook's own).
LEAVES_OPEN = {"country": ("region",), "parent_id": ("employees",)}


@dataclass(frozen=True)
class Then:
    """``account``: a copy for showing, with what was known of it on the day. ``untold``: its fields that nobody recorded then."""

    account: Account
    day: date
    facts: Facts
    untold: frozenset[str]

    @property
    def region(self) -> str:
        """Where it lay, as the rules read it; blank = not known."""
        return str(self.facts.frame["region"][0] or self.facts.more["region_text"][0] or "")

    @property
    def relatives(self) -> int:
        """How many accounts stood directly above or below it."""
        parents, here = self.facts.parents, self.account.pk
        return (here in parents) + sum(parent == here for parent in parents.values())


def of(account: Account, day: date, today: date, pack: Pack) -> Then | None:
    """The account on a day; None where it was not there. One query."""
    found = facts.build(columns.of_ids([account.pk]), day, pack, today=today)
    if not found.frame.height:
        return None
    row, untold = found.base.row(0, named=True), missing(found.told.get(account.pk))
    was = copy.copy(account)
    for name in VERSIONED_FACTS:
        if name != "custom":
            setattr(was, name, row[name])
    was.custom = json.loads(row["custom"] or "{}")
    return Then(was, day, found, untold)


def missing(told: str | None) -> frozenset[str]:
    """The fields that a version doesn't name; none where today's row holds."""
    return frozenset(VERSIONED_FACTS) - json.loads(told).keys() if told else frozenset()


def open_facts(untold: frozenset[str], pack: Pack) -> frozenset[str]:
    """The facts that what nobody recorded leaves open."""
    own = [name for name, fact in pack.facts.items() if not fact.rule and name not in CATALOGUE] if "custom" in untold else []
    return frozenset(own).union(*(LEAVES_OPEN.get(name, ()) for name in untold))


def family(user: User, then: Then, today: date, pack: Pack) -> Family:
    """The tree that the account belonged to on the day, with what the facts of that day say of each. Two queries.

    Accounts that the reader may not see today are only counted.
    """
    parents = _tree(then)
    seen = list(visible.summaries(user).filter(pk__in=parents).values_list("pk", flat=True))
    found = facts.build(columns.of_ids(seen), then.day, pack, families=then.facts.families, today=today)
    shown = _relatives(found, then, pack)
    return Family(in_order(parents, shown, then.account.pk), len(parents) - len(shown))


def _tree(then: Then) -> dict[int, int | None]:
    """Account id -> its parent's, None at the top. A circle, which actions refuse, has no top: then the account stands alone."""
    known: dict[int, int | None] = {then.account.pk: None, **dict.fromkeys(then.facts.parents.values()), **then.facts.parents}
    return dict(islice(known.items(), FAMILY_LIMIT)) if None in known.values() else {then.account.pk: None}


def _relatives(found: Facts, then: Then, pack: Pack) -> Mapping[int, Relative]:
    """Each account as the hierarchy shows it, by name."""
    rules = [rule for rule in handbook.kept_rules(pack, then.day) if rule in SHOWN]
    decided = engine.decide(found.frame, pack, then.day, rules).select(
        "account", *(pl.col(rule).cast(pl.String) for rule in rules)
    )
    rows = (
        found.base.select("account", "name").join(found.frame.select("account", "arr"), on="account").join(decided, on="account")
    )
    ordered = sorted(rows.iter_rows(named=True), key=lambda row: (row["name"].lower(), row["account"]))
    return {
        row["account"]: Relative(row["account"], row["name"], row["arr"], row.get("gemstone") or "", row.get("segment") or "")
        for row in ordered
    }
