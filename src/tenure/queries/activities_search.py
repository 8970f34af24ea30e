"""Searching the timeline: subject, outcome and notes by the beginnings of words, with the index of either database."""

import re
from collections.abc import Sequence

from django.db import connection
from django.db.models import BigIntegerField, Q
from django.db.models.expressions import RawSQL

MOST, LONGEST = 8, 40  # words of a search, characters of a word
BETWEEN = re.compile(r"[\W_]+")
# The expression of the index (see the migration activity_search): another one would not use it.
WORDS = "to_tsvector('simple', regexp_replace(subject || ' ' || outcome || ' ' || body, '[\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e]+', ' ', 'g'))"
SQLITE = "select rowid from tenure_activity_words where tenure_activity_words match %s"
POSTGRESQL = f"select id from tenure_activity where {WORDS} @@ to_tsquery('simple', %s)"  # noqa: S608 - no text of people


def words(text: str) -> list[str]:
    """The words that are searched for: runs of letters and digits."""
    return [word[:LONGEST] for word in BETWEEN.split(text.replace("\x00", " ")) if word][:MOST]


def condition(text: str) -> Q:
    """Entries that hold a beginning with each of the words; a text without a word finds nothing."""
    found = words(text)
    if not found:
        return Q(pk__in=[])
    sql, asked = (SQLITE, _fts(found)) if connection.vendor == "sqlite" else (POSTGRESQL, _tsquery(found))
    return Q(pk__in=RawSQL(sql, [asked], output_field=BigIntegerField()))  # noqa: S611 - the words are a parameter


def _fts(found: Sequence[str]) -> str:
    return " ".join(f'"{word}"*' for word in found)


def _tsquery(found: Sequence[str]) -> str:
    return " & ".join(f"'{word}':*" for word in found)
