"""What rules decided about one account, on a day, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl
from django.db.models import Q

from tenure.models import Decision, Override
from tenure.queries import handbook, roles
from tenure.rules.cells import show
from tenure.rules.explain import Explanation, explain_all, spoken
from tenure.rules.packs import Pack

SUGGESTED = timedelta(days=90)
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}


@dataclass(frozen=True)
class Outcome:
    """A rule's outcome for an account on a day. ``outcome`` blank = undecided, then ``missing`` are the facts it waits for, in words.

    ``since`` is the day from which it holds (None = not recorded); ``basis`` are the facts that it rests on, in words.
    """

    rule: str
    title: str
    outcome: str
    since: date | None
    missing: Sequence[str]
    basis: str
    override: Override | None = None
    missing_facts: Sequence[str] = ()
    recorded: bool = True
    words: str = ""  # the outcome for people: a role's title instead of its key
    given: bool = False  # the source gives the outcome, so the rule doesn't decide


@dataclass(frozen=True)
class Past:
    """A former or the present outcome, and what brought it: data, policy, a person, or the first decision."""

    row: Decision
    cause: str
    detail: str
    words: str = ""


def overrides(account_id: int, day: date, rule: str = "") -> dict[str, Override]:
    """The overrides that hold on a day, by rule. One query."""
    rows = Override.objects.filter(account_id=account_id, from_date__lte=day, expires_on__gt=day).select_related("author")
    rows = rows.filter(Q(ended_on=None) | Q(ended_on__gt=day))
    return {row.rule: row for row in (rows.filter(rule=rule) if rule else rows).order_by("from_date", "pk")}


def suggested_end(renewal: date | None, today: date) -> date:
    """When an override ends if nobody says otherwise: with the next renewal, else in ``SUGGESTED``."""
    return renewal if renewal and renewal > today else today + SUGGESTED


def recorded(account_id: int, day: date, pack: Pack, now: Mapping[str, Any] | None = None) -> dict[str, Outcome]:
    """The stored outcomes that hold on a day, by rule, in the order of the page. Two queries.

    A decision is stored when its outcome changes, so the facts that it read then may be old: ``now`` are those of the day, by fact.
    """
    alive = Q(until_date=None) | Q(until_date__gt=day)
    rows = {
        row.rule: row
        for row in Decision.objects.filter(alive, account_id=account_id, from_date__lte=day).order_by("from_date", "pk")
    }
    held = overrides(account_id, day)
    return {name: _recorded(name, rows.get(name), held.get(name), now or {}, pack) for name in rules_of(pack, day)}


def rules_of(pack: Pack, day: date) -> list[str]:
    """The rules about an account that are in force on a day, in the order of its page."""
    in_force = handbook.kept_rules(pack, day)
    return [name for name in handbook.ACCOUNT_RULES if name in in_force]


def _recorded(name: str, row: Decision | None, override: Override | None, now: Mapping[str, Any], pack: Pack) -> Outcome:
    title = pack.rule(name).title
    if override:
        return Outcome(
            name,
            title,
            override.outcome,
            override.from_date,
            (),
            override.reason,
            override,
            words=in_words(override.outcome, pack),
        )
    if row is None:
        return Outcome(name, title, "", None, (), "", recorded=False)
    missing = [label(fact, pack) for fact in row.missing]
    return Outcome(
        name, title, row.outcome, row.from_date, missing, basis({fact: now.get(fact, value) for fact, value in row.inputs.items()}, pack), missing_facts=row.missing,
        words=in_words(row.outcome, pack), given=bool(now.get(f"given_{name}")),
    )  # fmt: skip


def explained(frame: pl.DataFrame, stored: Mapping[str, Outcome], day: date, pack: Pack) -> dict[str, Outcome]:
    """The outcomes that an account's facts of a day and its edition give, by rule; none when the account was not there.

    ``frame``: its facts of the day. ``stored`` tells overrides, and since when an outcome holds.
    """
    rules = rules_of(pack, day)
    found = next(explain_all(frame, pack, day, rules), {})
    return {name: _explained(found[name], stored.get(name), pack) for name in found}


def _explained(found: Explanation, stored: Outcome | None, pack: Pack) -> Outcome:
    if stored and stored.override:
        return stored
    outcome = said(found)
    since = stored.since if stored and stored.outcome == outcome else None
    missing = [label(fact, pack) for fact in found.missing]
    read = {check.fact: check for check in found.checks}
    words = " · ".join(
        f"{check.label} {sign(check.fact, pack)}{check.shown}" for check in read.values() if check.value is not None
    )
    return Outcome(
        found.rule,
        found.title,
        outcome,
        since,
        missing,
        words,
        missing_facts=found.missing,
        words=in_words(outcome, pack),
        given=found.status == "given",
    )


def said(found: Explanation) -> str:
    """An explanation's outcome in words; blank where the rule decides nothing."""
    return "" if found.outcome is None else spoken(found.outcome)


