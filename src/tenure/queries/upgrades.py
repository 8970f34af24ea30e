"""A customer's upgrade: whether it needs a project by the rule of that name, and the gemstone before and after with the level of service of each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from django.db.models import Q

from tenure.models import Decision, HandOver
from tenure.queries import decisions, gemstones
from tenure.queries.decisions import Past
from tenure.rules.errors import RuleError
from tenure.rules.explain import explain
from tenure.rules.journey import HandOverShape
from tenure.rules.packs import Pack

RULE, GEM = "upgrade_project", "gemstone"
READS = ("segment", GEM)  # what the rule reads, as decided


@dataclass(frozen=True)
class Gem:
    """What an upgrade made of the gemstone: the outcome before it and now, each with what brought it; ``levels``: (what, before, now) of
    the level of service, where the two differ."""

    before: Past | None
    now: Past | None
    levels: list[tuple[str, str, str]]

    @property
    def moved(self) -> bool:
        """Whether it is another one now."""
        return (self.before.row.outcome if self.before else "") != (self.now.row.outcome if self.now else "")


def projects(account_ids: Collection[int], day: date, pack: Pack) -> dict[int, str]:
    """Account -> what the handbook says of its project on an upgrade: required, optional, not required; without those of which it can't tell.
    One query."""
    rows = Decision.objects.filter(account__in=account_ids, rule__in=READS, from_date__lte=day)
    rows = rows.filter(Q(until_date=None) | Q(until_date__gt=day)).order_by("from_date", "pk")
    held: dict[int, dict[str, str]] = {}
    for account, rule, outcome in rows.values_list("account_id", "rule", "outcome"):
        held.setdefault(account, {})[rule] = outcome
    found = {account: project(one.get(READS[0], ""), one.get(GEM, ""), pack, day) for account, one in held.items()}
    return {account: word for account, word in found.items() if word}


@lru_cache(maxsize=256)
def project(segment: str, gemstone: str, pack: Pack, day: date) -> str:
    """Whether an upgrade needs a project, by segment and gemstone; blank where the handbook of the day can't tell."""
    try:
        found = explain({"segment": segment or None, GEM: gemstone or None}, pack, day, [RULE])[RULE]
    except RuleError:
        return ""
    return str(found.outcome or "")


def gem(row: HandOver, shape: HandOverShape, day: date, pack: Pack) -> Gem:
    """The gemstone before the upgrade and on a day. The handbook names the day of an upgrade; where people began the hand-over it may have been
    any of the days in which one begins by itself. One query."""
    told = row.because.get("day")
    within = shape.begins.within if shape.begins else 0
    since = date.fromisoformat(told) if told else (row.opportunity and row.opportunity.close_date) or row.started_on
    then = since - timedelta(days=1 if told else max(within, 1))
    past = decisions.history(row.account_id, pack, day, GEM).get(GEM, [])
    before, now = (next((one for one in past if _holds(one, on)), None) for on in (then, day))
    return Gem(before, now, _levels(before, now, day, pack))


def _holds(one: Past, day: date) -> bool:
    return one.row.from_date <= day and (one.row.until_date is None or one.row.until_date > day)


def _levels(before: Past | None, now: Past | None, day: date, pack: Pack) -> list[tuple[str, str, str]]:
    was, is_ = (
        dict(gemstones.service_of(one.row.outcome, pack, day)) if one and one.row.outcome else {} for one in (before, now)
    )
    return [(what, was.get(what, "–"), how) for what, how in is_.items() if was.get(what) != how]
