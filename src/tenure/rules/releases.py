"""Releases of the product: which one was the latest on a day, and how far behind it a version is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from tenure.rules.catalogues import Release

NUMBER = re.compile(r"(?<![\d.])[vV]?(\d{1,3})\.(\d{1,3})(?!\d)")


def number(version: str) -> tuple[int, int] | None:
    """Major and minor number of a version as people write it (``v16.2.4-ee``, ``GitLab 16.2``); None where there is none."""
    found = NUMBER.search(version)
    return (int(found[1]), int(found[2])) if found else None


def latest(releases: Iterable[Release], day: date) -> Release | None:
    """The release that was the newest on a day."""
    return max(
        (one for one in releases if one.day <= day), key=lambda one: (one.day, number(one.version) or (0, 0)), default=None
    )


def behind(releases: Iterable[Release], version: str, day: date) -> int | None:
    """How many releases came after a version up to a day; 0 for the latest or a newer one, None for what is no version."""
    mine = number(version)
    if mine is None:
        return None
    return sum((number(one.version) or (0, 0)) > mine for one in releases if one.day <= day)


def gap(count: int) -> str:
    """In words: ``3 releases behind``, ``1 release behind``, ``up to date``."""
    return f"{count} release{'' if count == 1 else 's'} behind" if count else "up to date"
