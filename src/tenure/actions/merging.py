"""Two people who change the same thing: what only one of them changed stands, what both changed otherwise is asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tenure.actions.cascades_writing import Values
from tenure.models import Cascade


@dataclass(frozen=True)
class Clash:
    """A field that was not saved, because it is no longer what the person saw: what it says now, what they saw, what they want."""

    name: str
    theirs: Any
    seen: Any
    mine: Any


@dataclass(frozen=True)
class Merged:
    """What was saved (``kept`` takes it back; None = nothing) and what was not."""

    kept: Cascade | None = None
    clashes: Sequence[Clash] = field(default_factory=list)


def split(now: Values, wanted: Values, seen: Values) -> tuple[Values, list[Clash]]:
    """What to save of ``wanted``, and what clashes. ``now`` and ``seen`` by the same names; what was not seen is saved as it is asked."""
    mine: Values = {}
    clashes = []
    for name, value in wanted.items():
        if name not in seen:
            mine[name] = value
        elif same(value, seen[name]):
            continue  # this person left it alone
        elif same(now[name], seen[name]):
            mine[name] = value
        elif not same(now[name], value):
            clashes.append(Clash(name, now[name], seen[name], value))
    return mine, clashes


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same to a reader: pages send the ends of lines otherwise than they are kept."""
    return bool(_plain(one) == _plain(other))


def _plain(value: Any) -> Any:
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value
