"""Cells of files that people open in a spreadsheet, and numbers of things in words."""

from typing import Any


def safe(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula, made harmless by a leading apostrophe; numbers stay numbers."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r", "\n"):
        return f"'{value}"
    return value


def counted(number: int, word: str) -> str:
    """A number of things: ``1 row``, ``1,200 rows``, ``2 opportunities``."""
    if number == 1:
        return f"1 {word}"
    return f"{number:,} {word[:-1]}ies" if word.endswith("y") and word[-2:-1] not in "aeiou" else f"{number:,} {word}s"
