"""The company's handbook, and what pages ask of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Any

from django.conf import settings

from tenure.rules import packs
from tenure.rules.packs import Pack

# The rules about an account whose decisions are kept, and the column of AccountSummary that shows the outcome.
ACCOUNT_RULES = {
    "segment": "segment", "service_tier": "service_tier", "gemstone": "gemstone", "coverage": "coverage",
    "engagement_plan": "engagement_plan", "support_level": "support_level", "tam_eligible": "tam_eligible",
}  # fmt: skip
RANKED = ("segment", "service_tier", "gemstone")  # those with a ``*_rank`` column too


_KEPT: ContextVar[dict[Any, Pack] | None] = ContextVar("pack", default=None)


def pack() -> Pack:
    """The pack of ``TENURE_HANDBOOK``, else the shipped one; parsed once until a file changes. Raises PackError."""
    kept = _KEPT.get()
    if kept is None:
        return packs.load(settings.HANDBOOK)
    if settings.HANDBOOK not in kept:
        kept[settings.HANDBOOK] = packs.load(settings.HANDBOOK)
    return kept[settings.HANDBOOK]


@contextmanager
def held() -> Iterator[None]:
    """Within it the pack stays the same: a page asks for it a hundred times, and looking each time whether a file has changed costs more
    than the rest of the page."""
    token = _KEPT.set({})
    try:
        yield
    finally:
        _KEPT.reset(token)


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
