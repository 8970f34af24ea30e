"""Cells of files that people open in a spreadsheet."""

from typing import Any


def safe(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula, made harmless by a leading apostrophe; numbers stay numbers."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r", "\n"):
        return f"'{value}"
    return value