def in_words(outcome: str, pack: Pack) -> str:
    """An outcome for people: a role by its title, anything else as it stands."""
    return roles.titles(pack).get(outcome, outcome)


def label(fact: str, pack: Pack) -> str:
    """A fact's name in words."""
    return pack.facts[fact].label or fact.replace("_", " ") if fact in pack.facts else fact.replace("_", " ")


def basis(inputs: Mapping[str, Any], pack: Pack) -> str:
    """The facts that a stored decision read, in words: ``users 2,100 · product Starter``."""
    known = {name: value for name, value in inputs.items() if value is not None and name in pack.facts}
    return " · ".join(f"{label(name, pack)} {shown(name, value, pack)}" for name, value in known.items())


def shown(fact: str, value: Any, pack: Pack) -> str:
    """A fact's stored value for people, money with its sign."""
    return sign(fact, pack) * (value is not None) + show(value, pack.facts[fact], pack.digits)


def sign(fact: str, pack: Pack) -> str:
    """What stands before the fact's value: the sign of the currency for money, else nothing."""
    money = fact in pack.facts and pack.facts[fact].type == "money"
    return SIGNS.get(pack.handbook.currency, f"{pack.handbook.currency} ") if money else ""


def history(account_id: int, pack: Pack, until: date, rule: str = "") -> dict[str, list[Past]]:
    """Every stored outcome up to a day by rule, newest first, each with what brought it. One query."""
    rows = Decision.objects.filter(account_id=account_id, from_date__lte=until).order_by("from_date", "pk")
    found: dict[str, list[Past]] = {}
    last: dict[str, Decision] = {}
    for row in rows.filter(rule=rule) if rule else rows:
        found.setdefault(row.rule, []).insert(0, _past(row, last.get(row.rule), pack))
        last[row.rule] = row
    return found


def _past(row: Decision, before: Decision | None, pack: Pack) -> Past:
    cause, detail = _cause(row, before, pack)
    return Past(row, cause, detail, in_words(row.outcome, pack) or "Undecided")


def _cause(row: Decision, before: Decision | None, pack: Pack) -> tuple[str, str]:
    if row.overridden:
        return ("Person", "Set by hand")
    if before is None:
        return ("First", "First decision")
    changed = [name for name in {**before.inputs, **row.inputs} if before.inputs.get(name) != row.inputs.get(name)]
    if changed:
        return ("Data", "; ".join(_moved(name, before.inputs, row.inputs, pack) for name in sorted(changed)))
    if before.overridden:
        return ("Person", "Given back to the rule")
    if before.edition != row.edition and row.edition:
        return ("Policy", f"Edition of {row.edition.day} {row.edition:%b %Y}")
    return ("Policy", "The handbook's text changed")


def _moved(name: str, before: Mapping[str, Any], after: Mapping[str, Any], pack: Pack) -> str:
    if name not in pack.facts:
        return label(name, pack)
    was, now = (shown(name, side.get(name), pack) for side in (before, after))
    return f"{label(name, pack)} {was} to {now}"
