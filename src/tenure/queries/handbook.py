"""The company's handbook, and what pages ask of it."""

from datetime import date

from django.conf import settings

from tenure.rules import packs
from tenure.rules.packs import Pack

# The rules about an account whose decisions are kept, and the column of AccountSummary that shows the outcome.
ACCOUNT_RULES = {
    "segment": "segment", "service_tier": "service_tier", "gemstone": "gemstone", "coverage": "coverage",
    "engagement_plan": "engagement_plan", "support_level": "support_level", "tam_eligible": "tam_eligible",
}  # fmt: skip
RANKED = ("segment", "service_tier", "gemstone")  # those with a ``*_rank`` column too


def pack() -> Pack:
    """The pack of ``TENURE_HANDBOOK``, else the shipped one; parsed once until a file changes. Raises PackError."""
    return packs.load(settings.HANDBOOK)


def kept_rules(pack: Pack, as_of: date) -> list[str]:
    """The rules of ``ACCOUNT_RULES`` that are in force on the day, in the pack's order."""
    in_force = pack.in_force(as_of)
    return [name for name in in_force if name in ACCOUNT_RULES]


def outcomes(pack: Pack, rule: str) -> tuple[str, ...]:
    """Every outcome that a rule can give, in the handbook's order."""
    return pack.rule(rule).outcome.fact.words


def rank(pack: Pack, fact: str, word: str) -> int:
    """The position of a word in the handbook's order; -1 for blank or unknown."""
    words = pack.fact(fact).words
    return words.index(word) if word in words else -1
